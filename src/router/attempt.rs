//! One attempt at one route: sends the request, waits with patience for the first token and between tokens, and hands on text.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::call::ReplyEvent;
use super::cost::estimate_tokens;
use crate::provider::{DeltaStream, Provider};
use crate::wire::{ChatRequest, Delta, Failure, FinishReason, Outcome, Usage};

/// Longest wait for token counts after the provider said that the answer is whole.
const AFTER_FINISH: Duration = Duration::from_secs(1);

/// How long an attempt may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The latest moment for a first text or reasoning.
    pub first_token: Instant,
    /// The longest silence after it.
    pub idle: Duration,
    /// The longest time from the first token to the end.
    pub total: Duration,
    /// The moment after which a first token is slow.
    pub slow: Instant,
}

/// What an attempt brought, however it ended.
#[derive(Debug, Default)]
pub struct Brought {
    /// The text handed on.
    pub text: String,
    /// Tokens, when the provider counted them.
    pub usage: Option<Usage>,
    /// Why the provider ended it.
    pub finish: Option<FinishReason>,
    /// Estimated tokens of the model's thinking.
    pub reasoning_estimate: u64,
    /// When the first text or reasoning came.
    pub first_token: Option<Instant>,
    /// When the first text came.
    pub first_text: Option<Instant>,
}

/// Who hears of an attempt while it runs.
#[derive(Clone, Copy)]
pub struct Listener<'a> {
    /// Gets text and thinking; nobody for a probe.
    pub reply: Option<&'a mpsc::Sender<ReplyEvent>>,
    /// Called when no first token came within the warning time.
    pub slow: &'a (dyn Fn() + Send + Sync),
}

impl Listener<'_> {
    async fn say(self, event: ReplyEvent) {
        if let Some(reply) = self.reply {
            // The caller may have stopped listening; then this attempt is about to be dropped.
            let _ = reply.send(event).await;
        }
    }
}

/// Runs an attempt. What it brought is in `brought` even when the future is dropped half-way.
pub async fn run(
    provider: &dyn Provider,
    request: ChatRequest,
    patience: Patience,
    brought: &mut Brought,
    listener: Listener<'_>,
) -> Result<(), Failure> {
    let mut stream = open(provider, request, patience, listener).await?;
    loop {
        let next = stream.next();
        let delta = match brought.first_token {
            None => first(next, patience, listener).await,
            Some(began) => following(next, patience, began + patience.total, brought.finish.is_some()).await,
        };
        match delta.and_then(Option::transpose) {
            Ok(None) => return Ok(()),
            Ok(Some(delta)) => take(delta, brought, listener).await,
            // The provider has said that the answer is whole: what comes of the connection after that changes nothing.
            Err(_) if brought.finish.is_some() && !brought.text.is_empty() => return Ok(()),
            Err(failure) => return Err(failure),
        }
    }
}

async fn open(
    provider: &dyn Provider,
    request: ChatRequest,
    patience: Patience,
    listener: Listener<'_>,
) -> Result<DeltaStream, Failure> {
    first(provider.chat(request), patience, listener).await?
}

/// Waits for something that comes before the first token.
async fn first<T>(future: impl Future<Output = T>, patience: Patience, listener: Listener<'_>) -> Result<T, Failure> {
    tokio::pin!(future);
    if Instant::now() < patience.slow {
        tokio::select! {
            biased;
            value = &mut future => return Ok(value),
            () = sleep_until(patience.slow.min(patience.first_token)) => {}
        }
        if patience.slow < patience.first_token {
            (listener.slow)();
        }
    }
    timeout_at(patience.first_token, future)
        .await
        .map_err(|_| Failure::new(Outcome::FirstTokenTimeout, "no first token in time"))
}

/// Waits for something in the middle of an answer, or only for its token counts when it is over.
async fn following<T>(
    future: impl Future<Output = T>,
    patience: Patience,
    end: Instant,
    is_over: bool,
) -> Result<T, Failure> {
    let idle = Instant::now() + if is_over { patience.idle.min(AFTER_FINISH) } else { patience.idle };
    timeout_at(idle.min(end), future).await.map_err(|_| {
        if idle <= end {
            Failure::new(Outcome::IdleTimeout, "the answer stood still in the middle")
        } else {
            Failure::new(Outcome::TotalTimeout, "the answer was still running when its time was over")
        }
    })
}

async fn take(delta: Delta, brought: &mut Brought, listener: Listener<'_>) {
    match delta {
        Delta::Text(text) => {
            let now = Instant::now();
            brought.first_token.get_or_insert(now);
            brought.first_text.get_or_insert(now);
            brought.text.push_str(&text);
            listener.say(ReplyEvent::Text(text)).await;
        }
        Delta::Reasoning(text) => {
            brought.first_token.get_or_insert_with(Instant::now);
            brought.reasoning_estimate += estimate_tokens(&text);
            listener.say(ReplyEvent::Reasoning(text)).await;
        }
        Delta::Usage(usage) => brought.usage = Some(usage),
        Delta::Finish(reason) => brought.finish = Some(reason),
    }
}
