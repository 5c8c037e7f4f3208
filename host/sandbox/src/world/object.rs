//! The uploaded bytes, as far as they are kept.

use std::sync::Arc;

use bytes::Bytes;

use super::World;
use crate::digest::sha256;

/// Bytes in the storage.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) length: u64,
    /// Lower-case hex.
    pub(crate) sha256: Arc<str>,
    /// The bytes, unless they were too many to keep.
    pub(crate) content: Option<Bytes>,
}

impl Object {
    /// Bytes that are at hand.
    pub(crate) fn of(content: Bytes) -> Self {
        Self {
            length: content.len() as u64,
            sha256: sha256(&content).into(),
            content: Some(content),
        }
    }

    /// Puts parts together. When the bytes of any were not kept, the digest is
    /// that of the parts' digests, as a storage's own would be.
    pub(crate) fn concatenate(parts: &[Self]) -> Self {
        let contents: Option<Vec<&[u8]>> = parts.iter().map(|p| p.content.as_deref()).collect();
        match contents {
            Some(contents) => Self::of(contents.concat().into()),
            None => Self {
                length: parts.iter().map(|p| p.length).sum(),
                sha256: {
                    let digests: Vec<&str> = parts.iter().map(|p| &*p.sha256).collect();
                    sha256(digests.concat().as_bytes()).into()
                },
                content: None,
            },
        }
    }
}

impl World {
    /// Stores bytes, dropping the content when too much would be kept.
    pub(crate) fn put_object(&mut self, key: &str, mut object: Object) {
        self.drop_object(key);
        if let Some(content) = &object.content {
            let size = content.len() as u64;
            if size > self.caps.each || self.kept_bytes + size > self.caps.total {
                object.content = None;
            } else {
                self.kept_bytes += size;
            }
        }
        self.objects.insert(key.into(), object);
    }

    pub(crate) fn drop_object(&mut self, key: &str) {
        if let Some(gone) = self.objects.remove(key)
            && let Some(content) = gone.content
        {
            self.kept_bytes = self.kept_bytes.saturating_sub(content.len() as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_together_with_the_digest_of_the_whole() {
        let parts = [
            Object::of(Bytes::from_static(b"ab")),
            Object::of(Bytes::from_static(b"c")),
        ];
        let whole = Object::concatenate(&parts);
        assert_eq!(whole.length, 3);
        assert_eq!(whole.sha256, Object::of(Bytes::from_static(b"abc")).sha256);
    }
}
