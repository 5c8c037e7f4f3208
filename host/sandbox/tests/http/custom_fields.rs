//! Custom fields.

use clio_sandbox::{CustomFieldAccess, NewContact, NewCustomField, ValueForm};
use serde_json::json;

use crate::client::start;

#[tokio::test]
async fn a_value_has_an_id_of_its_own_and_is_made_once() {
    let clio = start().await;
    let field = clio
        .post(
            "/custom_fields?fields=id,field_type",
            json!({"name": "Source", "parent_type": "Contact", "field_type": "text_line"}),
        )
        .await
        .id();
    let made = clio
        .post(
            "/contacts?fields=id,custom_field_values{id,value,field_name,custom_field}",
            json!({"type": "Person", "first_name": "Ann",
                "custom_field_values": [{"custom_field": {"id": field}, "value": "n8n:7"}]}),
        )
        .await;
    let row = made.data()["custom_field_values"][0].clone();
    let id = row["id"].as_str().unwrap().to_owned();
    assert!(
        id.starts_with("text_line-") && !id.ends_with(&field.to_string()),
        "{id}"
    );
    assert_eq!(row["custom_field"]["id"], field);
    assert_eq!(row["field_name"], "Source");

    let path = format!(
        "/contacts/{}?fields=custom_field_values{{id,value}}",
        made.id()
    );
    let again = json!({"custom_field_values": [{"custom_field": {"id": field}, "value": "y"}]});
    let (status, kind, message) = clio.patch(&path, again.clone()).await.error();
    assert_eq!((status, kind.as_str()), (422, "ArgumentError"));
    assert!(message.contains("already exists"), "{message}");
    let update = clio
        .patch(
            &path,
            json!({"custom_field_values": [{"id": id, "value": null}]}),
        )
        .await;
    assert_eq!(
        update.data()["custom_field_values"][0],
        json!({"id": id, "value": null})
    );
    assert_eq!(
        clio.patch(&path, again.clone()).await.status,
        422,
        "a row without a value is a row"
    );
    let gone = clio
        .patch(
            &path,
            json!({"custom_field_values": [{"id": id, "_destroy": true}]}),
        )
        .await;
    assert_eq!(
        gone.data()["custom_field_values"][0],
        json!({"id": null, "value": null})
    );
    assert_eq!(clio.patch(&path, again).await.status, 200);
}

#[tokio::test]
async fn a_displayed_field_without_a_value_has_a_null_id_and_a_hidden_one_no_row() {
    let clio = start().await;
    clio.control
        .add_custom_field(NewCustomField::new("Shown", "Contact", "text_line"));
    clio.control.add_custom_field(NewCustomField {
        displayed: false,
        ..NewCustomField::new("Hidden", "Contact", "text_line")
    });
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let rows = clio
        .get(&format!(
            "/contacts/{ann}?fields=custom_field_values{{id,value,field_name}}"
        ))
        .await
        .data();
    assert_eq!(
        rows["custom_field_values"],
        json!([{"id": null, "value": null, "field_name": "Shown"}])
    );
}

#[tokio::test]
async fn a_picklist_takes_and_shows_option_ids() {
    let clio = start().await;
    let field = clio.control.add_custom_field(NewCustomField::picklist(
        "Kind",
        "Contact",
        &["Gold", "Iron"],
    ));
    let option = clio.control.snapshot().custom_fields[0].options[1].0;
    let body = |value: serde_json::Value| {
        json!({"type": "Person", "first_name": "Ann",
            "custom_field_values": [{"custom_field": {"id": field}, "value": value}]})
    };
    let path = "/contacts?fields=id,custom_field_values{value,picklist_option}";
    assert_eq!(clio.post(path, body("Iron".into())).await.status, 422);
    let made = clio.post(path, body(option.into())).await.data();
    assert_eq!(made["custom_field_values"][0]["value"], option);
    assert_eq!(
        made["custom_field_values"][0]["picklist_option"]["option"],
        "Iron"
    );
    let mut switches = clio.control.switches();
    switches.value_form = ValueForm::Strings;
    clio.control.set_switches(switches);
    let shown = clio
        .get(&format!(
            "/contacts/{}?fields=custom_field_values",
            made["id"]
        ))
        .await
        .data();
    assert_eq!(shown["custom_field_values"][0]["value"], option.to_string());
}

