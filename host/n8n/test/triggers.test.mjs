// The triggers: documents are told once, and nothing is lost; deliveries are checked.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { matter, sandbox } from "../../node/test/support/sandbox.mjs";
import { byId, ClioDocumentTrigger, ClioWebhookTrigger, credential, workflow } from "./support/n8n.mjs";

const add = (world, id, name) => world.control("POST", "/documents", { place: { matter: id }, document: { name, content: "aGk=" } });

/** Polls as n8n does: what was emitted, by name. */
function poller(world, parameters = {}, statics = {}) {
  const type = new ClioDocumentTrigger();
  const emitted = [];
  const poll = async ({ mode, fails = false } = {}) => {
    const { context } = workflow(type, world, { scope: "account", start: "now", ...parameters }, { statics, mode });
    context.__emit = ([items]) => {
      if (fails) throw new Error("the workflow did not start");
      emitted.push(...items.map(({ json }) => json.name));
    };
    return type.poll.call(context);
  };
  return { poll, emitted, statics };
}

test("new documents start the workflow, each once, also after a restart", async (t) => {
  const world = await sandbox(t);
  const { id } = await matter(world);
  await add(world, id, "old.txt");
  const { poll, emitted, statics } = poller(world);
  await poll();
  assert.deepEqual(emitted, []);
  await add(world, id, "one.txt");
  await poll();
  await add(world, id, "two.txt");
  await poll();
  await poll();
  assert.deepEqual(emitted, ["one.txt", "two.txt"]);
  // What n8n wrote down is all that another process has.
  const again = poller(world, {}, JSON.parse(JSON.stringify(statics)));
  await again.poll();
  assert.deepEqual(again.emitted, []);
  await add(world, id, "three.txt");
  await again.poll();
  assert.deepEqual(again.emitted, ["three.txt"]);
});

test("a poll that is slow does not meet the next one", async (t) => {
  const world = await sandbox(t);
  const { id } = await matter(world);
  const { poll, emitted } = poller(world);
  await poll();
  await add(world, id, "one.txt");
  await world.fault({ hold_answer: { ms: 300 } }, { method: "GET", path: "/documents" });
  await Promise.all([poll(), poll(), poll()]);
  await poll();
  assert.deepEqual(emitted, ["one.txt"]);
});

test("what could not be emitted is told by the next poll", async (t) => {
  const world = await sandbox(t);
  const { id } = await matter(world);
  const { poll, emitted } = poller(world);
  await poll();
  await add(world, id, "one.txt");
  await assert.rejects(poll({ fails: true }));
  assert.deepEqual(emitted, []);
  await world.fault({ answer: { status: 500 } }, { method: "GET", path: "/documents", times: "forever" });
  await assert.rejects(poll(), (error) => JSON.parse(error.description).error.transient.code === "unavailable");
  await world.control("DELETE", "/faults");
  await poll();
  await poll();
  assert.deepEqual(emitted, ["one.txt"]);
});

test("another scope or account begins anew, and a test in the editor keeps nothing", async (t) => {
  const world = await sandbox(t);
  const one = await matter(world);
  const two = await matter(world);
  await add(world, one.id, "one.txt");
  await add(world, two.id, "two.txt");
  const statics = {};
  const first = poller(world, { scope: "matter", scope_matter: byId(one.id), start: "beginning" }, statics);
  await first.poll();
  assert.deepEqual(first.emitted, ["one.txt"]);
  const second = poller(world, { scope: "matter", scope_matter: byId(two.id), start: "beginning" }, statics);
  const kept = structuredClone(statics);
  const [shown] = await second.poll({ mode: "manual" });
  assert.deepEqual(shown.map(({ json }) => json.name), ["two.txt"]);
  assert.deepEqual(statics, kept);
  await second.poll();
  assert.deepEqual(second.emitted, ["two.txt"]);
});

/** A trigger at a real address, and what its workflow was started with. */
async function receiver(t, world, parameters = {}) {
  const type = new ClioWebhookTrigger();
  const statics = {}, events = [], answers = [];
  world.credential ??= credential(world);
  const given = { model: "matter", fields: "id,etag,status,description", ...parameters };
  let url;
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const { context } = workflow(type, world, given, { statics, mode: "webhook", url });
    response.status = (status) => Object.assign(response, { statusCode: status });
    context.getRequestObject = () => Object.assign(request, { rawBody: Buffer.concat(pieces) });
    context.getResponseObject = () => response;
    const result = await type.webhook.call(context);
    if (!result.noWebhookResponse) response.end();
    answers.push(response.statusCode);
    for (const { json } of result.workflowData?.[0] ?? []) events.push(json);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => server.close());
  url = `http://127.0.0.1:${server.address().port}/webhook/clio`;
  const hook = (name) => type.webhookMethods.default[name].call(workflow(type, world, given, { statics, url }).context);
  const until = async (what, holds) => {
    for (let turn = 0; !(await holds()); turn++) {
      assert.ok(turn < 200, `${what} did not come`);
      await new Promise((done) => setTimeout(done, 25));
    }
  };
  /** The subscriptions at Clio, with their secrets. */
  const listed = async () => {
    const headers = { authorization: `Bearer ${world.credential.token}` };
    return (await (await fetch(`${world.origin}/api/v4/webhooks.json?fields=id,shared_secret`, { headers })).json()).data;
  };
  return { statics, events, answers, hook, until, url, given, listed };
}

