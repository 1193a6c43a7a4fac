//! The document of a command that ends without its result: with `--json` there is exactly one, whatever happens.

use serde::Serialize;

use super::exit::{Exit, Failure};
use super::output::Output;

/// `{"error": ...}`, in the form of a call that brought no text.
#[derive(Serialize)]
struct Document<'a> {
    error: Error<'a>,
}

#[derive(Serialize)]
struct Error<'a> {
    kind: &'static str,
    message: &'a str,
    retry_at: Option<&'static str>,
    attempts: [&'static str; 0],
}

/// Prints an error as the result.
///
/// # Errors
/// As [`Output::json`].
pub(super) fn error(output: Output, kind: &'static str, message: &str) -> Result<(), Failure> {
    output.json(&Document { error: Error { kind, message, retry_at: None, attempts: [] } })
}

/// Prints why a command failed as its result, unless it failed without a word: then there is a document, or nobody reads.
pub(super) fn of_failure(output: Output, failure: Failure) -> Failure {
    let Some(message) = &failure.message else {
        return failure;
    };
    let kind = match failure.exit {
        Exit::Usage => "usage",
        Exit::Configuration => "configuration",
        _ => "failure",
    };
    error(output, kind, message).err().unwrap_or(failure)
}
