//! The router.

mod breaker;
mod call;
mod event;
mod snapshot;

pub use breaker::BreakerState;
pub use call::{Answer, AnswerUsage, Attempt, Billed, Call, CallError, Cost, ReplyEvent};
pub use event::RouterEvent;
pub use snapshot::{Health, LastError, ProviderStatus, RouteStatus, StatusSnapshot, Unavailable};
