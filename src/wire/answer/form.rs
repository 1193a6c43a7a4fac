//! Which form an answer has, told by its first bytes.

use super::super::sse;

pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// The form of an answer, with the bytes not yet read.
#[derive(Debug)]
pub(super) enum Form {
    /// No telling byte has come.
    Unknown { content_type: String, bytes: Vec<u8> },
    /// Server-sent events.
    Events { decoder: sse::Decoder, unread: Vec<u8> },
    /// One JSON value.
    Body(Vec<u8>),
    /// A web page, or something else that is no API's answer.
    Page,
}

impl Default for Form {
    fn default() -> Self {
        Self::unknown(None)
    }
}

impl Form {
    pub fn unknown(content_type: Option<&str>) -> Self {
        Self::Unknown {
            content_type: content_type.unwrap_or_default().to_ascii_lowercase(),
            bytes: Vec::new(),
        }
    }

    /// Adds bytes, and decides on the form as soon as they tell.
    pub fn take(&mut self, more: &[u8]) {
        match self {
            Self::Unknown { content_type, bytes } => {
                bytes.extend_from_slice(more);
                if let Some(first) = first_byte(bytes) {
                    *self = Self::told(first, content_type, std::mem::take(bytes));
                }
            }
            Self::Events { unread: bytes, .. } | Self::Body(bytes) => bytes.extend_from_slice(more),
            Self::Page => {}
        }
    }

    fn told(first: u8, content_type: &str, bytes: Vec<u8>) -> Self {
        let claims = |kind| content_type.contains(kind);
        match first {
            b'{' | b'[' => Self::Body(bytes),
            b'<' => Self::Page,
            _ if claims("event-stream") => Self::events(bytes),
            _ if claims("html") => Self::Page,
            // The fields of an event: data, event, id, retry, or a comment.
            b'd' | b'e' | b'i' | b'r' | b':' => Self::events(bytes),
            _ if claims("json") => Self::Body(bytes),
            _ => Self::Page,
        }
    }

    fn events(unread: Vec<u8>) -> Self {
        Self::Events {
            decoder: sse::Decoder::default(),
            unread,
        }
    }
}

/// The first byte that is neither white space nor part of a byte order mark.
fn first_byte(bytes: &[u8]) -> Option<u8> {
    if BOM.starts_with(bytes) {
        return None;
    }
    let text = bytes.strip_prefix(BOM).unwrap_or(bytes);
    text.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}
