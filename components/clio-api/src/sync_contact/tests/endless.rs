//! Looks that run past a hundred pages, and what their failures tell to give.

use super::*;

const NEXT: &str = "https://app.clio.com/api/v4/contacts.json?page_token=";

/// A list that goes on after a hundred pages.
fn endless(clio: &mut Script) {
    for number in 0..100 {
        clio.on(LIST, page(&json!([]), &format!("{NEXT}{number}")));
    }
}

#[test]
fn the_look_at_those_created_lately_tells_what_narrows_it() {
    for with_address in [true, false] {
        let mut request = ann();
        let mut clio = Script::default();
        if with_address {
            clio.on(LIST, rows(&json!([])));
        } else {
            request.emails.clear();
        }
        endless(&mut clio);
        let failure = run(&mut clio, &request).unwrap_err();
        assert_eq!(failure.remedy, Remedy::Permanent);
        assert_eq!(failure.code(), ProblemCode::InvalidInput);
        assert_eq!(failure.problem.field.as_deref(), Some("/began"));
        for way_out in ["`known_id`", "a later `began`"] {
            assert!(failure.problem.message.contains(way_out), "{failure}");
        }
    }
}

#[test]
fn a_search_tells_what_to_give_in_place_of_it() {
    let mut request = ann();
    request.emails.push(Email {
        address: "lee@x.com".into(),
        label: None,
    });
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])));
    endless(&mut clio);
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::InvalidInput);
    assert_eq!(failure.problem.field.as_deref(), Some("/emails"));
    assert!(failure.problem.message.contains("`known_id`"), "{failure}");
}

#[test]
fn other_failures_of_a_look_stay_what_they_are() {
    let mut clio = Script::default();
    clio.on(LIST, raw(503, ""));
    let failure = run(&mut clio, &ann()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Unavailable);
    assert_eq!(failure.problem.field, None);
}
