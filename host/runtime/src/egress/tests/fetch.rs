//! Content that a call was granted, fetched for its caller.

use tokio::sync::mpsc;

use super::server::Reply;
use super::*;
use crate::egress::FetchError;

/// A storage with some content, and what a call was granted on it.
async fn granted(content: Reply) -> (Server, Server, String, Grants) {
    let storage = Server::answering(vec![content]).await;
    let url = format!("{}/download?sig=1", storage.origin());
    let redirect = Reply::new(303, &[("location", &url)], "");
    let account = Server::answering(vec![redirect]).await;
    let call = call(&account);
    let download = format!("{}/api/v4/documents/5/download.json", account.origin());
    send(&call, request("GET", &download, "")).await.unwrap();
    let grants = call.take_grants();
    (account, storage, url, grants)
}

/// Fetches as a call that has ended does.
async fn fetch(account: &Server, grants: Grants, url: &str) -> (Result<(), FetchError>, Vec<u8>) {
    let call = call(account).with_grants(grants);
    let (sender, mut pieces) = mpsc::channel(100);
    let ended = call.fetch(url, &sender).await;
    drop(sender);
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.recv().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    (ended, bytes)
}

#[tokio::test]
async fn what_was_granted_is_fetched_without_a_credential() {
    let (account, storage, url, grants) = granted(Reply::new(200, &[], "some bytes")).await;
    let (ended, bytes) = fetch(&account, grants, &url).await;
    ended.unwrap();
    assert_eq!(bytes, b"some bytes");
    let seen = storage.seen().remove(0);
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn nothing_else_is_fetched() {
    let (account, storage, url, grants) = granted(Reply::new(200, &[], "x")).await;
    let elsewhere = url.replace("sig=1", "sig=2");
    let api = format!("{}/api/v4/contacts.json", account.origin());
    let before = account.connections();
    for other in [elsewhere.as_str(), &api, "no url", ""] {
        let call = call(&account).with_grants(Grants::default());
        let (sender, _pieces) = mpsc::channel(1);
        let ended = call.fetch(other, &sender).await;
        assert!(matches!(ended, Err(FetchError::NotGranted)), "{other}");
    }
    let (ended, _) = fetch(&account, grants, &elsewhere).await;
    assert!(matches!(ended, Err(FetchError::NotGranted)));
    assert_eq!(storage.connections(), 0);
    assert_eq!(account.connections(), before);
}

#[tokio::test]
async fn what_is_cut_or_refused_is_an_error() {
    let cut = Reply::new(200, &[], "some bytes").cut(4);
    let (account, _storage, url, grants) = granted(cut).await;
    let (ended, _) = fetch(&account, grants, &url).await;
    assert!(matches!(ended, Err(FetchError::Broken(_))), "{ended:?}");
    let (account, _storage, url, grants) = granted(Reply::new(403, &[], "no")).await;
    let (ended, bytes) = fetch(&account, grants, &url).await;
    assert!(matches!(ended, Err(FetchError::Refused(403))), "{ended:?}");
    assert!(bytes.is_empty());
}
