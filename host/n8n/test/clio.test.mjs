// The node `Clio` against the real sandbox: cases, errors, files, retries.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { test } from "node:test";
import { matter, sandbox } from "../../node/test/support/sandbox.mjs";
import { byId, Clio, execute, file, httpRequest, operation } from "./support/n8n.mjs";

const { NodeApiError, NodeOperationError } = createRequire(import.meta.url)("n8n-workflow");
const person = (fields = {}) => operation("sync-contact.sync", { contact: "person", contact_person_last_name: "Lee", ...fields });
const withEmail = (address) => ({ additionalFields: { emails: { values: [{ address, label: "work" }] } } });

/** A case of an item: its client, its matter and its file. */
async function sync(world, items) {
  const clients = await execute(world, person({
    source_id: (it) => `crm:${it.case}/client`, contact_person_first_name: "Ann", contact_person_last_name: (it) => it.name,
    additionalFields: { emails: { values: [{ address: (it) => it.email, label: "" }] } },
  }), { items });
  const matters = await execute(world, operation("create-matter.create", {
    source_id: (it) => `crm:${it.case}`, client: byId((it) => it.id), title: (it) => `${it.name} v. City`,
  }), { items: clients.map(({ json }, at) => ({ json: { ...items[at].json, ...json } })) });
  const documents = await execute(world, operation("upload-document.upload", {
    source_id: (it) => `crm:${it.case}/letter`, parent: "matter", parent_matter: byId((it) => it.id), name: "letter.txt", content: "binary",
  }), { items: matters.map(({ json }, at) => ({ json: { ...items[at].json, ...json }, binary: file(`Dear ${items[at].json.name}`) })) });
  return { clients, matters, documents };
}

test("cases of several items go in, and a second run makes nothing twice", async (t) => {
  const world = await sandbox(t);
  const items = ["Lee", "Poe", "Orr"].map((name, at) => ({ json: { case: at + 1, name, email: `${name}@x.example` } }));
  const first = await sync(world, items);
  for (const made of Object.values(first)) {
    assert.deepEqual(made.map(({ json }) => json.disposition), ["created", "created", "created"]);
    assert.deepEqual(made.map(({ pairedItem }) => pairedItem), [{ item: 0 }, { item: 1 }, { item: 2 }]);
  }
  const second = await sync(world, items);
  for (const [what, made] of Object.entries(second)) {
    assert.deepEqual(made.map(({ json }) => [json.disposition, json.id]), first[what].map(({ json }) => ["linked", json.id]));
  }
  const { contacts, matters, documents } = await world.control("GET", "/snapshot");
  assert.deepEqual([contacts.length, matters.length, documents.length], [3, 3, 3]);
  assert.deepEqual(await world.ignored(), []);
});

test("a retry of an execution has the same began and source id", async (t) => {
  const world = await sandbox(t);
  const context = {};
  const run = (id) => execute(world, person(), { items: [{ json: {} }], execution: { id, context } });
  // The answer to the creation is lost, and so is every look after it: the execution fails.
  await world.fault("answer_lost", { method: "POST", path: "/contacts" });
  await world.fault({ answer: { status: 500 } }, { method: "GET", path: "/contacts", skip: 1, times: "forever" });
  await assert.rejects(run("17"), NodeApiError);
  assert.equal((await world.control("GET", "/snapshot")).contacts.length, 1);
  await world.control("DELETE", "/faults");
  const began = structuredClone(context.flow.clioActions);
  const [{ json }] = await run("18");
  assert.equal(json.disposition, "linked");
  assert.deepEqual(context.flow.clioActions, began);
  assert.equal(began.execution, "17");
  // Another execution is about somebody else, unless the source id says otherwise.
  const [other] = await execute(world, person({ contact_person_first_name: "Bo" }), { execution: { id: "19", context: {} } });
  assert.equal(other.json.disposition, "created");
});

test("an error says the next step, and holds the action's own error as JSON", async (t) => {
  const world = await sandbox(t);
  await execute(world, person({ source_id: "a", contact_person_first_name: "Ann", ...withEmail("lee@x.example") }));
  const others = person({ source_id: "b", contact_person_first_name: "Ned", contact_person_last_name: "Poe", ...withEmail("lee@x.example") });
  const error = await execute(world, others).catch((it) => it);
  assert.ok(error instanceof NodeApiError, error);
  const { error: own } = JSON.parse(error.description);
  assert.equal(own.permanent.code, "ambiguous");
  assert.equal(own.permanent.candidates.length, 1);
  assert.ok(error.message.startsWith(own.permanent.message[0]) && error.context.itemIndex === 0);

  const wrong = await execute(world, operation("sync-contact.sync", { source_id: "c", contact: "person" })).catch((it) => it);
  assert.ok(wrong instanceof NodeOperationError, wrong);
  assert.equal(JSON.parse(wrong.description).error.permanent.field.startsWith("/contact"), true);
  for (const it of [error, wrong]) assert.ok(!JSON.stringify(it).includes(world.token) && !String(it.stack).includes(world.token));
});

