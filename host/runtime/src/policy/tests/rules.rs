//! Tables for the rules: what fits, what never does, and what a denial says.

use serde_json::json;

use http::Method;

use crate::origin::Origin;
use crate::policy::rules::*;
use crate::policy::*;

fn rules(texts: &[&str]) -> Vec<RequestRule> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn a_pattern_fits_digits_and_nothing_else() {
    let pattern: PathPattern = "/api/v4/contacts/{id}.json".parse().unwrap();
    for path in [
        "/api/v4/contacts/1.json",
        "/api/v4/contacts/18446744073709551615.json",
    ] {
        assert!(pattern.matches(path), "{path}");
    }
    let others = [
        "/api/v4/contacts/.json",
        "/api/v4/contacts/1",
        "/api/v4/contacts/1.json/",
        "/api/v4/contacts/1.jsonx",
        "/api/v4/contacts/1a.json",
        "/api/v4/contacts/-1.json",
        "/api/v4/contacts/1/2.json",
        "/api/v4/contacts/١.json",
        "/api/v4/contacts/%31.json",
        "/api/v4/contacts/123456789012345678901.json",
        "/API/v4/contacts/1.json",
        "//api/v4/contacts/1.json",
        "/api/v4/contacts/1.json;x",
    ];
    for path in others {
        assert!(!pattern.matches(path), "{path}");
    }
    let nested: PathPattern = "/api/v4/documents/{id}/versions/{id}.json".parse().unwrap();
    assert!(nested.matches("/api/v4/documents/1/versions/22.json"));
    assert!(!nested.matches("/api/v4/documents/1/versions/.json"));
}

#[test]
fn a_pattern_is_a_plain_path() {
    let bad = [
        "",
        "api/v4",
        "/api//v4",
        "/api/../oauth",
        "/api/./v4",
        "/api/v4?x",
        "/api/v4/*",
        "/api/v4/{name}",
        "/api/v4/{id}{id}",
        "/api/v4/{id}0",
        "/oauth/token",
        "/OAuth/token",
        "/oauth",
        "/api/v4/%7Bid%7D",
        "/api/v4/{id",
        "/api\\v4",
    ];
    for text in bad {
        assert!(text.parse::<PathPattern>().is_err(), "{text}");
    }
}

#[test]
fn a_path_that_can_be_read_in_two_ways_is_refused() {
    let rules = Rules::described(&rules(&["GET /api/v4/contacts.json"]), &[], false);
    let ambiguous = [
        "/api/v4//contacts.json",
        "//evil.example/api/v4/contacts.json",
        "/api/v4/x/../contacts.json",
        "/api/v4/./contacts.json",
        "/api/v4/%2e%2e/oauth/token",
        "/api/v4%2fcontacts.json",
        "/api/v4/contacts%2ejson",
        "/api/v4/contacts.json%00",
        "/api/v4\\contacts.json",
        "/api/v4/contacts.json;x=1",
        "*",
        "http://evil.example/",
    ];
    for path in ambiguous {
        let (reason, _) = rules.check_api(&Method::GET, path).unwrap_err();
        assert_eq!(reason, DenialReason::AmbiguousPath, "{path}");
    }
    assert!(
        rules
            .check_api(&Method::GET, "/api/v4/contacts.json")
            .is_ok()
    );
}

#[test]
fn oauth_is_never_allowed() {
    let rules = Rules::undescribed().allow(Some(&rules(&["POST /api/v4/contacts.json"])));
    for path in [
        "/oauth/token",
        "/oauth",
        "/OAUTH/deauthorize",
        "/oauth.json",
    ] {
        let (reason, rule) = rules.check_api(&Method::POST, path).unwrap_err();
        assert_eq!(reason, DenialReason::NeverAllowed, "{path}");
        assert!(rule.starts_with("none"), "{rule}");
    }
}

#[test]
fn the_policy_narrows_a_description_and_never_widens_it() {
    let described = rules(&["GET /api/v4/contacts.json", "POST /api/v4/contacts.json"]);
    let allowed = rules(&[
        "GET /api/v4/contacts.json",
        "DELETE /api/v4/contacts/{id}.json",
    ]);
    let rules = Rules::described(&described, &[], false).allow(Some(&allowed));

    assert!(
        rules
            .check_api(&Method::GET, "/api/v4/contacts.json")
            .is_ok()
    );
    assert_eq!(
        rules
            .check_api(&Method::POST, "/api/v4/contacts.json")
            .unwrap_err(),
        (
            DenialReason::NotAllowed,
            r#"allow = ["POST /api/v4/contacts.json"]"#.to_owned()
        )
    );
    assert_eq!(
        rules
            .check_api(&Method::DELETE, "/api/v4/contacts/12.json")
            .unwrap_err(),
        (
            DenialReason::NotDescribed,
            r#"requests = [{ method = "DELETE", path = "/api/v4/contacts/{id}.json" }]"#.to_owned()
        )
    );
}

