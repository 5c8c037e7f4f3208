//! What a person says in the case file, and is told of it.

use std::time::Duration;

use clio_sandbox::NewContact;
use clio_tests::property;
use serde_json::json;

use super::{bob, case_of, counts, file, gail, sync, world};
use crate::setup_markers::Markers;

// CASES I12
#[tokio::test]
async fn the_candidates_for_an_address_are_listed_and_one_can_be_put_into_the_case_file() {
    let world = world(Markers::Without).await;
    let add = |first: &str| {
        let contact = NewContact::person(first, "Hale").email("hale@fam.example");
        world.control.add_contact(contact)
    };
    let (rosa, tom) = (add("Rosa"), add("Tom"));
    world.control.advance(Duration::from_secs(3600));
    let mut case = case_of(
        &json!({"first_name": "Theodore", "last_name": "Hale", "email": "hale@fam.example"}),
        1,
    );
    let path = file(&world, "hale.json", &case);
    let output = sync(&world, &path).await.expect_code(1);
    let report = output.json();
    let problem = &report["contact"]["error"]["permanent"];
    assert_eq!(problem["code"], "ambiguous", "{report}");
    assert_eq!(problem["candidates"], json!([rosa, tom]), "{report}");
    assert_eq!(problem["field"], "/client/email", "{report}");
    let text = world.clio(&["sync", &path]).await.expect_code(1).stderr;
    for told in [
        format!("{rosa}, {tom}"),
        format!("\"client\": {{\"id\": {rosa}}}"),
        "on_name_conflict".to_owned(),
    ] {
        assert!(text.contains(&told), "{text}");
        assert!(
            !text.contains("known_id") && !text.contains("`on_"),
            "{text}"
        );
    }
    assert_eq!(world.writes(), 0);

    case["client"]["id"] = tom.into();
    let report = sync(&world, &file(&world, "hale.json", &case))
        .await
        .expect_code(0)
        .json();
    assert_eq!(report["contact"]["id"], tom, "{report}");
    assert_eq!(world.control.snapshot().matters[0].client, tom);
    world.finish();
}

#[tokio::test]
async fn a_contact_that_the_case_file_names_must_be_there_and_agree() {
    let world = world(Markers::Without).await;
    let stranger = world.control.add_contact(NewContact::person("Kit", "Moss"));
    let client = json!({"first_name": "Ann", "last_name": "Lee", "email": "ann@lee.example"});
    let mut case = case_of(&client, 1);
    for (id, code) in [(stranger, "ambiguous"), (stranger + 1, "removed")] {
        case["client"]["id"] = id.into();
        let output = sync(&world, &file(&world, "case.json", &case))
            .await
            .expect_code(1);
        let problem = &output.json()["contact"]["error"]["permanent"];
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["field"], "/client/id", "{problem}");
        let told = format!("{}{}", output.stdout, output.stderr);
        assert!(
            told.contains("client.id") && !told.contains("known_id"),
            "{told}"
        );
    }
    assert_eq!(world.writes(), 0);
    world.finish();
}

// CASES I12
#[tokio::test]
async fn the_contact_that_the_case_file_names_is_taken_before_an_older_one() {
    let world = world(Markers::Without).await;
    let client = json!({"first_name": "Ann", "last_name": "Lee", "email": "ann@lee.example"});
    let mut case = case_of(&client, 1);
    sync(&world, &file(&world, "case.json", &case))
        .await
        .expect_code(0);
    let namesake = world
        .control
        .add_contact(NewContact::person("Ann", "Lee").email("ann@lee.example"));
    // The run after a creation looks for others, and this one is no other.
    case["client"]["id"] = namesake.into();
    case["matter"]["id"] = world.control.snapshot().matters[0].id.into();
    let output = sync(&world, &file(&world, "case.json", &case))
        .await
        .expect_code(0);
    assert_eq!(output.json()["contact"]["id"], namesake);
    world.finish();
}

// CASES I12
#[tokio::test]
async fn an_ambiguous_practice_area_is_told_as_one() {
    let world = world(Markers::Without).await;
    for name in ["Tax", "tax"] {
        world.control.add_practice_area(name);
    }
    let mut case = gail();
    case["matter"]["case_type"] = "Tax".into();
    let output = sync(&world, &file(&world, "case.json", &case))
        .await
        .expect_code(1);
    let problem = &output.json()["matter"]["error"]["permanent"];
    assert_eq!(problem["code"], "ambiguous", "{problem}");
    assert_eq!(problem["field"], "/matter/case_type", "{problem}");
    let told = format!("{}{}", output.stdout, output.stderr);
    assert!(!told.contains("another client"), "{told}");
    assert_eq!(world.writes(), 0);
    world.finish();
}

