// Every function does in n8n what it does with `clio run`: the same outcome, and the
// same requests as the sandbox saw them. `read-document` and `fill-document` put bytes
// beside their outcome, and have tests of their own.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { told } from "../../node/test/support/compare.mjs";
import { matter } from "../../node/test/support/sandbox.mjs";
import { stories } from "./support/stories.mjs";
import { execute, operation } from "./support/n8n.mjs";

const actions = JSON.parse(await readFile(new URL("../node_modules/clio-actions/dist/actions.json", import.meta.url), "utf8"));
const lists = new Set(actions.flatMap((action) => action.functions.filter((fn) => fn.output.type === "array").map((fn) => `${action.name}.${fn.name}`)));

const native = (world) => (name, input) => world.clioRun(name, input);
const inN8n = (world) => async (name, input) => {
  try {
    const items = (await execute(world, operation(name, { given: "json", json: JSON.stringify(input) }))).map(({ json }) => json);
    return lists.has(name) ? items : items[0];
  } catch (error) {
    return JSON.parse(error.description);
  }
};
/** What axios adds of its own to a request, or leaves out: the length of no body. */
const OF_AXIOS = ["accept", "accept-encoding", "content-length", "content-type", "user-agent"];
const plain = ({ outcomes, requests }) => ({
  outcomes,
  requests: requests.map(({ headers, ...it }) => ({ ...it, headers: headers.filter((name) => !OF_AXIOS.includes(name)) })),
});

for (const [name, story] of Object.entries(stories)) {
  if (["read-document", "fill-document"].includes(name)) continue;
  test(`${name} does what it does with clio run`, async (t) => {
    const expected = plain(await told(t, story, native));
    assert.ok(expected.outcomes.length > 0);
    assert.deepEqual(plain(await told(t, story, inN8n)), expected);
  });
}

const FAULTS = {
  "storage resets the connection": ["reset", { origin: "storage", method: "PUT" }],
  "storage answers 503": [{ answer: { status: 503 } }, { origin: "storage", method: "PUT" }],
  "the answer of storage is cut": [{ cut_after: { bytes: 3 } }, { origin: "storage", method: "PUT" }],
  "the answer to the creation is lost": ["answer_lost", { method: "POST", path: "/documents" }],
  "the answer to the creation is cut": [{ cut_after: { bytes: 10 } }, { method: "POST", path: "/documents" }],
  "the end is refused for now": [{ answer: { status: 503 } }, { method: "PATCH", path: "/documents/*", times: "forever" }],
};
for (const [what, [effect, where]] of Object.entries(FAULTS)) {
  test(`an upload ends as with clio run where ${what}`, async (t) => {
    const story = async (world, run) => {
      const { id } = await matter(world);
      const content = { source: { inline: Buffer.from("Dear Ann").toString("base64") } };
      const document = { source_id: "f", parent: { matter: id }, name: "f.txt", content, provenance: "from_person" };
      await world.fault(effect, where);
      await run("upload-document.upload", document);
      await world.control("DELETE", "/faults");
      await run("upload-document.upload", document);
      const [{ complete }, ...more] = await world.documents();
      assert.deepEqual([complete, more], [true, []]);
    };
    const expected = plain(await told(t, story, native));
    assert.ok(expected.requests.some(({ fault }) => fault), "the fault did not strike");
    assert.deepEqual(plain(await told(t, story, inN8n)), expected);
  });
}
