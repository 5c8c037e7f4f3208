// Calls a function of an action: its input is `msg.payload`, and so is its output.
//
// An error ends the message with `done(error)`, so that a catch node sees it; the
// payload is then still the input, and the same message can be sent again.

const { call, failed } = require("../lib/call.js");
const { described } = require("../lib/described.js");

/** The most bytes of a document that come into a message. */
const MOST = 256 << 20;

module.exports = async (RED) => {
  const { documents } = await import("clio-actions/inline");
  const functions = described(require("clio-actions/actions.json"));

  // What the editor offers to choose from, and its help.
  RED.httpAdmin.get("/clio-actions/functions", RED.auth.needsPermission("flows.read"), (_, answer) => answer.json(functions));

  /** The input, with a document in the place of bytes. */
  async function lent(input) {
    const content = input?.content;
    const bytes = content instanceof Uint8Array ? content : content?.source?.inline;
    if (!(bytes instanceof Uint8Array)) return input;
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    const local = documents.bytes(bytes, { mediaType: content.media_type, sha256: Buffer.from(digest).toString("hex") });
    return { ...input, content: local };
  }

  function ClioAction(config) {
    RED.nodes.createNode(this, config);
    const account = RED.nodes.getNode(config.account);
    const ended = new AbortController();
    let running = 0;
    this.on("input", async (msg, send, done) => {
      running++;
      this.status({ fill: "blue", shape: "dot", text: config.function });
      const pieces = [];
      let taken = 0;
      const contentInto = (piece) => {
        taken += piece.length;
        if (taken > MOST) throw new Error(`it has more than ${MOST >> 20} MiB; take it by the URL in the payload`);
        pieces.push(Buffer.from(piece));
      };
      try {
        const output = await call(account, config.function, await lent(msg.payload), {
          signal: ended.signal, correlationId: msg._msgid, ...(config.bytes && { contentInto }),
        });
        if (config.bytes && output?.content) {
          msg.content = output.content.bytes === undefined ? Buffer.concat(pieces) : Buffer.from(output.content.bytes, "base64");
        }
        msg.payload = output;
        // Of an earlier attempt with the same message.
        delete msg.clioError;
        if (--running === 0) this.status({});
        send(msg);
        done();
      } catch (error) {
        running--;
        failed(this, error, msg);
        done(error);
      }
    });
    this.on("close", () => ended.abort());
  }
  RED.nodes.registerType("clio-action", ClioAction);
};
