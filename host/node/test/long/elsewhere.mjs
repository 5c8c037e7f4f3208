// A case through the one file, in any runtime: `elsewhere.mjs ORIGIN TOKEN` prints
// what became of it. Names nothing of Node.js but `process`.

import { bearer, Clio, documents, fetchHttp } from "../../dist/inline.mjs";

const [origin, token] = process.argv.slice(2);
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const text = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function run() {
  const clio = new Clio({ origin, http: bearer(() => token, fetchHttp(fetch)), sleep });
  const client = await clio.syncContact({
    source_id: "crm:7", contact: { person: { first_name: "Ann", last_name: "Lee" } }, emails: [{ address: "ann@lee.example" }],
  });
  const matter = await clio.createMatterCreate({ source_id: "crm:7/1", client: client.id, title: "Lee v. City" });
  const bytes = Uint8Array.from({ length: 5_000_003 }, (_, n) => (n * 31 + (n >> 8)) & 0xff);
  const sha256 = text(await crypto.subtle.digest("SHA-256", bytes));
  const upload = { source_id: "crm:7/scan", parent: { matter: matter.id }, name: "scan.pdf", provenance: "from_person" };
  const document = await clio.uploadDocument({ ...upload, content: documents.bytes(bytes, { sha256 }) });
  const pieces = [];
  const read = await clio.readDocument({ of: { document: document.id }, content: "url" }, { contentInto: (piece) => { pieces.push(new Uint8Array(piece)); } });
  const back = text(await crypto.subtle.digest("SHA-256", await new Blob(pieces).arrayBuffer()));
  const error = await clio.syncContact({ source_id: "crm:8" }).catch((it) => JSON.parse(JSON.stringify(it)));
  return {
    dispositions: [client, matter, document].map(({ disposition }) => disposition), sent: document.sent,
    size: read.size, whole: back === sha256, error: error.error.permanent.code,
  };
}
console.log(JSON.stringify(await run()));
