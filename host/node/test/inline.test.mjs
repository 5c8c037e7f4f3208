// The one file for bundlers, edge runtimes and n8n: nothing of Node.js in it. That
// calls through it do the same is told by `tests/conformance`.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { bearer, CallError, Clio, documents, fetchHttp } from "../dist/inline.mjs";
import { matter, sandbox } from "./support/sandbox.mjs";

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const FILE = new URL("../dist/inline.mjs", import.meta.url);

test("it is one file, and names nothing that is Node.js's or forbidden where it goes", async () => {
  const text = (await readFile(FILE, "utf8")).replace(/"[A-Za-z0-9+/=]{1000,}"/g, '""');
  assert.ok(text.length > 50_000);
  for (const found of [/^import /m, /\bimport\(/, /\brequire\(/, /node:/, /\bprocess\b/, /\bglobalThis\b/, /\bsetTimeout\b/, /\bsetInterval\b/, /\bsetImmediate\b/, /\beval\(/]) {
    assert.ok(!found.test(text), `${found} stands in it: ${found.exec(text)?.[0]}`);
  }
});

test("a document larger than what JSON carries, and an end by a signal without timers", async (t) => {
  const world = await sandbox(t);
  const { id } = await matter(world);
  const clio = new Clio({ origin: world.origin, http: bearer(() => world.token, fetchHttp(fetch)), sleep });
  const content = documents.bytes(new Uint8Array(3 << 20).fill(7), { mediaType: "text/plain" });
  const made = await clio.uploadDocument({ source_id: "a", parent: { matter: id }, name: "a.txt", content, provenance: "from_person" });
  assert.equal(made.sent, 3 << 20);
  const never = new Clio({ origin: world.origin, http: () => new Promise(() => {}), sleep });
  const error = await never.lookup({ kind: "practice_areas" }, { signal: AbortSignal.timeout(100) }).catch((it) => it);
  assert.ok(error instanceof CallError);
  assert.equal(error.code, "execution_failed:cancelled");
});
