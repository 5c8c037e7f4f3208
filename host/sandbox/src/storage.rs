//! The storage that presigned URLs point to: "S3", on an origin of its own.
//!
//! Bytes are hashed and counted as they stream in. They are kept for downloads
//! up to a cap; of larger uploads only length and digest stay, so that an upload
//! of a gigabyte takes no memory.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use sha2::{Digest, Sha256};

use crate::answer::Answer;
use crate::config::ContentCaps;
use crate::presigned::{self, Refusal};
use crate::trace::Body;
use crate::world::{DocumentVersion, Object, World};

/// The head of a request to the storage.
#[derive(Debug)]
pub(crate) struct StorageRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
}

/// What a request may do once its head is checked.
#[derive(Debug)]
pub(crate) enum Admitted {
    /// Read the body and put it under this key.
    Put(String),
    /// Answer this; a GET that was fine, or an error.
    Answer(Answer),
}

/// Checks the head of a request, in the order the real storage is observed to.
pub(crate) fn admit(world: &World, request: &StorageRequest) -> Admitted {
    let header = |name: http::HeaderName| request.headers.get(name);
    let refuse = |status, code, message| Admitted::Answer(Answer::xml(status, code, message));
    if request.method == "PUT" && header(http::header::TRANSFER_ENCODING).is_some() {
        return refuse(
            501,
            "NotImplemented",
            "A header you provided implies functionality that is not implemented",
        );
    }
    if header(http::header::AUTHORIZATION).is_some() {
        return refuse(
            400,
            "InvalidArgument",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, \
             Signature query string parameter or the Authorization header should be specified",
        );
    }
    match world.presigner().verify(
        world.now(),
        &request.method,
        &request.path,
        &request.query,
        &request.headers,
    ) {
        Ok(()) => {}
        Err(Refusal::NoSignature) => return refuse(403, "AccessDenied", "Access Denied"),
        Err(Refusal::Expired) => return refuse(403, "AccessDenied", "Request has expired"),
        Err(Refusal::Mismatch) => {
            return refuse(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. \
                 Check your key and signing method.",
            );
        }
    }
    let Some((uuid, _)) = presigned::parse_path(&request.path) else {
        return refuse(404, "NoSuchKey", "The specified key does not exist.");
    };
    match request.method.as_str() {
        "PUT" if header(http::header::CONTENT_LENGTH).is_none() => refuse(
            411,
            "MissingContentLength",
            "You must provide the Content-Length HTTP header.",
        ),
        "PUT" => {
            let part = request
                .query
                .iter()
                .find(|(name, _)| name == "partNumber")
                .and_then(|(_, n)| n.parse().ok());
            Admitted::Put(
                part.map_or_else(|| uuid.to_owned(), |n| DocumentVersion::part_key(uuid, n)),
            )
        }
        _ => Admitted::Answer(download(world, uuid, request)),
    }
}

fn download(world: &World, uuid: &str, request: &StorageRequest) -> Answer {
    let Some(object) = world.objects.get(uuid) else {
        return Answer::xml(404, "NoSuchKey", "The specified key does not exist.");
    };
    let Some(content) = &object.content else {
        // Nothing a real storage does: the sandbox kept the digest only.
        return Answer::xml(
            501,
            "ContentNotKept",
            "The sandbox keeps the bytes of small uploads only.",
        );
    };
    let content_type = world
        .documents
        .values()
        .flat_map(|d| &d.versions)
        .find(|v| *v.uuid == *uuid)
        .map(|v| &v.content_type)
        .or_else(|| {
            let template = world.templates.values().find(|t| *t.key == *uuid)?;
            Some(&template.content_type)
        })
        .map_or("application/octet-stream", String::as_str);
    let mut answer = Answer::empty(200)
        .with("Content-Type", content_type)
        .with("ETag", &etag(object))
        .with("Accept-Ranges", "bytes");
    answer.body = content.clone();
    let range = request
        .headers
        .get(http::header::RANGE)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| byte_range(v, content.len()));
    if let Some((from, to)) = range {
        answer.status = http::StatusCode::PARTIAL_CONTENT;
        answer.set(
            "Content-Range",
            &format!("bytes {from}-{to}/{}", content.len()),
        );
        answer.body = content.slice(from..=to);
    }
    answer
}

/// One satisfiable range with a start; everything else is answered whole.
fn byte_range(value: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = value.strip_prefix("bytes=")?.split_once('-')?;
    let from: usize = from.parse().ok()?;
    let last = length.checked_sub(1)?;
    let to = if to.is_empty() {
        last
    } else {
        to.parse().ok()?
    };
    (from <= to && from <= last).then_some((from, to.min(last)))
}

fn etag(object: &Object) -> String {
    format!("\"{}\"", object.sha256.get(..32).unwrap_or(&object.sha256))
}

/// A body received: its length and digest, and the bytes if they were few.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) object: Object,
    pub(crate) complete: bool,
}

/// Reads a body to its end or to where the connection breaks.
pub(crate) async fn receive<B>(mut body: B, caps: ContentCaps) -> Received
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let mut digest = Sha256::new();
    let mut length = 0_u64;
    let mut kept = Some(BytesMut::new());
    let mut complete = true;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            complete = false;
            break;
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        digest.update(&data);
        length += data.len() as u64;
        if length > caps.each {
            kept = None;
        }
        if let Some(kept) = &mut kept {
            kept.extend_from_slice(&data);
        }
    }
    Received {
        object: Object {
            length,
            sha256: format!("{:x}", digest.finalize()).into(),
            content: kept.map(BytesMut::freeze),
        },
        complete,
    }
}

/// Stores a received body.
pub(crate) fn store(world: &mut World, key: &str, object: Object) -> Answer {
    let answer = Answer::empty(200)
        .with("ETag", &etag(&object))
        .with("x-amz-server-side-encryption", "AES256");
    world.put_object(key, object);
    answer
}

/// How the trace keeps a received body.
pub(crate) fn traced(object: &Object) -> Body {
    if object.length == 0 {
        return Body::None;
    }
    Body::Bytes {
        length: object.length,
        sha256: object.sha256.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_served_from_a_start() {
        assert_eq!(byte_range("bytes=3-", 10), Some((3, 9)));
        assert_eq!(byte_range("bytes=3-4", 10), Some((3, 4)));
        assert_eq!(byte_range("bytes=3-99", 10), Some((3, 9)));
        assert_eq!(byte_range("bytes=10-", 10), None);
        assert_eq!(byte_range("bytes=-5", 10), None);
    }
}
