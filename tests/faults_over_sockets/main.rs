//! What providers do wrong, over real sockets, as the person who asked meets it: what they read in the end, whether it is whole,
//! who was asked how often, and what the router thinks of the provider afterwards. Every call of every test is checked for what
//! must always hold (see [`Rig::hear`]).
#![allow(clippy::expect_used, reason = "a test that can't be set up has failed")]

mod addresses;
mod answers;
mod books;
mod callers;
mod framing;
mod health;
mod heard;
mod outages;
mod raw;
mod refusals;
mod rescues;
mod rig;
mod secrets;
mod throttles;

use std::time::Duration;

use vita::config::Task;
use vita::router::{BreakerState, Call, ReplyEvent};
use vita::simulator::{BodyKind, CallEnd, Fault, Flap, Form, Step, Target};
use vita::wire::{Message, Outcome, Role};

use heard::Heard;
use raw::Raw;
use rig::{Build, Rig};

/// No fact takes longer than this, on however busy a machine.
const SOON: Duration = Duration::from_secs(30);

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// So many words, each another one.
fn words(count: usize) -> String {
    (1..=count).map(|n| format!("word{n} ")).collect()
}

/// A question that is answered with these words.
fn say(text: &str) -> Call {
    ask(&serde_json::json!({"say": text}).to_string())
}

/// A question.
fn ask(text: &str) -> Call {
    Call::new(Task::Chat, vec![Message::text(Role::User, text)])
}

/// An error status with this code, in this form.
fn refusal(status: u16, code: &str, body: BodyKind) -> Fault {
    Fault::Status { status, code: Some(code.to_owned()), message: None, retry_after: None, body }
}

/// A throttle that asks for this pause.
fn throttle(pause: &str) -> Fault {
    let retry_after = Some(pause.to_owned());
    Fault::Status { status: 429, code: None, message: None, retry_after, body: BodyKind::Json }
}
