//! The console's brain: [`State`], [`Event`], [`Effect`] and [`update()`]. No IO, no clock, no task, no router handle: what
//! happened comes in, what is to be done goes out, both as data.
//!
//! ```text
//! terminal, router, interview ─► Event ─► update(&mut State, Event, now) ─► Effects ─► the loop runs them
//!                                                │
//!                                                └─► ui::draw(frame, &State)
//! ```

mod act;
pub mod chat;
pub mod effect;
pub mod event;
pub mod input;
pub mod keymap;
mod listen;
pub mod models;
pub mod monitor;
pub mod notice;
pub mod scroll;
pub mod state;
pub mod terms;
#[cfg(test)]
pub(crate) mod tests;
pub mod transcript;
pub mod update;

pub use effect::Effect;
pub use event::{Event, Ready, Unfinished};
pub use state::{Backend, Launch, Overlay, Question, State, Tab};
pub use update::update;

/// Whatever others wrote goes through this before it enters the state.
use crate::wire::text::plain;
