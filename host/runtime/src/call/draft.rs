//! A draft by a function of the embedder's, in place of filling a template.
//!
//! What must stay true: the function is given the values of one matter and the
//! template's text, and nothing else; what it returns is remembered as a machine's
//! before anybody has it.

use std::fmt::Display;

use clio_types::fill_document::{Content, FillOutcome, GatherOutcome, GatherRequest};
use sha2::{Digest as _, Sha256};

use super::Call;
use crate::digest::hex;
use crate::error::{CallError, FailureCause, HostFailure};
use crate::gate;
use crate::journal::new_correlation;
use crate::reviews::Made;

/// The most bytes of a draft.
pub const MOST_DRAFTED: u64 = 10 << 20;

/// What made a draft, as the reviews remember it.
const BY: &str = "a drafter";

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

impl Call {
    /// Has `drafter` write a document in place of `fill-document.fill`, as a model
    /// may. It is given what `fill-document.gather` finds, no token and no other
    /// matter, and returns a text in UTF-8 or a DOCX of at most 10 MiB. That is a
    /// draft like one that was filled: the host's [`Reviews`](crate::Reviews)
    /// remember it before it is returned, inline whatever its size.
    ///
    /// ```no_run
    /// # use clio_host::actions::fill_document::{GatherRequest, Template};
    /// # async fn model(_: &str, _: &[clio_host::actions::fill_document::Field]) -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # async fn example(host: clio_host::Host, connection: clio_host::Connection) -> Result<(), clio_host::CallError> {
    /// let request = GatherRequest::new(17, Template::Stored(3));
    /// let draft = host
    ///     .call(&connection)
    ///     .draft(request, |told| async move {
    ///         model(&told.template_text, &told.fields).await.map(String::into_bytes)
    ///     })
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// The deadline is for the gathering; the drafter takes the time that its caller
    /// gives it.
    ///
    /// # Errors
    /// As `fill-document.gather`; `execution_failed` when the drafter fails, whose
    /// words then stand in the message, or when it returns neither.
    pub async fn draft<F, E>(
        mut self,
        request: GatherRequest,
        drafter: impl FnOnce(GatherOutcome) -> F,
    ) -> Result<FillOutcome, CallError>
    where
        F: Future<Output = Result<Vec<u8>, E>>,
        E: Display,
    {
        let correlation = self.correlation.take().unwrap_or_else(new_correlation);
        self.correlation = Some(correlation.clone());
        let (reviews, account) = (self.host.reviews(), self.connection.account());
        let failed = |what: String| {
            let message = format!("the drafter {what}");
            CallError::from(HostFailure::new(FailureCause::Internal, message))
        };
        let drafted = async {
            let gathered = self.run(request).await?;
            let template = gathered.media_type.clone();
            let bytes = drafter(gathered).await;
            let bytes = bytes.map_err(|error| failed(format!("failed: {error}")))?;
            let made = Made::Bytes(Sha256::digest(&bytes).into());
            let outcome = drafted(bytes, &template).map_err(failed)?;
            if let Some(reviews) = reviews {
                let remembered = gate::aside(move || reviews.remember(&account, made, BY));
                remembered.await?.map_err(gate::unknown)?;
            }
            Ok(outcome)
        };
        let result: Result<_, CallError> = drafted.await;
        result.map_err(|error| error.with_correlation(correlation))
    }
}

/// What a drafter returned, as an outcome of `fill-document.fill`. `template` is the
/// media type of the template. Nothing is remembered of it here.
///
/// # Errors
/// Why it is no draft, in words that go on from "the drafter".
pub fn drafted(bytes: Vec<u8>, template: &str) -> Result<FillOutcome, String> {
    let length = bytes.len() as u64;
    let media_type = if length > MOST_DRAFTED {
        return Err("writes more than 10 MiB".to_owned());
    } else if bytes.starts_with(b"PK\x03\x04") {
        DOCX
    } else if bytes.trim_ascii().is_empty() {
        return Err("writes nothing".to_owned());
    } else if std::str::from_utf8(&bytes).is_err() {
        return Err("writes neither a text in UTF-8 nor a Word document".to_owned());
    } else if template.starts_with("text/") {
        template
    } else {
        "text/plain; charset=utf-8"
    };
    let sha256 = hex(&Sha256::digest(&bytes));
    Ok(FillOutcome::new(
        Content::Inline(bytes),
        length,
        sha256,
        media_type,
    ))
}
