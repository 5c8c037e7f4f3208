//! Deliveries of Clio's webhooks, `receive-webhook.receive`: checked, then read.
//!
//! A receiver stands open to the internet, so nothing of a request is believed
//! before its signature is. What must stay true:
//! - No event without a signature that fits a known secret, compared in constant
//!   time. A missing signature is as wrong as a false one.
//! - No secret is taken over from a request. A handshake is answered only where
//!   a subscription is pending, and with its own secret where that is known.
//!
//! No request is made, so that the component imports nothing.

mod event;
mod handshake;
mod signature;
#[cfg(test)]
mod tests;

use clio_types::receive_webhook::*;
use clio_types::types::ProblemCode;

use crate::problem::Failure;

/// Why a delivery is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// No subscription is given, so nothing can be checked.
    NoSubscription,
    /// A subscription without a usable secret: anyone could sign with it.
    EmptySecret,
    /// A header that decides stands there twice.
    RepeatedHeader,
    /// Neither a signature nor a secret came.
    Unsigned,
    /// The signature fits no secret.
    WrongSignature,
    /// A handshake that no pending subscription waits for.
    NobodyWaits,
    /// The body is not what Clio sends.
    Malformed,
}

impl Refusal {
    /// What is wrong and the next step. It repeats nothing of the request.
    fn message(self) -> &'static str {
        match self {
            Self::NoSubscription => {
                "No subscription is given, so the delivery cannot be checked. Give those of this \
                 address, with their secrets."
            }
            Self::EmptySecret => {
                "The secret of a subscription is empty, so anyone could sign for it. Read it with \
                 `webhooks.list`."
            }
            Self::RepeatedHeader => {
                "The header `X-Hook-Signature` or `X-Hook-Secret` stands there twice. Clio sends \
                 it once: answer 400."
            }
            Self::Unsigned => {
                "The delivery has neither `X-Hook-Signature` nor `X-Hook-Secret`, so it is not \
                 from Clio. Answer 401."
            }
            Self::WrongSignature => {
                "The signature fits none of the secrets. Answer 401. If it is Clio's, the secret \
                 changed: read it with `webhooks.list`, and Clio repeats the delivery."
            }
            Self::NobodyWaits => {
                "No pending subscription waits for this handshake. Answer 401. If one was just \
                 made, give it as pending, and Clio repeats the handshake."
            }
            Self::Malformed => {
                "The body is not what Clio sends: `data` with an `id`, and `meta` with `event`. \
                 Answer 400, and report it if the signature was Clio's."
            }
        }
    }

    /// Whether the sender has no right, rather than a broken message.
    fn forbidden(self) -> bool {
        matches!(
            self,
            Self::Unsigned | Self::WrongSignature | Self::NobodyWaits
        )
    }

    /// The input member at fault, as a JSON Pointer.
    fn field(self) -> &'static str {
        match self {
            Self::NoSubscription | Self::EmptySecret | Self::NobodyWaits => "/subscriptions",
            Self::RepeatedHeader | Self::Unsigned | Self::WrongSignature => "/headers",
            Self::Malformed => "/body",
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal.forbidden() {
            true => ProblemCode::Forbidden,
            false => ProblemCode::InvalidInput,
        };
        Self::permanent(code, refusal.message()).field(refusal.field())
    }
}

/// Whether a delivery that names this id may be a subscription's own.
fn fits(subscription: &Subscription, id: u64) -> bool {
    subscription.id.is_none_or(|own| own == id)
}

/// Checks a delivery and reads it.
///
/// # Errors
/// When it is not from Clio, or not for one of the subscriptions.
pub fn receive(request: &ReceiveRequest) -> Result<Receipt, Failure> {
    Ok(check(request)?)
}

fn check(request: &ReceiveRequest) -> Result<Receipt, Refusal> {
    if request.subscriptions.is_empty() {
        return Err(Refusal::NoSubscription);
    }
    let empty = |s: &Subscription| s.secret.as_ref().is_some_and(|it| it.trim().is_empty());
    if request.subscriptions.iter().any(empty) {
        return Err(Refusal::EmptySecret);
    }
    // Whatever has a signature is an event, and stands or falls by it: a secret
    // beside it makes it no handshake.
    match (
        header(request, "x-hook-signature")?,
        header(request, "x-hook-secret")?,
    ) {
        (Some(signature), _) => {
            let signers = signature::signers(request, signature)?;
            event::read(request, &signers).map(Receipt::Event)
        }
        (None, Some(secret)) => handshake::answer(request, secret).map(Receipt::Handshake),
        (None, None) => Err(Refusal::Unsigned),
    }
}

/// The one header of a name, in whatever case.
fn header<'r>(request: &'r ReceiveRequest, name: &str) -> Result<Option<&'r str>, Refusal> {
    let mut found = request
        .headers
        .iter()
        .filter(|it| it.name.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (Some(it), None) => Ok(Some(it.value.trim())),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(Refusal::RepeatedHeader),
    }
}
