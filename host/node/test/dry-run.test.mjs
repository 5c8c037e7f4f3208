// A dry run writes nothing, and tells what `clio run --dry-run` tells.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bearer, CallError, Clio } from "../src/index.mjs";
import { BEGAN, engines, told } from "./support/compare.mjs";
import { matter } from "./support/sandbox.mjs";

const ann = { source_id: "intake:ann", began: BEGAN, contact: { person: { first_name: "Ann", last_name: "Lee" } }, emails: [{ address: "ann@lee.example" }] };

async function story(world, run) {
  const { id, client } = await matter(world);
  const before = await world.control("GET", "/snapshot");
  const made = await run("sync-contact.sync", { ...ann, contact: { person: { first_name: "Zoë", last_name: "Weir" } } });
  const [{ method, url, body }] = made.would_send;
  assert.deepEqual([method, new URL(url).pathname, body.data.last_name], ["POST", "/api/v4/contacts.json", "Weir"]);
  await run("create-matter.create", { source_id: "intake:17", began: BEGAN, client, title: "Lee v. City" });
  const content = { source: { inline: "JVBERi0xLjQ=" } };
  await run("upload-document.upload", { source_id: "intake:17/a", parent: { matter: id }, name: "a.pdf", content, provenance: "from_person" });
  // What only reads, gives its result.
  const read = await run("lookup.find", { kind: "practice_areas" });
  assert.deepEqual([read.would_send, read.result.options[0].label], [[], "Family"]);
  // What fails for another reason than the dry run, fails.
  await run("sync-contact.sync", { ...ann, emails: [{ address: "no address" }] });
  await run("create-matter.create", { source_id: "intake:17", began: BEGAN, client: 17, title: "Lee v. City" });
  assert.deepEqual(await world.control("GET", "/snapshot"), before);
}
const native = (world) => (name, input) => world.clioRun(name, input, "--dry-run");
const here = (engine) => (world, t) => {
  const clio = new Clio({ origin: world.origin, http: bearer(() => world.token), engine });
  t.after(() => clio.close());
  return (name, input) => clio.dryRun(name, input).catch((error) => {
    if (!(error instanceof CallError)) throw error;
    return JSON.parse(JSON.stringify(error));
  });
};

test("a dry run tells what clio run --dry-run tells, and writes nothing", async (t) => {
  const expected = await told(t, story, native);
  assert.equal(expected.outcomes.length, 6);
  assert.deepEqual(expected.requests.filter(({ method }) => method !== "GET"), []);
  for (const engine of engines) assert.deepEqual(await told(t, story, here(engine)), expected, engine);
});

test("what a rule denies is denied in a dry run, too", async (t) => {
  const clio = new Clio({ origin: "http://127.0.0.1:1", http: () => assert.fail("it was sent"), policy: { allow: [] } });
  const error = await clio.dryRun("sync-contact", ann).catch((it) => it);
  assert.equal(error.code, "denied_by_policy");
  assert.equal(error.denied.length, 1);
});
