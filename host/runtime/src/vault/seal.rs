//! The form of a sealed vault.
//!
//! A line that names the kind of file, a line of JSON that names its format and
//! its key, 24 bytes of nonce, and the ciphertext with its tag. Both lines and
//! so the key's identifier are authenticated: a vault with another header does
//! not open.

use std::path::Path;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::VaultError;
use super::key::Key;
use super::place::KeyPlace;
use super::sealer::{SealError, Sealer};

const KIND: &[u8] = b"clio-vault\n";
const FORMAT: u32 = 1;
/// The most bytes of the second line.
const MOST_HEADER: usize = 4096;

/// The second line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    format: u32,
    pub(super) key_id: String,
    /// Where the key is kept.
    pub(super) place: KeyPlace,
}

/// What is wrong with a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Damage {
    Form(&'static str),
    Format(u32),
}

impl Damage {
    pub(super) fn at(self, path: &Path) -> VaultError {
        match self {
            Self::Form(reason) => VaultError::damaged(path, reason),
            Self::Format(format) => VaultError::Format {
                path: path.to_owned(),
                format,
            },
        }
    }
}

pub(super) fn seal(key: &Key, place: KeyPlace, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let header = Header {
        format: FORMAT,
        key_id: key.id(),
        place,
    };
    let mut sealed = KIND.to_vec();
    let line = serde_json::to_vec(&header).map_err(|_| VaultError::KeyForm)?;
    sealed.extend_from_slice(&line);
    sealed.push(b'\n');
    let text = sealer(key)
        .seal(&sealed, plain)
        .map_err(|error| match error {
            SealError::Random(error) => VaultError::Random(error),
            _ => VaultError::Random("the vault is too long to be sealed".to_owned()),
        })?;
    sealed.extend_from_slice(&text);
    Ok(sealed)
}

pub(super) fn header(sealed: &[u8]) -> Result<Header, Damage> {
    split(sealed).map(|(header, _, _)| header)
}

pub(super) fn open(key: &Key, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Damage> {
    let (_, lines, rest) = split(sealed)?;
    sealer(key).open(lines, rest).map_err(|error| match error {
        SealError::Short => Damage::Form("it was cut short"),
        _ => Damage::Form("it was cut short or changed after it was sealed"),
    })
}

/// The header, the lines that it stands in, and what follows them.
fn split(sealed: &[u8]) -> Result<(Header, &[u8], &[u8]), Damage> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let after = sealed
        .strip_prefix(KIND)
        .ok_or(Damage::Form("it is not a vault"))?;
    let end = after
        .iter()
        .take(MOST_HEADER)
        .position(|byte| *byte == b'\n')
        .ok_or(Damage::Form("its header was cut short"))?;
    let (line, rest) = after.split_at(end);
    let unreadable = Damage::Form("its header cannot be read");
    // The format first: another version's members would look like damage.
    let Ok(Format { format }) = serde_json::from_slice(line) else {
        return Err(unreadable);
    };
    if format != FORMAT {
        return Err(Damage::Format(format));
    }
    let Ok(header) = serde_json::from_slice(line) else {
        return Err(unreadable);
    };
    let lines = sealed.len() - rest.len() + 1;
    let (lines, rest) = sealed.split_at(lines);
    Ok((header, lines, rest))
}

fn sealer(key: &Key) -> Sealer {
    Sealer::new(key.bytes())
}
