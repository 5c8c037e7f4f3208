//! Signatures: HMAC-SHA256 of the raw body with the subscription's secret, 64
//! lower-case hexadecimal digits without a prefix. No time is signed, so an old
//! delivery can be sent again by whoever saw it: its digest tells it.

use alloc::vec::Vec;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::{ReceiveRequest, Refusal, Subscription};

/// The subscriptions whose secret made the signature. Every secret is tried, and
/// each comparison takes the same time wherever it differs.
pub(super) fn signers<'r>(
    request: &'r ReceiveRequest,
    signature: &str,
) -> Result<Vec<&'r Subscription>, Refusal> {
    let given = decoded(signature).ok_or(Refusal::WrongSignature)?;
    let mut signers = Vec::new();
    for subscription in &request.subscriptions {
        if let Some(secret) = &subscription.secret
            && let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        {
            mac.update(request.body.as_bytes());
            if mac.verify_slice(&given).is_ok() {
                signers.push(subscription);
            }
        }
    }
    if signers.is_empty() {
        return Err(Refusal::WrongSignature);
    }
    Ok(signers)
}

/// Whether two secrets are the same, without telling by the time where they
/// differ: their codes are compared, by a comparison of constant time.
pub(super) fn same(known: &str, given: &str) -> bool {
    let code = |text: &str| {
        let mac = Hmac::<Sha256>::new_from_slice(b"X-Hook-Secret").ok()?;
        Some(mac.chain_update(text.as_bytes()))
    };
    match (code(known), code(given)) {
        (Some(known), Some(given)) => known.verify(&given.finalize().into_bytes()).is_ok(),
        _ => false,
    }
}

/// The bytes of 64 hexadecimal digits.
fn decoded(hex: &str) -> Option<[u8; 32]> {
    let digits = hex.as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