#[tokio::test]
async fn records_are_found_by_custom_field_value() {
    let clio = start().await;
    let field =
        clio.control
            .add_custom_field(NewCustomField::new("Source", "Contact", "text_line"));
    let number = clio
        .control
        .add_custom_field(NewCustomField::new("Size", "Contact", "numeric"));
    let ann = clio.control.add_contact(
        NewContact::person("Ann", "Lee")
            .value(field, Some("n8n:7"))
            .value(number, Some("50")),
    );
    clio.control
        .add_contact(NewContact::person("Bob", "Ray").value(field, Some("n8n:77")));
    for query in [
        format!("custom_field_values[{field}]=n8n:7"),
        format!("custom_field_values%5B{field}%5D==n8n:7"),
        format!("custom_field_values[{number}]=>=49.5"),
        format!("custom_field_values[{number}]=[<=50, >=45]").replace(' ', "%20"),
    ] {
        assert_eq!(
            clio.get(&format!("/contacts?{query}")).await.ids(),
            [ann],
            "{query}"
        );
    }
    assert_eq!(
        clio.get(&format!("/contacts?custom_field_values[{number}]=>50"))
            .await
            .ids(),
        Vec::<u64>::new()
    );
    assert!(clio.ignored().is_empty());
    // Without the key it filters nothing.
    assert_eq!(
        clio.get("/contacts?custom_field_values=n8n:7")
            .await
            .ids()
            .len(),
        2
    );
    assert_eq!(clio.ignored(), ["custom_field_values"]);
    let only = clio
        .get(&format!(
            "/contacts/{ann}?fields=custom_field_values&custom_field_ids[]={number}"
        ))
        .await
        .data();
    assert_eq!(only["custom_field_values"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn definitions_filter_by_parent_in_either_case_and_may_be_forbidden() {
    let clio = start().await;
    clio.control
        .add_custom_field(NewCustomField::new("A", "Contact", "text_line"));
    let matter = clio
        .control
        .add_custom_field(NewCustomField::new("B", "Matter", "text_line"));
    for parent in ["matter", "Matter"] {
        assert_eq!(
            clio.get(&format!("/custom_fields?parent_type={parent}"))
                .await
                .ids(),
            [matter]
        );
    }
    let mut switches = clio.control.switches();
    switches.custom_field_access = CustomFieldAccess::ValuesBlank;
    clio.control.set_switches(switches);
    assert_eq!(clio.get("/custom_fields").await.status, 403);
}

#[tokio::test]
async fn a_deleted_definition_is_only_marked() {
    let clio = start().await;
    let field = clio
        .control
        .add_custom_field(NewCustomField::new("A", "Contact", "text_line"));
    assert_eq!(
        clio.delete(&format!("/custom_fields/{field}")).await.status,
        204
    );
    let shown = clio
        .get(&format!("/custom_fields/{field}?fields=deleted"))
        .await;
    assert_eq!(shown.data(), json!({"deleted": true}));
    assert!(
        clio.get("/custom_fields?deleted=false")
            .await
            .ids()
            .is_empty()
    );
}

#[tokio::test]
async fn a_deleted_field_is_still_listed_and_takes_no_new_values() {
    let clio = start().await;
    let field =
        clio.control
            .add_custom_field(NewCustomField::new("Source", "Contact", "text_line"));
    clio.control.rename_custom_field(field, "Origin");
    clio.sandbox("DELETE", &format!("/custom-fields/{field}"), json!(null))
        .await;
    let path = format!("/custom_fields?ids[]={field}&fields=id,name,deleted");
    let listed = clio.get(&path).await;
    assert_eq!(
        listed.data()[0],
        json!({"id": field, "name": "Origin", "deleted": true})
    );
    let value = json!([{"custom_field": {"id": field}, "value": "x"}]);
    let ann = json!({"type": "Person", "first_name": "Ann", "custom_field_values": value});
    assert_eq!(clio.post("/contacts", ann).await.status, 422);
}

#[tokio::test]
async fn values_may_come_with_their_definition_and_nothing_else() {
    let clio = start().await;
    let field =
        clio.control
            .add_custom_field(NewCustomField::new("Source", "Contact", "text_line"));
    let ann = clio.control.add_contact(NewContact {
        values: vec![(field, Some("intake:7".to_owned()))],
        ..NewContact::person("Ann", "Lee")
    });
    let mut switches = clio.control.switches();
    switches.custom_field_access = CustomFieldAccess::ValuesNull;
    switches.null_lists = true;
    clio.control.set_switches(switches);
    let fields = "custom_field_values{id,field_name,field_type,value,custom_field},phone_numbers";
    let path = format!("/contacts/{ann}?fields={fields}");
    let data = clio.get(&path).await.data();
    let row = &data["custom_field_values"][0];
    assert!(row["id"].is_string());
    assert_eq!(row["custom_field"]["id"], field);
    for name in ["field_name", "field_type", "value"] {
        assert!(row[name].is_null(), "{name}");
    }
    assert!(data["phone_numbers"].is_null(), "an empty list");
    assert_eq!(clio.get("/custom_fields").await.status, 403);
}

#[tokio::test]
async fn a_deleted_definition_may_be_listed_only_when_asked_for() {
    let clio = start().await;
    let field = clio
        .control
        .add_custom_field(NewCustomField::new("A", "Contact", "text_line"));
    clio.control.delete_custom_field(field);
    assert_eq!(clio.get("/custom_fields").await.ids(), [field]);
    let mut switches = clio.control.switches();
    switches.deleted_fields = clio_sandbox::DeletedFields::LeftOut;
    clio.control.set_switches(switches);
    assert!(clio.get("/custom_fields").await.ids().is_empty());
    assert_eq!(clio.get("/custom_fields?deleted=true").await.ids(), [field]);
}
