//! Which trace what is done now belongs to (W3C Trace Context): a `traceparent`,
//! as a caller sent it or as the service made it.
//!
//! It goes along with the task, so that what is added to the journal and what is
//! sent out of it carry it without being told. It holds two random numbers.

use std::future::Future;

/// The field of a request that names it.
pub const FIELD: &str = "traceparent";

tokio::task_local! {
    static TRACEPARENT: String;
}

/// Does something as a part of a trace; empty: of none.
pub async fn within<F: Future>(traceparent: String, work: F) -> F::Output {
    if traceparent.is_empty() {
        return work.await;
    }
    TRACEPARENT.scope(traceparent, work).await
}

/// The trace of what is done now; empty: none.
pub fn current() -> String {
    TRACEPARENT.try_with(Clone::clone).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_trace_goes_along_with_its_task() {
        assert_eq!(current(), "");
        let inside = within("00-a-b-01".to_owned(), async {
            tokio::task::yield_now().await;
            (current(), within(String::new(), async { current() }).await)
        });
        let expected = ("00-a-b-01".to_owned(), "00-a-b-01".to_owned());
        assert_eq!(inside.await, expected);
        assert_eq!(current(), "");
    }
}
