//! The cases of `tests/cases/egress.json`, which every host of the actions holds:
//! what may leave, by which route, and what is told of the rest.

use std::collections::BTreeSet;
use std::sync::Mutex;

use futures_util::stream;
use http_body_util::StreamBody;
use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::Policy;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[expect(dead_code, reason = "for people")]
    about: String,
    account: String,
    description: Description,
    cases: Vec<Case>,
    addresses: Addresses,
    origins: Origins,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    requests: Vec<RequestRule>,
    grants: Vec<GrantRule>,
    content: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    account: Option<String>,
    /// What a description has otherwise.
    #[serde(default)]
    description: Otherwise,
    #[serde(default)]
    policy: Policy,
    named: Option<String>,
    #[serde(default)]
    after: Vec<Answered>,
    request: Asked,
    expect: Expected,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Otherwise {
    content: Option<bool>,
}

/// A request that Clio has answered before.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    method: String,
    path: String,
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    route: Option<String>,
    url: Option<String>,
    headers: Option<Vec<String>>,
    denied: Option<String>,
    failure: Option<String>,
    code: Option<String>,
    rule: Option<String>,
    told: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Addresses {
    world: Reached,
    this_machine: Reached,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reached {
    permitted: Vec<IpAddr>,
    denied: Vec<IpAddr>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Origins {
    taken: Vec<(String, String)>,
    refused: Vec<String>,
}

fn table() -> Table {
    serde_json::from_str(include_str!("../../../../../tests/cases/egress.json")).unwrap()
}

/// Keeps what it is handed, and answers what a case says.
#[derive(Default)]
struct Kept {
    sent: Mutex<Vec<Request<()>>>,
    answers: Mutex<Vec<Answered>>,
}

impl HttpClient for Kept {
    fn send(
        &self,
        request: Request<HttpBody>,
        _: Reach,
    ) -> BoxFuture<'_, Result<Response<HttpBody>, HttpClientError>> {
        let mut answers = self.answers.lock().unwrap();
        let mut answer = Response::builder();
        let mut body = String::new();
        if !answers.is_empty() {
            let said = answers.remove(0);
            answer = answer.status(said.status);
            for (name, value) in said.headers {
                answer = answer.header(name, value);
            }
            if !said.body.is_null() {
                body = said.body.to_string();
            }
        }
        self.sent.lock().unwrap().push(request.map(|_| ()));
        let body = http_body_util::Full::from(body);
        let body = body.map_err(|never| match never {}).boxed_unsync();
        Box::pin(std::future::ready(Ok(answer.body(body).unwrap())))
    }
}

/// The name of an error as WASI writes it, without hyphens and case.
fn code(name: &str) -> String {
    name.replace('-', "").to_lowercase()
}

/// How a case differs from what it expects.
async fn differences(table: &Table, case: &Case) -> Vec<String> {
    let kept = Arc::new(Kept::default());
    *kept.answers.lock().unwrap() = case.after.clone();
    let settings = EgressSettings {
        http_client: Some(Arc::clone(&kept) as Arc<dyn HttpClient>),
        ..settings()
    };
    let Description {
        requests,
        grants,
        content,
    } = &table.description;
    let content = case.description.content.unwrap_or(*content);
    let origins = case.policy.content_origins.iter();
    let origins: Vec<Origin> = origins.map(|it| Origin::allow(it).unwrap()).collect();
    let rules = Rules::described(requests, grants, content)
        .allow(case.policy.allow.as_deref())
        .content_origins(&origins);
    let account = case.account.as_deref().unwrap_or(&table.account);
    let connection = connection(account);
    let mut contents = CallContent::default();
    if let Some(named) = &case.named {
        let input = json!({"content": {"source": {"url": named}}});
        contents.note(connection.origin(), &input, content);
    }
    let call = CallEgress::new(
        Arc::new(Egress::new(settings).unwrap()),
        connection,
        Arc::new(rules),
        contents,
        limits(),
        Arc::default(),
        false,
    );
    for before in &case.after {
        let url = format!("{account}{}", before.path);
        let answer = send(&call, request(&before.method, &url, ""))
            .await
            .unwrap();
        // What was granted is read out of the whole answer.
        text(answer).await;
    }
    kept.sent.lock().unwrap().clear();

    let mut asked = Request::builder().method(case.request.method.as_str());
    for (name, value) in &case.request.headers {
        asked = asked.header(name, value);
    }
    let Ok(uri) = case.request.url.parse::<http::Uri>() else {
        // The engine refuses the parts of such a URL, and there is no request.
        return match case.expect.denied.as_deref() {
            Some("url") => Vec::new(),
            other => vec![format!("{}: no URL, and {other:?} is expected", case.name)],
        };
    };
    // A guest writes its body while it is sent: its end is not known.
    let body = StreamBody::new(stream::empty()).boxed_unsync();
    let asked = asked.uri(uri).body(body).unwrap();
    let outcome = send(&call, asked).await.map(drop).map_err(|it| name(&it));

    let mut differences = Vec::new();
    let mut differs = |what: &str, expected: &str, found: &str| {
        if expected != found {
            differences.push(format!(
                "{}: {what}: expected {expected}, found {found}",
                case.name
            ));
        }
    };
    let sent = kept.sent.lock().unwrap();
    let noted = call.noted();
    let expect = &case.expect;
    if let Some(route) = &expect.route {
        let Some(sent) = sent.first() else {
            differs(
                "it left",
                "yes",
                &format!("{outcome:?} {:?}", noted.denials),
            );
            return differences;
        };
        let to_account = sent.headers().contains_key(http::header::AUTHORIZATION);
        differs(
            "the credential",
            &(route == "account").to_string(),
            &to_account.to_string(),
        );
        if let Some(url) = &expect.url {
            differs("the URL", url, &sent.uri().to_string());
        }
        if let Some(expected) = &expect.headers {
            let mut names: BTreeSet<&str> = sent.headers().keys().map(|it| it.as_str()).collect();
            names.remove("authorization");
            differs(
                "the headers",
                &format!("{expected:?}"),
                &format!("{names:?}").replace(['{'], "[").replace('}', "]"),
            );
        }
        differs("denials", "[]", &format!("{:?}", noted.denials));
        return differences;
    }
    differs("what left", "0", &sent.len().to_string());
    let got = outcome
        .as_ref()
        .err()
        .map(String::as_str)
        .unwrap_or("an answer");
    if let Some(expected) = &expect.code {
        differs("the code", &code(expected), &code(got));
    }
    if let Some(failure) = &expect.failure {
        let found = format!("{:?}", noted.failure);
        let found = found.trim_start_matches("Some(").trim_end_matches(')');
        differs(
            "the failure",
            &code(&failure.replace('_', "-")),
            &code(found),
        );
        return differences;
    }
    let [denial] = noted.denials.as_slice() else {
        differs("denials", "1", &format!("{:?}, and {got}", noted.denials));
        return differences;
    };
    let reason = serde_json::to_value(denial.reason).unwrap();
    let expected = expect.denied.as_deref().unwrap_or("any");
    if expected != "any" {
        differs("the reason", expected, reason.as_str().unwrap());
    }
    differs(
        "the rule",
        expect.rule.as_ref().unwrap_or(&denial.rule),
        &denial.rule,
    );
    differs(
        "what is told",
        expect.told.as_ref().unwrap_or(&denial.request),
        &denial.request,
    );
    let told = denial.request.replace("`@`", "");
    if told.contains(['?', '@']) || told.contains("Lee") {
        differs("what is told", "no query and no user", &told);
    }
    differences
}

#[tokio::test]
async fn each_request_goes_as_the_table_says() {
    let table = table();
    let mut all = Vec::new();
    for case in &table.cases {
        all.extend(differences(&table, case).await);
    }
    assert!(all.is_empty(), "{} differ:\n{}", all.len(), all.join("\n"));
}

#[test]
fn each_address_is_reached_as_the_table_says() {
    let Addresses {
        world,
        this_machine,
    } = table().addresses;
    for (reach, Reached { permitted, denied }) in
        [(Reach::World, world), (Reach::ThisMachine, this_machine)]
    {
        assert!(!permitted.is_empty() && !denied.is_empty());
        for address in permitted {
            assert!(reach.permits(address), "{reach:?}: {address}");
        }
        for address in denied {
            assert!(!reach.permits(address), "{reach:?}: {address}");
        }
    }
}

#[test]
fn each_origin_is_read_as_the_table_says() {
    let Origins { taken, refused } = table().origins;
    assert!(!taken.is_empty() && !refused.is_empty());
    for (text, origin) in taken {
        assert_eq!(Origin::parse(&text).unwrap().to_string(), origin);
    }
    for text in refused {
        assert!(Origin::parse(&text).is_err(), "{text}");
    }
}
