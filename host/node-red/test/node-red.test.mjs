// The nodes in a real Node-RED, deployed by its admin API, against the sandbox.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { runInNewContext } from "node:vm";
import { sandbox } from "../../node/test/support/sandbox.mjs";
import { flows } from "./flows.mjs";
import { eventually, nodeRed } from "./support.mjs";

const CASE = {
  client: { source_id: "crm:7", contact: { person: { first_name: "Ann", last_name: "Lee" } }, emails: [{ address: "ann@lee.example" }] },
  matter: { source_id: "crm:7/1", title: "Lee v. City" },
  document: { source_id: "crm:7/letter", name: "letter.txt", provenance: "from_person" },
  // More than what a content in JSON may have.
  text: "Dear Ann\n".repeat(200_000),
};

const ends = [];
let world, red;
before(async () => {
  const t = { after: (end) => ends.unshift(end) };
  world = await sandbox(t);
  red = await nodeRed(t);
});
after(async () => { for (const end of ends) await end(); });

const account = () => ({ origin: world.origin, credentials: { access_token: world.token } });
const found = async () => (await fetch(`${red.url}/new`, { headers: { connection: "close" } })).json();
const counts = async () => {
  const { contacts, matters, documents } = await world.control("GET", "/snapshot");
  return [contacts, matters, documents].map((it) => it.length);
};

test("a contact, a matter and a document in one flow, and again nothing twice", async () => {
  await red.deploy(flows(account()));
  const [contacts, matters, documents] = await counts();
  const first = await red.send("/case", CASE);
  assert.equal(first.status, 200, JSON.stringify(first.body));
  const { client, matter, document, content } = first.body;
  assert.deepEqual([client, matter, document].map((it) => it.disposition), ["created", "created", "created"]);
  assert.equal(content, CASE.text);
  const version = (await world.documents()).find((it) => it.id === document.id).versions.at(-1);
  assert.deepEqual([version.fully_uploaded, version.size], [true, CASE.text.length]);

  const second = await red.send("/case", CASE);
  assert.deepEqual([second.body.client, second.body.matter, second.body.document].map((it) => [it.disposition, it.id]),
    [client, matter, document].map((it) => ["linked", it.id]));
  assert.deepEqual(await counts(), [contacts + 1, matters + 1, documents + 1]);
  assert.deepEqual(await world.ignored(), []);
});

test("an error reaches a catch node, with the payload as it was", async () => {
  const client = { ...CASE.client, emails: [{ address: "no address" }] };
  const { status, body } = await red.send("/case", { ...CASE, client });
  assert.equal(status, 422);
  assert.equal(body.error.source.id, "client");
  assert.equal(body.clioError.error.permanent.code, "invalid_input");
  assert.ok(body.error.message.includes(body.clioError.error.permanent.message));
  assert.deepEqual(body.payload, client);

  await world.fault({ answer: { status: 503 } }, { times: "forever" });
  const later = await red.send("/case", CASE);
  await world.control("DELETE", "/faults");
  assert.equal(later.status, 422);
  assert.equal(later.body.clioError.error.transient.code, "unavailable");
});

test("the same message, sent again by a catch node, makes nothing twice", async () => {
  const bob = { source_id: "crm:9", contact: { person: { first_name: "Bo", last_name: "Chan" } }, emails: [{ address: "bo@chan.example" }] };
  await world.fault({ applied_then: { status: 502 } }, { method: "POST", path: "/contacts" });
  await world.fault({ answer: { status: 503 } }, { method: "GET", path: "/contacts", times: { n: 3 } });
  const [contacts] = await counts();
  const { status, body } = await red.send("/again", bob);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body.tries, body.clioError, (await counts())[0]], [1, undefined, contacts + 1]);
});

test("a new document is told once, also after Node-RED was started anew", async () => {
  const add = async (name) => {
    const { id } = (await world.control("GET", "/snapshot")).matters[0];
    return (await world.control("POST", "/documents", { place: { matter: id }, document: { name, content: "Ynl0ZXM=" } })).id;
  };
  const first = await add("First.pdf");
  await eventually(async () => (await found()).includes(first), "the first document");
  await red.stop();
  const second = await add("Second.pdf");
  await red.start();
  const all = await eventually(async () => (await found()).includes(second) && found(), "the second document");
  assert.equal(new Set(all).size, all.length, "a document was told twice");
  assert.ok(all.includes(first), "what was told is forgotten");
});

