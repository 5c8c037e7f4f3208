// Fields as a person fills them, with n8n's defaults for the rest, as the input of an
// action.

import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";
import { byId, Clio, operation, workflow } from "./support/n8n.mjs";

const entry = { contents: "export * from './input'; export { operations } from './generated/operations';", resolveDir: new URL("../nodes/shared", import.meta.url).pathname };
const [{ text }] = (await build({ stdin: entry, bundle: true, format: "esm", write: false })).outputFiles;
const { Input, instant, operations } = await import(`data:text/javascript,${encodeURIComponent(text)}`);

/** The input that the fields of an operation give. */
async function inputOf(name, fields) {
  const { context } = workflow(new Clio(), { origin: "" }, operation(name, fields));
  const input = new Input({ timezone: "America/New_York", sourceId: () => "made", content: async (more) => ({ binary: more }) });
  return JSON.parse(JSON.stringify(await input.read(operations[name].shape, "", (field) => context.getNodeParameter(field, 0, null))));
}
const byName = (value) => ({ __rl: true, mode: "name", value });
const chosen = (value) => ({ __rl: true, mode: "list", value });

const told = {
  "sync-contact.sync": [
    { contact: "company", contact_company_name: "Orr Inc.", additionalFields: { known_id: chosen(17), known_others: ["9007199254740993"], find_others: true, phones: { values: [{ number: "1", label: "" }, { number: "2", label: "fax" }] } } },
    { source_id: "made", contact: { company: { name: "Orr Inc." } }, known_id: 17, known_others: ["9007199254740993"], find_others: true, phones: [{ number: "1" }, { number: "2", label: "fax" }] },
  ],
  "create-matter.create": [
    { source_id: "a", client: byId("9007199254740993"), title: "T", additionalFields: { began: "2026-03-01T09:30:00", practice_area: byName("Estate"), matter_stage: { __rl: true, mode: "resolved", value: 5 }, status: "open" } },
    { source_id: "a", client: "9007199254740993", title: "T", began: "2026-03-01T14:30:00.000Z", practice_area: { name: "Estate" }, matter_stage: { resolved: 5 }, status: "open" },
  ],
  "update-matter.update": [
    { matter: byId(7), additionalFields: { responsible_attorney: { __rl: true, mode: "clear", value: "" }, originating_attorney: chosen(3), description: "" } },
    { matter: 7, responsible_attorney: "clear", originating_attorney: { id: 3 } },
  ],
  "custom-fields.write": [
    { of: "matter", of_matter: byId(7), values: { values: [{ field: byName("Court"), value: "text", value_text: "Dade" }, { field: chosen(4), value: "choice", value_choice: "9" }, { field: byId(5), value: "clear" }] } },
    { of: { matter: 7 }, values: [{ field: { name: "Court" }, value: { text: "Dade" } }, { field: { id: 4 }, value: { choice: "9" } }, { field: { id: 5 }, value: "clear" }] },
  ],
  "pull-matters.pull": [
    { additionalFields: { limit: 20, filter: { values: { statuses: ["open", "closed"], client: chosen(3), created_since: "2026-07-01" } }, link: { values: { link: "reference", link_reference: "intake:" } } } },
    { limit: 20, filter: { statuses: ["open", "closed"], client: 3, created_since: "2026-07-01T04:00:00.000Z" }, link: { reference: "intake:" } },
  ],
  "detect-documents.detect": [
    { scope: "folder", scope_folder: chosen(3), start: "cursor", start_cursor: "c", additionalFields: { hint: { values: { about: "matter", about_matter: chosen(5), look: 1 } } } },
    { scope: { folder: 3 }, start: { cursor: "c" }, hint: { about: { matter: 5 }, look: 1 } },
  ],
  "lookup.find": [
    { kind: "folders", kind_folders: "matter", kind_folders_matter: chosen(7), additionalFields: { search: "l" } },
    { kind: { folders: { matter: 7 } }, search: "l" },
  ],
  "upload-document.upload": [
    { source_id: "a", parent: "matter", parent_matter: byId(7), name: "a.pdf", content: "binary", content_more: { media_type: "application/pdf" }, provenance: "draft", provenance_draft_approver: "Ann", provenance_draft_at: "2026-03-01T09:30:00Z", provenance_draft_sha256: "00", additionalFields: { folder_path: ["Court", "Letters"], category: byName("Motion"), known: { values: { source_id: "a", status: "absent" } } } },
    { source_id: "a", parent: { matter: 7 }, name: "a.pdf", content: { binary: { media_type: "application/pdf" } }, provenance: { draft: { approver: "Ann", at: "2026-03-01T09:30:00Z", sha256: "00" } }, folder_path: ["Court", "Letters"], category: { name: "Motion" }, known: { source_id: "a", status: "absent" } },
  ],
  "fill-document.fill": [
    { matter: byId(7), template: "content", template_content: "url", content_url: "https://files.example.com/a.docx", content_more: { media_type: "text/plain" }, additionalFields: { locale: "en-CA", more: { values: [{ name: "x", value: "date", value_date: "2026-03-01" }] } } },
    { matter: 7, template: { content: { source: { url: "https://files.example.com/a.docx" }, media_type: "text/plain" } }, locale: "en-CA", more: [{ name: "x", value: { date: "2026-03-01" } }] },
  ],
  "webhooks.ensure": [
    { url: "https://x.example/", model: "matter", fields: "id", additionalFields: { events: ["created"], renew_within_hours: 24 } },
    { url: "https://x.example/", model: "matter", fields: "id", events: ["created"], renew_within_hours: 24 },
  ],
  "receive-webhook.receive": [
    { body: "{}", subscriptions: { values: [{ id: "9", model: "matter", state: "active", secret: "s" }] }, additionalFields: { headers: { values: [{ name: "a", value: "b" }] } } },
    { body: "{}", subscriptions: [{ id: "9", model: "matter", state: "active", secret: "s" }], headers: [{ name: "a", value: "b" }] },
  ],
};

for (const [name, [fields, input]] of Object.entries(told)) {
  test(`the fields of ${name} are its input`, async () => assert.deepEqual(await inputOf(name, fields), input));
}

test("nothing is made of fields that were left alone", async () => {
  for (const name of Object.keys(operations)) {
    const input = await inputOf(name, {});
    const blank = JSON.stringify(input).match(/:(""|null|\[\])/);
    assert.equal(blank, null, `${name}: ${JSON.stringify(input)}`);
  }
});

test("a local time is of the workflow's zone, also where clocks change", () => {
  const zone = "America/New_York";
  assert.equal(instant("2026-01-05T09:30:00", zone), "2026-01-05T14:30:00.000Z");
  assert.equal(instant("2026-07-05 09:30", zone), "2026-07-05T13:30:00.000Z");
  assert.equal(instant("2026-03-08T03:30:00", zone), "2026-03-08T07:30:00.000Z");
  assert.equal(instant("2026-11-01T00:30:00", zone), "2026-11-01T04:30:00.000Z");
  assert.equal(instant("2026-03-01", "Australia/Sydney"), "2026-02-28T13:00:00.000Z");
  assert.equal(instant("2026-03-01T09:30:00+02:00", zone), "2026-03-01T09:30:00+02:00");
  assert.equal(instant(new Date(0), zone), "1970-01-01T00:00:00.000Z");
  assert.equal(instant("", zone), undefined);
});
