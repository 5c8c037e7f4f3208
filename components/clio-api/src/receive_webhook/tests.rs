//! What is taken, what is refused, and what is read.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

const BODY: &str = r#"{"data":{"id":7,"etag":"\"a\"","status":"Closed","matter_stage":{"id":5}},"meta":{"event":"updated","webhook_id":12}}"#;

/// HMAC-SHA256 of `BODY` with the secret `s3cret`, made with another program:
/// `printf %s BODY | openssl dgst -sha256 -hmac s3cret`.
const SIGNATURE: &str = "663bff956aff5df570ffe1066c50ecd0f6899c43d15aa41d9f579c6f65e422e5";

/// `printf %s BODY | sha256sum`.
const DIGEST: &str = "088edac491f668eefd00e2856e25a0aff4b1615a96dae48547f8614da0c6eac2";

fn subscription(id: u64, secret: Option<&str>) -> Subscription {
    Subscription {
        id: Some(id),
        model: "matter".into(),
        state: SubscriptionState::Active,
        secret: secret.map(Into::into),
    }
}

fn pending(id: u64, secret: Option<&str>) -> Subscription {
    Subscription {
        state: SubscriptionState::Pending,
        ..subscription(id, secret)
    }
}

fn request(headers: &[(&str, &str)], body: &str, subscriptions: &[Subscription]) -> ReceiveRequest {
    let owned = |(name, value): &(&str, &str)| Header {
        name: (*name).into(),
        value: (*value).into(),
    };
    ReceiveRequest {
        headers: headers.iter().map(owned).collect(),
        body: body.into(),
        subscriptions: subscriptions.to_vec(),
        last_known: Vec::new(),
    }
}

fn signed() -> ReceiveRequest {
    let ours = [
        subscription(11, Some("other")),
        subscription(12, Some("s3cret")),
    ];
    request(&[("X-Hook-Signature", SIGNATURE)], BODY, &ours)
}

