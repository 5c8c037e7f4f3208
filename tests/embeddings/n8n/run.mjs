// Runs the workflows of `workflows/` in n8n, and checks the account afterwards.
//
//   node run.mjs N8N HOME: the folder that n8n is installed in, and its home, in
//   which the package is installed. CLIO is the command.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { command, end, freePort, running, until } from "./process.mjs";
import { account } from "./account.mjs";

const [folder, home] = process.argv.slice(2);
const bin = join(folder, "node_modules/.bin/n8n");
const workflows = new URL("workflows", import.meta.url).pathname;
const said = (line) => console.log(`ok  ${line}`);

const clio = await account(process.env.CLIO);
const port = await freePort();
const env = {
  ...process.env, N8N_USER_FOLDER: home, N8N_PORT: port, N8N_LISTEN_ADDRESS: "127.0.0.1", WEBHOOK_URL: `http://127.0.0.1:${port}/`,
  N8N_RUNNERS_BROKER_PORT: await freePort(), N8N_DIAGNOSTICS_ENABLED: "false", N8N_VERSION_NOTIFICATIONS_ENABLED: "false", N8N_TEMPLATES_ENABLED: "false",
  N8N_PERSONALIZATION_ENABLED: "false", N8N_SECURE_COOKIE: "false", N8N_LOG_LEVEL: "info", N8N_ENCRYPTION_KEY: "a key of this test alone", DB_SQLITE_POOL_SIZE: "1",
};
delete env.CLIO;
const logs = [];
const secrets = new Set([clio.app.client_secret, clio.tokens.access_token, clio.tokens.refresh_token]);
const n8n = async (...args) => {
  const { code, out } = await command(bin, args, env);
  logs.push(out);
  return { code, out };
};
const must = async (...args) => {
  const { code, out } = await n8n(...args);
  assert.equal(code, 0, `n8n ${args.join(" ")}: ${out.slice(-3000)}`);
  return out;
};
/** Executes a workflow: the items of each node's last run, by name. */
async function execute(id, { fails = false } = {}) {
  const { code, out } = await n8n("execute", `--id=${id}`, "--rawOutput");
  if (fails) return assert.notEqual(code, 0, out.slice(-3000));
  assert.equal(code, 0, out.slice(-4000));
  const { resultData } = JSON.parse(/^\{[^]*^\}/m.exec(out)[0]).data;
  return Object.fromEntries(Object.entries(resultData.runData).map(([name, runs]) => [name, runs.at(-1).data.main[0]]));
}

console.log(`n8n ${(await must("--version")).trim().split("\n").at(-1)}, Node.js ${process.version}`);

// A credential as n8n has it after somebody clicked on Connect.
writeFileSync(join(home, "credentials.json"), JSON.stringify([{
  id: "clioSandbox00001", name: "Clio sandbox", type: "clioOAuth2Api",
  data: { region: "sandbox", origin: clio.origin, clientId: clio.app.client_id, clientSecret: clio.app.client_secret, oauthTokenData: clio.tokens },
}]));
await must("import:credentials", `--input=${join(home, "credentials.json")}`);
await must("import:workflow", "--separate", `--input=${workflows}`);
said("the credential and the workflows are imported");

const first = await execute("syncCase00000001");
const made = ["Contact", "Matter", "Document"].map((name) => first[name][0].json);
assert.deepEqual(made.map(({ disposition }) => disposition), ["created", "created", "created"]);
const snapshot = await clio.snapshot();
assert.deepEqual([snapshot.contacts.length, snapshot.matters.length, snapshot.documents.length], [1, 1, 1]);
assert.equal(made[2].sent, "Dear Ann".length);
said(`a case goes in: contact ${made[0].id}, matter ${made[1].id}, document ${made[2].id}`);

const second = await execute("syncCase00000001");
for (const [at, name] of ["Contact", "Matter", "Document"].entries()) {
  assert.deepEqual([second[name][0].json.disposition, second[name][0].json.id], ["linked", made[at].id]);
}
const after = await clio.snapshot();
assert.deepEqual([after.contacts.length, after.matters.length, after.documents.length], [1, 1, 1]);
said("a second run makes nothing twice");

const detected = await execute("detectDocuments1");
assert.deepEqual(detected.Detect[0].json.documents.map(({ name }) => name), ["letter.txt"]);
said("detection tells the document");

await clio.revoke(clio.tokens.access_token);
const renewed = await execute("detectDocuments1");
assert.equal(renewed.Detect[0].json.documents.length, 1);
const refused = (await clio.trace()).filter(({ status }) => status === 401).length;
assert.ok(refused >= 1, "no request was refused");
assert.notEqual((await tokens()).access_token, clio.tokens.access_token, "the renewed token was not kept");
said("a revoked token is renewed by n8n, and the action goes on");

