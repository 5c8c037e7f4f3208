//! Bytes of a stranger's making that go to a browser: it keeps them under their name,
//! and runs nothing of them.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, header};

/// What is known of the bytes.
#[derive(Debug, Default)]
pub(crate) struct Attachment<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) media_type: Option<&'a str>,
    pub(crate) length: Option<u64>,
}

impl Attachment<'_> {
    pub(crate) fn answer(&self, body: Body) -> Response {
        let mut answer = body.into_response();
        let headers = answer.headers_mut();
        let mut set = |name: HeaderName, value: &str| {
            // What a field cannot hold is left out.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        let media_type = self.media_type.filter(|it| !it.is_empty());
        set(
            header::CONTENT_TYPE,
            media_type.unwrap_or("application/octet-stream"),
        );
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(header::CONTENT_SECURITY_POLICY, "sandbox");
        set(header::CONTENT_DISPOSITION, &disposition(self.name));
        if let Some(length) = self.length {
            set(header::CONTENT_LENGTH, &length.to_string());
        }
        answer
    }
}

/// A download under its name (RFC 6266, RFC 8187).
fn disposition(name: Option<&str>) -> String {
    let Some(name) = name else {
        return "attachment".to_owned();
    };
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leaves_no_room_for_another_field() {
        assert_eq!(
            disposition(Some("Vertrag „a\".pdf\r\nX: y")),
            "attachment; filename*=UTF-8''Vertrag%20%E2%80%9Ea%22.pdf%0D%0AX%3A%20y"
        );
        assert_eq!(disposition(None), "attachment");
    }
}
