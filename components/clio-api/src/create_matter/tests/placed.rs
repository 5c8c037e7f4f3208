//! Matters of which so much is known that nothing is looked up.

use super::*;

#[test]
fn a_new_clients_matter_in_a_place_that_was_resolved_costs_one_request() {
    let mut request = case();
    request.client_is_new = Some(true);
    request.practice_area = Some(RecordRef::Id(4));
    request.matter_stage = Some(MatterStage::Resolved(7));
    let place = json!({ "practice_area": { "id": 4 }, "matter_stage": { "id": 7 } });
    let mut clio = Script::default();
    clio.on(POST, created(&place));
    assert!(is_new(&run(&mut clio, &request).unwrap()));
    assert_eq!(clio.sent[0].data["matter_stage"], json!({ "id": 7 }));

    // A creation whose answer was lost is looked for all the same.
    let mut clio = Script::default();
    clio.on(POST, lost())
        .on(LIST, rows(&json!([row(9, "intake:case-17")])));
    assert!(is_new(&run(&mut clio, &request).unwrap()));

    // A stage that no longer belongs there is Clio's to refuse.
    let mut clio = Script::default();
    clio.on(
        POST,
        refused(422, "ArgumentError", "matter_stage is not in the area"),
    );
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/matter_stage"));

    request.practice_area = Some(RecordRef::Name("Tax".into()));
    let failure = run(&mut Script::default(), &request).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/practice_area"));
}