// The answer to the creation is lost, and no look succeeds: the execution fails.
await clio.fault("answer_lost", { method: "POST", path: "/contacts" });
await clio.fault({ answer: { status: 500 } }, { method: "GET", path: "/contacts", skip: 1, times: "forever" });
await execute("retryContact0001", { fails: true });
await clio.clearFaults();
assert.equal((await clio.snapshot()).contacts.length, 2);

for (const id of ["newDocuments0001", "webhookIn0000001"]) await must("publish:workflow", `--id=${id}`);
const start = () => running(bin, ["start"], { ...env, N8N_LOG_LEVEL: "debug" });
let server = start();
let rest, changed;
try {
  rest = await until("n8n", async () => signedIn(), 240);
  said("n8n is up, with the triggers active");
  await offered(rest);
  await connected(rest);
  await webhookIn();
  await newDocuments();
  await retried(rest);
  await restarted();
  await ended(rest);
} catch (error) {
  console.error(server.out().slice(-6000));
  throw error;
} finally {
  await end(server);
  logs.push(server.out());
}
await withoutSecrets();
clio.end();

/** The REST API of n8n as its first user. */
async function signedIn() {
  const rest = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}/rest${path}`, {
      method, body: body && JSON.stringify(body), headers: { "content-type": "application/json", ...(rest.cookie && { cookie: rest.cookie }) },
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    const cookie = answer.headers.get("set-cookie");
    if (cookie) rest.cookie = cookie.split(";")[0];
    return (await answer.json()).data;
  };
  const email = "owner@example.com", password = "Owner-of-this-0";
  await rest("POST", "/owner/setup", { email, password, firstName: "Test", lastName: "Owner" });
  return rest;
}

/** The executions of a workflow that are over, oldest first, from n8n's database. */
async function executions(workflow) {
  const rows = await query(`SELECT e.id, e.status, e.mode, d.data FROM execution_entity e JOIN execution_data d ON d.executionId = e.id WHERE e.workflowId = '${workflow}' ORDER BY e.id`);
  return rows.filter(({ status }) => !["new", "running"].includes(status));
}

function query(sql) {
  const sqlite = createRequire(join(folder, "node_modules/n8n/package.json"))("sqlite3");
  return new Promise((resolve, reject) => {
    const db = new sqlite.Database(join(home, ".n8n/database.sqlite"), sqlite.OPEN_READONLY);
    db.all(sql, (error, rows) => (db.close(), error ? reject(error) : resolve(rows)));
  });
}

/** What the credential holds, which n8n keeps sealed. */
async function tokens() {
  const file = join(home, "exported.json");
  await command(bin, ["export:credentials", "--all", "--decrypted", `--output=${file}`], { ...env, N8N_RUNNERS_BROKER_PORT: await freePort() });
  const [{ data }] = JSON.parse(readFileSync(file, "utf8"));
  rmSync(file);
  for (const name of ["access_token", "refresh_token"]) secrets.add(data.oauthTokenData[name]);
  return data.oauthTokenData;
}

async function offered(rest) {
  const answer = await fetch(`http://127.0.0.1:${port}/types/nodes.json`, { headers: { cookie: rest.cookie } });
  const nodes = (await answer.json()).filter(({ name }) => name.startsWith("n8n-nodes-clio-actions."));
  assert.deepEqual(nodes.map(({ name }) => name.split(".")[1]).sort(), ["clio", "clioDocumentTrigger", "clioTool", "clioWebhookTrigger"]);
  said("n8n offers the node, also as a tool of an agent, and both triggers");
}

/** As a person does in the editor: Connect, allow, and choose from a list. */
async function connected(rest) {
  const before = await tokens();
  const page = await rest("GET", "/oauth2-credential/auth?id=clioSandbox00001");
  assert.ok(page.startsWith(`${clio.origin}/oauth/authorize?`), page);
  const back = await clio.approve(page);
  const answer = await fetch(back, { headers: { cookie: rest.cookie } });
  assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
  assert.notEqual((await tokens()).access_token, before.access_token, "n8n did not take the tokens");
  const { nodes: [, , , node] } = JSON.parse(readFileSync(join(workflows, "sync-case.json"), "utf8"));
  const { results } = await rest("POST", "/dynamic-node-parameters/resource-locator-results", {
    methodName: "contacts", path: "parameters.client", currentNodeParameters: node.parameters, credentials: node.credentials,
    nodeTypeAndVersion: { name: node.type, version: node.typeVersion }, filter: "Lee",
  });
  assert.deepEqual(results.map(({ value }) => value), [made[0].id]);
  said("Connect leads through Clio's page and back, and a field offers what the account holds");
}

