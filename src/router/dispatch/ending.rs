//! How a call ends: the answer, the error, and the record of what happened.

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

    /// Nothing more can be tried: what every provider said last, and when another try is worth while.
    pub(super) fn exhausted(&self, limited_until: Option<Instant>) -> CallError {
        let (now, at) = self.core.now();
        let (kind, message) = match (self.failures.last(), limited_until) {
            (Some((_, failure)), _) => {
                let advice = advice(failure.outcome);
                (failure.outcome, format!("no provider could answer; {}{advice}", self.every_failure()))
            }
            (None, Some(_)) => {
                (Outcome::Limit, "RATE_LIMIT_PER_MINUTE is reached at every provider that could answer".to_owned())
            }
            (None, None) => self.why_unavailable(),
        };
        let retry_at = self.retry_at(limited_until, now);
        let retry_at = retry_at.map(|moment| at + moment.saturating_duration_since(now));
        CallError { retry_at, ..self.refused(kind, message) }
    }

    /// The latest failure of each provider that was asked, why others were not, and whether a setting kept one out.
    fn every_failure(&self) -> String {
        let mut clauses: Vec<String> = Vec::new();
        for endpoint in 0..self.core.table.endpoints.len() {
            let name = &self.core.table.endpoints[endpoint].name;
            let failure = self.failures.iter().rev().find(|(candidate, _)| self.endpoint(*candidate) == endpoint);
            let candidate = (0..self.candidates.len()).find(|candidate| self.endpoint(*candidate) == endpoint);
            if let Some((_, failure)) = failure {
                clauses.push(format!("{name}: {}", failure.message));
            } else if let Some(reason) = candidate.and_then(|candidate| self.why_not(candidate)) {
                clauses.push(format!("{name}: {reason}"));
            } else if !self.core.use_fallback && self.core.table.is_configured(endpoint) {
                clauses.push(format!("{name}: not asked, since USE_QWEN_FALLBACK is false"));
            }
        }
        clauses.join("; ")
    }

    /// Why nobody was asked at all.
    fn why_unavailable(&self) -> (Outcome, String) {
        let (now, state) = (Instant::now(), self.core.state());
        let asides = self.candidates.iter().map(|candidate| state.health[candidate.route].set_aside(now));
        if asides.into_iter().all(|aside| aside.is_some_and(|aside| aside.reason == Outcome::RateLimited)) {
            let message = "every provider that could answer has had too many requests and asks for a pause";
            (Outcome::RateLimited, message.to_owned())
        } else {
            drop(state);
            (Outcome::Unavailable, format!("no provider takes requests now; {}", self.every_failure()))
        }
    }

    /// When the first of the candidates is tried again; nothing where one may be tried at once, and nothing for a key, a bill or a
    /// model, which time does not mend.
    fn retry_at(&self, limited_until: Option<Instant>, now: Instant) -> Option<Instant> {
        let state = self.core.state();
        let health = || self.candidates.iter().map(|candidate| &state.health[candidate.route]);
        if limited_until.is_none() && health().any(|health| health.is_eligible(now)) {
            return None;
        }
        let moments = health().filter(|health| !health.is_refused(now)).filter_map(|health| {
            health.set_aside(now).map(|aside| aside.until).or_else(|| health.breaker.reopens_at())
        });
        limited_until.into_iter().chain(moments).min()
    }

    /// Keeps what happened to the call, and nothing of what was said in it.
    pub(super) fn note(&mut self, outcome: Outcome) {
        self.is_noted = true;
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
        let record = CallRecord {
            at,
            task,
            outcome,
            attempts: self.attempts.clone(),
            seam: self.delivery.seam.clone(),
            total_ms,
            why,
        };
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
