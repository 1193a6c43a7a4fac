//! The guard of an attempt: however the attempt ends, and also when its caller goes away, it is booked exactly once.

use std::sync::Arc;

use tokio::time::Instant;

use super::attempt::Brought;
use super::breaker::Permit;
use super::call::{AnswerUsage, Attempt, Billed};
use super::core::{Core, Ended};
use super::cost;
use super::counters::Reason;
use super::policy::Candidate;
use super::table::RouteId;
use crate::wire::{Failure, Outcome, Usage};

/// An attempt under way.
pub(super) struct Booking<'a> {
    core: &'a Arc<Core>,
    route: RouteId,
    model: String,
    permit: Option<Permit>,
    is_charged: bool,
    /// Set when the request is on its way; before that a cancelled attempt cost nothing.
    started: Option<Instant>,
    brought: Brought,
    reason: Reason,
    weight: Weight,
}

/// What an attempt holds before it is sent; given back when it never is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    pub permit: Permit,
    /// When it may start.
    pub start: Instant,
    /// One of the retries that all calls share was taken for it.
    pub is_charged: bool,
}

/// Tokens of a request, as estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight {
    /// Of the conversation.
    pub prompt: u64,
    /// Of the longest answer.
    pub answer: u64,
}

impl Weight {
    pub fn total(self) -> u64 {
        self.prompt + self.answer
    }
}

impl<'a> Booking<'a> {
    /// Takes over what an attempt holds that is about to start.
    pub fn open(core: &'a Arc<Core>, candidate: &Candidate, ticket: Ticket, reason: Reason, weight: Weight) -> Self {
        core.begin(candidate.route);
        Self {
            core,
            route: candidate.route,
            model: candidate.model.clone(),
            permit: Some(ticket.permit),
            is_charged: ticket.is_charged,
            started: None,
            brought: Brought::default(),
            reason,
            weight,
        }
    }

    /// What the attempt has brought so far. Asking for it means that the request is on its way.
    pub fn brought(&mut self) -> &mut Brought {
        self.started.get_or_insert_with(Instant::now);
        &mut self.brought
    }

    /// Books the end, and gives the record, the tokens it is charged for, and what it brought.
    pub fn close(mut self, result: Result<(), &Failure>) -> (Attempt, AnswerUsage, Brought) {
        let permit = self.permit.take();
        let (attempt, usage) = self.book(permit.unwrap_or(Permit::Ordinary), result);
        (attempt, usage, std::mem::take(&mut self.brought))
    }

    fn book(&mut self, permit: Permit, result: Result<(), &Failure>) -> (Attempt, AnswerUsage) {
        let now = Instant::now();
        let started = self.started.unwrap_or(now);
        let counted = self.brought.usage;
        let began = self.brought.first_token.is_some();
        let billed = match result {
            Err(failure) => cost::billed(failure.outcome, failure.status, counted.is_some(), began),
            Ok(()) => Billed::Yes,
        };
        let usage = match billed {
            Billed::No => Usage::default(),
            Billed::Yes | Billed::Maybe => self.usage(result.is_ok()),
        };
        let attempt = self.core.end(Ended {
            route: self.route,
            model: &self.model,
            permit: Some(permit),
            result,
            reason: Some(self.reason),
            usage,
            estimated: counted.is_none(),
            billed,
            first_token: self.brought.first_token.map(|at| at - started),
            took: now - started,
            reserved: self.weight.total(),
        });
        (attempt, AnswerUsage { tokens: usage, estimated: counted.is_none() })
    }

    /// The provider's counts; without them, or where an answer was cut after an early count, at least our estimate.
    fn usage(&self, is_whole: bool) -> Usage {
        let estimate = Usage {
            prompt_tokens: self.weight.prompt,
            completion_tokens: cost::estimate_tokens(&self.brought.text) + self.brought.reasoning_estimate,
            cached_tokens: 0,
        };
        match self.brought.usage {
            None => estimate,
            Some(counted) if is_whole => counted,
            Some(counted) => {
                Usage { completion_tokens: counted.completion_tokens.max(estimate.completion_tokens), ..counted }
            }
        }
    }
}

impl Drop for Booking<'_> {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else { return };
        if self.started.is_none() {
            self.core.never_sent(self.route, permit, self.weight.total(), self.is_charged);
        } else {
            self.book(permit, Err(&Failure::new(Outcome::Cancelled, "the caller went away")));
        }
    }
}
