// A document's content for the caller: whole, or an error; only from where Clio
// said in this call; and no faster than it is taken.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bearer, CallError, Clio } from "../src/index.mjs";
import { engines } from "./support/compare.mjs";
import { matter, sandbox } from "./support/sandbox.mjs";

const bytes = Buffer.from(Uint8Array.from({ length: 5 << 20 }, (_, n) => (n * 7 + (n >> 9)) & 0xff));

for (const engine of engines) {
  test(`${engine}: a document is read into a sink`, async (t) => {
    const world = await sandbox(t);
    const { id } = await matter(world);
    const document = (await world.control("POST", "/documents", { place: { matter: id }, document: { name: "a.bin", content: bytes.toString("base64") } })).id;
    const clio = new Clio({ origin: world.origin, http: bearer(() => world.token), engine });
    t.after(() => clio.close());
    const read = async (options) => {
      const pieces = [];
      let taking = 0;
      const contentInto = async (piece) => {
        assert.equal(++taking, 1, "a piece came before the last was taken");
        pieces.push(Buffer.from(piece));
        await new Promise((resolve) => setTimeout(resolve, 1));
        taking--;
      };
      const outcome = await clio.readDocument({ of: { document }, content: "url" }, { contentInto, ...options });
      return { outcome, content: Buffer.concat(pieces) };
    };
    const { outcome, content } = await read();
    assert.equal(outcome.size, bytes.length);
    assert.ok(content.equals(bytes));

    const storage = { origin: "storage", method: "GET" };
    const failed = async (options) => read(options).then(() => assert.fail("it was read"), (error) => {
      assert.ok(error instanceof CallError, String(error?.stack));
      return error;
    });
    await world.fault({ cut_after: { bytes: 100_000 } }, { ...storage, times: "forever" });
    const cut = await failed();
    assert.deepEqual([cut.code, cut.transient], ["unavailable", true]);
    assert.match(cut.message, /^the content did not arrive whole/);
    await world.control("DELETE", "/faults");
    await world.fault({ answer: { status: 403 } }, { ...storage, times: "forever" });
    assert.match((await failed()).message, /^storage did not hand out the content \(HTTP 403\)/);
    await world.control("DELETE", "/faults");
    const full = await failed({ contentInto: () => { throw new Error("the disk is full"); } });
    assert.equal(full.code, "execution_failed:internal");
    assert.equal(full.message, "the content cannot be written: the disk is full");
    await world.fault({ hold_answer: { ms: 5000 } }, storage);
    assert.equal((await failed({ deadline: 300 })).code, "execution_failed:deadline");
  });
}