// CASES V5
#[tokio::test]
async fn a_contact_that_was_deleted_in_clio_is_made_again_when_the_case_file_says_so() {
    let world = world(Markers::Without).await;
    let mut case = gail();
    sync(&world, &file(&world, "gail.json", &case))
        .await
        .expect_code(0);
    let snapshot = world.control.snapshot();
    world.control.delete_matter(snapshot.matters[0].id);
    world.control.delete_contact(snapshot.contacts[0].id);
    world.control.clear_trace();
    let path = file(&world, "gail.json", &case);
    let output = sync(&world, &path).await.expect_code(1);
    let told = format!("{}{}", output.stdout, output.stderr);
    for way in ["--forget", "on_removed", "client"] {
        assert!(told.contains(way), "{told}");
    }
    assert!(!told.contains("known_id"), "{told}");
    assert_eq!(
        output.json()["contact"]["error"]["permanent"]["code"],
        "removed"
    );
    assert_eq!(world.writes(), 0);

    case["client"]["on_removed"] = "create".into();
    let path = file(&world, "gail.json", &case);
    let report = sync(&world, &path).await.expect_code(1).json();
    assert_eq!(report["contact"]["status"], "created", "{report}");
    let matter = &report["matter"];
    assert_eq!(matter["error"]["permanent"]["code"], "removed", "{report}");
    assert!(
        matter["next"].as_str().unwrap().contains("under matter"),
        "{report}"
    );

    case["matter"]["on_removed"] = "create".into();
    let path = file(&world, "gail.json", &case);
    sync(&world, &path).await.expect_code(0);
    let again = sync(&world, &path).await.expect_code(0).json();
    assert_eq!(again["matter"]["status"], "linked", "{again}");
    assert_eq!(counts(&world), (1, 1, 0));
    world.finish();
}

// CASES V8
#[tokio::test]
async fn what_was_edited_in_the_case_file_is_told_once_and_left_in_clio() {
    let world = world(Markers::Without).await;
    let mut case = bob();
    case["client"]["phone"] = "305 555 0147".into();
    sync(&world, &file(&world, "bob.json", &case))
        .await
        .expect_code(0);
    let before = serde_json::to_value(world.control.snapshot()).unwrap();
    world.control.clear_trace();

    // The same in another spelling is no edit.
    case["client"]["phone"] = "(305) 555-0147".into();
    let report = sync(&world, &file(&world, "bob.json", &case))
        .await
        .expect_code(0)
        .json();
    assert_eq!(report["contact"].get("not_carried_over"), None, "{report}");

    case["client"]["phone"] = "305 555 0199".into();
    case["client"]["first_name"] = "Robert".into();
    case["client"]["emails"] = json!([{"address": "bob@work.example"}]);
    case["matter"]["title"] = "Cruz dissolution".into();
    case["documents"][0]["name"] = "The letter.pdf".into();
    let path = file(&world, "bob.json", &case);
    // A dry run tells it, and has not told it.
    for arguments in [
        &["sync", &path, "--json", "--dry-run"][..],
        &["sync", &path, "--json"],
    ] {
        let output = world.clio(arguments).await.expect_code(0);
        let report = output.json();
        assert_eq!(
            report["contact"]["not_carried_over"],
            json!(["/client/first_name", "/client/email", "/client/phone"]),
            "{report}"
        );
        assert_eq!(
            report["matter"]["not_carried_over"],
            json!(["/matter/title"])
        );
        assert_eq!(
            report["documents"][0]["not_carried_over"],
            json!(["/documents/0/name"])
        );
        for word in ["Robert", "0199", "dissolution"] {
            assert!(!output.stdout.contains(word), "{}", output.stdout);
        }
    }
    let again = world.clio(&["sync", &path]).await.expect_code(0).stdout;
    assert!(!again.contains("edited"), "{again}");
    case["matter"]["title"] = "Cruz mediation".into();
    let path = file(&world, "bob.json", &case);
    let text = world.clio(&["sync", &path]).await.expect_code(0).stdout;
    assert!(
        text.contains("edited in the case file") && text.contains("/matter/title"),
        "{text}"
    );
    assert!(!text.contains("/client/phone"), "{text}");
    assert_eq!(world.writes(), 0);
    assert_eq!(
        serde_json::to_value(world.control.snapshot()).unwrap(),
        before
    );
    world.finish();
}

#[tokio::test]
async fn a_matter_that_the_case_file_names_is_linked() {
    let world = world(Markers::Without).await;
    let client = world.control.add_contact(NewContact::person("Bob", "Cruz"));
    let matter = world
        .control
        .add_matter(clio_sandbox::NewMatter::of(client, "Cruz divorce"));
    let mut case = bob();
    case["client"]["id"] = client.into();
    case["matter"]["id"] = matter.into();
    let report = sync(&world, &file(&world, "bob.json", &case))
        .await
        .expect_code(0)
        .json();
    assert_eq!(report["matter"]["id"], matter, "{report}");
    let snapshot = world.control.snapshot();
    assert_eq!(snapshot.documents[0].matter, Some(matter));
    let source_id = property(&snapshot.documents[0], "source-id");
    assert_eq!(source_id, Some("intake:950/letter"));
    assert_eq!(counts(&world), (1, 1, 1));
    world.finish();
}
