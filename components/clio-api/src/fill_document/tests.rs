#![allow(clippy::unwrap_used)]

use clio_types::fill_document::{
    Content, FillOutcome, FillRequest, GatherRequest, NamedValue, Template, Value as Own, Why,
};
use clio_types::types::{FileContent, FileSource, ProblemCode};
use serde_json::{Value, json};

use super::{fill, gather};
use crate::problem::Failure;
use crate::scripted::{Reply, Script, data, lost, raw, refused, rows};
use crate::upload_document::digest;

fn text(template: &str) -> Template {
    let source = FileSource::Inline(template.as_bytes().to_vec());
    Template::Content(FileContent::new(source))
}

fn request(template: &str) -> FillRequest {
    FillRequest::new(17, text(template))
}

fn said(outcome: &FillOutcome) -> &str {
    match &outcome.content {
        Content::Inline(bytes) => core::str::from_utf8(bytes).unwrap(),
        Content::Put => panic!("it was sent away"),
    }
}

fn left(outcome: &FillOutcome) -> Vec<(&str, Why)> {
    let all = outcome.unfilled.iter();
    all.map(|it| (it.placeholder.as_str(), it.why)).collect()
}

fn field(id: u64, name: &str, kind: &str, value: Value) -> Value {
    json!({"id": format!("{kind}-{id}"), "field_name": name, "field_type": kind, "value": value,
        "soft_deleted": false, "custom_field": {"id": id}, "picklist_option": null})
}

fn matter() -> Value {
    let mut track = field(4, "Track", "picklist", json!("41"));
    track["picklist_option"] = json!({"id": 41, "option": "Fast"});
    json!({
        "id": 17, "display_number": "00017-Lee", "description": "Lee v. Ray", "status": "Open",
        "location": null, "client_reference": "", "open_date": "2026-01-05",
        "pending_date": null, "close_date": null, "currency": {"id": 1, "code": "CAD"},
        "client": {"id": 5, "name": "Ann Lee"}, "practice_area": {"id": 2, "name": "Family"},
        "matter_stage": null,
        "responsible_attorney": {"id": 9, "name": "Alex Attorney", "first_name": "Alex",
            "last_name": "Attorney", "initials": "AA", "email": "alex@firm.example",
            "phone_number": null},
        "originating_attorney": null, "responsible_staff": {"redacted": true},
        "custom_field_values": [
            field(1, "Filing date", "date", json!("2026-03-01")),
            field(2, "Claim", "currency", json!("1250.5")),
            field(3, "Jury", "checkbox", json!(true)),
            track,
            field(5, "Expert", "contact", json!("7")),
            field(6, "Sister case", "matter", json!("18")),
            field(7, "Court", "text_line", json!(null)),
        ],
    })
}

fn contact(id: u64, name: &str) -> Value {
    json!({
        "id": id, "name": name, "prefix": null, "first_name": name, "middle_name": null,
        "last_name": "", "title": null, "type": "Person", "date_of_birth": "1980-05-04",
        "company": null,
        "email_addresses": [{"name": "Work", "address": "a@x.example", "primary": false},
            {"name": "Home", "address": "b@x.example", "primary": true}],
        "phone_numbers": [], "custom_field_values": [
            field(11, "Court", "text_line", json!("Kings County"))],
        "addresses": [{"name": "Home", "street": "1 High St\r\nFlat 2", "city": "Halifax",
            "province": "NS", "postal_code": "B3H 1A1", "country": "Canada", "primary": true}],
    })
}

fn script() -> Script {
    script_of(&matter())
}

fn script_of(matter: &Value) -> Script {
    let mut script = Script::default();
    script
        .on("GET matters/17.json", data(matter))
        .on(
            "GET relationships.json",
            rows(&json!([
                {"id": 32, "description": "Judge", "matter": {"id": 17},
                    "contact": {"id": 8, "name": "Jo Judge"}},
                {"id": 31, "description": "Opposing party", "matter": {"id": 17},
                    "contact": {"id": 6, "name": "Bo Ray"}},
                {"id": 30, "description": "Of another matter", "matter": {"id": 18},
                    "contact": {"id": 99, "name": "Nobody"}},
            ])),
        )
        .on(
            "GET contacts.json",
            rows(&json!([
                contact(5, "Ann Lee"),
                contact(6, "Bo Ray"),
                contact(7, "Ed Expert"),
                contact(98, "Somebody Else"),
            ])),
        );
    script
}

fn filled(template: &str) -> FillOutcome {
    let mut script = script();
    let outcome = fill(&mut script, &request(template)).unwrap();
    script.done();
    outcome
}

#[track_caller]
fn gives(template: &str, wanted: &str) {
    let outcome = filled(template);
    assert_eq!((said(&outcome), left(&outcome)), (wanted, vec![]));
}

