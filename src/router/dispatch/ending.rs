//! How a call ends: the answer, the error, and the record of what happened.

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::Dispatch;
use crate::router::attempt::Brought;
use crate::router::call::{Answer, AnswerUsage, Attempt, CallError, Cost};
use crate::router::core::millis;
use crate::router::snapshot::CallRecord;
use crate::wire::Outcome;

impl Dispatch<'_> {
    /// The answer, whole or as far as it came.
    pub(super) fn answer(&self, candidate: usize, brought: &Brought, usage: AnswerUsage, complete: bool) -> Answer {
        let cost = self.attempts.iter().map(|attempt| attempt.cost).sum();
        Answer {
            text: self.delivery.given.clone(),
            provider: self.name(candidate).to_owned(),
            model: self.candidates[candidate].model.clone(),
            finish_reason: brought.finish.as_ref().map(|reason| reason.as_str().to_owned()),
            complete,
            cached: false,
            simulated: self.core.simulated,
            attempts: self.attempts.clone(),
            seam: self.delivery.seam.clone(),
            usage,
            cost: Cost { amount: cost, currency: self.core.currency.clone() },
            ttft_ms: self.delivery.first_text.map(|at| millis(at - self.started)),
            total_ms: millis(self.started.elapsed()),
            why: self.why.clone(),
        }
    }

    pub(super) fn refused(&self, kind: Outcome, message: String) -> CallError {
        CallError { kind, message, retry_at: None, attempts: self.attempts.clone() }
    }

    /// Nothing more can be tried: the last failure, and when another try is worth while.
    pub(super) fn exhausted(&self, limited_until: Option<Instant>) -> CallError {
        let retry_at = self.retry_at(limited_until);
        let mut error = match &self.last {
            Some(failure) => {
                let name = self.attempts.last().map_or("", |attempt| attempt.provider.as_str());
                let (said, advice) = (&failure.message, advice(failure.outcome));
                self.refused(
                    failure.outcome,
                    format!("no provider could answer; the last one tried, {name}: {said}{advice}"),
                )
            }
            None if limited_until.is_some() => self.refused(
                Outcome::Limit,
                "RATE_LIMIT_PER_MINUTE is reached at every provider that could answer".to_owned(),
            ),
            None => self.refused(Outcome::Unavailable, self.why_unavailable().to_owned()),
        };
        error.retry_at = retry_at;
        error
    }

    /// Why nobody was asked at all.
    fn why_unavailable(&self) -> &'static str {
        let (now, state) = (Instant::now(), self.core.state());
        let asides = self.candidates.iter().map(|candidate| state.health[candidate.route].set_aside(now));
        if asides.into_iter().all(|aside| aside.is_some_and(|aside| aside.reason == Outcome::RateLimited)) {
            "every provider that could answer has had too many requests and asks for a pause"
        } else {
            "no provider takes requests now (see `vita status`)"
        }
    }

    /// When the first of the candidates is tried again.
    fn retry_at(&self, limited_until: Option<Instant>) -> Option<DateTime<Utc>> {
        let (now, at) = self.core.now();
        let state = self.core.state();
        let moments = self.candidates.iter().filter_map(|candidate| {
            let health = &state.health[candidate.route];
            health.set_aside(now).map(|aside| aside.until).or_else(|| health.breaker.reopens_at())
        });
        limited_until.into_iter().chain(moments).min().map(|moment| at + moment.saturating_duration_since(now))
    }

    /// Keeps what happened to the call, and nothing of what was said in it.
    pub(super) fn note(&self, ended: &Result<Answer, CallError>) {
        let (outcome, seam) = match ended {
            Ok(answer) => (answer.broke_off().unwrap_or(Outcome::Ok), answer.seam.clone()),
            Err(error) => (error.kind, None),
        };
        let (task, total_ms, why) = (self.call.task, millis(self.started.elapsed()), self.why.clone());
        tracing::info!(
            %task,
            outcome = outcome.as_str(),
            total_ms,
            attempts = self.attempts.len(),
            why = why.join("; "),
            "call ended"
        );
        let at = self.core.now().1;
        let record = CallRecord { at, task, outcome, attempts: self.attempts.clone(), seam, total_ms, why };
        let mut state = self.core.state();
        state.turn_to(self.core.clock.day_of(at));
        // A call that was refused without an attempt belongs to no provider.
        let (provider, model) = match self.attempts.last() {
            Some(Attempt { provider, model, .. }) => (provider.as_str(), model.as_str()),
            None => ("", ""),
        };
        state.book.route(provider, model).count_request(task, outcome);
        state.note_call(record);
        drop(state);
        self.core.changed.notify_one();
        self.core.recorded.notify_one();
    }
}

/// What to do about a failure that time does not mend.
fn advice(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Auth | Outcome::Billing | Outcome::ModelUnavailable | Outcome::Connect | Outcome::Foreign => {
            " (`vita doctor` says what to do)"
        }
        _ => "",
    }
}