test("a webhook is made, confirmed, delivers each event once, and is removed", async (t) => {
  const world = await sandbox(t);
  const { id } = await matter(world);
  const { statics, events, answers, hook, until, url, listed } = await receiver(t, world);
  assert.equal(await hook("checkExists"), false);
  assert.equal(await hook("create"), true);
  await until("the handshake", () => answers.length > 0);
  assert.deepEqual(answers, [200]);
  assert.equal(await hook("checkExists"), true);
  assert.equal(await hook("create"), true);

  await world.control("POST", "/matters", { client: (await world.control("GET", "/snapshot")).contacts[0].id, description: "New" });
  await until("the event", () => events.length >= 1);
  const event = events.find((it) => it.kind === "created") ?? events[0];
  assert.equal(event.model, "matter");
  assert.equal(event.record.description, "New");
  assert.ok(event.id !== id);

  const [{ shared_secret: secret }] = await listed();
  assert.ok(secret && !JSON.stringify(statics).includes(secret), "the secret is written down");

  // A repeat: the same bytes with the same signature.
  const before = events.length;
  const { createHmac } = await import("node:crypto");
  const body = JSON.stringify({ data: { id: 1, etag: "\"1\"" }, meta: { event: "updated", webhook_id: statics.id } });
  const send = (secret) => fetch(url, { method: "POST", body, headers: { "content-type": "application/json", "x-hook-signature": createHmac("sha256", secret).update(body).digest("hex") } });
  assert.equal((await send("wrong")).status, 401);
  assert.equal(events.length, before);
  assert.equal((await send(secret)).status, 200);
  assert.equal(events.length, before + 1);
  assert.equal((await send(secret)).status, 200);
  assert.equal(events.length, before + 1);
  assert.equal((await fetch(url, { method: "POST", body: "hello" })).status, 401);

  assert.equal(await hook("delete"), true);
  assert.deepEqual(statics, {});
  assert.equal((await send("any")).status, 401);
  assert.equal(await hook("checkExists"), false);
});

test("a webhook is renewed by a delivery, and one that ended is made anew at the next start", async (t) => {
  const world = await sandbox(t);
  await matter(world);
  const { statics, events, answers, hook, until } = await receiver(t, world);
  await hook("create");
  await until("the handshake", () => answers.length > 0);
  const { id, expiresAt } = statics;
  assert.ok(expiresAt);
  const days = async (count) => {
    await world.control("POST", "/clock", { advance_ms: count * 86_400_000 });
    t.mock.timers.reset();
    t.mock.timers.enable({ apis: ["Date"], now: Date.parse((await world.control("GET", "/clock")).now) });
    // A token lives no longer than that here.
    world.credential.token = (await world.control("POST", "/tokens", {})).token;
  };
  await days(26);
  assert.equal(await hook("checkExists"), false, "with five days left it is to be renewed");
  await hook("create");
  assert.equal(statics.id, id);
  assert.ok(statics.expiresAt > expiresAt, "it was renewed");

  await days(40);
  assert.equal(await hook("checkExists"), false);
  await hook("create");
  assert.notEqual(statics.id, id);
  await until("the other handshake", () => answers.length > 1);
  assert.equal(answers.at(-1), 200);
  assert.deepEqual(events, []);
});

test("a delivery learns the secret from Clio where it is not known, and renews what ends soon", async (t) => {
  const world = await sandbox(t);
  const { client } = await matter(world);
  const { statics, events, answers, until, url, given } = await receiver(t, world);
  // Somebody else makes it; so it is as well for the trigger after a start of n8n.
  await world.clioRun("webhooks.ensure", { url, ...given });
  await until("the handshake", () => answers.length > 0);
  assert.equal(statics.id, undefined);
  await world.control("POST", "/matters", { client, description: "New" });
  await until("the event", () => events.length > 0);
  assert.ok(statics.id);
  Object.assign(statics, { asked: 0, expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
  await world.control("POST", "/matters", { client, description: "Newer" });
  await until("the next event", () => events.length > 1);
  assert.ok(Date.parse(statics.expiresAt) - Date.now() > 20 * 86_400_000, statics.expiresAt);
});
