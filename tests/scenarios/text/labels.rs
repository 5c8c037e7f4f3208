//! Labels that a firm gives: practice areas, fields, options, categories, folders,
//! and the terms of a mapping.

use clio_sandbox::{NewContact, NewCustomField, NewMatter};
use clio_tests::World;
use serde_json::{Map, json};

use super::{Pair, run, sync};

// CASES T1, T4, T5
const LABELS: [Pair; 12] = [
    ("Workers' Comp", "WORKERS’ COMP", true),
    ("Client’s Employer", "Client's  Employer", true),
    ("Verträge", "VERTRA\u{308}GE", true),
    ("Straßenrecht", "STRASSENRECHT", true),
    ("Intake – new", "intake ‑ NEW", true),
    ("계약", "\u{1100}\u{1168}\u{110b}\u{1163}\u{11a8}", true),
    ("ﾔﾏﾀﾞ", "ヤマダ", true),
    ("Όρος", "ΌΡΟΣ", true),
    ("Estate\u{a0}Planning", "Ｅｓｔａｔｅ  Planning", true),
    ("Été", "Ete", false),
    ("Land Use", "LandUse", false),
    ("Phase 1", "Phase 2", false),
];

#[tokio::test]
async fn labels_are_found_however_they_are_typed() {
    let world = World::new().await;
    let (mut areas, mut fields, mut kinds, mut values) =
        (Map::new(), Map::new(), Map::new(), Map::new());
    let mut wrong = Vec::new();
    let client = world.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = world
        .control
        .add_matter(NewMatter::of(client, "Lee v. Harbor"));
    let stands = LABELS.map(|(stands, ..)| stands);
    world
        .control
        .add_custom_field(NewCustomField::picklist("Court", "Matter", &stands));
    for (index, (stands, asked, same)) in LABELS.into_iter().enumerate() {
        world.control.add_practice_area(stands);
        world.control.add_document_category(stands);
        world
            .control
            .add_custom_field(NewCustomField::new(stands, "Matter", "text_line"));
        areas.insert(format!("a{index:02}"), json!(asked));
        fields.insert(format!("f{index:02}"), json!(asked));
        kinds.insert(format!("k{index:02}"), json!({"category": asked}));
        values.insert(format!("v{index:02}"), json!(asked));
        if !same {
            wrong.push(format!("/case_types/a{index:02}"));
            wrong.push(format!("/document_kinds/k{index:02}/category"));
            wrong.push(format!("/matter_fields/court/values/v{index:02}"));
            wrong.push(format!("/matter_fields/f{index:02}"));
        }
    }
    fields.insert("court".into(), json!({"field": "Court", "values": values}));
    let mapping = json!({
        "version": 1, "case_types": areas, "matter_fields": fields, "document_kinds": kinds,
    });
    let path = world.file("firm.json", mapping.to_string());
    let args = ["mappings", "check", path.to_str().unwrap(), "--json"];
    let found = world.clio(&args).await.expect_code(1).json();
    let found = found["findings"].as_array().unwrap().iter();
    let mut found: Vec<_> = found
        .map(|it| it["at"].as_str().unwrap().to_owned())
        .collect();
    found.sort();
    wrong.sort();
    assert_eq!(found, wrong);

    // What the check says is what the actions do.
    for (stands, asked, same) in LABELS {
        let area = json!({"practice_area": {"name": asked}});
        let placed = run(&world, "create-matter", Some("resolve"), area).await;
        assert_eq!(placed.is_ok(), same, "practice area {stands:?} {asked:?}");
        for (field, text) in [(asked, "x"), ("Court", asked)] {
            let write = json!({
                "of": {"matter": matter},
                "values": [{"field": {"name": field}, "value": {"text": text}}],
            });
            let written = run(&world, "custom-fields", Some("write"), write).await;
            assert_eq!(written.is_ok(), same, "field {field:?} {text:?}");
        }
        let folders = world.control.snapshot().folders.len();
        for (folder, category) in [(stands, stands), (asked, asked)] {
            let upload = json!({
                "source_id": format!("d:{}", clio_tests::unique()),
                "parent": {"matter": matter},
                "folder_path": [folder],
                "category": {"name": category},
                "name": "a.pdf",
                "content": {"source": {"inline": "JVBERi0xLjQ="}},
                "provenance": "from_person",
            });
            let uploaded = run(&world, "upload-document", None, upload).await;
            assert_eq!(
                uploaded.is_ok(),
                same || category == stands,
                "{category:?} {uploaded:?}"
            );
        }
        if same {
            let more = world.control.snapshot().folders.len() - folders;
            assert!(more <= 2, "folder {stands:?} {asked:?}");
            let named = world
                .control
                .snapshot()
                .folders
                .into_iter()
                .filter(|folder| folder.name == asked);
            assert_eq!(named.count(), usize::from(stands == asked), "{asked:?}");
        }
    }
    world.finish();
}

#[tokio::test]
async fn the_terms_of_a_case_are_those_of_its_mapping_however_they_are_typed() {
    let world = World::new().await;
    let (mut known, mut given) = (Map::new(), Map::new());
    let mut unknown = Vec::new();
    for (index, (stands, asked, same)) in LABELS.into_iter().enumerate() {
        let field = format!("Field {index}");
        world
            .control
            .add_custom_field(NewCustomField::new(&field, "Matter", "text_line"));
        known.insert(
            stands.into(),
            json!({"field": field, "values": {stands: "mapped"}}),
        );
        given.insert(asked.into(), json!(asked));
        if !same {
            unknown.push(format!("/matter/fields/{asked}"));
        }
    }
    let mapping = json!({"version": 1, "matter_fields": known});
    let path = world.file("firm.json", mapping.to_string());
    let case = json!({
        "source_id": "i:1",
        "client": {"last_name": "Lee", "email": "ann@example.com"},
        "matter": {"title": "Lee", "fields": given},
    });
    let report = sync(&world, &case, &["--mapping", path.to_str().unwrap()]).await;
    let report = report.expect_code(0).json();
    let notes = report["notes"].as_array().unwrap().iter();
    let mut notes: Vec<_> = notes
        .map(|note| note["at"].as_str().unwrap().to_owned())
        .collect();
    notes.sort();
    unknown.sort();
    assert_eq!(notes, unknown);
    let values = &world.control.snapshot().matters[0].values;
    assert_eq!(
        values.len(),
        LABELS.iter().filter(|(.., same)| *same).count()
    );
    assert!(
        values
            .iter()
            .all(|it| it.value.as_deref() == Some("mapped")),
        "{values:?}"
    );
    world.finish();
}
