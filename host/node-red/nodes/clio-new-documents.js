// Tells the documents that became new in Clio, by an interval: a message each.
//
// The cursor, which says from where on to look, stands in the node's context. It is
// stored after its messages were sent: what ends in between tells them once more,
// and none is lost.

const { call, failed } = require("../lib/call.js");

/** The longest interval that a timer keeps, in seconds. */
const LONGEST = 2_000_000;

module.exports = async (RED) => {
  function ClioNewDocuments(config) {
    RED.nodes.createNode(this, config);
    const account = RED.nodes.getNode(config.account);
    const scope = config.scope === "account" ? "account" : { [config.scope]: config.scopeId };
    // The cursor of another account or scope is none of this one's.
    const of = JSON.stringify([account?.origin, scope]);
    const store = config.store || undefined;
    const context = this.context();
    const cursor = (how, ...value) => new Promise((resolve, reject) => {
      context[how]("cursor", ...value, store, (error, kept) => (error ? reject(error) : resolve(kept)));
    });
    const seconds = Math.min(Math.max(Number(config.interval) || 300, 1), LONGEST);
    const ended = new AbortController();
    let timer;

    /** Looks until nothing more is waiting. */
    const look = async () => {
      for (let more = true; more && !ended.signal.aborted;) {
        const kept = await cursor("get");
        const start = kept?.of === of ? { cursor: kept.cursor } : config.start;
        const found = await call(account, "detect-documents.detect", { scope, start }, { signal: ended.signal });
        for (const document of found.documents) this.send({ topic: "new document", payload: document });
        await cursor("set", { of, cursor: found.cursor });
        more = found.more;
      }
      this.status({ fill: "green", shape: "dot", text: new Date().toISOString().slice(0, 19).replace("T", " ") });
    };
    const again = async () => {
      try {
        await look();
      } catch (error) {
        if (ended.signal.aborted) return;
        const msg = { topic: "new document" };
        failed(this, error, msg);
        this.error(error, msg);
      }
      if (!ended.signal.aborted) timer = setTimeout(again, seconds * 1000);
    };
    timer = setTimeout(again, 0);
    this.on("close", () => {
      clearTimeout(timer);
      ended.abort();
    });
  }
  RED.nodes.registerType("clio-new-documents", ClioNewDocuments);
};