test("an item that fails is told where the workflow goes on", async (t) => {
  const world = await sandbox(t);
  const items = [{ json: { id: 17 } }, { json: { id: (await matter(world)).id } }];
  const parameters = operation("custom-fields.read", { of: "matter", of_matter: byId((it) => it.id) });
  const [bad, good] = await execute(world, parameters, { items, goOn: true });
  assert.deepEqual([bad.json.code, bad.json.transient, bad.pairedItem], ["not_found", false, { item: 0 }]);
  assert.equal(bad.json.details.error.permanent.status, 404);
  // By it n8n sends the item to the error output.
  assert.ok(bad.error instanceof NodeApiError);
  assert.deepEqual([good.json.labels_hidden, good.pairedItem], [false, { item: 1 }]);
  await assert.rejects(execute(world, parameters, { items }), NodeApiError);
});

for (const length of [0, 5, (1 << 20) + 1, 7 << 20]) {
  test(`a file of ${length} bytes goes in and comes out again`, async (t) => {
    const world = await sandbox(t);
    const { id } = await matter(world);
    const bytes = Buffer.alloc(length, "clio ");
    const [{ json }] = await execute(world, operation("upload-document.upload", { source_id: "f", parent: "matter", parent_matter: byId(id), name: "f.bin", content: "binary" }), { items: [{ json: {}, binary: file(bytes, "f.bin", "application/octet-stream") }] });
    assert.equal(json.sent, length);
    for (const content of ["bytes", "url"]) {
      const [read] = await execute(world, operation("read-document.read", { of: "document", of_document: String(json.id), additionalFields: { content } }));
      const { data, fileName } = read.binary.data;
      assert.equal(createHash("sha256").update(Buffer.from(data, "base64")).digest("hex"), createHash("sha256").update(bytes).digest("hex"));
      assert.equal(fileName, "f.bin");
      assert.equal(read.json.content.binary, "data");
      assert.ok(!JSON.stringify(read.json).includes("http"), "a URL of storage stands in the item");
    }
  });
}

test("a file beyond the limit is refused before anything is sent", async (t) => {
  const world = await sandbox(t);
  const binary = file(Buffer.alloc(0), "f.bin");
  const huge = { data: { ...binary.data, data: Buffer.alloc((64 << 20) + 1).toString("base64") } };
  const parameters = operation("upload-document.upload", { source_id: "f", parent: "matter", parent_matter: byId(1), name: "f.bin", content: "binary" });
  await assert.rejects(execute(world, parameters, { items: [{ json: {}, binary: huge }] }), /larger than 64 MiB.*URL/);
  assert.deepEqual(await world.trace(), []);
});

test("a document beyond the limit is given up on the way", async (t) => {
  const world = await sandbox(t);
  const { id } = await matter(world);
  await world.control("POST", "/documents", { place: { matter: id }, document: { name: "huge.bin", content: "aGk=" } });
  const [{ id: document }] = await world.documents();
  const parameters = operation("read-document.read", { of: "document", of_document: String(document), additionalFields: { content: "url" } });
  let given = 0;
  const body = async function* () { for (; given < 80; given++) yield new Uint8Array(1 << 20); };
  const send = async () => ({ statusCode: 200, headers: { "content-length": String(80 << 20) }, body: body() });
  await assert.rejects(execute(world, parameters, { send }), /larger than 64 MiB.*metadata/);
  assert.ok(given < 70, `${given} MiB were taken`);
});

test("another file under the same source id is told as changed", async (t) => {
  const world = await sandbox(t);
  const { id } = await matter(world);
  const parameters = operation("upload-document.upload", { source_id: "f", parent: "matter", parent_matter: byId(id), name: "f.txt", content: "binary" });
  const upload = async (text) => (await execute(world, parameters, { items: [{ json: {}, binary: file(text) }] }))[0].json.disposition;
  assert.deepEqual([await upload("one"), await upload("one"), await upload("two")], ["created", "linked", "changed"]);
});

