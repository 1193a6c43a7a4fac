//! A provider: one OpenAI-compatible service behind one base URL and one key.

pub mod http;

use std::future::Future;
use std::pin::Pin;

use futures_util::stream::BoxStream;

use crate::wire::{ChatRequest, Delta, Failure};

/// The pieces of one answer. The stream ends after the last piece of a *complete* answer; an answer that the provider did not
/// end is an `Err` (`Outcome::Truncated`, `Reset`, …). After an `Err` nothing more comes. Dropping it closes the connection.
pub type DeltaStream = BoxStream<'static, Result<Delta, Failure>>;

/// A future that a provider returns.
pub type ProviderFuture<T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

/// What the router asks of a provider. It sets no timers but the connect timeout: patience is the router's.
pub trait Provider: Send + Sync {
    /// Starts a chat completion. Resolves when the response's headers have been accepted.
    fn chat(&self, request: ChatRequest) -> ProviderFuture<DeltaStream>;

    /// The ids of the models the service offers (`GET /models`), as sent.
    fn models(&self) -> ProviderFuture<Vec<String>>;
}
