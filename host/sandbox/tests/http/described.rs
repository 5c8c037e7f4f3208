//! Every answer against Clio's official description: each field that the
//! description has can be asked for, and is of the type that it says.
//!
//! The description is the data that the sandbox is made of; what is compared is
//! what the sandbox makes of it.

use std::collections::BTreeSet;

use clio_sandbox::{
    NewActivity, NewContact, NewCustomField, NewDocument, NewMatter, NewRelationship, NewRow,
    Place, ValueForm,
};
use serde_json::{Map, Value, json};

use crate::client::{Clio, start_with};

struct Description(Value);

impl Description {
    fn load() -> Self {
        let text = include_str!("../../data/clio-v4.json");
        Self(serde_json::from_str(text).unwrap())
    }

    fn schema(&self, name: &str) -> &Map<String, Value> {
        self.0["schemas"][name].as_object().unwrap()
    }

    /// Everything that one level of braces can ask for.
    fn everything(&self, schema: &str) -> String {
        let plain = |schema: &str| -> Vec<String> {
            let fields = self.schema(schema).iter();
            let scalar = fields.filter(|(_, shape)| inner(shape).is_none());
            scalar.map(|(name, _)| name.clone()).collect()
        };
        let mut all = plain(schema);
        for (name, shape) in self.schema(schema) {
            if let Some(inner) = inner(shape) {
                let members = plain(inner);
                all.push(if members.is_empty() {
                    name.clone()
                } else {
                    format!("{name}{{{}}}", members.join(","))
                });
            }
        }
        all.join(",")
    }

    /// Adds what is not as described.
    fn check(&self, at: &str, shape: &Value, value: &Value, wrong: &mut BTreeSet<String>) {
        let redacted = value == &json!({"redacted": true});
        if value.is_null() || redacted {
            return;
        }
        let mut is = |fits: bool| {
            if !fits {
                wrong.insert(format!("{at}: {value} is not {shape}"));
            }
        };
        if let Some(schema) = shape["one"].as_str() {
            return self.record(at, schema, value, wrong);
        }
        let each = if shape["many"].is_string() {
            json!({"one": shape["many"]})
        } else {
            shape["each"].clone()
        };
        if !each.is_null() {
            match value.as_array() {
                None => is(false),
                Some(rows) => {
                    for row in rows {
                        self.check(at, &each, row, wrong);
                    }
                }
            }
            return;
        }
        if let Some(values) = shape["enum"].as_array() {
            return is(values.contains(value));
        }
        let text = value.as_str();
        is(match shape.as_str().unwrap() {
            "boolean" => value.is_boolean(),
            "int32" => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
            "int64" => value.is_i64() || value.is_u64(),
            "float" | "double" | "decimal" => value.is_number(),
            "date" => text.is_some_and(|t| t.parse::<jiff::civil::Date>().is_ok()),
            "date-time" => text.is_some_and(|t| t.parse::<jiff::Timestamp>().is_ok()),
            "object" => value.is_object(),
            _ => text.is_some(),
        });
    }

    fn record(&self, at: &str, schema: &str, value: &Value, wrong: &mut BTreeSet<String>) {
        let Some(members) = value.as_object() else {
            wrong.insert(format!("{at}: {value} is no {schema}"));
            return;
        };
        for (name, value) in members {
            let at = format!("{at}.{name}");
            match self.schema(schema).get(name) {
                Some(shape) => self.check(&at, shape, value, wrong),
                None => {
                    wrong.insert(format!("{at} is not described"));
                }
            }
        }
    }
}

fn inner(shape: &Value) -> Option<&str> {
    shape["one"].as_str().or(shape["many"].as_str())
}

/// An account with something of everything.
async fn furnish(clio: &Clio) {
    let control = &clio.control;
    let firm = control.add_contact(NewContact::company("Harbor"));
    let row = |label: &str, value: &str| NewRow {
        label: label.to_owned(),
        value: value.to_owned(),
    };
    let mut values = Vec::new();
    let fields = [
        ("checkbox", "true"),
        ("currency", "5"),
        ("date", "2026-03-01"),
        ("numeric", "7"),
        ("text_line", "x"),
    ];
    for (kind, value) in fields {
        let field = NewCustomField::new(kind, "Contact", kind);
        values.push((control.add_custom_field(field), Some(value.to_owned())));
    }
    let track = NewCustomField::picklist("Track", "Matter", &["Fast", "Slow"]);
    control.add_custom_field(track);
    let ann = control.add_contact(NewContact {
        emails: vec![row("Work", "ann@x.example"), row("Home", "a@y.example")],
        phones: vec![row("Work", "555-0100")],
        company: Some(firm),
        values,
        ..NewContact::person("Ann", "Lee")
    });
    let matter = control.add_matter(NewMatter::of(ann, "Lee v. Lee"));
    let stage = control.stage_named("Family", "Intake").unwrap();
    control.set_stage(matter, stage);
    control.add_folder(Place::Matter(matter), "Letters");
    let document = NewDocument::complete("petition.pdf", b"%PDF");
    control.add_document(Place::Matter(matter), document);
    // Uploads that wait, in one piece and in parts, and one that was finished.
    let parts = json!([{"part_number": 1, "content_length": "4"}]);
    for (name, parts) in [("a.pdf", json!([])), ("b.pdf", parts)] {
        let parent = json!({"id": matter, "type": "Matter"});
        let new = json!({"name": name, "parent": parent, "multiparts": parts,
            "external_properties": [{"name": "n", "value": "v"}]});
        assert_eq!(clio.post("/documents", new).await.status, 201);
    }
    let template = control.add_template("letter.docx", b"PK");
    let new = json!({"matter": {"id": matter}, "document_template": {"id": template},
        "filename": "Letter", "formats": ["original", "pdf"]});
    assert_eq!(clio.post("/document_automations", new).await.status, 201);
    control.advance(std::time::Duration::from_secs(60));
    control.add_relationship(&NewRelationship {
        matter,
        contact: firm,
        description: "Employer".to_owned(),
    });
    control.add_activity(&NewActivity {
        matter,
        quantity: 1800.0,
        billed: true,
    });
    let new = json!({"url": "https://hooks.example/", "model": "matter", "fields": "id"});
    assert_eq!(clio.post("/webhooks", new).await.status, 201);
}

