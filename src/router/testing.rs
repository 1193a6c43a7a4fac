//! A provider that follows a script, for tests under paused time, where a real socket can't be used.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::{Instant, sleep};

use crate::provider::{DeltaStream, Provider, ProviderFuture};
use crate::wire::{ChatRequest, Delta, Failure, FinishReason, Outcome, Usage};

/// What the provider does with one request.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// Answers with this text, a word at a time.
    Say(&'static str),
    /// Fails before any text.
    Fail(Outcome),
    /// Asks to be left alone.
    Throttle(Duration),
    /// Takes this long, then does the other.
    After(Duration, Box<Act>),
    /// Never answers.
    Silence,
    /// Gives this text, then the connection breaks.
    Cut(&'static str),
    /// Gives this text, then an error in the stream.
    Break(&'static str),
    /// Gives this text, then nothing more.
    Stall(&'static str),
    /// Gives this text and the word that it is whole, then nothing more.
    Linger(&'static str),
    /// A word of this text after each such time.
    Drip(Duration, &'static str),
    /// Gives this text, then the provider's filter ends it.
    Filter(&'static str),
    /// Uses up its tokens before any text.
    Spend,
    /// Gives token counts for ever, and no text after this one.
    Count(&'static str),
    /// Thinks for so long, a thought each second, then does the other.
    Think(u64, &'static str),
    /// Fails as said.
    FailAs(Failure),
}

/// Follows its script; at its end it does `otherwise` for ever.
#[derive(Debug)]
pub(super) struct Script {
    acts: Mutex<VecDeque<Act>>,
    otherwise: Mutex<Act>,
    requests: Arc<Mutex<Vec<ChatRequest>>>,
    /// When each request came.
    moments: Mutex<Vec<Instant>>,
    /// What it does when asked for its models; an answer is an empty list.
    listing: Mutex<Act>,
    listed: Mutex<Vec<Instant>>,
}

impl Default for Script {
    fn default() -> Self {
        Self::always(Act::Say("fine"))
    }
}

impl Script {
    pub fn always(act: Act) -> Self {
        Self {
            acts: Mutex::default(),
            otherwise: Mutex::new(act),
            requests: Arc::default(),
            moments: Mutex::default(),
            listing: Mutex::new(Act::Say("")),
            listed: Mutex::default(),
        }
    }

    pub fn then(acts: impl IntoIterator<Item = Act>) -> Self {
        let script = Self::default();
        script.acts.lock().expect("no panic").extend(acts);
        script
    }

    /// From now on.
    pub fn set(&self, act: Act) {
        *self.otherwise.lock().expect("no panic") = act;
    }

    /// From now on, when asked for its models.
    pub fn set_list(&self, act: Act) {
        *self.listing.lock().expect("no panic") = act;
    }

    /// When it was asked for its models.
    pub fn listed(&self) -> Vec<Instant> {
        self.listed.lock().expect("no panic").clone()
    }

    /// When it was asked for a token or a few by a probe.
    pub fn probed(&self) -> Vec<Instant> {
        let (requests, moments) = (self.requests.lock().expect("no panic"), self.moments.lock().expect("no panic"));
        let is_probe = |request: &ChatRequest| matches!(request.max_tokens, Some(1 | 16));
        requests.iter().zip(moments.iter()).filter(|(request, _)| is_probe(request)).map(|(_, at)| *at).collect()
    }

    /// Requests received, probes included.
    pub fn calls(&self) -> usize {
        self.requests.lock().expect("no panic").len()
    }

    /// The latest request.
    pub fn latest(&self) -> ChatRequest {
        self.requests.lock().expect("no panic").last().expect("a request").clone()
    }

    /// Requests received, without probes.
    pub fn questions(&self) -> usize {
        self.requests.lock().expect("no panic").iter().filter(|request| request.max_tokens != Some(1)).count()
    }
}

async fn perform(act: Act) -> Result<DeltaStream, Failure> {
    let words =
        |text: &'static str| text.split_inclusive(' ').map(|word| Ok(Delta::Text(word.to_owned()))).collect::<Vec<_>>();
    match act {
        Act::Say(text) => {
            let usage = Usage { prompt_tokens: 10, completion_tokens: 5, cached_tokens: 0 };
            let mut pieces = words(text);
            pieces.extend([Ok(Delta::Finish(FinishReason::Stop)), Ok(Delta::Usage(usage))]);
            Ok(stream::iter(pieces).boxed())
        }
        Act::FailAs(failure) => Err(failure),
        Act::Spend => {
            let usage = Usage { prompt_tokens: 10, completion_tokens: 1, cached_tokens: 0 };
            let empty = Err(Failure::new(Outcome::Empty, "scripted"));
            let pieces = vec![Ok(Delta::Finish(FinishReason::Length)), Ok(Delta::Usage(usage)), empty];
            Ok(stream::iter(pieces).boxed())
        }
        Act::Drip(every, text) => {
            let drops = stream::iter(words(text)).then(move |word| async move {
                sleep(every).await;
                word
            });
            Ok(drops.chain(stream::iter([Ok(Delta::Finish(FinishReason::Stop))])).boxed())
        }
        Act::Filter(text) => {
            let mut pieces = words(text);
            pieces.push(Ok(Delta::Finish(FinishReason::ContentFilter)));
            Ok(stream::iter(pieces).boxed())
        }
        Act::Count(text) => {
            let counts = stream::unfold((), |()| async {
                sleep(Duration::from_secs(1)).await;
                Some((Ok(Delta::Usage(Usage::default())), ()))
            });
            Ok(stream::iter(words(text)).chain(counts).boxed())
        }
        Act::Think(seconds, text) => {
            let thoughts = stream::iter(0..seconds).then(|_| async {
                sleep(Duration::from_secs(1)).await;
                Ok(Delta::Reasoning("hm ".to_owned()))
            });
            let mut pieces = words(text);
            pieces.push(Ok(Delta::Finish(FinishReason::Stop)));
            Ok(thoughts.chain(stream::iter(pieces)).boxed())
        }
        Act::Fail(outcome) => Err(Failure::new(outcome, "scripted")),
        Act::Throttle(pause) => {
            Err(Failure { retry_after: Some(pause), ..Failure::new(Outcome::RateLimited, "scripted") })
        }
        Act::After(wait, act) => {
            sleep(wait).await;
            Box::pin(perform(*act)).await
        }
        Act::Silence => std::future::pending().await,
        Act::Cut(text) => {
            let mut pieces = words(text);
            pieces.push(Err(Failure::new(Outcome::Truncated, "scripted")));
            Ok(stream::iter(pieces).boxed())
        }
        Act::Break(text) => {
            let mut pieces = words(text);
            pieces.push(Err(Failure { status: Some(500), ..Failure::new(Outcome::ServerError, "scripted") }));
            Ok(stream::iter(pieces).boxed())
        }
        Act::Linger(text) => {
            let mut pieces = words(text);
            pieces.push(Ok(Delta::Finish(FinishReason::Stop)));
            Ok(stream::iter(pieces).chain(stream::pending()).boxed())
        }
        Act::Stall(text) => Ok(stream::iter(words(text)).chain(stream::pending()).boxed()),
    }
}

impl Provider for Script {
    fn chat(&self, request: ChatRequest) -> ProviderFuture<DeltaStream> {
        self.requests.lock().expect("no panic").push(request);
        self.moments.lock().expect("no panic").push(Instant::now());
        let act = self.acts.lock().expect("no panic").pop_front();
        Box::pin(perform(act.unwrap_or_else(|| self.otherwise.lock().expect("no panic").clone())))
    }

    fn models(&self) -> ProviderFuture<Vec<String>> {
        self.listed.lock().expect("no panic").push(Instant::now());
        let act = self.listing.lock().expect("no panic").clone();
        Box::pin(async { perform(act).await.map(|_| Vec::new()) })
    }
}
