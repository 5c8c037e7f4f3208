"""A story of each function of the catalog: what is in the account, and what is
called. `run(name, input)` gives the outcome, or an object with `error`.
"""

import base64

BEGAN = "2026-03-01T09:30:00Z"


def inline(text):
    return {"source": {"inline": base64.b64encode(text.encode()).decode()}}


def contact(source_id="intake:ann"):
    return {
        "source_id": source_id, "began": BEGAN, "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
        "emails": [{"address": "ann@lee.example"}], "phones": [{"number": "(305) 555-0147", "label": "mobile"}],
    }


def upload(matter, text="%PDF-1.4"):
    return {"source_id": "intake:17/a", "parent": {"matter": matter}, "name": "a.pdf", "content": inline(text), "provenance": "from_person"}


def sync_contact(world, run):
    made = run("sync-contact.sync", contact())
    run("sync-contact.sync", {**contact(), "known_id": made["id"]})
    run("sync-contact.sync", {**contact(), "contact": {"person": {"first_name": "Zoë", "last_name": "Weir"}}})
    run("sync-contact.sync", {**contact(), "emails": [{"address": "no address"}]})


def create_matter(world, run):
    area = world.add("practice-areas", {"name": "Estate Planning"})
    world.add("stages", {"practice_area": area, "name": "Intake"})
    client, _ = world.matter()
    wanted = {"practice_area": {"name": "estate planning"}, "matter_stage": {"name": "Intake"}}
    run("create-matter.resolve", wanted)
    matter = {"source_id": "intake:17", "began": BEGAN, "client": client, "title": "Lee v. City", **wanted}
    made = run("create-matter.create", matter)
    run("create-matter.create", {**matter, "known_id": made["id"]})
    run("create-matter.create", {**matter, "source_id": "intake:18", "client": "9007199254740993"})


def upload_document(world, run):
    client, matter = world.matter()
    world.add("document-categories", {"name": "Letters"})
    document = upload(matter)
    run("upload-document.upload", document)
    run("upload-document.upload", document)
    run("upload-document.upload", {**document, "content": inline("%PDF-1.5"), "on_change": "new_version"})
    placed = {**document, "source_id": "intake:17/letter", "folder_path": ["Correspondence"], "category": {"name": "letters"}}
    run("upload-document.upload", placed)
    run("upload-document.upload", {**placed, "source_id": "intake:17/card", "parent": {"contact": client}})
    run("upload-document.upload", {**document, "content": {"source": {"url": "https://files.example.com/a"}}})


def find_documents(world, run):
    _, matter = world.matter()
    document = {"name": "Letter.pdf", "content": "Ynl0ZXM=", "external_properties": [["source-id", "intake:1"]]}
    world.add("documents", {"place": {"matter": matter}, "document": document})
    run("find-documents.find", {"scope": {"matter": matter}, "source_ids": ["intake:1", "intake:2"]})


def detect_documents(world, run):
    _, matter = world.matter()
    for name in ("Letter.pdf", "Reply.pdf"):
        world.add("documents", {"place": {"matter": matter}, "document": {"name": name, "content": "Ynl0ZXM="}})
    found = run("detect-documents.detect", {"scope": "account", "start": "beginning"})
    run("detect-documents.detect", {"scope": "account", "start": {"cursor": found["cursor"]}})
    run("detect-documents.detect", {"scope": {"matter": matter}, "start": "now", "hint": {"about": {"matter": matter}, "look": 1}})


def setup_markers(world, run):
    run("setup-markers.ensure", {})
    run("setup-markers.ensure", {"only": "contact"})


def check_connection(world, run):
    run("check-connection.check", {"areas": ["contacts", "documents"]})


def custom_fields(world, run):
    world.add("custom-fields", {"name": "Judge", "parent_type": "Matter", "field_type": "contact"})
    world.add("custom-fields", {"name": "Note", "parent_type": "Contact", "field_type": "text_line"})
    client, matter = world.matter()
    for of, name, text in (({"matter": matter}, "Judge", str(client)), ({"contact": client}, "Note", "“By phone” – naïve")):
        run("custom-fields.write", {"of": of, "values": [{"field": {"name": name}, "value": {"text": text}}]})
        run("custom-fields.read", {"of": of})