fn event(request: &ReceiveRequest) -> Event {
    match check(request).unwrap() {
        Receipt::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

fn handshake(body: &str, subscriptions: &[Subscription]) -> Result<Handshake, Refusal> {
    let request = request(&[("x-hook-secret", "s3cret")], body, subscriptions);
    check(&request).map(|receipt| match receipt {
        Receipt::Handshake(handshake) => handshake,
        other => panic!("{other:?}"),
    })
}

#[test]
fn an_event_is_read_once_its_signature_fits() {
    let event = event(&signed());
    assert_eq!((event.subscription, event.id), (Some(12), 7));
    assert_eq!(
        (event.model.as_str(), event.kind),
        ("matter", EventKind::Updated)
    );
    assert_eq!(event.digest, DIGEST);
    let told: serde_json::Value = serde_json::from_str(&event.told).unwrap();
    assert_eq!(told["status"], "Closed");
    assert_eq!(
        (event.status, event.stage),
        (None, None),
        "nothing was known"
    );
}

#[test]
fn transitions_are_told_where_something_else_was_known() {
    for (status, stage, want_status, want_stage) in [
        (Some("Open"), Some(4), true, Some((Some(4), Some(5)))),
        (Some("closed"), Some(5), false, None),
        (None, None, false, Some((None, Some(5)))),
    ] {
        let mut request = signed();
        request.last_known = alloc::vec![
            KnownMatter {
                id: 8,
                status: Some("Pending".into()),
                stage: Some(9)
            },
            KnownMatter {
                id: 7,
                status: status.map(Into::into),
                stage
            },
        ];
        let event = event(&request);
        let want = want_status.then(|| ("Open".into(), "Closed".into()));
        let told = event.status.map(|it| (it.before, it.after));
        assert_eq!(told, want, "{status:?}");
        let told = event.stage.map(|it| (it.before, it.after));
        assert_eq!(told, want_stage, "{stage:?}");
    }
}

#[test]
fn nothing_without_a_signature_that_fits() {
    let wrong = |change: fn(&mut ReceiveRequest)| {
        let mut request = signed();
        change(&mut request);
        check(&request).unwrap_err()
    };
    // A check of the form "if there is a signature and it is wrong" lets this
    // one through.
    assert_eq!(wrong(|r| r.headers.clear()), Refusal::Unsigned);
    // An invented header is no signature.
    assert_eq!(
        wrong(|r| r.headers[0].name = "X-Clio-Signature".into()),
        Refusal::Unsigned
    );
    assert_eq!(wrong(|r| r.body.push(' ')), Refusal::WrongSignature);
    assert_eq!(
        wrong(|r| r.subscriptions[1].secret = Some("guess".into())),
        Refusal::WrongSignature
    );
    assert_eq!(
        wrong(|r| r.subscriptions[1].secret = None),
        Refusal::WrongSignature
    );
    assert_eq!(
        wrong(|r| r.subscriptions[1].secret = Some(String::new())),
        Refusal::EmptySecret
    );
    assert_eq!(
        wrong(|r| r.headers.push(r.headers[0].clone())),
        Refusal::RepeatedHeader
    );
    assert_eq!(wrong(|r| r.subscriptions.clear()), Refusal::NoSubscription);
    for value in ["", "ff", &SIGNATURE.to_uppercase(), &SIGNATURE[1..]] {
        let mut request = signed();
        request.headers[0].value = value.into();
        assert_eq!(check(&request), Err(Refusal::WrongSignature), "{value}");
    }
}

#[test]
fn a_body_signed_for_one_subscription_does_not_speak_for_another() {
    let mut request = signed();
    request.subscriptions[0].id = Some(12);
    request.subscriptions[1].id = Some(11);
    assert_eq!(check(&request), Err(Refusal::WrongSignature));
    request.subscriptions[1].id = None;
    assert_eq!(event(&request).subscription, Some(12));
}

#[test]
fn a_secret_beside_a_signature_makes_no_handshake() {
    let mut request = signed();
    request.headers.push(Header {
        name: "x-hook-secret".into(),
        value: "mine".into(),
    });
    request.subscriptions.push(pending(13, None));
    request.body.push(' ');
    assert_eq!(check(&request), Err(Refusal::WrongSignature));
}

#[test]
fn a_handshake_is_answered_for_a_pending_subscription_alone() {
    let named = r#"{"data":{"webhook_id":12}}"#;
    let known = handshake(named, &[pending(12, Some("s3cret"))]).unwrap();
    assert_eq!((known.subscription, known.known), (Some(12), true));
    assert_eq!(known.answer, "s3cret");
    // It came before the answer to the subscription's creation.
    let early = handshake(named, &[pending(12, None)]).unwrap();
    assert_eq!((early.subscription, early.known), (Some(12), false));
    // Not even its id was known.
    let nameless = Subscription {
        id: None,
        ..pending(0, None)
    };
    let earlier = handshake(named, &[nameless]).unwrap();
    assert_eq!((earlier.subscription, earlier.known), (Some(12), false));
    let unnamed = handshake("", &[pending(12, None), pending(13, None)]).unwrap();
    assert_eq!((unnamed.subscription, unnamed.known), (None, false));

    for waiting in [
        subscription(12, Some("s3cret")),
        subscription(12, None),
        pending(12, Some("another")),
        pending(13, Some("s3cret")),
        pending(13, None),
    ] {
        let refused = handshake(named, std::slice::from_ref(&waiting));
        assert_eq!(refused, Err(Refusal::NobodyWaits), "{waiting:?}");
    }
    let empty = request(&[("x-hook-secret", "")], named, &[pending(12, None)]);
    assert_eq!(check(&empty), Err(Refusal::NobodyWaits));
}

#[test]
fn a_signed_body_that_is_none_of_clios_is_refused() {
    use hmac::Mac as _;
    for body in [
        "",
        "[]",
        r#"{"data":{"id":7}}"#,
        r#"{"data":{},"meta":{"event":"updated"}}"#,
        r#"{"data":[{"id":7}],"meta":{"event":"updated"}}"#,
        r#"{"data":{"id":-7},"meta":{"event":"updated"}}"#,
        r#"{"data":{"id":7},"meta":{"event":"renamed"}}"#,
    ] {
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"s3cret").unwrap();
        mac.update(body.as_bytes());
        let hex: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| alloc::format!("{byte:02x}"))
            .collect();
        let ours = [subscription(12, Some("s3cret"))];
        let request = request(&[("x-hook-signature", &hex)], body, &ours);
        assert_eq!(check(&request), Err(Refusal::Malformed), "{body}");
    }
}

#[test]
fn refusals_say_what_to_do_and_repeat_nothing() {
    for refusal in [
        Refusal::NoSubscription,
        Refusal::EmptySecret,
        Refusal::RepeatedHeader,
        Refusal::Unsigned,
        Refusal::WrongSignature,
        Refusal::NobodyWaits,
        Refusal::Malformed,
    ] {
        assert!(refusal.message().contains(". "), "{refusal:?}");
        assert!(refusal.field().starts_with('/'));
    }
}

#[test]
fn a_secret_is_not_in_what_is_printed_for_debugging() {
    let request = request(
        &[("x-hook-secret", "s3cret")],
        "{}",
        &[pending(12, Some("s3cret"))],
    );
    let answered = handshake("{}", &request.subscriptions).unwrap();
    assert_eq!(answered.answer, "s3cret");
    let printed = format!("{request:?} {answered:?}");
    assert!(!printed.contains("s3cret"), "{printed}");
    for shown in ["x-hook-secret", "known: true", "subscription: Some(12)"] {
        assert!(printed.contains(shown), "{printed}");
    }
}
