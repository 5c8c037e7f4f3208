// An account of Clio Manage. Node-RED keeps its credential apart from the flows, and
// it is attached here, outside of the actions, to what goes to the account.

const { tokenOf } = require("../lib/token.js");

module.exports = async (RED) => {
  const { bearer, Clio } = await import("clio-actions/inline");
  const { nodeHttp } = await import("clio-actions/http");

  const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const timer = (milliseconds, late) => {
    const waiting = setTimeout(late, Math.min(milliseconds, 2 ** 31 - 1));
    return () => clearTimeout(waiting);
  };

  function ClioAccount({ origin, ...config }) {
    RED.nodes.createNode(this, config);
    const credentials = this.credentials ?? {};
    const token = tokenOf({
      origin, credentials,
      warn: (text) => this.warn(text),
      rotated: (refresh_token) => RED.nodes.addCredentials(this.id, { ...credentials, refresh_token }),
    });
    const http = nodeHttp();
    try {
      this.clio = new Clio({
        origin, http: bearer(token, http), sleep, timer,
        // The flow says who approved a draft: this is its word, and no proof.
        reviews: { approval: ({ given }) => given },
      });
    } catch (error) {
      this.error(`the account cannot be used: ${error.message}`);
    }
    /** What tells this account from another, for a cursor. */
    this.origin = origin;
    this.on("close", () => http.close());
  }
  RED.nodes.registerType("clio-account", ClioAccount, {
    credentials: {
      access_token: { type: "password" },
      refresh_token: { type: "password" },
      client_id: { type: "text" },
      client_secret: { type: "password" },
    },
  });
};
