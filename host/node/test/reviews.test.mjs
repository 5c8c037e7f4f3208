// A draft goes with an approval that the embedder's reviews know, and with no other:
// whatever way its bytes come. Nothing reaches the sandbox of what is refused.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { bearer, Clio, documents, nodeHttp } from "../src/index.mjs";
import { Sha256 } from "../src/sha256.mjs";
import { engines } from "./support/compare.mjs";
import { matter, sandbox } from "./support/sandbox.mjs";

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");
const bytes = (text) => new TextEncoder().encode(text);
const ANN = { approver: "Ann", at: "2026-03-01T09:30:00Z" };
const MIB = 1 << 20;

/** Reviews that know one draft, and of what a machine made. */
function reviewed() {
  const known = new Map(), made = new Set(), stood = [];
  const key = (made) => JSON.stringify(made);
  return {
    known, made, stood,
    approval: ({ sha256, parent, sourceId }) => {
      const approved = known.get(sha256);
      return approved && JSON.stringify(approved.parent) === JSON.stringify(parent) && approved.sourceId === sourceId ? { ...ANN, sha256 } : undefined;
    },
    isMachineMade: (_, it) => made.has(key(it)),
    remember: (_, it) => { made.add(key(it)); },
    uploaded: (draft, document) => { stood.push([draft.sourceId, document]); },
    machine(text) { made.add(key({ bytes: digest(text) })); },
  };
}

/** HTTP in which `https://files.example.com/N` is a content by its number. */
function withFiles(files) {
  const http = nodeHttp();
  return Object.assign(async (request) => {
    const url = new URL(request.url);
    if (url.host !== "files.example.com") return http(request);
    const { body, headers = [["content-length", String(body.length)]], status = 200 } = files[Number(url.pathname.slice(1))];
    const pieces = async function* () { for (let at = 0; at < body.length; at += 65_536) yield body.subarray(at, at + 65_536); };
    return { status, headers, body: pieces() };
  }, { close: () => http.close() });
}

test("the digest is SHA-256", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 70_001]) {
    const content = Uint8Array.from({ length }, (_, n) => (n * 31) & 0xff);
    const pieces = new Sha256();
    for (let at = 0; at < length; at += 37) pieces.update(content.subarray(at, at + 37));
    assert.equal(pieces.hex(), digest(content), String(length));
  }
});

test("no draft goes without the approval that the reviews know", async (t) => {
  const world = await sandbox(t);
  const { id } = await matter(world);
  const files = [];
  for (const engine of engines) {
    const reviews = reviewed();
    const options = { origin: world.origin, http: bearer(() => world.token, withFiles(files)), engine, policy: { contentOrigins: ["https://files.example.com"] } };
    const clio = new Clio({ ...options, reviews });
    const without = new Clio(options);
    t.after(() => { clio.close(); without.close(); });
    let number = 0;
    const upload = (of, source, provenance, more = {}) => of.call("upload-document.upload", {
      source_id: `${engine}:${++number}`, parent: { matter: id }, name: "a.txt", content: { source }, provenance, ...more,
    });
    const inline = (text) => ({ inline: Buffer.from(text).toString("base64") });
    const draft = (text) => ({ draft: { ...ANN, sha256: digest(text) } });
    const refused = async (what, call, at) => {
      const before = (await world.control("GET", "/snapshot")).documents.length;
      const error = await call().then(() => undefined, (it) => it);
      assert.equal(error?.code, "review_required", `${engine}: ${what}: ${error?.message}`);
      if (at) assert.equal(error.problem.field, at, what);
      assert.equal((await world.control("GET", "/snapshot")).documents.length, before, what);
    };
    const known = (text, sourceId = `${engine}:${number + 1}`, parent = { matter: id }) => reviews.known.set(digest(text), { sourceId, parent });
    const DRAFT = "/provenance/draft";

    await refused("without reviews", () => upload(without, inline("one"), draft("one")), DRAFT);
    await refused("nobody approved it", () => upload(clio, inline("one"), draft("one")), DRAFT);
    known("two");
    await refused("altered by a byte", () => upload(clio, inline("twO"), draft("two")), `${DRAFT}/sha256`);
    known("three", undefined, { matter: id + 1 });
    await refused("for another matter", () => upload(clio, inline("three"), draft("three")), DRAFT);
    known("four");
    await refused("a caller's own word", () => upload(clio, inline("four"), { draft: { ...ANN, approver: "Bo", sha256: digest("four") } }), DRAFT);
    reviews.machine("five");
    await refused("a machine's, inline", () => upload(clio, inline("five"), "from_person"), "/provenance");
    const lent = documents.bytes(bytes("five"), { sha256: digest("another") });
    await refused("a machine's, lent", () => clio.call("upload-document.upload", { source_id: `${engine}:l`, parent: { matter: id }, name: "a.txt", content: lent, provenance: "from_person" }), "/provenance");
    const large = new Uint8Array(3 * MIB).fill(7);
    reviews.machine(large);
    files[0] = { body: bytes("five") };
    files[1] = { body: bytes("five"), headers: [["content-length", "4"], ["content-encoding", "gzip"]] };
    await refused("a machine's, at a URL", () => upload(clio, { url: "https://files.example.com/0" }, "from_person"), "/provenance");
    await refused("in a coding", () => upload(clio, { url: "https://files.example.com/1" }, "from_person"));
    // Of what is large the end is held back: what is begun stays without it.
    files[2] = { body: large };
    const error = await upload(clio, { url: "https://files.example.com/2" }, "from_person").catch((it) => it);
    assert.equal(error.code, "review_required");
    const begun = (await world.control("GET", "/snapshot")).documents;
    assert.ok(begun.every((it) => !it.versions?.some((version) => version.sha256 === digest(large))), engine);

    known("six");
    const made = await upload(clio, inline("six"), draft("six"));
    assert.equal(made.disposition, "created");
    assert.deepEqual(reviews.stood, [[`${engine}:${number}`, String(made.id)]]);
    // What the caller says is there is no upload.
    known("seven");
    const kept = await upload(clio, inline("seven"), draft("seven"), { known: { source_id: `${engine}:${number + 1}`, status: "complete", id: made.id, sha256: digest("seven"), others: [] } });
    assert.deepEqual([kept.disposition, reviews.stood.length], ["linked", 1]);
    known("eight");
    await refused("in another's place", () => upload(clio, inline("eight"), draft("eight"), { on_change: "new_version" }), DRAFT);
    // A person's goes as ever.
    files[3] = { body: bytes(`a person's ${engine}`) };
    assert.equal((await upload(clio, { url: "https://files.example.com/3" }, "from_person")).disposition, "created");
    assert.equal((await upload(without, inline("five"), "from_person")).disposition, "created");
  }
});