#[test]
fn a_component_without_a_description_may_do_what_the_policy_lists_and_no_more() {
    let none = Rules::undescribed();
    let (reason, rule) = none
        .check_api(&Method::GET, "/api/v4/matters/7.json")
        .unwrap_err();
    assert_eq!(reason, DenialReason::NotAllowed);
    assert_eq!(rule, r#"allow = ["GET /api/v4/matters/{id}.json"]"#);

    // The rule that the denial names does allow it.
    let listed = Rules::undescribed().allow(Some(&rules(&["GET /api/v4/matters/{id}.json"])));
    assert!(
        listed
            .check_api(&Method::GET, "/api/v4/matters/7.json")
            .is_ok()
    );
    assert!(
        listed
            .check_api(&Method::HEAD, "/api/v4/matters/7.json")
            .is_err()
    );
}

#[test]
fn an_empty_policy_list_allows_nothing() {
    let described = rules(&["GET /api/v4/contacts.json"]);
    let rules = Rules::described(&described, &[], false).allow(Some(&[]));
    assert!(
        rules
            .check_api(&Method::GET, "/api/v4/contacts.json")
            .is_err()
    );
}

#[test]
fn content_comes_only_from_listed_origins_and_only_by_reading() {
    let files = Origin::allow("https://files.example").unwrap();
    let other = Origin::allow("https://files.example:444").unwrap();
    let rules = Rules::described(&[], &[], true).content_origins(std::slice::from_ref(&files));
    assert!(rules.check_content(&Method::GET, &files).is_ok());
    assert!(rules.check_content(&Method::HEAD, &files).is_ok());
    assert_eq!(
        rules.check_content(&Method::PUT, &files).unwrap_err().0,
        DenialReason::OtherOrigin
    );
    assert_eq!(
        rules.check_content(&Method::GET, &other).unwrap_err(),
        (
            DenialReason::ContentOrigin,
            r#"content_origins = ["https://files.example:444"]"#.to_owned()
        )
    );
    let without = Rules::described(&[], &[], false).content_origins(std::slice::from_ref(&files));
    assert_eq!(
        without.check_content(&Method::GET, &files).unwrap_err().0,
        DenialReason::NotDescribed
    );
}

#[test]
fn rules_are_read_from_a_text_or_an_object() {
    let from_text: RequestRule = serde_json::from_value(json!("GET /api/v4/a.json")).unwrap();
    let from_parts: RequestRule =
        serde_json::from_value(json!({"method": "GET", "path": "/api/v4/a.json"})).unwrap();
    assert_eq!(from_text, from_parts);
    assert_eq!(
        serde_json::to_value(&from_text).unwrap(),
        json!({"method": "GET", "path": "/api/v4/a.json"})
    );
    for bad in [
        json!("get /api/v4/a.json"),
        json!("OPTIONS /api/v4/a.json"),
        json!("GET  /api/v4/a.json"),
        json!("GET"),
        json!({"method": "GET", "path": "/api/v4/a.json", "host": "x"}),
    ] {
        assert!(
            serde_json::from_value::<RequestRule>(bad.clone()).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn a_grant_names_a_member_or_the_location() {
    let json = json!({"method": "POST", "path": "/api/v4/documents.json",
        "member": "/data/latest_document_version/put_url", "allows": "PUT"});
    let rule: GrantRule = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&rule).unwrap(), json);
    let location: GrantRule = serde_json::from_value(
        json!({"method": "GET", "path": "/api/v4/documents/{id}/download.json",
            "header": "Location", "allows": "GET"}),
    )
    .unwrap();
    assert_eq!(location.place, GrantPlace::Location);
    for bad in [
        json!({"method": "GET", "path": "/a", "allows": "GET"}),
        json!({"method": "GET", "path": "/a", "header": "link", "allows": "GET"}),
        json!({"method": "GET", "path": "/a", "member": "/x", "header": "location", "allows": "GET"}),
        json!({"method": "GET", "path": "/a", "member": "x", "allows": "GET"}),
    ] {
        assert!(
            serde_json::from_value::<GrantRule>(bad.clone()).is_err(),
            "{bad}"
        );
    }
}
