//! Signs what is posted, by the scheme of Standard Webhooks (version 1.0.0):
//! HMAC-SHA256 over `ID.TIMESTAMP.BODY`, in base64.
//!
//! The secret lies in a file of the operator's, a line each where there are
//! several: while one is being changed, all of them sign.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sha2::Sha256;

use crate::closed;

/// The most bytes of a file of secrets.
const FILE_BYTES: u64 = 16 * 1024;
/// Fewer bytes can be guessed.
const FEWEST: usize = 24;
/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// The secrets of one destination.
#[derive(Debug)]
pub(super) struct Secrets(Vec<SecretSlice<u8>>);

impl Secrets {
    /// Reads them. The message names the file, and nothing in it.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let text = clio_runner::bounded::file(path, FILE_BYTES)
            .map_err(|error| format!("its secret_file {shown} cannot be read: {error}"))?;
        closed::to_others(path)
            .map_err(|what| format!("its secret_file {shown}: {what} (chmod o-rwx)"))?;
        let text =
            String::from_utf8(text).map_err(|_| format!("its secret_file {shown} is no text"))?;
        let text = SecretString::from(text);
        let lines = text.expose_secret().lines().map(str::trim);
        let secrets: Option<Vec<_>> = lines.filter(|line| !line.is_empty()).map(secret).collect();
        match secrets {
            Some(secrets) if !secrets.is_empty() => Ok(Self(secrets)),
            _ => Err(format!(
                "its secret_file {shown} holds no secret: write `{PREFIX}` and at least {FEWEST} \
                 random bytes in base64, such as `echo {PREFIX}$(openssl rand -base64 32)` gives"
            )),
        }
    }

    /// The signatures of a message, one for each secret.
    pub(super) fn sign(&self, id: &str, at: i64, body: &str) -> String {
        let signed = self.0.iter().filter_map(|secret| {
            // A key of any length is taken.
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret()).ok()?;
            mac.update(format!("{id}.{at}.").as_bytes());
            mac.update(body.as_bytes());
            let code = BASE64_STANDARD.encode(mac.finalize().into_bytes());
            Some(format!("v1,{code}"))
        });
        signed.collect::<Vec<_>>().join(" ")
    }
}

fn secret(line: &str) -> Option<SecretSlice<u8>> {
    let bytes = BASE64_STANDARD.decode(line.strip_prefix(PREFIX)?).ok()?;
    (bytes.len() >= FEWEST).then(|| bytes.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_message_is_signed_as_standard_webhooks_signs_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let known = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        std::fs::write(file.path(), format!("{known}\n\n{other}\n")).unwrap();
        let secrets = Secrets::read(file.path()).unwrap();
        let signed = secrets.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        let (first, second) = signed.split_once(' ').unwrap();
        assert_eq!(first, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_ne!(first, second);
        assert!(!format!("{secrets:?}").contains("MfKQ"));
    }

    #[test]
    fn a_file_without_a_good_secret_is_refused_and_not_quoted() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for text in [
            "",
            "whsec_",
            "whsec_c2hvcnQ=",
            "hunter2hunter2",
            "whsec_%%%",
        ] {
            std::fs::write(file.path(), text).unwrap();
            let refused = Secrets::read(file.path()).unwrap_err();
            assert!(refused.contains("holds no secret"), "{refused}");
            assert!(!refused.contains("hunter2") && !refused.contains("c2hvcnQ"));
        }
    }
}
