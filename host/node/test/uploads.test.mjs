// Documents arrive byte for byte, from nothing to 128 MiB, with a length and
// without, by URL and from a file, in each engine; and others of the thread are
// not held up meanwhile.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bearer, Clio, documents, nodeHttp } from "../src/index.mjs";
import { engines } from "./support/compare.mjs";
import { watched } from "./support/loop.mjs";
import { matter, sandbox } from "./support/sandbox.mjs";

const MIB = 1 << 20;
const SIZES = [0, 1, 65_535, 65_536, 65_537, MIB, MIB + 1, 5 * MIB + 3, 64 * MIB, 128 * MIB];
/** The most that the event loop may be held up, in milliseconds. */
const MOST_HELD_UP = 100;

/** Bytes that differ from place to place, in pieces of uneven length. */
function* bytes(length) {
  const pattern = Uint8Array.from({ length: 65_521 }, (_, n) => (n * 31 + (n >> 8)) & 0xff);
  for (let at = 0, n = 0; at < length; n++) {
    const piece = pattern.subarray(0, Math.min(pattern.length - (n % 7), length - at));
    yield piece;
    at += piece.length;
  }
}
/** The digests of a content's parts, whose lengths are given. */
function digests(lengths) {
  const content = bytes(lengths.reduce((sum, length) => sum + length, 0));
  let piece = new Uint8Array(0);
  return lengths.map((length) => {
    const digest = createHash("sha256");
    for (let left = length; left > 0;) {
      if (piece.length === 0) piece = content.next().value;
      digest.update(piece.subarray(0, left));
      const taken = Math.min(left, piece.length);
      piece = piece.subarray(taken);
      left -= taken;
    }
    return digest.digest("hex");
  });
}

/** HTTP in which `https://files.example.com/SIZE` and `/SIZE/unknown` are contents. */
function withFiles(http) {
  return async (request) => {
    const url = new URL(request.url);
    if (url.host !== "files.example.com") return http(request);
    assert.ok(!request.account && !request.headers.some(([name]) => name === "authorization"));
    const [, size, unknown] = url.pathname.split("/");
    return {
      status: 200,
      headers: unknown ? [] : [["Content-Length", size]],
      body: (async function* () { for (const piece of bytes(Number(size))) yield piece; })(),
    };
  };
}

// CASES E1
for (const engine of engines) {
  test(`${engine}: SHA-256 of what arrives`, async (t) => {
    const world = await sandbox(t);
    const { id } = await matter(world);
    const own = nodeHttp();
    const clio = new Clio({
      origin: world.origin, engine, http: bearer(() => world.token, withFiles(own)), policy: { contentOrigins: ["https://files.example.com"] },
    });
    t.after(() => { clio.close(); own.close(); });
    const folder = await mkdtemp(join(tmpdir(), "clio-node-"));
    t.after(() => rm(folder, { recursive: true }));

    let held = 0;
    const upload = async (name, size, content) => {
      await world.control("DELETE", "/trace");
      const loop = watched();
      loop.start();
      const made = await clio.uploadDocument({ source_id: name, parent: { matter: id }, name: `${name.replaceAll("/", "-")}.mp4`, content, provenance: "from_person" });
      loop.stop();
      assert.deepEqual([made.disposition, made.sent], ["created", size], name);
      const version = (await world.documents()).find((it) => it.id === made.id).versions.at(-1);
      assert.deepEqual([version.fully_uploaded, version.size], [true, size], name);
      // What storage received, in one piece or in parts.
      const puts = (await world.trace()).filter((it) => it.origin === "storage" && it.method === "PUT").map((it) => it.body.bytes ?? { length: 0, sha256: digests([0])[0] });
      assert.equal(puts.reduce((sum, { length }) => sum + length, 0), size, name);
      assert.deepEqual(puts.map(({ sha256 }) => sha256), digests(puts.map(({ length }) => length)), name);
      held = Math.max(held, loop.most);
      uploads++;
    };
    let uploads = 0;
    for (const size of SIZES) {
      await upload(`url/${size}`, size, { source: { url: `https://files.example.com/${size}` } });
      await upload(`unknown/${size}`, size, { source: { url: `https://files.example.com/${size}/unknown` } });
      await writeFile(join(folder, `${size}.mp4`), bytes(size));
      await upload(`file/${size}`, size, await documents.local(join(folder, `${size}.mp4`)));
    }
    assert.equal(uploads, 3 * SIZES.length);
    t.diagnostic(`the event loop was held up for at most ${held.toFixed(0)} ms`);
    assert.ok(held < MOST_HELD_UP, `the event loop was held up for ${held} ms`);
  });
}
