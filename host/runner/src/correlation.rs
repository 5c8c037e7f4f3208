//! Correlation ids: one for each call, in its audit, its logs and its error.
//!
//! They are random, or the caller's own. A caller's goes into the audit as it
//! is, so its form leaves no room for prose.

use crate::digest::hex;
use crate::failure::Failure;

/// The most characters of a correlation id.
const LONGEST: usize = 128;

/// An id that no other run has: 24 hexadecimal digits.
pub fn new() -> Result<String, Failure> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::host(format!("the system gives no random numbers: {error}")))?;
    Ok(hex(&bytes))
}

/// Reads a caller's id.
pub fn parse(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._:/-".contains(c);
    if text.is_empty() || text.len() > LONGEST || !text.chars().all(allowed) {
        return Err(format!(
            "an id has 1 to {LONGEST} letters, digits and . _ : / - (it is kept in the journal, \
             so it must name no person)"
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_id_has_no_room_for_prose() {
        for good in ["a", "run-17", "n8n:exec/4.2_b", &new().unwrap()] {
            assert_eq!(parse(good).unwrap(), good);
        }
        for bad in [
            "",
            "Ann Lee",
            "ann@example.com",
            "é",
            "a\n",
            &"a".repeat(129),
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