#[test]
fn a_matter_and_its_people_go_into_a_template() {
    gives(
        "{{ matter.number }}: {{ matter.description }}, {{ matter.practice_area }}, \
         {{ matter.open_date | date('d MMMM yyyy') }}",
        "00017-Lee: Lee v. Ray, Family, 5 January 2026",
    );
    gives(
        "{{ client.name }}\n{{ client.address }}\n{{ client.email }} {{ client.city }}",
        "Ann Lee\n1 High St\nFlat 2\nHalifax, NS B3H 1A1\nCanada\nb@x.example Halifax",
    );
    gives(
        "{{ responsible_attorney.name }} ({{ responsible_attorney.initials }})",
        "Alex Attorney (AA)",
    );
    gives(
        "{% for it in related %}{{ it.role }}: {{ it.name }}. {% endfor %}",
        "Opposing party: Bo Ray. Judge: Jo Judge. ",
    );
}

#[test]
fn custom_fields_are_typed_and_named_as_the_firm_named_them() {
    gives(
        "{{ custom['Filing date'] | date('M/d/yyyy') }} {{ matter.custom['Claim'] }} \
         {{ custom['Track'] }} {{ custom['Expert'] }}",
        "3/1/2026 CA$1,250.50 Fast Ed Expert",
    );
    gives("{% if custom['Jury'] %}Jury{% endif %}", "Jury");
    // The matter's where both have one, though nobody filled it.
    let outcome = filled("{{ custom['Court'] }}{{ client.custom['Court'] }}{{ Filing_date.year }}");
    assert_eq!(said(&outcome), "{{ custom['Court'] }}Kings County2026");
    assert_eq!(left(&outcome), [("{{ custom['Court'] }}", Why::Empty)]);
}

#[test]
fn what_is_not_there_is_told_with_its_reason() {
    let template = "{{ matter.location }}{{ matter.nonsense }}{{ responsible_staff.name }}\
                    {{ custom['Sister case'] }}{{ originating_attorney.name }}";
    let outcome = filled(template);
    assert_eq!(said(&outcome), template);
    assert_eq!(
        left(&outcome),
        [
            ("{{ matter.location }}", Why::Empty),
            ("{{ matter.nonsense }}", Why::Unknown),
            ("{{ responsible_staff.name }}", Why::Hidden),
            ("{{ custom['Sister case'] }}", Why::Hidden),
            ("{{ originating_attorney.name }}", Why::Empty),
        ]
    );
    assert!(outcome.unfilled.iter().all(|it| it.part == "text"));
}

#[test]
fn no_condition_and_no_loop_is_silent_about_what_is_hidden() {
    let outcome = filled(
        "{% if responsible_staff.name %}staff{% else %}none{% endif %}\
         {% for it in related %}{{ it.phone }}{% endfor %}",
    );
    // The judge is not among the contacts that were shown, and nobody else has one.
    assert_eq!(said(&outcome), "none{{ it.phone }}{{ it.phone }}");
    assert_eq!(
        left(&outcome),
        [
            ("{% if responsible_staff.name %}", Why::Hidden),
            ("{{ it.phone }}", Why::Empty),
        ]
    );
    let mut script = Script::default();
    script
        .on("GET matters/17.json", data(&matter()))
        .on(
            "GET relationships.json",
            refused(403, "ForbiddenError", "no"),
        )
        .on("GET contacts.json", refused(403, "ForbiddenError", "no"));
    let template = "{% for it in related %}x{% endfor %}{{ client.name }} {{ client.email }}";
    let outcome = fill(&mut script, &request(template)).unwrap();
    script.done();
    assert_eq!(said(&outcome), "Ann Lee {{ client.email }}");
    assert_eq!(
        left(&outcome),
        [
            ("{% for it in related %}", Why::Hidden),
            ("{{ client.email }}", Why::Hidden),
        ]
    );
}

#[test]
fn the_callers_own_values_are_typed_by_their_cases() {
    let mut request = request(
        "{{ more.today | date('yyyy') }} {{ more.fee }} {{ more.n }} {{ today.month }} \
         {% for it in more.who %}[{{ it }}]{% endfor %}",
    );
    request.locale = Some("en-GB".to_owned());
    let named = |name: &str, value| NamedValue {
        name: name.to_owned(),
        value,
    };
    request.more = Some(vec![
        named("today", Own::Date("2026-03-01".to_owned())),
        named("fee", Own::Money("1250".to_owned())),
        named("n", Own::Number("-12.5".to_owned())),
        named("who", Own::Texts(vec!["a".to_owned(), "b".to_owned()])),
    ]);
    let mut script = script();
    let outcome = fill(&mut script, &request).unwrap();
    assert_eq!(said(&outcome), "2026 £1,250.00 -12.5 3 [a][b]");
    assert_eq!(outcome.length, said(&outcome).len() as u64);
    assert_eq!(outcome.sha256, digest::of(said(&outcome).as_bytes()));
    assert_eq!(outcome.media_type, "text/plain; charset=utf-8");
}

