//! What JSON needs help with: integers of 64 bits, and bytes.
//!
//! A number carries 53 bits everywhere. Above that, an integer is written as a
//! string of its digits; read, it may be either.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The largest integer that a JSON number carries exactly everywhere.
const MAX_EXACT: u64 = (1 << 53) - 1;

/// An integer of 64 bits.
struct Wide(u64);

impl Serialize for Wide {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            exact if exact <= MAX_EXACT => serializer.serialize_u64(exact),
            above => serializer.serialize_str(&above.to_string()),
        }
    }
}

impl<'de> Deserialize<'de> for Wide {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;
        impl Visitor<'_> for Digits {
            type Value = Wide;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number up to 2^53-1, or its digits as a string")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Wide, E> {
                match number {
                    exact if exact <= MAX_EXACT => Ok(Wide(exact)),
                    above => Err(E::invalid_value(Unexpected::Unsigned(above), &self)),
                }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Wide, E> {
                match text.parse::<u64>() {
                    Ok(number) if number.to_string() == text => Ok(Wide(number)),
                    _ => Err(E::invalid_value(Unexpected::Other("text"), &self)),
                }
            }
        }
        deserializer.deserialize_any(Digits)
    }
}

pub(crate) mod wide {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(it: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        Wide(*it).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(it: D) -> Result<u64, D::Error> {
        Ok(Wide::deserialize(it)?.0)
    }
}

pub(crate) mod wide_option {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(it: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        it.map(Wide).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(it: D) -> Result<Option<u64>, D::Error> {
        Ok(Option::<Wide>::deserialize(it)?.map(|wide| wide.0))
    }
}

pub(crate) mod wide_list {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(it: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(it.iter().copied().map(Wide))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(it: D) -> Result<Vec<u64>, D::Error> {
        let all = Vec::<Wide>::deserialize(it)?;
        Ok(all.into_iter().map(|wide| wide.0).collect())
    }
}

/// Bytes are base64 in the standard alphabet, with padding.
pub(crate) mod bytes {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    pub(crate) fn serialize<S: Serializer>(it: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(it))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(it: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(it)?;
        STANDARD
            .decode(text)
            .map_err(|_| D::Error::custom("is no base64 with padding"))
    }
}
