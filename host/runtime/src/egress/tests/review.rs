//! Content on its way, held against what a machine made.
#![allow(clippy::unwrap_used)]

use clio_types::upload_document::Approval;
use futures_util::stream;
use http_body_util::StreamBody;

use super::*;
use crate::reviews::DraftUpload;

/// Reviews that know one draft.
struct One([u8; 32]);

impl Reviews for One {
    fn is_machine_made(&self, _: &str, made: Made) -> Result<bool, ReviewsError> {
        match made {
            Made::Bytes(sha256) if sha256 == [0; 32] => Err(ReviewsError("gone".into())),
            made => Ok(made == Made::Bytes(self.0)),
        }
    }

    fn remember(&self, _: &str, _: Made, _: &str) -> Result<(), ReviewsError> {
        Ok(())
    }

    fn approval(&self, _: &DraftUpload<'_>) -> Result<Option<Approval>, ReviewsError> {
        Ok(None)
    }

    fn uploaded(&self, _: &DraftUpload<'_>, _: u64) -> Result<(), ReviewsError> {
        Ok(())
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn review(approved: Option<&[u8]>) -> ContentReview {
    ContentReview {
        reviews: Arc::new(One(sha256(b"a draft"))),
        account: "https://app.clio.com#31".to_owned(),
        approved: approved.map(sha256),
    }
}

fn answer(pieces: &[&'static str], length: Option<u64>) -> Response<WasiBody> {
    let pieces: Vec<Result<Frame<Bytes>, WasiError>> = pieces
        .iter()
        .map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))))
        .collect();
    let mut answer = Response::new(StreamBody::new(stream::iter(pieces)).boxed_unsync());
    if let Some(length) = length {
        let length = HeaderValue::from(length);
        answer.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    answer
}

/// What the guest gets of an answer: whether there is one, its bytes, and whether
/// they end where they should.
async fn got(
    review: ContentReview,
    answer: Response<WasiBody>,
) -> (Result<String, String>, Option<EgressFailure>) {
    let ledger = Arc::new(Ledger::default());
    let text = match review.review(&Method::GET, answer, &ledger).await {
        Err(_) => Err("no answer".to_owned()),
        Ok(answer) => {
            let (mut body, mut read, mut cut) = (answer.into_body(), String::new(), false);
            while let Some(frame) = body.frame().await {
                match frame {
                    Ok(frame) => {
                        let data = frame.into_data().unwrap();
                        read.push_str(std::str::from_utf8(&data).unwrap());
                    }
                    Err(_) => cut = true,
                }
            }
            if cut { Err(read) } else { Ok(read) }
        }
    };
    (text, ledger.noted().failure)
}

#[tokio::test]
async fn of_a_draft_the_guest_lacks_the_end() {
    let machine_made = Some(EgressFailure::MachineMade);
    for (pieces, given) in [
        (vec!["a dr", "", "aft"], "a dr"),
        (vec!["a draf", "t", ""], "a draf"),
        (vec!["a draft"], ""),
    ] {
        // Of unknown length, and so not held whole.
        let told = got(review(None), answer(&pieces, None)).await;
        assert_eq!(told, (Err(given.to_owned()), machine_made.clone()));
        let told = got(review(None), answer(&pieces, Some(7))).await;
        assert_eq!(told, (Err("no answer".to_owned()), machine_made.clone()));
    }
}

#[tokio::test]
async fn other_bytes_come_whole() {
    for length in [None, Some(7), Some(HELD + 1)] {
        let told = got(review(None), answer(&["a let", "te", "r"], length)).await;
        assert_eq!(told, (Ok("a letter".to_owned()), None));
    }
    let nothing = got(review(None), answer(&[], None)).await;
    assert_eq!(nothing, (Ok(String::new()), None));
}

#[tokio::test]
async fn of_an_approved_draft_only_its_own_bytes_come_whole() {
    let draft = || review(Some(b"a draft"));
    let told = got(draft(), answer(&["a ", "draft"], None)).await;
    assert_eq!(told, (Ok("a draft".to_owned()), None));
    let told = got(draft(), answer(&["a ", "craft"], None)).await;
    assert_eq!(
        told,
        (Err("a ".to_owned()), Some(EgressFailure::NotApproved))
    );
}

#[tokio::test]
async fn what_cannot_be_known_does_not_come() {
    let ledger = Arc::new(Ledger::default());
    let mut part = answer(&["a d"], Some(3));
    *part.status_mut() = StatusCode::PARTIAL_CONTENT;
    let mut coded = answer(&["xyz"], Some(3));
    let gzip = HeaderValue::from_static("gzip");
    coded.headers_mut().insert(header::CONTENT_ENCODING, gzip);
    for answer in [part, coded] {
        let told = review(None).review(&Method::GET, answer, &ledger).await;
        assert!(told.is_err());
    }
    assert_eq!(ledger.noted().failure, Some(EgressFailure::NotReviewable));
}