def update_matter(world, run):
    world.add("practice-areas", {"name": "Estate Planning"})
    _, matter = world.matter()
    run("update-matter.update", {"matter": matter, "practice_area": {"name": "Estate Planning"}, "description": "Closed", "status": "closed"})
    run("update-matter.update", {"matter": 17, "status": "open"})


def pull_matters(world, run):
    client, _ = world.matter()
    world.control("POST", "/matters/many", {"count": 3, "matter": {"client": client, "description": "More"}})
    page = run("pull-matters.pull", {"custom_fields": [], "limit": 2})
    run("pull-matters.pull", {"custom_fields": [], "limit": 2, "cursor": page["cursor"]})
    run("pull-matters.count", {"filter": {"statuses": ["open"]}})


def lookup(world, run):
    _, matter = world.matter()
    area = world.add("practice-areas", {"name": "Family"})
    for kind in (
        "practice_areas", {"stages": area}, {"users": {}}, {"matters": {"statuses": []}}, {"contacts": {"kind": "person"}},
        {"folders": {"matter": matter}}, "document_categories", "document_templates", {"custom_fields": "matter"},
    ):
        run("lookup.find", {"kind": kind})


def webhooks(world, run):
    made = run("webhooks.ensure", {"url": "https://hooks.example.com/clio", "model": "matter", "fields": "id"})
    run("webhooks.list", {})
    run("webhooks.remove", {"id": made["subscribed"]["id"]})
    run("webhooks.remove", {"id": "9007199254740993"})


def receive_webhook(world, run):
    headers = [{"name": "X-Hook-Secret", "value": "a shared secret"}]
    run("receive-webhook.receive", {"headers": headers, "body": "{}", "subscriptions": [{"model": "matter", "state": "pending"}]})
    run("receive-webhook.receive", {"headers": [], "body": "{}", "subscriptions": []})


def read_document(world, run):
    _, matter = world.matter()
    document = world.add("documents", {"place": {"matter": matter}, "document": {"name": "a.pdf", "content": "Ynl0ZXM="}})
    run("read-document.read", {"of": {"document": document}})
    run("read-document.read", {"of": {"document": document}, "content": "bytes"})
    template = world.add("templates", {"name": "b.docx", "content": "RGVhcg=="})
    run("read-document.read", {"of": {"template": template}})


def generate_document(world, run):
    _, matter = world.matter()
    template = world.add("templates", {"name": "b.docx", "content": "RGVhcg=="})
    run("generate-document.templates", {})
    started = run("generate-document.start", {
        "source_id": "intake:1/letter", "began": BEGAN, "matter": matter, "template": template, "filename": "Letter", "formats": ["pdf"],
    })
    run("generate-document.follow", {"id": started["id"]})


def fill_document(world, run):
    _, matter = world.matter()
    text = {"content": {"source": {"inline": "RGVhciB7eyBjbGllbnQubmFtZSB9fQ=="}}}
    run("fill-document.fill", {"matter": matter, "template": text, "locale": "en-CA"})
    template = world.add("templates", {"name": "b.txt", "content": "RGVhcg=="})
    run("fill-document.fill", {"matter": matter, "template": {"stored": template}})
    document = world.add("documents", {"place": {"matter": matter}, "document": {"name": "a.txt", "content": "Ynl0ZXM="}})
    run("fill-document.gather", {"matter": matter, "template": {"document": document}})


def inspect_document(world, run):
    run("inspect-document.inspect", {"content": {"source": {"inline": "RGVhciB7eyBjbGllbnQubmFtZSB9fQ=="}}})


STORIES = (
    sync_contact, create_matter, upload_document, find_documents, detect_documents, setup_markers, check_connection,
    custom_fields, update_matter, pull_matters, lookup, webhooks, receive_webhook, read_document, generate_document,
    fill_document, inspect_document,
)
