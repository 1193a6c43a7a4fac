//! Mid-stream continuation: an answer that broke off is gone on with by another provider, or begun anew where the caller can take
//! words back, or ends as incomplete with the text kept (`router.md` R5).

use tokio::time::{Instant, sleep_until};

use super::choice::Claim;
use super::{Dispatch, Ended};
use crate::router::attempt::{Brought, Patience};
use crate::router::booking::Ticket;
use crate::router::call::{Answer, AnswerUsage, Seam};
use crate::router::cost::estimate_tokens;
use crate::router::counters::Reason;
use crate::router::seam::{Asked, Splice};
use crate::router::state::State;
use crate::wire::{Failure, Message, Outcome, Role};

/// A shorter beginning is begun anew rather than gone on with, in characters.
const WORTH_CONTINUING: usize = 40;

/// Fewest tokens a continuation may have.
const LEAST_TOKENS: u32 = 16;

/// How an answer is brought to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The model goes on after the words that were given.
    GoOn,
    /// The whole answer stands in place of what was given.
    Anew,
    /// The whole answer is asked for, and goes on after what was given when it begins with that.
    Beyond,
}

/// Who brings it to its end, with what was taken for it, and how.
struct Successor {
    candidate: usize,
    ticket: Ticket,
    way: Way,
}

impl Dispatch<'_> {
    /// Brings an answer that broke off to its end, if that can be done.
    pub(super) async fn rescue(
        &mut self,
        broken: usize,
        failure: Failure,
        brought: &Brought,
        usage: AnswerUsage,
    ) -> Answer {
        while self.may_try()
            && let Some(Successor { candidate, ticket, way }) = self.successor(broken, &failure)
        {
            let booking = self.open(candidate, ticket, Reason::Continuation);
            sleep_until(ticket.start).await;
            if !self.still_admits(candidate, ticket.permit) {
                continue;
            }
            self.leave_for(candidate);
            self.explain(candidate);
            self.prepare(broken, candidate, way, failure.outcome);
            let patience = self.rescue_patience(candidate);
            let (messages, max_tokens) = self.request(way);
            let Ended { result, brought, usage } = self.send(candidate, booking, messages, max_tokens, patience).await;
            let Err(second) = result else {
                self.count(broken);
                return self.answer(candidate, &brought, usage, true);
            };
            self.why.push(format!("{}: {}", self.name(candidate), second.message));
            if self.delivery.seam.is_some() {
                // One hop a turn: what has come so far is the answer.
                self.count(broken);
                return self.answer(candidate, &brought, usage, false);
            }
            if way == Way::GoOn && second.outcome == Outcome::BadRequest {
                self.core.state().refuse_to_continue.insert(self.route(candidate));
                self.tries[candidate].times = 0;
            }
        }
        self.count(broken);
        self.answer(broken, brought, usage, false)
    }

    /// Counts what became of an answer that broke off, at the route where it did.
    fn count(&self, broken: usize) {
        let result = match &self.delivery.seam {
            None => "abandoned",
            Some(Seam { offset: 0, .. }) => "replaced",
            Some(_) => "continued",
        };
        let (name, model) = (self.name(broken), &self.candidates[broken].model);
        self.core.state().book.route(name, model).count_midstream(result);
    }

    /// Who brings the answer to its end: another provider that was not asked yet; after a broken connection also the same one.
    fn successor(&self, broken: usize, failure: &Failure) -> Option<Successor> {
        let now = Instant::now();
        if failure.outcome == Outcome::ContentFilter || self.end < now + self.core.timings.rescue {
            return None;
        }
        let connection_broke =
            matches!(failure.outcome, Outcome::Reset | Outcome::Truncated | Outcome::Malformed | Outcome::ServerError);
        let is_elsewhere = |i: usize| self.endpoint(i) != self.endpoint(broken);
        let may_be_asked = |i: &usize| self.tries[*i].times == 0 && (connection_broke || is_elsewhere(*i));
        let mut order: Vec<usize> = (0..self.candidates.len()).filter(may_be_asked).collect();
        order.sort_by_key(|i| (!is_elsewhere(*i), self.candidates[*i].is_lighter));
        order.extend((connection_broke && self.tries[broken].times == 1).then_some(broken));
        let state = &mut *self.core.state();
        order.into_iter().find_map(|candidate| {
            let way = self.way(state, candidate, failure.outcome)?;
            if !state.health[self.route(candidate)].is_eligible(now) {
                return None;
            }
            let is_free = self.is_free(state, candidate, now);
            // A place in the minute that is far off would leave the reader before half an answer.
            let latest = self.end.min(now + self.core.timings.rate_patience);
            let ticket = self.place(state, candidate, Claim { earliest: now, latest, is_free, ahead: false })?;
            Some(Successor { candidate, ticket, way })
        })
    }

    fn way(&self, state: &State, candidate: usize, broke_off: Outcome) -> Option<Way> {
        let route = self.route(candidate);
        let continues = self.core.table.facts(route).is_some_and(|facts| facts.continues);
        let is_own_model = self.candidates[candidate].model == self.core.table.routes[route].model;
        let is_worth_it = self.delivery.given.chars().count() >= WORTH_CONTINUING && broke_off != Outcome::Repetitive;
        if continues && is_own_model && is_worth_it && !state.refuse_to_continue.contains(&route) {
            Some(Way::GoOn)
        } else if self.call.takes_words_back {
            Some(Way::Anew)
        } else {
            (broke_off != Outcome::Repetitive).then_some(Way::Beyond)
        }
    }

    fn prepare(&mut self, broken: usize, candidate: usize, way: Way, reason: Outcome) {
        let given = &self.delivery.given;
        let seam = Seam {
            offset: given.chars().count(),
            from: self.name(broken).to_owned(),
            to: self.name(candidate).to_owned(),
            reason,
        };
        match way {
            Way::GoOn => self.delivery.splice(Splice::after(given, Asked::ToGoOn), seam),
            Way::Beyond => self.delivery.splice(Splice::after(given, Asked::AsAWhole), seam),
            Way::Anew => self.delivery.replace(seam),
        }
    }

    /// The messages and the longest answer of a rescue. Nothing is added in words: the language and the instruction stay.
    fn request(&self, way: Way) -> (Vec<Message>, Option<u32>) {
        let mut messages = self.conversation.messages().to_vec();
        if way != Way::GoOn {
            return (messages, self.max_tokens);
        }
        let given = &self.delivery.given;
        messages.push(Message { partial: true, ..Message::text(Role::Assistant, given.clone()) });
        let used = u32::try_from(estimate_tokens(given)).unwrap_or(u32::MAX);
        (messages, self.max_tokens.map(|most| most.saturating_sub(used).max(LEAST_TOKENS)))
    }

    fn rescue_patience(&self, candidate: usize) -> Patience {
        let timings = &self.core.timings;
        let now = Instant::now();
        let usual = self.first_token_wait(candidate);
        Patience {
            first_token: (now + usual).min(self.end),
            is_fair: now + usual <= self.end,
            idle: timings.idle,
            total: timings.total,
            end: self.end,
            deadline: self.call.deadline,
            slow: now + timings.slow,
            floor: None,
        }
    }
}