test("the editor is offered every function, described", async () => {
  const offered = await red.admin("GET", "/clio-actions/functions");
  const actions = JSON.parse(await readFile(new URL("../../node/dist/actions.json", import.meta.url)));
  assert.deepEqual(offered.map(({ name }) => name), actions.flatMap(({ name, functions }) => functions.map((fn) => `${name}.${fn.name}`)));
  for (const { name, summary, documentation, input } of offered) {
    assert.ok(summary && documentation, name);
    for (const member of input) assert.ok(member.type, `${name}: ${member.name}`);
  }
  const upload = offered.find(({ name }) => name === "upload-document.upload");
  assert.deepEqual(upload.input.filter(({ required }) => required).map(({ name }) => name).sort(), ["content", "name", "parent", "provenance", "source_id"]);
  assert.equal(offered.find(({ name }) => name === "read-document.read").content, true);
  const nodes = await red.admin("GET", "/nodes");
  const ours = nodes.filter(({ module }) => module === "node-red-contrib-clio-actions");
  assert.deepEqual(ours.map(({ name, err }) => [name, err]), [["clio-account", undefined], ["clio-action", undefined], ["clio-new-documents", undefined]]);
  const html = await (await fetch(`${red.url}/nodes`, { headers: { accept: "text/html" } })).text();
  for (const { name } of ours) assert.ok(html.includes(`data-help-name="${name}"`), name);
});

test("the editor's half of a node knows what the other half reads", async () => {
  const deployed = flows({ ...account(), credentials: { access_token: "", refresh_token: "", client_id: "", client_secret: "" } });
  for (const type of ["clio-account", "clio-action", "clio-new-documents"]) {
    const html = await readFile(new URL(`../nodes/${type}.html`, import.meta.url), "utf8");
    const registered = {};
    const RED = { nodes: { registerType: (name, its) => { registered[name] = its; } } };
    for (const [, script] of html.matchAll(/<script type="text\/javascript">([^]*?)<\/script>/g)) runInNewContext(script, { RED });
    const { defaults, credentials = {}, category, label } = registered[type];
    assert.equal(typeof label.call({}), category === "config" ? "undefined" : "string");
    for (const { id, z, wires, type: _, credentials: given = {}, ...properties } of deployed.filter((it) => it.type === type)) {
      assert.deepEqual(Object.keys(properties).filter((name) => !(name in defaults)), [], id);
      assert.deepEqual(Object.keys(given).filter((name) => !(name in credentials)), [], id);
    }
    // Each has its field in the dialog.
    const prefix = category === "config" ? "node-config-input-" : "node-input-";
    for (const name of [...Object.keys(defaults), ...Object.keys(credentials)]) assert.ok(html.includes(`id="${prefix}${name}"`), `${type}: ${name}`);
  }
});

test("the flow of the README runs", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const flow = JSON.parse(/```json\n([^]*?)```/.exec(readme)[1]);
  Object.assign(flow.find(({ type }) => type === "clio-account"), account());
  await red.deploy(flow);
  const before = (await world.trace()).length;
  await red.admin("POST", "/inject/try-case");
  const asked = await eventually(async () => (await world.trace()).slice(before).find(({ path }) => path === "/api/v4/contacts.json"), "a look for the contact");
  assert.equal(asked.status, 200);
});

test("a refresh token gets access tokens, and its successor is kept", async () => {
  await world.control("POST", "/switches", { rotate_refresh_tokens: true });
  const { app } = await world.control("GET", "");
  const form = (path, fields) => fetch(`${world.origin}/oauth/${path}`, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  const redirect_uri = app.redirect_uris[0];
  const asked = await form("authorize", { client_id: app.client_id, redirect_uri, response_type: "code", decision: "approve" });
  const code = new URL(asked.headers.get("location")).searchParams.get("code");
  const { client_id, client_secret } = app;
  const consent = await (await form("token", { grant_type: "authorization_code", client_id, client_secret, code, redirect_uri })).json();
  secrets.push(client_secret, consent.refresh_token, consent.access_token);

  await red.deploy(flows({ origin: world.origin, credentials: { client_id, client_secret, refresh_token: consent.refresh_token } }));
  assert.equal((await red.send("/case", CASE)).status, 200);
  // Once its access token has ended, the same call gets another one.
  const outlive = () => world.control("POST", "/clock", { advance_ms: 40 * 24 * 3600 * 1000 });
  await outlive();
  assert.equal((await red.send("/case", CASE)).status, 200);
  assert.ok((await world.trace()).some((it) => it.status === 401));
  assert.ok(!/does not take the refresh token/.test(red.log));
  await world.control("POST", "/grants/revoke");
  await outlive();
  const refused = await red.send("/case", CASE);
  assert.equal(refused.body.clioError.error.permanent.code, "not_connected", JSON.stringify(refused.body));
  assert.match(red.log, /does not take the refresh token \(HTTP 400\)/);
});

const secrets = [];
test("no token is in a message, a flow export, a context or a log", async () => {
  secrets.push(world.token);
  const seen = await (await fetch(`${red.url}/seen`)).json();
  assert.ok(seen.length > 10 && seen.some((it) => it.includes("crm:7/letter")), "no message was looked at");
  const exported = JSON.stringify(await red.admin("GET", "/flows"));
  assert.ok(exported.includes("sync-contact.sync"));
  const kept = await red.kept();
  assert.deepEqual(["flows.json", "flows_cred.json", "flow.json", "new.json"].filter((name) => !kept.some((it) => it.name === name)), []);
  assert.ok(red.log.length > 1000);
  for (const secret of secrets) {
    for (const text of [...seen, exported, red.log]) assert.ok(!text.includes(secret));
    for (const { name, text } of kept) assert.ok(!text.includes(secret), name);
  }
});
