//! Deliveries of Clio's webhooks: checked, then read.
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

use alloc::string::String;
use alloc::vec::Vec;

/// What a receiver was sent, and what it knows.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Names and values of the headers.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: String,
    /// The subscriptions whose deliveries arrive here.
    pub subscriptions: Vec<Subscription>,
    /// What is known of matters.
    pub last_known: Vec<KnownMatter>,
}

/// A subscription that deliveries may belong to.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Its id in Clio, where it is known.
    pub id: Option<u64>,
    /// The model that it is for.
    pub model: String,
    /// Whether its handshake is still to come.
    pub pending: bool,
    /// Its secret, where it is known.
    pub secret: Option<String>,
}

impl Subscription {
    /// Whether a delivery that names this id may be its own.
    fn fits(&self, id: u64) -> bool {
        self.id.is_none_or(|own| own == id)
    }
}

/// What was last known of a matter.
#[derive(Debug, Clone, Default)]
pub struct KnownMatter {
    /// Its id.
    pub id: u64,
    /// Its status.
    pub status: Option<String>,
    /// The id of its stage.
    pub stage: Option<u64>,
}

/// What a delivery is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// Clio asks whether the address wants what will come.
    Handshake(Handshake),
    /// Something happened to a record.
    Event(Event),
}

/// A handshake to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// The subscription, where it is certain.
    pub subscription: Option<u64>,
    /// The value of `X-Hook-Secret` to answer.
    pub answer: String,
    /// Whether it is the secret that was known.
    pub known: bool,
}

/// Something that happened to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The subscription that told it, where it is certain.
    pub subscription: Option<u64>,
    /// The record's model.
    pub model: String,
    /// The record's id.
    pub id: u64,
    /// What happened.
    pub kind: Kind,
    /// The fields that were told, as a JSON object.
    pub told: String,
    /// SHA-256 of the body in lower-case hexadecimal.
    pub digest: String,
    /// The known status and the told one, where they differ.
    pub status: Option<(String, String)>,
    /// The known stage and the told one, where they differ.
    pub stage: Option<(Option<u64>, Option<u64>)>,
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was deleted.
    Deleted,
    /// The matter became open.
    MatterOpened,
    /// The matter became pending.
    MatterPended,
    /// The matter became closed.
    MatterClosed,
}

/// Why a delivery is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
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
    #[must_use]
    pub fn message(self) -> &'static str {
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
    #[must_use]
    pub fn forbidden(self) -> bool {
        matches!(
            self,
            Self::Unsigned | Self::WrongSignature | Self::NobodyWaits
        )
    }

    /// The input member at fault, as a JSON Pointer.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::NoSubscription | Self::EmptySecret | Self::NobodyWaits => "/subscriptions",
            Self::RepeatedHeader | Self::Unsigned | Self::WrongSignature => "/headers",
            Self::Malformed => "/body",
        }
    }
}

/// Checks a delivery and reads it.
///
/// # Errors
/// When it is not from Clio, or not for one of the subscriptions.
pub fn receive(request: &Request) -> Result<Receipt, Refusal> {
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
fn header<'r>(request: &'r Request, name: &str) -> Result<Option<&'r str>, Refusal> {
    let mut found = request
        .headers
        .iter()
        .filter(|(it, _)| it.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Ok(Some(value.trim())),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(Refusal::RepeatedHeader),
    }
}