/** A signed delivery of ours. */
async function deliver(hook, id, etag, secret = hook.shared_secret) {
  const body = JSON.stringify({ data: { id, etag }, meta: { event: "updated", webhook_id: hook.id } });
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  return (await fetch(hook.url, { method: "POST", body, headers: { "content-type": "application/json", "x-hook-signature": signature } })).status;
}

async function webhookIn() {
  const hook = await until("the confirmed webhook", async () => (await clio.webhooks()).find(({ status }) => status === "enabled"));
  assert.ok(hook.url.startsWith(`http://127.0.0.1:${port}/webhook/`), hook.url);
  const matter = await clio.add("/matters", { client: made[0].id, description: "Lee, second" });
  const told = await until("the event", async () => {
    const over = await executions("webhookIn0000001");
    return over.length > 0 && over;
  });
  assert.ok(told.every(({ status }) => status === "success"), JSON.stringify(told.map(({ status }) => status)));
  assert.ok(told.some(({ data }) => data.includes(String(matter.id))));
  said(`a webhook comes in: handshake confirmed, ${told.length} event(s), each executed`);

  changed = matter.id;
  const send = (secret) => deliver(hook, changed, "again", secret);
  assert.deepEqual([await send("wrong"), await send(), await send()], [401, 200, 200]);
  await until("the event of ours", async () => (await executions("webhookIn0000001")).length === told.length + 1);
  secrets.add(hook.shared_secret);
  said("a delivery with a wrong signature is refused, and a repeat starts nothing");
}

/** n8n anew: what it wrote down is all that the triggers have. */
async function restarted() {
  const before = await clio.webhooks();
  const told = (await executions("newDocuments0001")).length;
  await end(server);
  logs.push(server.out());
  server = start();
  await until("n8n again", async () => (await rest("GET", "/active-workflows")).length === 2, 240);
  await until("its triggers", async () => server.out().match(/Activated workflow/g)?.length === 2);
  assert.deepEqual(await clio.webhooks(), before);
  assert.equal((await executions("newDocuments0001")).length, told);
  const events = (await executions("webhookIn0000001")).length;
  assert.deepEqual([await deliver(before[0], changed, "again"), await deliver(before[0], changed, "anew")], [200, 200]);
  await until("the event after the restart", async () => (await executions("webhookIn0000001")).length > events);
  assert.equal((await executions("webhookIn0000001")).length, events + 1);
  said("after a restart the webhook is the same one, and no document is told twice");
}

async function newDocuments() {
  await until("the first poll", async () => (await executions("newDocuments0001")).length === 1);
  await clio.add("/documents", { place: { matter: made[1].id }, document: { name: "second.txt", content: Buffer.from("second").toString("base64") } });
  await until("the next poll", async () => (await executions("newDocuments0001")).length === 2, 150);
  const over = await executions("newDocuments0001");
  assert.deepEqual(over.map(({ status }) => status), ["success", "success"]);
  assert.ok(over[0].data.includes("letter.txt") && !over[1].data.includes("letter.txt") && over[1].data.includes("second.txt"));
  said("new documents start the workflow, each once, by polls a minute apart");
}

async function retried(rest) {
  const [failed] = await executions("retryContact0001");
  assert.equal(failed.status, "error");
  const { status } = await rest("POST", `/executions/${failed.id}/retry`, { loadWorkflow: false });
  assert.equal(status, "success");
  assert.equal((await clio.snapshot()).contacts.length, 2);
  const retry = (await executions("retryContact0001")).at(-1);
  assert.ok(retry.data.includes("linked"), "the retry did not find what the execution made");
  said("a retry of a failed execution finds what that one made, without a source id of ours");
}

async function ended(rest) {
  const { versionId } = await rest("GET", "/workflows/webhookIn0000001");
  await rest("POST", "/workflows/webhookIn0000001/deactivate", { versionId });
  await until("the removal", async () => (await clio.webhooks()).length === 0);
  said("deactivated, the webhook is gone from Clio");
}

/** No token and no secret stands in what n8n keeps or logs, the sealed credential aside. */
async function withoutSecrets() {
  await tokens();
  const kept = [];
  for (const [table, columns] of [["execution_data", "data, workflowData"], ["execution_entity", "*"], ["workflow_entity", "*"], ["credentials_entity", "*"]]) {
    kept.push(JSON.stringify(await query(`SELECT ${columns} FROM ${table}`)));
  }
  const all = [...kept, ...logs].join("\n");
  assert.ok(all.includes("letter.txt") && all.length > 20_000, "there is nothing to look through");
  for (const secret of secrets) assert.ok(!all.includes(secret), "a token or a secret stands in what n8n keeps or logs");
  said(`none of ${secrets.size} tokens and secrets stands in executions, workflows, the database or the log (${Math.round(all.length / 1024)} KiB)`);
}