fn refusal(request: &FillRequest) -> (String, ProblemCode) {
    let error = fill(&mut Script::default(), request).unwrap_err();
    let code = error.code();
    (error.problem.field.unwrap_or_default(), code)
}

#[test]
fn an_input_is_checked_before_anything_is_asked() {
    let changed = |change: &dyn Fn(&mut FillRequest)| {
        let mut request = request("x");
        change(&mut request);
        let (field, code) = refusal(&request);
        assert_eq!(code, ProblemCode::InvalidInput, "{field}");
        field
    };
    let more = |name: &str, value| {
        vec![NamedValue {
            name: name.to_owned(),
            value,
        }]
    };
    assert_eq!(changed(&|it| it.matter = 0), "/matter");
    assert_eq!(
        changed(&|it| it.template = Template::Stored(0)),
        "/template/stored"
    );
    assert_eq!(
        changed(&|it| it.template = text("")),
        "/template/content/source/inline"
    );
    assert_eq!(changed(&|it| it.locale = Some("tlh".to_owned())), "/locale");
    let account = "https://app.clio.com/api/v4/contacts.json";
    assert_eq!(changed(&|it| it.into = Some(account.to_owned())), "/into");
    let date = Own::Date("2026-02-30".to_owned());
    let wrong = |it: &mut FillRequest| it.more = Some(more("d", date.clone()));
    assert_eq!(changed(&wrong), "/more/0/value/date");
    let nameless = |it: &mut FillRequest| it.more = Some(more(" ", Own::YesNo(true)));
    assert_eq!(changed(&nameless), "/more/0/name");
}

#[test]
fn a_template_that_cannot_be_filled_is_the_inputs_fault() {
    let mut script = script();
    let error = fill(&mut script, &request("{% if a %}")).unwrap_err();
    assert_eq!(error.code(), ProblemCode::InvalidInput);
    assert_eq!(error.problem.field.as_deref(), Some("/template/content"));
    // What is no template says what is one.
    for bytes in [
        b"%PDF-1.7".to_vec(),
        b"{\\rtf1 a}".to_vec(),
        b"Stra\xdfe".to_vec(),
    ] {
        let content = FileContent::new(FileSource::Inline(bytes));
        let request = FillRequest::new(17, Template::Content(content));
        let problem = fill(&mut Script::default(), &request).unwrap_err().problem;
        assert_eq!(problem.code, ProblemCode::InvalidInput);
        assert_eq!(problem.field.as_deref(), Some("/template/content"));
        assert!(problem.message.contains("UTF-8"), "{}", problem.message);
        assert!(problem.message.contains(".dotx"), "{}", problem.message);
    }
}

#[test]
fn money_is_in_the_matters_currency_or_that_of_the_locale() {
    let mut script = script_of(&without_currency());
    let mut request = request("{{ matter.custom.Claim }}");
    request.locale = Some("en-GB".to_owned());
    let outcome = fill(&mut script, &request).unwrap();
    assert_eq!(said(&outcome), "£1,250.50");
    // Who gathers says no country, so none is made up.
    let mut script = script_of(&without_currency());
    let request = GatherRequest::new(17, text("x"));
    let outcome = gather(&mut script, &request).unwrap();
    let claim = outcome.fields.iter().find(|it| it.name.contains("Claim"));
    assert_eq!(claim.unwrap().value.as_deref(), Some("1250.5"));
}

fn without_currency() -> Value {
    let mut matter = matter();
    matter["currency"] = json!(null);
    matter
}

#[test]
fn a_filter_that_does_not_fit_is_told_as_such() {
    let outcome = filled("{{ matter.open_date | number }} <<Matter.Client.Name>>");
    let expected = [
        ("{{ matter.open_date | number }}", Why::Kind),
        ("<<Matter.Client.Name>>", Why::Unknown),
    ];
    assert_eq!(left(&outcome), expected);
}

