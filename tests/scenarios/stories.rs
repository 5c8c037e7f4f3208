//! A story of each action, in which it makes every request that it lists. What
//! must hold of every action is tried on these.

use std::time::Duration;

use clio_sandbox::{Effect, Fault, NewDocument, Place};
use clio_tests::World;
use serde_json::{Value, json};

/// A story in which the action makes each of its requests.
///
/// `run` calls a function of the action, or its only one, and gives its outcome.
pub(crate) async fn story(
    world: &World,
    action: &str,
    run: impl AsyncFn(Option<&str>, Value) -> Value,
) {
    match action {
        "sync-contact" => {
            let mut contact = json!({
                "source_id": "intake:ann",
                "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
                "emails": [{"address": "ann@example.com"}],
            });
            contact["known_id"] = run(None, contact.clone()).await["id"].clone();
            run(None, contact).await;
        }
        "create-matter" => {
            let area = world.control.add_practice_area("Estate Planning");
            world.control.add_stage(area, "Intake");
            let person = clio_sandbox::NewContact::person("Ann", "Lee");
            let mut matter = json!({
                "source_id": "intake:case-17",
                "client": world.control.add_contact(person),
                "title": "Lee",
                "practice_area": {"name": "Estate Planning"},
                "matter_stage": {"name": "Intake"},
            });
            matter["known_id"] = run(Some("create"), matter.clone()).await["id"].clone();
            run(Some("create"), matter).await;
        }
        "upload-document" => {
            // The answer to the last request is lost, so its effect is read.
            let lost = Fault::next("PATCH", "/documents/*", Effect::AnswerLost);
            world.control.fault(lost);
            let document = json!({
                "source_id": "intake:case-17/retainer",
                "parent": {"matter": world.add_matter()},
                "name": "Retainer.pdf",
                "content": {"source": {"inline": "JVBERi0xLjQ="}, "media_type": "application/pdf"},
                "provenance": "from_person",
            });
            run(None, document.clone()).await;
            // A path below a matter's folder, which stands there by now, and one
            // below a contact's.
            world.control.add_document_category("Letters");
            let mut placed = document.clone();
            placed["category"] = json!({"name": "letters"});
            placed["folder_path"] = json!(["Correspondence"]);
            placed["source_id"] = json!("intake:case-17/letter");
            run(None, placed.clone()).await;
            placed["source_id"] = json!("intake:case-17/card");
            placed["parent"] = json!({"contact": world.control.snapshot().contacts[0].id});
            run(None, placed).await;
            // A version that somebody has begun and not finished.
            let id = world.control.snapshot().documents[0].id;
            world.control.add_version(id, None);
            let mut version = document;
            version["parent"] = json!({ "document": id });
            run(None, version).await;
        }
        "find-documents" => {
            let matter = Place::Matter(world.add_matter());
            let folder = world.control.add_folder(matter, "Letters").unwrap();
            let document = NewDocument::complete("Letter.pdf", b"bytes");
            world.add(matter, document.external_property("source-id", "intake:1"));
            run(
                None,
                json!({"scope": {"folder": folder}, "source_ids": ["intake:1"]}),
            )
            .await;
        }
        "detect-documents" => {
            run(None, json!({"scope": "account", "start": "beginning"})).await;
        }
        "setup-markers" => {
            run(None, json!({})).await;
        }
        "check-connection" => {
            run(None, json!({})).await;
        }
        "custom-fields" => {
            let add = |name: &str, parent: &str, kind: &str| {
                let field = clio_sandbox::NewCustomField::new(name, parent, kind);
                world.control.add_custom_field(field)
            };
            add("Judge", "Matter", "contact");
            add("Sister case", "Matter", "matter");
            add("Note", "Contact", "text_line");
            let (matter, other) = (world.add_matter(), world.add_matter());
            let contact = world.control.snapshot().contacts[0].id;
            let value = |name: &str, text: String| json!({"field": {"name": name}, "value": {"text": text}});
            let values = [
                value("Judge", contact.to_string()),
                value("Sister case", other.to_string()),
            ];
            run(
                Some("write"),
                json!({"of": {"matter": matter}, "values": values}),
            )
            .await;
            let values = [value("Note", "By phone".to_owned())];
            run(
                Some("write"),
                json!({"of": {"contact": contact}, "values": values}),
            )
            .await;
        }
        "update-matter" => {
            let area = world.control.add_practice_area("Estate Planning");
            world.control.add_stage(area, "Intake");
            let change = json!({
                "matter": world.add_matter(),
                "practice_area": {"name": "Estate Planning"},
                "matter_stage": {"name": "Intake"},
            });
            run(None, change).await;
        }
        "pull-matters" => {
            world.add_matter();
            let page = run(Some("pull"), json!({"custom_fields": []})).await;
            assert_eq!(page["matters"].as_array().unwrap().len(), 1);
        }
        "lookup" => {
            let matter = world.add_matter();
            for kind in [
                json!("practice_areas"),
                json!({"stages": world.control.add_practice_area("Family")}),
                json!({"users": {}}),
                json!({"matters": {"statuses": []}}),
                json!({"contacts": {}}),
                json!({"folders": {"matter": matter}}),
                json!("document_categories"),
                json!("document_templates"),
                json!({"custom_fields": "matter"}),
            ] {
                run(None, json!({"kind": kind})).await;
            }
        }
        "webhooks" => {
            let hook = json!({
                "url": "https://hooks.example.com/clio", "model": "matter", "fields": "id",
            });
            let made = run(Some("ensure"), hook.clone()).await;
            // Renewed, with the answer lost, so that it is looked after.
            world.control.advance(Duration::from_secs(25 * 86_400));
            let lost = Fault::next("PATCH", "/webhooks/*", Effect::AnswerLost);
            world.control.fault(lost);
            run(Some("ensure"), hook).await;
            let id = &made["subscribed"]["id"];
            run(Some("remove"), json!({"id": id})).await;
        }
        "receive-webhook" => {
            let delivery = json!({
                "headers": [{"name": "X-Hook-Secret", "value": "a shared secret"}],
                "body": "{}",
                "subscriptions": [{"model": "matter", "state": "pending"}],
            });
            run(None, delivery).await;
        }
        "read-document" => {
            let document = world.add_document(world.add_matter(), "a.pdf");
            world.control.add_version(document, None);
            run(None, json!({"of": {"document": document}})).await;
            let template = world.control.add_template("b.docx", b"Dear");
            run(None, json!({"of": {"template": template}})).await;
        }
        "generate-document" => {
            run(Some("templates"), json!({})).await;
            let wanted = json!({
                "source_id": "intake:1/letter",
                "matter": world.add_matter(),
                "template": world.control.add_template("b.docx", b"Dear"),
                "filename": "Letter",
                "formats": ["pdf"],
            });
            let started = run(Some("start"), wanted).await;
            run(Some("follow"), json!({"id": started["id"]})).await;
        }
        "fill-document" => {
            let matter = world.add_matter();
            let text = json!({"content": {"source": {"inline": "RGVhcg=="}}});
            run(Some("gather"), json!({"matter": matter, "template": text})).await;
            let template = world
                .control
                .add_template("b.txt", b"Dear {{ client.name }}");
            let stored = json!({"matter": matter, "template": {"stored": template}});
            run(Some("fill"), stored).await;
            let document = world.add_document(matter, "a.txt");
            let document = json!({"matter": matter, "template": {"document": document}});
            run(Some("fill"), document).await;
        }
        "inspect-document" => {
            run(None, json!({"content": {"source": {"inline": "RGVhcg=="}}})).await;
        }
        other => panic!("{other} has no story that makes each of its requests"),
    }
}
