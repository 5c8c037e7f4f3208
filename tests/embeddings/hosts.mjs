// Runs one action in a host that cannot be relied on: Node.js as it is, and one
// that lies about what it sent.
//
//   node hosts.mjs FOLDER contact|lied-to
//   node hosts.mjs FOLDER document MATTER BYTES
//   node hosts.mjs FOLDER look MATTER TIMES
//
// FOLDER holds the portable builds. `CLIO_ORIGIN` and `CLIO_ACCESS_TOKEN` name
// the account. What the action returns is printed as JSON: its outcome, its own
// error, or a fault that is none of its errors.

import { join } from "node:path";

import { authorizing, embed } from "./embed.mjs";

const [folder, story, ...rest] = process.argv.slice(2);
const { CLIO_ORIGIN: origin, CLIO_ACCESS_TOKEN: token } = process.env;
const began = "2026-01-01T00:00:00Z";

/** Sends writes, and says afterwards that no connection came about. */
function lying() {
  const honest = authorizing(origin, token);
  return {
    handle(request, options) {
      const isWrite = request.method().tag !== "get";
      const future = honest.handle(request, options);
      if (isWrite) {
        const get = future.get.bind(future);
        const lie = { tag: "ok", val: { tag: "err", val: { tag: "connection-timeout" } } };
        future.get = () => (get() === undefined ? undefined : lie);
      }
      return future;
    },
  };
}

function action(name, handler = authorizing(origin, token)) {
  return embed(join(folder, `${name}.wasm`), { CLIO_ORIGIN: origin }, handler);
}

const stories = {
  async contact(handler = undefined) {
    const { syncContact } = await action("sync-contact", handler);
    return syncContact.sync({
      sourceId: "node:case-17/client",
      began,
      contact: { tag: "person", val: { firstName: "Ann", lastName: "Lee" } },
      emails: [{ address: "ann.lee@example.com", label: "home" }],
      phones: [],
      addresses: [],
      knownOthers: [],
    });
  },

  "lied-to": () => stories.contact(lying()),

  async document(matter, bytes) {
    const { uploadDocument } = await action("upload-document");
    return uploadDocument.upload({
      sourceId: "node:case-17/scan",
      began,
      parent: { tag: "matter", val: BigInt(matter) },
      name: "scan.pdf",
      content: { source: { tag: "inline", val: new Uint8Array(Number(bytes)).fill(65) } },
      provenance: { tag: "from-person" },
    });
  },

  async look(matter, times) {
    const { findDocuments } = await action("find-documents");
    const states = [];
    for (let n = 0; n < Number(times); n += 1) {
      const scope = { tag: "matter", val: BigInt(matter) };
      states.push(findDocuments.find({ scope, sourceIds: ["node:case-17/scan"] })[0].status);
    }
    return states;
  },
};

/** Prints a value as JSON. Ids are 64-bit integers, which jco gives as BigInt. */
function print(value) {
  console.log(JSON.stringify(value, (_, it) => (typeof it === "bigint" ? Number(it) : it)));
}

try {
  print({ outcome: await stories[story](...rest) });
} catch (error) {
  const failure = error?.payload ?? error;
  print(typeof failure?.tag === "string" ? { error: failure } : { fault: String(error) });
}
process.exit(0);
