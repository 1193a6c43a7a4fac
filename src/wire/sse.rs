//! Server-sent events from any split of their bytes.

/// Longest event, in bytes.
pub const LONGEST_EVENT: usize = 1 << 20;

/// Longest stream, in bytes.
pub const LONGEST_STREAM: usize = 8 << 20;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The `event` field.
    pub name: Option<String>,
    /// The `data` fields, joined with line feeds.
    pub data: String,
    /// The status of a comment `:HTTP_STATUS/429` that came with the event, as DashScope sends it.
    pub status: Option<u16>,
}

/// A stream longer than any answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// One event exceeds [`LONGEST_EVENT`].
    #[error("an event of the stream is longer than 1 MiB")]
    EventTooLong,
    /// The stream exceeds [`LONGEST_STREAM`].
    #[error("the stream is longer than 8 MiB")]
    StreamTooLong,
}

/// Decodes one stream. The events are the same however its bytes are split.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The line that has not ended yet; decoded as UTF-8 only when whole.
    line: Vec<u8>,
    /// The line before ended in CR: a line feed now belongs to it.
    after_cr: bool,
    /// The first line, where a byte order mark may stand, has been seen.
    begun: bool,
    /// The event that has not ended yet.
    event: Event,
    has_data: bool,
    total: usize,
}

impl Decoder {
    /// Takes the next bytes and appends the events they complete. After an error nothing more may be pushed.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), SseError> {
        for &byte in bytes {
            self.total += 1;
            if self.total > LONGEST_STREAM {
                return Err(SseError::StreamTooLong);
            }
            let ends_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if ends_cr => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ if self.line.len() + self.event.data.len() >= LONGEST_EVENT => return Err(SseError::EventTooLong),
                _ => self.line.push(byte),
            }
        }
        Ok(())
    }

    /// The stream has ended: the last event, when no blank line followed it. It may be cut.
    pub fn finish(mut self) -> Option<Event> {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.end_event()
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let mut bytes = line.as_slice();
        if !std::mem::replace(&mut self.begun, true) {
            bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
        }
        if bytes.is_empty() {
            return self.end_event();
        }
        self.field(&String::from_utf8_lossy(bytes));
        None
    }

    fn field(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "" => {
                if let Some(status) = value.trim().strip_prefix("HTTP_STATUS/") {
                    self.event.status = status.parse().ok();
                }
            }
            "event" => self.event.name = Some(value.to_owned()),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
    }

    /// An event without data is no event.
    fn end_event(&mut self) -> Option<Event> {
        let event = std::mem::take(&mut self.event);
        std::mem::take(&mut self.has_data).then_some(event)
    }
}

#[cfg(test)]
mod tests;
