//! What an action makes lies at the service as an upload, whatever its size, and a
//! later call of the same firm names it.

use clio_tests::World;
use serde_json::json;

use crate::api_calls::call;

const FILL: &str = "/v1/connections/firm/calls/fill-document.fill";
const INSPECT: &str = "/v1/connections/firm/calls/inspect-document.inspect";

#[tokio::test]
async fn a_filled_document_is_an_upload_that_its_firm_names() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.connect_as("other", &[]).await.expect_code(0);
    let matter = world.add_matter();
    let serving = world.serve(&[]).await;
    let key = world.key(&["read", "write"], &[]).await;
    // "{% for it in more.p %}{{ it }}{% endfor %} {{ client.name }}"
    let text = "eyUgZm9yIGl0IGluIG1vcmUucCAlfXt7IGl0IH19eyUgZW5kZm9yICV9IHt7IGNsaWVudC5uYW1lIH19";
    let many = vec!["x".repeat(1_000); 1_500];
    let input = json!({
        "matter": matter, "template": {"content": {"source": {"inline": text}}},
        "more": [{"name": "p", "value": {"texts": many}}],
    });
    let told = call(&serving, FILL, &key, &[], &input).await;
    let told = told.expect_status(200).json();
    assert_eq!(told["length"], 1_500_008, "{told}");
    let upload = &told["content"]["upload"];
    assert!(upload.is_string(), "{told}");
    let source = json!({"content": {"source": {"upload": upload}}});
    let foreign = INSPECT.replace("firm", "other");
    call(&serving, &foreign, &key, &[], &source)
        .await
        .expect_status(422);
    let read = call(&serving, INSPECT, &key, &[], &source).await;
    let read = read.expect_status(200).json();
    assert_eq!(read["sha256"], told["sha256"], "{read}");
    assert_eq!(read["text_cut"], true);
    serving.end().await;
}
