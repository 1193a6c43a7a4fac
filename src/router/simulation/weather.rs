//! What a scripted provider is like for a while.

use std::time::Duration;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::raw::RetryAfter;

/// What a provider is like for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Weather {
    /// Answers as it should.
    Up,
    /// The first token and every further piece take long.
    Slow { first: Duration, gap: Duration },
    /// Thinks aloud for long before it says anything.
    Thinking(Duration),
    /// Asks everybody to leave it alone; `within` a stream that had begun well.
    Throttling { says: Option<RetryAfter>, within: bool },
    /// Gives no answer at all.
    Down(Down),
    /// So many percent of the answers fail before any text.
    Flaky { percent: u32, how: Down },
    /// So many percent of the answers break off in the middle.
    Cutting { percent: u32, how: Cut },
    /// A character now and then.
    Dripping,
    /// Says the same again and again.
    Repeating,
    /// Does not want this caller, or this request.
    Refusing(Refusal),
}

/// How a provider gives no answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Down {
    /// No connection, at once.
    Connect,
    /// No connection, after the connect timeout.
    BlackHole,
    /// The connection breaks before the headers.
    Reset,
    /// A status of its own fault.
    Status { status: u16, says: Option<RetryAfter>, should_retry: Option<bool> },
    /// Takes the request and says nothing.
    Silence,
    /// Takes the request, sends headers, and then nothing.
    Headers,
    /// A web page.
    Page,
    /// Ends in order without a word.
    Empty,
}

/// How an answer breaks off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cut {
    /// The stream ends without an end.
    Truncated,
    /// The connection breaks.
    Reset,
    /// Nothing more comes.
    Stall,
    /// A frame that is not JSON.
    Malformed,
    /// An error of the server's in the stream.
    ServerError,
    /// A throttle in the stream.
    Throttled,
    /// The provider's filter ends it: that is an end.
    Filtered,
    /// The provider's filter says so as an error.
    Inspected,
}

/// What a provider does not want.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Refusal {
    Key,
    Bill,
    Model,
    Request,
    TooLong,
    Content,
}

/// One of these.
pub(super) fn one_of<T: Copy>(of: &[T], rng: &mut ChaCha8Rng) -> T {
    of[rng.random_range(0..of.len())]
}

impl Weather {
    pub fn draw(rng: &mut ChaCha8Rng) -> Self {
        let seconds = |rng: &mut ChaCha8Rng, from: f64, to: f64| Duration::from_secs_f64(rng.random_range(from..to));
        match rng.random_range(0..100) {
            0..28 => Self::Up,
            28..35 => Self::Slow { first: seconds(rng, 2.0, 40.0), gap: seconds(rng, 0.1, 6.0) },
            35..38 => Self::Thinking(seconds(rng, 1.0, 40.0)),
            38..50 => Self::Throttling { says: retry_after(rng), within: rng.random_ratio(1, 5) },
            50..64 => Self::Down(Down::draw(rng)),
            64..72 => Self::Flaky { percent: rng.random_range(5..70), how: Down::draw(rng) },
            72..88 => Self::Cutting { percent: one_of(&[30, 60, 100], rng), how: Cut::draw(rng) },
            88..91 => Self::Dripping,
            91..94 => Self::Repeating,
            _ => Self::Refusing(Refusal::draw(rng)),
        }
    }
}

impl Down {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        match rng.random_range(0..12) {
            0 | 1 => Self::Connect,
            2 => Self::BlackHole,
            3 => Self::Reset,
            4 => Self::Silence,
            5 => Self::Headers,
            6 => Self::Page,
            7 => Self::Empty,
            _ => Self::Status {
                status: one_of(&[500, 502, 503, 504, 408, 529], rng),
                says: if rng.random_ratio(1, 4) { retry_after(rng) } else { None },
                should_retry: one_of(&[None, None, None, Some(true), Some(false)], rng),
            },
        }
    }
}

impl Cut {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        use Cut::{Filtered, Inspected, Malformed, Reset, ServerError, Stall, Throttled, Truncated};
        one_of(&[Truncated, Truncated, Reset, Stall, Malformed, ServerError, Throttled, Filtered, Inspected], rng)
    }
}

impl Refusal {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        one_of(&[Self::Key, Self::Bill, Self::Model, Self::Request, Self::TooLong, Self::Content], rng)
    }
}

fn retry_after(rng: &mut ChaCha8Rng) -> Option<RetryAfter> {
    match rng.random_range(0..12) {
        0 | 1 => None,
        2 => Some(RetryAfter::Seconds(0.0)),
        3 => Some(RetryAfter::Seconds(0.5)),
        4..8 => Some(RetryAfter::Seconds(f64::from(rng.random_range(1..90)))),
        8 => Some(RetryAfter::Milliseconds(rng.random_range(1..8000))),
        9 => Some(RetryAfter::Date(rng.random_range(0..60))),
        10 => Some(RetryAfter::Nonsense(one_of(&["-5", "soon", "NaN", "", "Wed, 21 Oct 2026 07:27:00 GMT"], rng))),
        _ => Some(RetryAfter::Seconds(one_of(&[600.0, 86_400.0], rng))),
    }
}
