//! Where words go: results to standard output, everything else to standard error.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use serde::Serialize;

use super::exit::{Exit, Failure};
use crate::wire::text;

/// The two streams of a command.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// Say only results and errors.
    pub quiet: bool,
}

impl Output {
    /// Writes a part of the result. Text that others wrote is cleaned first: see [`text::plain`].
    ///
    /// # Errors
    /// When nobody reads any more: that ends the command without a word. And when the stream can't be written.
    pub fn result(self, words: &str) -> Result<(), Failure> {
        let mut stream = io::stdout().lock();
        let written = stream.write_all(words.as_bytes()).and_then(|()| stream.flush());
        written.map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => Failure::silent(Exit::Ok),
            _ => Failure::new(Exit::Failure, format!("standard output can't be written: {error}")),
        })
    }

    /// Writes the result as one JSON document.
    ///
    /// # Errors
    /// As [`Output::result`].
    pub fn json(self, document: &impl Serialize) -> Result<(), Failure> {
        let json = serde_json::to_string_pretty(document)
            .map_err(|error| Failure::new(Exit::Failure, format!("the result can't be written as JSON: {error}")))?;
        self.result(&(escaped(&json) + "\n"))
    }

    /// Says on standard error what helps a person and is no result, unless `--quiet`.
    pub fn notice(self, words: &str) {
        if !self.quiet {
            Self::say(words);
        }
    }

    /// Whether results and notices appear on the same screen.
    pub fn shares_a_screen() -> bool {
        io::stdout().is_terminal() && io::stderr().is_terminal()
    }

    /// Says why the command fails.
    pub fn error(self, words: &str) {
        Self::say(&format!("vita: {words}"));
    }

    /// A line on standard error, whatever it is made of fit for a terminal.
    pub fn say(words: &str) {
        // Where standard error is closed there is nobody to tell.
        let _ = writeln!(io::stderr().lock(), "{}", text::plain(words));
    }
}

/// JSON that may be shown on a terminal: what [`text::plain`] would remove is written as an escape, so no text is changed.
/// Such characters stand only inside strings.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        let mut buffer = [0; 4];
        let as_text: &str = c.encode_utf8(&mut buffer);
        if text::plain(as_text) == as_text {
            safe.push(c);
        } else {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_every_character_and_shows_a_terminal_none_that_it_would_obey() {
        let text = "a\u{1b}[31m\u{9b}1m\u{202e}b\u{7f}\n汉字 \u{2028}";
        let json = serde_json::to_string(text).expect("JSON");
        let safe = escaped(&json);
        assert_eq!(safe, r#""a\u001b[31m\u009b1m\u202eb\u007f\n汉字 \u2028""#);
        assert_eq!(serde_json::from_str::<String>(&safe).expect("JSON"), text);
    }
}
