//! Matters that carry the caller's identifier in a custom field.

use super::*;

#[test]
fn a_marker_finds_a_matter_whose_reference_was_changed() {
    let mut request = case();
    request.marker_field = Some(2);
    let values =
        |value: &str| json!([{ "id": "text_line-8", "value": value, "custom_field": { "id": 2 } }]);
    let mut found = row(4, "changed");
    found["custom_field_values"] = values("intake:case-17");
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([found])));
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(4, MatterMatch::Marker, &[])
    );
    assert_eq!(
        clio.sent[0].param("custom_field_values[2]"),
        Some("intake:case-17")
    );

    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([])))
        .on(
            POST,
            created(&json!({ "custom_field_values": values("intake:case-17") })),
        );
    assert!(is_new(&run(&mut clio, &request).unwrap()));
    assert_eq!(
        clio.sent[2].data["custom_field_values"],
        json!([{ "custom_field": { "id": 2 }, "value": "intake:case-17" }])
    );
}

#[test]
fn a_marker_field_that_clio_does_not_take_is_named_with_the_next_step() {
    let mut request = case();
    request.marker_field = Some(2);
    let refusals: [fn(&mut Script); 2] = [
        |clio| {
            clio.on(LIST, refused(404, "NotFound", "custom field not found"));
        },
        |clio| {
            clio.on(LIST, rows(&json!([])))
                .on(LIST, rows(&json!([])))
                .on(
                    POST,
                    refused(422, "ArgumentError", "custom field is invalid"),
                );
        },
    ];
    for refusal in refusals {
        let mut clio = Script::default();
        refusal(&mut clio);
        let failure = run(&mut clio, &request).unwrap_err();
        assert_eq!(failure.problem.field.as_deref(), Some("/marker_field"));
        assert!(
            failure
                .problem
                .message
                .contains("Make the marker fields again")
        );
    }
}