test("a function drafts, and what it writes is no person's", async (t) => {
  const world = await sandbox(t);
  const { id } = await matter(world);
  const reviews = reviewed();
  const clio = new Clio({ origin: world.origin, http: bearer(() => world.token, nodeHttp()), reviews });
  t.after(() => clio.close());
  const input = { matter: id, template: { content: { source: { inline: Buffer.from("Dear {{ client.name }}").toString("base64") } } } };
  let told;
  const draft = await clio.draft(input, async (gathered) => { told = gathered; return "Dear Ann"; });
  assert.equal(told.template_text, "Dear {{ client.name }}");
  assert.ok(told.fields.some(({ name, value }) => name === "client.name" && value), JSON.stringify(told.fields));
  assert.ok(!JSON.stringify(told).includes(world.token));
  assert.deepEqual(draft, {
    content: { inline: Buffer.from("Dear Ann").toString("base64") }, length: 8, sha256: digest("Dear Ann"), media_type: "text/plain; charset=utf-8", unfilled: [],
  });
  assert.deepEqual([...reviews.made], [JSON.stringify({ bytes: digest("Dear Ann") })]);
  const before = await world.control("GET", "/snapshot");
  for (const provenance of ["from_person", { draft: { ...ANN, sha256: draft.sha256 } }]) {
    const upload = clio.uploadDocument({ source_id: "drafted", parent: { matter: id }, name: "a.txt", content: { source: draft.content }, provenance });
    await assert.rejects(upload, { code: "review_required" });
  }
  assert.deepEqual((await world.control("GET", "/snapshot")).documents, before.documents);
  const docx = await clio.draft(input, () => Uint8Array.from([0x50, 0x4b, 3, 4, ...new Uint8Array(3 * MIB)]));
  assert.match(docx.media_type, /wordprocessingml/);
  assert.equal(docx.length, 3 * MIB + 4);

  // One that fails, writes no document, or is not waited for has made nothing.
  const made = reviews.made.size;
  for (const [drafter, words] of [
    [() => { throw new Error("no answer"); }, /no answer/],
    [() => Uint8Array.of(0xff, 0xfe), /neither a text in UTF-8/],
    [() => " ", /writes nothing/],
    [() => 3, /neither a string/],
    [() => new Uint8Array(11 * MIB), /more than 10 MiB/],
  ]) await assert.rejects(clio.draft(input, drafter), { code: "execution_failed:internal", message: words });
  const given = new AbortController();
  const late = clio.draft(input, () => { given.abort(); return new Promise(() => {}); }, { signal: given.signal });
  await assert.rejects(late, { code: "execution_failed:cancelled" });
  reviews.remember = () => { throw new Error("the disk is full"); };
  await assert.rejects(clio.draft(input, () => "Dear Ann, again"), /the disk is full/);
  assert.equal(reviews.made.size, made);
});
