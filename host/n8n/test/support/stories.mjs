// A story of each function of the catalog: what is in the account, and what is
// called. `run(name, input)` gives the outcome, or an object with `error`.

import { matter } from "../../../node/test/support/sandbox.mjs";

const inline = (text) => ({ source: { inline: Buffer.from(text).toString("base64") } });
const add = async (world, what, body) => (await world.control("POST", `/${what}`, body)).id;
export const BEGAN = "2026-03-01T09:30:00Z";

export const stories = {
  async "sync-contact"(world, run) {
    const ann = {
      source_id: "intake:ann", began: BEGAN,
      contact: { person: { first_name: "Ann", last_name: "Lee" } },
      emails: [{ address: "ann@lee.example" }], phones: [{ number: "(305) 555-0147", label: "mobile" }],
    };
    const { id } = await run("sync-contact.sync", ann);
    await run("sync-contact.sync", { ...ann, known_id: id });
    await run("sync-contact.sync", { ...ann, contact: { person: { first_name: "Zoë", last_name: "Weir" } } });
    await run("sync-contact.sync", { ...ann, emails: [{ address: "no address" }] });
  },
  async "create-matter"(world, run) {
    const practiceArea = await add(world, "practice-areas", { name: "Estate Planning" });
    await add(world, "stages", { practice_area: practiceArea, name: "Intake" });
    const { client } = await matter(world);
    const wanted = { practice_area: { name: "estate planning" }, matter_stage: { name: "Intake" } };
    await run("create-matter.resolve", wanted);
    const made = { source_id: "intake:17", began: BEGAN, client, title: "Lee v. City", ...wanted };
    const { id } = await run("create-matter.create", made);
    await run("create-matter.create", { ...made, known_id: id });
    await run("create-matter.create", { ...made, source_id: "intake:18", client: "9007199254740993" });
  },
  async "upload-document"(world, run) {
    const { id, client } = await matter(world);
    await world.fault("answer_lost", { method: "PATCH", path: "/documents/*" });
    await add(world, "document-categories", { name: "Letters" });
    const document = {
      source_id: "intake:17/retainer", parent: { matter: id }, name: "Retainer.pdf", content: inline("%PDF-1.4"), provenance: "from_person",
    };
    await run("upload-document.upload", document);
    await run("upload-document.upload", document);
    await run("upload-document.upload", { ...document, content: inline("%PDF-1.5"), on_change: "new_version" });
    const placed = { ...document, source_id: "intake:17/letter", folder_path: ["Correspondence"], category: { name: "letters" } };
    await run("upload-document.upload", placed);
    await run("upload-document.upload", { ...placed, source_id: "intake:17/card", parent: { contact: client } });
    await run("upload-document.upload", { ...document, content: { source: { url: "https://files.example.com/a" } } });
  },
  async "find-documents"(world, run) {
    const { id } = await matter(world);
    const document = { name: "Letter.pdf", content: "Ynl0ZXM=", external_properties: [["source-id", "intake:1"]] };
    await add(world, "documents", { place: { matter: id }, document });
    await run("find-documents.find", { scope: { matter: id }, source_ids: ["intake:1", "intake:2"] });
  },
  async "detect-documents"(world, run) {
    const { id } = await matter(world);
    await add(world, "documents", { place: { matter: id }, document: { name: "Letter.pdf", content: "Ynl0ZXM=" } });
    const { cursor } = await run("detect-documents.detect", { scope: "account", start: "beginning" });
    await add(world, "documents", { place: { matter: id }, document: { name: "Reply.pdf", content: "Ynl0ZXM=" } });
    await run("detect-documents.detect", { scope: "account", start: { cursor } });
    await run("detect-documents.detect", { scope: { matter: id }, start: "now", hint: { about: { matter: id }, look: 1 } });
  },
  async "setup-markers"(world, run) {
    await run("setup-markers.ensure", {});
    await run("setup-markers.ensure", { only: "contact" });
  },
  async "check-connection"(world, run) {
    await run("check-connection.check", { areas: ["contacts", "documents"] });
  },
  async "custom-fields"(world, run) {
    await add(world, "custom-fields", { name: "Judge", parent_type: "Matter", field_type: "contact" });
    await add(world, "custom-fields", { name: "Note", parent_type: "Contact", field_type: "text_line" });
    const { id, client } = await matter(world);
    const value = (name, text) => ({ field: { name }, value: { text } });
    await run("custom-fields.write", { of: { matter: id }, values: [value("Judge", String(client))] });
    await run("custom-fields.write", { of: { contact: client }, values: [value("Note", "“By phone” – naïve")] });
    await run("custom-fields.read", { of: { matter: id } });
    await run("custom-fields.read", { of: { contact: client } });
  },
  async "update-matter"(world, run) {
    await add(world, "practice-areas", { name: "Estate Planning" });
    const { id } = await matter(world);
    await run("update-matter.update", { matter: id, practice_area: { name: "Estate Planning" }, description: "Closed", status: "closed" });
    await run("update-matter.update", { matter: 17, status: "open" });
  },
  async "pull-matters"(world, run) {
    const { client } = await matter(world);
    await world.control("POST", "/matters/many", { count: 3, matter: { client, description: "More" } });
    const { cursor } = await run("pull-matters.pull", { custom_fields: [], limit: 2 });
    await run("pull-matters.pull", { custom_fields: [], limit: 2, cursor });
    await run("pull-matters.count", { filter: { statuses: ["open"] } });
  },
  async lookup(world, run) {
    const { id } = await matter(world);
    const area = await add(world, "practice-areas", { name: "Family" });
    const kinds = [
      "practice_areas", { stages: area }, { users: {} }, { matters: { statuses: [] } }, { contacts: { kind: "person" } }, { folders: { matter: id } },
      "document_categories", "document_templates", { custom_fields: "matter" },
    ];
    for (const kind of kinds) await run("lookup.find", { kind });
  },
  async webhooks(world, run) {
    const hook = { url: "https://hooks.example.com/clio", model: "matter", fields: "id" };
    const made = await run("webhooks.ensure", hook);
    await run("webhooks.list", {});
    await run("webhooks.remove", { id: made.subscribed.id });
    await run("webhooks.remove", { id: "9007199254740993" });
  },
  async "receive-webhook"(world, run) {
    await run("receive-webhook.receive", {
      headers: [{ name: "X-Hook-Secret", value: "a shared secret" }], body: "{}", subscriptions: [{ model: "matter", state: "pending" }],
    });
    await run("receive-webhook.receive", { headers: [], body: "{}", subscriptions: [] });
  },
  async "read-document"(world, run) {
    const { id } = await matter(world);
    const document = await add(world, "documents", { place: { matter: id }, document: { name: "a.pdf", content: "Ynl0ZXM=" } });
    await run("read-document.read", { of: { document } });
    await run("read-document.read", { of: { document }, content: "bytes" });
    const template = await add(world, "templates", { name: "b.docx", content: "RGVhcg==" });
    await run("read-document.read", { of: { template } });
  },
  async "generate-document"(world, run) {
    const { id } = await matter(world);
    const template = await add(world, "templates", { name: "b.docx", content: "RGVhcg==" });
    await run("generate-document.templates", {});
    const started = await run("generate-document.start", {
      source_id: "intake:1/letter", began: BEGAN, matter: id, template, filename: "Letter", formats: ["pdf"],
    });
    await run("generate-document.follow", { id: started.id });
  },
  async "fill-document"(world, run) {
    const { id } = await matter(world);
    const content = inline("Dear {{ client.name }}");
    await run("fill-document.fill", { matter: id, template: { content }, locale: "en-CA" });
    const template = await add(world, "templates", { name: "b.txt", content: "RGVhcg==" });
    await run("fill-document.fill", { matter: id, template: { stored: template } });
    const document = await add(world, "documents", { place: { matter: id }, document: { name: "a.txt", content: "Ynl0ZXM=" } });
    await run("fill-document.gather", { matter: id, template: { document } });
  },
  async "inspect-document"(world, run) {
    const content = inline("Dear {{ client.name }}");
    await run("inspect-document.inspect", { content, template: content });
  },
};
