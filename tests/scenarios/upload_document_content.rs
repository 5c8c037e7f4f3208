//! Where the bytes of a document may come from, and what storage may answer.

use clio_host::actions::types::ProblemCode;
use clio_host::actions::upload_document::{ContentSource, UploadDisposition};
use clio_sandbox::{Effect, Fault, FaultAnswer, Times};
use clio_tests::inline;
use serde_json::json;

use crate::upload_document::{retainer, world_with_matter};

/// The sandbox listens on 127.0.0.1, and this machine has more names.
// CASES S1
#[tokio::test]
async fn content_never_comes_from_the_accounts_own_server() {
    let (world, matter) = world_with_matter().await;
    let contact = world.control.snapshot().contacts[0].id;
    let authority = world.sandbox.origin().trim_start_matches("http://");
    let port = authority.rsplit(':').next().unwrap();
    let path = format!("/api/v4/contacts/{contact}.json?fields=id,name");
    for url in [
        format!("http://{authority}{path}"),
        format!("https://{authority}{path}"),
        format!("http://localhost:{port}{path}"),
        format!("http://LOCALHOST.:{port}{path}"),
        format!("http://[::1]:{port}{path}"),
        format!("http://user@{authority}{path}"),
        format!("http://127.1:{port}{path}"),
        format!("http:\\\\{authority}{path}"),
        format!("http://files.example\\@{authority}{path}"),
    ] {
        let mut request = retainer(matter);
        request.content.source = ContentSource::Url(url.clone());
        let error = world.call().run(request).await.unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!(problem.code, ProblemCode::InvalidInput, "{url}");
        assert_eq!(problem.field.as_deref(), Some("/content/source/url"));
    }
    // Not one request.
    assert!(world.control.trace().is_empty());
    assert!(world.control.snapshot().documents.is_empty());
    world.finish();
}

// CASES A5
#[tokio::test]
async fn storage_that_is_busy_is_tried_again_within_the_call() {
    let (world, matter) = world_with_matter().await;
    let busy = Effect::Answer(FaultAnswer::status(503));
    world
        .control
        .fault(Fault::storage("PUT", busy).times(Times::N(2)));
    let outcome = world.call().run(retainer(matter)).await.unwrap();
    assert_eq!(outcome.disposition, UploadDisposition::Created);
    assert_eq!(world.storage().len(), 3);
    assert_eq!(world.api().len(), 3);
    world.finish();
}

/// A file is read again for it.
// CASES A5
#[tokio::test]
async fn so_is_it_for_a_file() {
    let (world, matter) = world_with_matter().await;
    let path = world.file("retainer.pdf", "%PDF-1.4 a retainer agreement");
    let busy = Effect::Answer(FaultAnswer::status(503));
    world.control.fault(Fault::storage("PUT", busy));
    let input = json!({
        "source_id": "intake:case-17/retainer",
        "parent": {"matter": matter},
        "name": "Retainer.pdf",
        "content": {"source": {"file": "retainer.pdf"}, "media_type": "application/pdf"},
        "provenance": "from_person",
    });
    let folder = path.parent().unwrap().to_str().unwrap();
    let args = ["run", "upload-document", "--files", folder, "--input"];
    let input = input.to_string();
    let all: Vec<&str> = args.into_iter().chain([input.as_str()]).collect();
    world.clio(&all).await.expect_code(0);
    assert_eq!(world.storage().len(), 2);
    assert!(world.control.snapshot().documents[0].complete);
    world.finish();
}

// CASES V11
#[tokio::test]
async fn a_refusal_of_storage_is_not_told_as_one_of_the_account() {
    let (world, matter) = world_with_matter().await;
    let signature = FaultAnswer {
        body: clio_sandbox::FaultBody::Text(
            "<Error><Code>SignatureDoesNotMatch</Code></Error>".to_owned(),
        ),
        ..FaultAnswer::status(403)
    };
    world
        .control
        .fault(Fault::storage("PUT", Effect::Answer(signature)).times(Times::Forever));
    let input = json!({
        "source_id": "intake:case-17/retainer",
        "parent": {"matter": matter},
        "name": "Retainer.pdf",
        "content": {"source": {"inline": "JVBERi0xLjQ="}, "media_type": "application/pdf"},
        "provenance": "from_person",
    });
    let output = world
        .clio(&["run", "upload-document", "--input", &input.to_string()])
        .await;
    assert_eq!(output.code, 1, "{output:#?}");
    assert_eq!(
        output.json()["error"]["permanent"]["code"],
        "unexpected_answer",
        "{output:#?}"
    );
    world.finish();
}

// CASES E6
#[tokio::test]
async fn an_empty_document_is_meant_or_refused() {
    let (world, matter) = world_with_matter().await;
    let mut request = retainer(matter);
    request.content = inline(b"", "application/pdf");
    request.content.length = None;
    let error = world.call().run(request.clone()).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::InvalidInput);
    assert_eq!(problem.field.as_deref(), Some("/content/source/inline"));
    request.content.length = Some(0);
    world.call().run(request).await.unwrap();
    let version = world
        .control
        .snapshot()
        .documents
        .remove(0)
        .versions
        .remove(0);
    assert!(version.fully_uploaded);
    assert_eq!(version.size, Some(0));
    world.finish();
}
