//! Which form an answer has, told by its first bytes.

use super::super::sse;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The form of an answer, with the bytes not yet read.
#[derive(Debug)]
pub(super) enum Form {
    /// No telling byte has come; `begun` once a byte order mark is past.
    Unknown { content_type: String, bytes: Vec<u8>, begun: bool },
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
            begun: false,
        }
    }

    /// Adds bytes, and decides on the form as soon as they tell.
    pub fn take(&mut self, more: &[u8]) {
        match self {
            Self::Unknown { content_type, bytes, begun } => {
                bytes.extend_from_slice(more);
                skip_start(bytes, begun);
                if let (Some(first), true) = (bytes.first(), *begun) {
                    *self = Self::told(*first, content_type, std::mem::take(bytes));
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
        Self::Events { decoder: sse::Decoder::default(), unread }
    }
}

/// Removes a byte order mark and the white space that some services send while they think. `begun` says that no more of a
/// mark can come.
fn skip_start(bytes: &mut Vec<u8>, begun: &mut bool) {
    if !*begun {
        if bytes.len() < BOM.len() && BOM.starts_with(bytes) {
            return;
        }
        if bytes.starts_with(BOM) {
            bytes.drain(..BOM.len());
        }
        *begun = true;
    }
    let space = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    bytes.drain(..space);
}
