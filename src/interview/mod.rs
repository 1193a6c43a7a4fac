//! The interview itself, without IO: what is asked, when, and what an answer is worth.
//!
//! ```text
//! setup ─► session (facts in, effects out) ─► report ─► markdown
//!            │ plan    which question comes next
//!            │ probe   what an answer lacks, and whether to ask for it
//!            │ speaker the words of the interviewer
//!            └ scorer  the judge that needs no model
//! ```
//!
//! A session's truth is its list of [`Fact`]s. The driver stores each one before it shows the next screen, and a session
//! that died is [`Session::replay`]ed from them.

pub mod bank;
pub mod competency;
pub mod fact;
pub mod judgement;
mod locale;
mod plan;
pub mod probe;
pub mod report;
pub mod rubric;
pub mod scorer;
pub mod session;
pub mod setup;
pub mod speaker;
pub mod stopwatch;
pub mod view;

pub use bank::{Bank, Question};
pub use competency::Competency;
pub use fact::{Close, Event, Fact, Seam, Voice};
pub use judgement::{JudgeTask, Judgement, Status};
pub use plan::pool_size;
pub use probe::Missing;
pub use report::Report;
pub use rubric::Rubric;
pub use session::{Effect, Input, Opening, Rejection, ReplayError, Session, Turn};
pub use setup::{Kind, Level, Mode, Setup, SetupError, Tone};
pub use speaker::{Act, Instruction};
pub use view::{Entry, EntryKind, Pace, Phase, View, Who};
