//! The console's brain: [`State`], [`Event`], [`Effect`] and [`update`]. No IO, no clock, no task, no router handle: what
//! happened comes in, what is to be done goes out, both as data.
//!
//! ```text
//! terminal, router, interview ─► Event ─► update(&mut State, Event, now) ─► Effects ─► the loop runs them
//!                                                │
//!                                                └─► ui::draw(frame, &State)
//! ```

pub mod chat;
pub mod effect;
pub mod event;
pub mod state;
pub mod update;

pub use effect::Effect;
pub use event::{Event, Ready, Unfinished};
pub use state::{Backend, Launch, State, Tab};
pub use update::update;
