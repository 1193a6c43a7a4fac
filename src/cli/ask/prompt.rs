//! The question: an argument, or standard input.

use std::io::{self, IsTerminal as _, Read};

use crate::cli::exit::{Exit, Failure};

/// Largest question read from standard input, in bytes.
const LARGEST: u64 = 1 << 20;

/// The question that `argument` is, or stands for.
///
/// # Errors
/// When it is empty, or standard input holds no text that can be sent.
pub(super) fn read(argument: &str, no_input: bool) -> Result<String, Failure> {
    let prompt = if argument == "-" {
        let stdin = io::stdin();
        if no_input && stdin.is_terminal() {
            return Err(Failure::usage("standard input is a terminal, and --no-input forbids to wait for typing"));
        }
        from(stdin.lock())?
    } else {
        argument.to_owned()
    };
    if prompt.trim().is_empty() {
        return Err(Failure::usage("the question is empty"));
    }
    Ok(prompt)
}

fn from(input: impl Read) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    input
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(Exit::Failure, format!("standard input can't be read: {error}")))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::usage("the question on standard input is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::usage(format!("the question on standard input is not UTF-8 (from byte {at} on)"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(input: &[u8]) -> (Exit, String) {
        let failure = from(input).expect_err("a refusal");
        (failure.exit, failure.message.unwrap_or_default())
    }

    #[test]
    fn a_question_of_one_mebibyte_is_taken_and_a_byte_more_is_not() {
        let most = vec![b'a'; 1 << 20];
        assert_eq!(from(most.as_slice()).map(|prompt| prompt.len()).ok(), Some(1 << 20));
        let more = vec![b'a'; (1 << 20) + 1];
        let too_large = "the question on standard input is larger than 1 MiB".to_owned();
        assert_eq!(refusal(&more), (Exit::Usage, too_large));
    }

    #[test]
    fn what_is_no_text_is_refused_with_the_place() {
        let not_utf8 = "the question on standard input is not UTF-8 (from byte 2 on)".to_owned();
        assert_eq!(refusal(b"ab\xff"), (Exit::Usage, not_utf8));
    }

    #[test]
    fn a_question_of_white_space_is_empty() {
        assert_eq!(read(" \n", false).expect_err("a refusal").exit, Exit::Usage);
    }
}
