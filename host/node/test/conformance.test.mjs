// Every function of the catalog does here what it does with `clio run`: the same
// outcome, and the same requests as the sandbox saw them, in each engine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Clio } from "../src/index.mjs";
import { engines, here, native, told } from "./support/compare.mjs";
import { sandbox } from "./support/sandbox.mjs";
import { stories } from "./support/stories.mjs";

test("every function of the catalog has a story", async (t) => {
  const called = new Set();
  for (const story of Object.values(stories)) {
    const world = await sandbox(t);
    await story(world, async (name, input) => { called.add(name); return here("asyncify")(world, t)(name, input); });
  }
  const all = Clio.actions.flatMap(({ name, functions }) => functions.map((fn) => `${name}.${fn.name}`));
  assert.deepEqual(all.filter((name) => !called.has(name)), []);
});

for (const [name, story] of Object.entries(stories)) {
  test(`${name} does what it does with clio run`, async (t) => {
    const expected = await told(t, story, native);
    assert.ok(expected.outcomes.length > 0);
    for (const engine of engines) {
      assert.deepEqual(await told(t, story, here(engine)), expected, engine);
    }
  });
}