#[test]
fn a_stored_template_and_a_document_of_the_matter_are_fetched() {
    let storage = "https://s3.example/t";
    let redirect = || raw(303, "").header("location", storage);
    let mut script = Script::default();
    script
        .on(
            "GET document_templates/3.json",
            data(&json!({"id": 3, "filename": "a.md", "content_type": null, "size": 19})),
        )
        .on("GET document_templates/3/download.json", redirect())
        .on(
            &format!("OPEN {storage}"),
            raw(200, "**{{ client.name }}**"),
        );
    // Cut short, it is not taken.
    let stored = FillRequest::new(17, Template::Stored(3));
    let error = fill(&mut script, &stored).unwrap_err();
    assert_eq!(error.code(), ProblemCode::Unavailable);
    script.done();

    let mut all = Script::default();
    all.on(
        "GET documents/4.json",
        data(
            &json!({"id": 4, "matter": {"id": 17}, "latest_document_version": {"id": 44,
            "fully_uploaded": true, "filename": "a.md", "content_type": "text/markdown",
            "size": 21}}),
        ),
    )
    .on("GET documents/4/download.json", redirect())
    .on(
        &format!("OPEN {storage}"),
        raw(200, "**{{ client.name }}**"),
    );
    all.append(self::script());
    let document = FillRequest::new(17, Template::Document(4));
    let outcome = fill(&mut all, &document).unwrap();
    all.done();
    assert_eq!(said(&outcome), "**Ann Lee**");
    assert_eq!(outcome.media_type, "text/markdown; charset=utf-8");

    let mut other = Script::default();
    other.on(
        "GET documents/4.json",
        data(&json!({"id": 4, "matter": {"id": 18}, "latest_document_version": {"id": 44}})),
    );
    let error = fill(&mut other, &document).unwrap_err();
    assert_eq!(error.code(), ProblemCode::Conflict);
    other.done();
}

fn put(answer: Reply) -> (Result<FillOutcome, Failure>, Script) {
    let mut script = script();
    script.on("PUT https://files.example/x", answer);
    let mut request = request("{{ client.name }}");
    request.into = Some("https://files.example/x".to_owned());
    let outcome = fill(&mut script, &request);
    script.done();
    (outcome, script)
}

#[test]
fn a_document_is_sent_where_it_is_wanted_once() {
    let (outcome, script) = put(raw(201, ""));
    let outcome = outcome.unwrap();
    assert!(matches!(outcome.content, Content::Put));
    let sent = script.sent.last().unwrap();
    assert_eq!(sent.bytes, b"Ann Lee");
    assert_eq!(
        sent.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(outcome.sha256, digest::of(b"Ann Lee"));
    for (answer, code) in [
        (raw(413, ""), ProblemCode::InvalidInput),
        (raw(503, ""), ProblemCode::Unavailable),
        (lost(), ProblemCode::Unavailable),
    ] {
        let (outcome, _) = put(answer);
        let error = outcome.unwrap_err();
        assert_eq!(error.code(), code);
        assert_eq!(error.problem.field.as_deref(), Some("/into"));
    }
}

#[test]
fn what_is_too_large_for_a_result_says_where_it_could_go() {
    let mut script = script();
    let large = "x".repeat((1 << 20) - 5);
    let outcome = fill(
        &mut script,
        &request(&format!("{large}{{{{ matter.description }}}}")),
    );
    // The template itself is more than comes inline.
    assert_eq!(
        outcome.unwrap_err().problem.field.as_deref(),
        Some("/template/content/source/inline")
    );
    let large = "x".repeat((1 << 20) - 30);
    let mut script = self::script();
    let template = format!("{large}{{{{ client.address }}}}");
    let error = fill(&mut script, &request(&template)).unwrap_err();
    assert_eq!(error.problem.field.as_deref(), Some("/into"));
}

#[test]
fn another_drafter_is_told_every_value_and_what_the_template_says() {
    let mut script = script();
    let template = text("Dear {{ client.name }}");
    let outcome = gather(&mut script, &GatherRequest::new(17, template)).unwrap();
    script.done();
    assert_eq!(outcome.template_text, "Dear {{ client.name }}");
    assert_eq!(outcome.media_type, "text/plain; charset=utf-8");
    let told = |name: &str| {
        let mut found = outcome.fields.iter().filter(|it| it.name == name);
        let (Some(field), None) = (found.next(), found.next()) else {
            panic!("{name} is not told once");
        };
        (field.value.as_deref(), field.hidden)
    };
    for (name, value) in [
        ("client.name", "Ann Lee"),
        ("matter.open_date", "2026-01-05"),
        ("matter.custom[\"Claim\"]", "1250.5 CAD"),
        ("matter.custom[\"Jury\"]", "yes"),
        ("related[0].role", "Opposing party"),
        ("client.emails[1].address", "b@x.example"),
        ("client.custom[\"Court\"]", "Kings County"),
    ] {
        assert_eq!(told(name), (Some(value), false), "{name}");
    }
    assert_eq!(told("matter.location"), (None, false));
    assert_eq!(told("responsible_staff"), (None, true));
    assert_eq!(told("matter.custom[\"Sister case\"]"), (None, true));
    // What only repeats others is not told again.
    assert!(
        outcome
            .fields
            .iter()
            .all(|it| !it.name.starts_with("custom["))
    );
    assert!(outcome.fields.iter().all(|it| it.name != "Claim"));
}
