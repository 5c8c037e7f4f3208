// Uploads a document from a URL that does not tell its length, from Node.js.
//
//   node stream.mjs FOLDER MATTER URL
//
// FOLDER holds the portable builds. `CLIO_ORIGIN` and `CLIO_ACCESS_TOKEN` name
// the account. The outcome is printed as JSON.

import { join } from "node:path";

import { authorizing, embed } from "./embed.mjs";

const [folder, matter, url] = process.argv.slice(2);
const { CLIO_ORIGIN: origin, CLIO_ACCESS_TOKEN: token } = process.env;
if (!folder || !matter || !url || !origin || !token) {
  console.error("usage: CLIO_ORIGIN=… CLIO_ACCESS_TOKEN=… node stream.mjs FOLDER MATTER URL");
  process.exit(64);
}

const file = join(folder, "upload-document.wasm");
const { uploadDocument } = await embed(file, { CLIO_ORIGIN: origin }, authorizing(origin, token));
const outcome = uploadDocument.upload({
  sourceId: url,
  parent: { tag: "matter", val: BigInt(matter) },
  name: "recording.mp4",
  content: { source: { tag: "url", val: url }, mediaType: "video/mp4" },
  provenance: { tag: "from-person" },
});
console.log(JSON.stringify(outcome, (_, it) => (typeof it === "bigint" ? Number(it) : it)));