test("content by URL comes from the origin that the node names alone", async (t) => {
  const world = await sandbox(t);
  const { id } = await matter(world);
  const parameters = operation("upload-document.upload", { source_id: "f", parent: "matter", parent_matter: byId(id), name: "f.txt", content: "url", content_url: "https://127.0.0.1:9/f.txt", content_origin: "https://files.example.com" });
  const error = await execute(world, parameters).catch((it) => it);
  assert.equal(JSON.parse(error.description).error.permanent.code, "denied_by_policy");
  assert.match(JSON.parse(error.description).denied[0].rule, /127\.0\.0\.1/);
});

for (const megabytes of [70, 110]) {
  test(`content of ${megabytes} MB comes by URL`, async (t) => {
    const world = await sandbox(t);
    const { id } = await matter(world);
    const url = "https://files.example.com/f.bin";
    const piece = new Uint8Array(1_000_000).fill(7);
    const body = async function* () { for (let at = 0; at < megabytes; at++) yield piece; };
    const send = async (options) => (options.url === url ? { statusCode: 200, headers: { "content-length": String(megabytes * 1e6) }, body: body() } : httpRequest(options));
    const parameters = operation("upload-document.upload", { source_id: "f", parent: "matter", parent_matter: byId(id), name: "f.pdf", content: "url", content_url: url, content_origin: "https://files.example.com" });
    const [{ json }] = await execute(world, parameters, { send });
    assert.deepEqual([json.disposition, json.sent], ["created", megabytes * 1e6]);
    const puts = (await world.trace()).filter(({ method, status }) => method === "PUT" && status === 200);
    assert.equal(puts.length, megabytes > 100 ? 4 : 1);
  });
}

test("the whole input may be JSON, and began is filled in", async (t) => {
  const world = await sandbox(t);
  const [{ json }] = await execute(world, operation("sync-contact.sync", { given: "json", json: JSON.stringify({ contact: { company: { name: "Ann's" } } }) }));
  assert.equal(json.disposition, "created");
  const broken = operation("sync-contact.sync", { given: "json", json: "{\"contact\": Ann Lee}" });
  await assert.rejects(execute(world, broken), (it) => /not valid/.test(it.message) && !it.message.includes("Ann"));
  const error = await execute(world, operation("sync-contact.sync", { given: "json", json: "{\"contact\":{}}" })).catch((it) => it);
  assert.equal(JSON.parse(error.description).error.permanent.code, "invalid_input");
});

test("every list that a field is filled from comes from Clio, page by page", async (t) => {
  const world = await sandbox(t);
  const { id, client } = await matter(world);
  await world.control("POST", "/matters/many", { count: 250, matter: { client, description: "Many" } });
  await world.control("POST", "/folders", { place: { matter: id }, name: "Letters" });
  const area = (await world.control("POST", "/practice-areas", { name: "Estate" })).id;
  await world.control("POST", "/stages", { practice_area: area, name: "Intake" });
  await world.control("POST", "/document-categories", { name: "Motion" });
  const type = new Clio();
  const { workflow } = await import("./support/n8n.mjs");
  const current = { additionalFields: { practice_area: byId(area) }, of: "contact" };
  for (const at of ["parent", "scope", "kind_folders"]) current[`${at}_folder_of_matter`] = byId(id);
  const { context } = workflow(type, world, {});
  context.getCurrentNodeParameter = (path) => path.split(".").reduce((it, name) => it?.[name], current);
  const found = {};
  for (const [name, search] of Object.entries(type.methods.listSearch)) found[name] = await search.call(context);
  const has = (name, label) => assert.ok(found[name].results.some((it) => it.name.startsWith(label)), `${name}: ${JSON.stringify(found[name])}`);
  has("practice_areas", "Estate");
  has("stages_additionalFields_practice_area", "Intake");
  has("document_categories", "Motion");
  has("contacts", "Ann Lee");
  for (const name of Object.keys(found).filter((it) => it.startsWith("folders"))) has(name, "Letters");
  assert.ok(found.matters.paginationToken);
  const next = await type.methods.listSearch.matters.call(context, undefined, found.matters.paginationToken);
  assert.ok(next.results.length > 0 && next.results[0].value !== found.matters.results[0].value);
  const unknown = workflow(type, world, {}).context;
  unknown.getCurrentNodeParameter = () => undefined;
  await assert.rejects(type.methods.listSearch.stages_additionalFields_practice_area.call(unknown), /Fill that in first/);
});
