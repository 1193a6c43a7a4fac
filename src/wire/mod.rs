//! What travels between VITA and an OpenAI-compatible provider, and what it means. Pure: bytes in, values out.

pub mod answer;
pub mod chat;
mod chunk;
pub mod classify;
mod error_object;
pub mod failure;
pub mod mask;
pub mod model_list;
pub mod obstacle;
pub mod retry_after;
pub mod sse;
pub mod text;
pub mod throttle;

pub use answer::Answer;
pub use chat::{ChatRequest, Content, Delta, FinishReason, Message, Part, Role, Usage};
pub use classify::Dialect;
pub use failure::{Failure, Outcome};
pub use mask::Mask;
pub use obstacle::Obstacle;
pub use throttle::Throttle;
