//! What travels between VITA and an OpenAI-compatible provider, and what it means. Pure: bytes in, values out.

pub mod chat;
pub mod failure;
pub mod text;

pub use chat::{ChatRequest, Content, Delta, FinishReason, Message, Part, Role, Usage};
pub use failure::{Failure, Outcome};
