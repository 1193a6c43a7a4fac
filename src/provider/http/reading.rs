//! A response whose status is good, read as an answer.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use tokio::time::timeout;

use super::super::DeltaStream;
use super::failures::body_failure;
use super::header;
use crate::wire::mask::Veil;
use crate::wire::{Answer, Delta, Dialect, Failure, Mask};

/// How long token counts may keep an answer waiting whose end was said: some services then leave the connection open.
const AFTERMATH: Duration = Duration::from_secs(2);

/// How long the rest of a connection's response may take after `[DONE]`, so that the connection can serve again.
const DRAIN: Duration = Duration::from_secs(1);

/// An answer being read.
struct Reading {
    /// The response and what it has become so far; none once it has ended.
    source: Option<(Response, Answer)>,
    ready: VecDeque<Delta>,
    veil: Veil,
    failure: Option<Failure>,
}

/// The deltas of a response whose status is good.
pub(super) fn deltas(response: Response, dialect: Dialect, mask: Mask) -> DeltaStream {
    let veil = mask.veil();
    let answer = Answer::new(header(response.headers(), CONTENT_TYPE.as_str()), mask).in_dialect(dialect);
    let reading = Reading { source: Some((response, answer)), ready: VecDeque::new(), veil, failure: None };
    stream::unfold(reading, |mut reading| async move {
        loop {
            if let Some(delta) = reading.ready.pop_front() {
                return Some((Ok(delta), reading));
            }
            match reading.source.take() {
                Some((response, answer)) => reading.read(response, answer).await,
                None => return reading.failure.take().map(|failure| (Err(failure), reading)),
            }
        }
    })
    .boxed()
}

impl Reading {
    async fn read(&mut self, mut response: Response, mut answer: Answer) {
        let mut deltas = Vec::new();
        let next = if answer.has_ended() {
            timeout(AFTERMATH, response.chunk()).await.unwrap_or(Ok(None))
        } else {
            response.chunk().await
        };
        let end = match next {
            Err(error) => Some(answer.broken(body_failure(&error))),
            Ok(None) => Some(answer.finish(&mut deltas)),
            Ok(Some(bytes)) => match answer.push(&bytes, &mut deltas) {
                Err(failure) => Some(Err(failure)),
                Ok(()) if answer.is_done() => {
                    drain(response);
                    Some(answer.finish(&mut deltas))
                }
                Ok(()) => {
                    self.source = Some((response, answer));
                    None
                }
            },
        };
        self.ready.extend(self.veil.pass(deltas));
        if end.is_some() {
            self.ready.extend(self.veil.lift());
        }
        self.failure = end.and_then(Result::err);
    }
}

/// Reads what follows `[DONE]`, usually nothing, so that the connection can be used again. The answer does not wait for it.
fn drain(mut response: Response) {
    tokio::spawn(timeout(DRAIN, async move { while let Ok(Some(_)) = response.chunk().await {} }));
}
