//! A local sink as an action sees it.
#![allow(clippy::unwrap_used)]

use super::*;

fn kept(most: u64) -> (LocalSink, Arc<Mutex<Vec<u8>>>) {
    let bytes = Arc::<Mutex<Vec<u8>>>::default();
    let to = Arc::clone(&bytes);
    let sink = LocalSink::new(most, move |piece| {
        to.lock().unwrap().extend_from_slice(piece);
        Ok(())
    });
    (sink, bytes)
}

async fn asked(sink: &LocalSink, method: Method, length: Option<u64>, body: &'static str) -> u16 {
    let body = whole(Bytes::from_static(body.as_bytes()));
    let answer = answer(sink, &method, length, body, &Ledger::default()).await;
    answer.map_or(0, |answer| answer.status().as_u16())
}

#[tokio::test]
async fn one_put_is_taken_whole_and_digested() {
    let (sink, bytes) = kept(3);
    assert_eq!(asked(&sink, Method::GET, None, "").await, 405);
    assert_eq!(sink.taken(), None);
    assert_eq!(asked(&sink, Method::PUT, Some(3), "abc").await, 201);
    assert_eq!(*bytes.lock().unwrap(), b"abc");
    let taken = sink.taken().unwrap();
    assert_eq!(taken.length, 3);
    assert_eq!(taken.sha256[..], Sha256::digest(b"abc")[..]);
    // Another one changes nothing.
    assert_eq!(asked(&sink, Method::PUT, Some(3), "xyz").await, 409);
    assert_eq!(*bytes.lock().unwrap(), b"abc");
    assert_eq!(sink.taken(), Some(taken));
}

#[tokio::test]
async fn what_is_not_as_it_was_announced_is_not_taken() {
    for (most, length, body, status) in [
        (3, Some(4), "abcd", 413),
        (3, None, "abcd", 413),
        (9, Some(4), "abc", 0),
        (9, Some(3), "abcd", 0),
    ] {
        let (sink, _) = kept(most);
        let answered = asked(&sink, Method::PUT, length, body).await;
        assert_eq!(answered, status, "{length:?} {body}");
        assert_eq!(sink.taken(), None, "{length:?} {body}");
    }
    let full = LocalSink::new(9, |_| Err(io::ErrorKind::StorageFull.into()));
    assert_eq!(asked(&full, Method::PUT, None, "abc").await, 507);
    assert_eq!(full.taken(), None);
}
