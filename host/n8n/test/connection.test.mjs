// The credential: renewed after a 401, never in an item, an error or a log.

import assert from "node:assert/strict";
import { test } from "node:test";
import { matter, sandbox } from "../../node/test/support/sandbox.mjs";
import { byId, credential, execute, operation } from "./support/n8n.mjs";

const CLIENT = { id: "n8n", secret: "n8n-secret" };

/** A sandbox whose token is refused, and may be renewed. */
async function expired(t, more = {}) {
  const world = await sandbox(t);
  await world.control("POST", "/apps", { client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: ["http://127.0.0.1/back"] });
  const asked = { client_id: CLIENT.id, redirect_uri: "http://127.0.0.1/back", response_type: "code", decision: "approve" };
  const answer = await fetch(`${world.origin}/oauth/authorize`, { method: "POST", body: new URLSearchParams(asked), redirect: "manual" });
  const code = new URL(answer.headers.get("location")).searchParams.get("code");
  const form = { grant_type: "authorization_code", code, redirect_uri: asked.redirect_uri, client_id: CLIENT.id, client_secret: CLIENT.secret };
  const tokens = await (await fetch(`${world.origin}/oauth/token`, { method: "POST", body: new URLSearchParams(form) })).json();
  await world.control("POST", "/tokens/revoke", { token: tokens.access_token });
  await world.control("DELETE", "/trace");
  world.credential = credential(world, { token: tokens.access_token, refresh: tokens.refresh_token, client: CLIENT, ...more });
  return world;
}

test("a token that is refused is renewed once, and nothing is made twice", async (t) => {
  const world = await expired(t);
  const made = await execute(world, operation("sync-contact.sync", { source_id: "a", contact: "person", contact_person_last_name: "Lee" }));
  assert.equal(made[0].json.disposition, "created");
  assert.equal(made.credential.renewed, 1);
  assert.deepEqual(made.sent.slice(0, 2), ["quiet GET", "loud GET"]);
  assert.ok(made.sent.slice(2).every((it) => it.startsWith("quiet")));
  assert.equal((await world.control("GET", "/snapshot")).contacts.length, 1);
});

test("what Clio refuses after the renewal is the action's to read", async (t) => {
  const world = await expired(t);
  const error = await execute(world, operation("custom-fields.read", { of: "matter", of_matter: byId("17") })).catch((it) => it);
  assert.equal(JSON.parse(error.description).error.permanent.code, "not_found");
  assert.equal(world.credential.renewed, 1);
});

test("a write whose answer is lost after the renewal is looked for, and not sent again", async (t) => {
  const world = await expired(t);
  const { id } = await matter(world);
  await world.fault("answer_lost", { method: "PATCH", path: `/matters/${id}` });
  const read = await world.control("GET", "/snapshot");
  assert.equal(read.matters[0].description, "Lee");
  const [{ json }] = await execute(world, operation("update-matter.update", { matter: byId(id), additionalFields: { description: "Lee v. City" } }));
  assert.equal(json.changed, true);
  const writes = (await world.trace()).filter((it) => it.method === "PATCH" && it.status !== 401);
  assert.equal(writes.length, 1, JSON.stringify(writes));
});

test("a token that cannot be renewed is told as such, without it", async (t) => {
  const world = await expired(t, { refresh: "none" });
  const error = await execute(world, operation("lookup.find", { kind: "practice_areas" })).catch((it) => it);
  assert.equal(JSON.parse(error.description).error.permanent.code, "not_connected");
  assert.match(error.message, /[Cc]onnect/);
  const said = `${JSON.stringify(error)} ${error.stack} ${JSON.stringify(error.cause ?? {})}`;
  for (const secret of [world.credential.token, CLIENT.secret]) assert.ok(!said.includes(secret), said);
});

test("an account that does not answer is told as such, without the token", async (t) => {
  const world = await sandbox(t);
  world.credential = credential(world);
  world.credential.data.origin = "http://127.0.0.1:9";
  const error = await execute(world, operation("lookup.find", { kind: "practice_areas" })).catch((it) => it);
  assert.ok(JSON.parse(error.description).error.transient);
  assert.match(error.message, /again/);
  assert.ok(!`${JSON.stringify(error)} ${error.stack}`.includes(world.token));
});

test("the credential leads to Clio's regions and to this machine alone", async (t) => {
  const world = await sandbox(t);
  world.credential = credential(world);
  world.credential.data.origin = "https://clio.example.com";
  await assert.rejects(execute(world, operation("lookup.find", { kind: "practice_areas" })), (error) => !JSON.stringify(error).includes(world.token) && /origin|Clio|region/i.test(error.message));
});