// CASES A11
#[tokio::test]
async fn every_field_is_of_the_described_type() {
    let clio = start_with(|config| {
        // Live accounts were seen to answer numbers and booleans, which stands
        // in the default reading: the description has strings.
        config.switches.value_form = ValueForm::Strings;
    })
    .await;
    furnish(&clio).await;
    let description = Description::load();
    let mut wrong = BTreeSet::new();
    let mut compared = 0;
    let operations = description.0["operations"].as_object().unwrap();
    for (route, operation) in operations {
        let Some(schema) = operation["answer"].as_str() else {
            continue;
        };
        let Some(path) = route.strip_prefix("GET ") else {
            continue;
        };
        let fields = description.everything(schema);
        let fields = fields.replace('{', "%7B").replace('}', "%7D");
        let mut paths = vec![path.to_owned()];
        if let Some((list, rest)) = path.split_once("/{") {
            let (_, rest) = rest.split_once('}').unwrap();
            let ids = clio
                .get(&format!("{list}.json?show_uncompleted=true"))
                .await
                .ids();
            paths = ids.iter().map(|id| format!("{list}/{id}{rest}")).collect();
        }
        for path in paths {
            let uncompleted = if path.starts_with("/documents.json") || path.contains("list") {
                "&show_uncompleted=true"
            } else {
                ""
            };
            let answer = clio
                .get(&format!("{path}?fields={fields}{uncompleted}"))
                .await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            let data = answer.data();
            let rows = data.as_array().cloned().unwrap_or_else(|| vec![data]);
            for row in rows {
                compared += 1;
                description.record(schema, schema, &row, &mut wrong);
            }
        }
    }
    assert!(compared > 60, "{compared}");
    assert!(wrong.is_empty(), "not as described: {wrong:#?}");
}

// CASES A11
#[tokio::test]
async fn nothing_is_to_be_sent_for_an_upload_that_is_complete() {
    let clio = crate::client::start().await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = clio.control.add_matter(NewMatter::of(ann, "Lee"));
    let fields =
        "fields=id,latest_document_version{uuid,put_url,fully_uploaded,put_headers,multiparts}";
    for parts in [
        json!([]),
        json!([{"part_number": 1, "content_length": "4"}]),
    ] {
        let new = json!({"name": "a.pdf", "parent": {"id": matter, "type": "Matter"},
            "multiparts": parts});
        let made = clio.post(&format!("/documents?{fields}"), new).await;
        let version = made.data()["latest_document_version"].clone();
        let (url, headers) = match version["multiparts"].as_array().unwrap().first() {
            Some(part) => (part["put_url"].clone(), part["put_headers"].clone()),
            None => (version["put_url"].clone(), version["put_headers"].clone()),
        };
        let headers: Vec<(String, String)> = headers
            .as_array()
            .unwrap()
            .iter()
            .map(|h| {
                let text = |name: &str| h[name].as_str().unwrap().to_owned();
                (text("name").to_lowercase(), text("value"))
            })
            .filter(|(name, _)| name != "content-length")
            .collect();
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let body = bytes::Bytes::from_static(b"%PDF");
        let put = crate::client::send("PUT", url.as_str().unwrap(), &headers, body).await;
        assert_eq!(put.unwrap().status, 200);
        let path = format!("/documents/{}?{fields}", made.id());
        let done = json!({"uuid": version["uuid"], "fully_uploaded": true});
        let answer = clio.patch(&path, done).await;
        for data in [answer.data(), clio.get(&path).await.data()] {
            let version = &data["latest_document_version"];
            assert_eq!(version["fully_uploaded"], true);
            assert_eq!(
                (&version["put_url"], &version["put_headers"]),
                (&json!(""), &json!([]))
            );
            for part in version["multiparts"].as_array().unwrap() {
                assert_eq!(
                    (&part["put_url"], &part["put_headers"]),
                    (&json!(""), &json!([]))
                );
            }
        }
    }
}
