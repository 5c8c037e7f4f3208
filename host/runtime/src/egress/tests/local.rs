//! Local content as an action sees it.
#![allow(clippy::unwrap_used)]

use std::io::Write;

use http::HeaderName;

use super::*;

fn check(content: &LocalContent, method: &Method, range: Option<&str>) -> Response<WasiBody> {
    let mut headers = HeaderMap::new();
    if let Some(range) = range {
        headers.insert(header::RANGE, range.parse().unwrap());
    }
    answer(Some(content), method, &headers, &Arc::default())
}

async fn text(response: Response<WasiBody>) -> Result<String, String> {
    match response.into_body().collect().await {
        Ok(body) => Ok(String::from_utf8(body.to_bytes().to_vec()).unwrap()),
        Err(error) => Err(format!("{error:?}")),
    }
}

fn field(response: &Response<WasiBody>, name: &str) -> String {
    let name: HeaderName = name.parse().unwrap();
    let value = response.headers().get(name);
    value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}

fn file(bytes: &[u8]) -> (tempfile::NamedTempFile, LocalContent) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    let content = LocalContent::open(file.path()).unwrap();
    (file, content)
}

#[tokio::test]
async fn get_and_head_tell_the_same_about_the_content() {
    let (_file, content) = file(b"0123456789");
    let content = content
        .with_media_type("application/pdf")
        .with_sha256(Sha256::digest(b"0123456789").into());
    for method in [Method::GET, Method::HEAD] {
        let response = check(&content, &method, None);
        assert_eq!(response.status(), 200);
        assert_eq!(field(&response, "content-length"), "10");
        assert_eq!(field(&response, "content-type"), "application/pdf");
        assert_eq!(
            field(&response, "repr-digest"),
            "sha-256=:hNiYd/DUBB77a/kaFvAk+xy/V+ai5MwC+N6QM4E6/YI=:".replace(
                "hNiYd/DUBB77a/kaFvAk+xy/V+ai5MwC+N6QM4E6/YI=",
                &STANDARD.encode(Sha256::digest(b"0123456789"))
            )
        );
        let expected = if method == Method::GET {
            "0123456789"
        } else {
            ""
        };
        assert_eq!(text(response).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn parts_are_read_as_rfc_9110_says() {
    let (_file, content) = file(b"0123456789");
    let table = [
        ("bytes=0-0", 206, "0", "bytes 0-0/10"),
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=7-99", 206, "789", "bytes 7-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=-99", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
        ("bytes=99-100", 416, "", "bytes */10"),
        ("bytes=-0", 416, "", "bytes */10"),
        ("bytes=4-2", 200, "0123456789", ""),
        ("bytes=0-1,3-4", 200, "0123456789", ""),
        ("bytes=+1-2", 200, "0123456789", ""),
        ("bytes=-", 200, "0123456789", ""),
        ("lines=1-2", 200, "0123456789", ""),
        (
            "bytes=0-18446744073709551615",
            206,
            "0123456789",
            "bytes 0-9/10",
        ),
    ];
    for (range, status, expected, content_range) in table {
        let response = check(&content, &Method::GET, Some(range));
        assert_eq!(response.status(), status, "{range}");
        assert_eq!(field(&response, "content-range"), content_range, "{range}");
        assert_eq!(
            field(&response, "content-length"),
            expected.len().to_string(),
            "{range}"
        );
        assert_eq!(text(response).await.unwrap(), expected, "{range}");
    }
}

#[tokio::test]
async fn other_methods_and_other_names_are_refused() {
    let content = LocalContent::bytes("x");
    for method in [Method::PUT, Method::POST, Method::DELETE] {
        assert_eq!(check(&content, &method, None).status(), 405);
    }
    let none = answer(None, &Method::GET, &HeaderMap::new(), &Arc::default());
    assert_eq!(none.status(), 404);
}

#[tokio::test]
async fn a_large_file_comes_in_pieces() {
    let bytes: Vec<u8> = (0..PIECE * 3 + 5).map(|at| at as u8).collect();
    let (_file, content) = file(&bytes);
    let mut body = check(&content, &Method::GET, None).into_body();
    let (mut pieces, mut all) = (0, Vec::new());
    while let Some(frame) = body.frame().await {
        let data = frame.unwrap().into_data().unwrap();
        assert!(data.len() as u64 <= PIECE);
        all.extend_from_slice(&data);
        pieces += 1;
    }
    assert_eq!(pieces, 4);
    assert!(all == bytes);
}

#[tokio::test]
async fn an_empty_file_is_empty_content() {
    let (_file, content) = file(b"");
    let response = check(&content, &Method::GET, None);
    assert_eq!(
        (
            response.status().as_u16(),
            field(&response, "content-length")
        ),
        (200, "0".into())
    );
    assert_eq!(text(response).await.unwrap(), "");
}

#[tokio::test]
async fn a_file_that_changes_is_an_error_and_not_short_data() {
    for change in [&b"01234"[..], b"0123456789abc"] {
        let (file, content) = file(b"0123456789");
        let ledger = Arc::new(Ledger::default());
        let response = answer(Some(&content), &Method::GET, &HeaderMap::new(), &ledger);
        std::fs::write(file.path(), change).unwrap();
        assert_eq!(text(response).await.unwrap_err(), "HttpResponseIncomplete");
        assert_eq!(ledger.noted().failure, Some(EgressFailure::ContentChanged));
    }
}

#[tokio::test]
async fn replacing_the_name_does_not_replace_the_content() {
    let (file, content) = file(b"first");
    let (other, _) = self::file(b"other");
    std::fs::rename(other.path(), file.path()).unwrap();
    let response = check(&content, &Method::GET, None);
    assert_eq!(text(response).await.unwrap(), "first");
}

#[tokio::test]
async fn bytes_that_do_not_come_to_the_digest_are_not_delivered_whole() {
    let content = LocalContent::bytes("0123456789").with_sha256(Sha256::digest(b"other").into());
    let whole = check(&content, &Method::GET, None);
    assert_eq!(text(whole).await.unwrap_err(), "HttpResponseIncomplete");
}
