// Faults that take their time, and those of a document in parts: the same outcome
// and the same requests as with `clio run`, in each engine.

import { deepEqual, equal } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { documents } from "../../src/index.mjs";
import { BEGAN, engines, here, native, told } from "../support/compare.mjs";
import { matter } from "../support/sandbox.mjs";

const MIB = 1 << 20;
let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "clio-node-"));
  // From 100 MB on a document goes in parts of 32 MiB.
  const piece = Buffer.from(Uint8Array.from({ length: MIB }, (_, n) => (n * 31 + (n >> 8)) & 0xff));
  await pipeline(Readable.from(Array.from({ length: 97 }, () => piece)), createWriteStream(join(folder, "large.mp4")));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A runner that puts the file in the place of the content. */
const withFile = (runner, content, ...args) => (world, t) => {
  const run = runner(world, t);
  return async (name, input) => run(name, { ...input, content: await content() }, ...args);
};
const nativeWithFile = () => withFile((world) => (...call) => world.clioRun(...call), () => ({ source: { file: "large.mp4" } }), "--files", folder);
const hereWithFile = (engine) => withFile(here(engine), () => documents.local(join(folder, "large.mp4")));

const PUT = { origin: "storage", method: "PUT" };
const parts = {
  "storage resets a part": "reset",
  "storage's answer for a part is lost": "answer_lost",
  "storage's answer for a part is cut": { cut_after: { bytes: 3 } },
  "storage answers a part with 503": { answer: { status: 503 } },
  "storage's answer for a part comes after 17 s": { hold_answer: { ms: 17_000 } },
};
for (const [name, effect] of Object.entries(parts)) {
  test(`${name}: as with clio run`, async (t) => {
    const story = async (world, run) => {
      const { id } = await matter(world);
      await world.fault(effect, PUT);
      await run("upload-document.upload", { source_id: "a", began: BEGAN, parent: { matter: id }, name: "large.mp4", provenance: "from_person" });
      const [{ versions }] = await world.documents();
      deepEqual([versions.at(-1).fully_uploaded, versions.at(-1).size], [true, 97 * MIB]);
    };
    const expected = await told(t, story, nativeWithFile());
    equal(expected.outcomes[0][1].disposition, "created");
    for (const engine of engines) deepEqual(await told(t, story, hereWithFile(engine)), expected, engine);
  });
}

// CASES E2
test("an answer may take longer than a connection: as with clio run", async (t) => {
  const contact = { source_id: "intake:ann", began: BEGAN, contact: { person: { first_name: "Ann", last_name: "Lee" } }, emails: [{ address: "ann@lee.example" }] };
  const story = async (world, run) => {
    await world.fault({ hold_answer: { ms: 17_000 } }, { method: "POST", path: "/contacts" });
    await run("sync-contact.sync", contact);
    // Nothing had to be looked for once more.
    equal((await world.trace()).at(-1).method, "POST");
  };
  const expected = await told(t, story, native);
  equal(expected.outcomes[0][1].disposition, "created");
  for (const engine of engines) deepEqual(await told(t, story, here(engine)), expected, engine);
});
