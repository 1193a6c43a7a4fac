//! What must hold of what a user gets: events, the end, and the text.

use std::time::Duration;

use tokio::time::Instant;

use super::books::{Books, Case, Visit};
use super::log::{Verdict, hold};
use super::plan::{NAMES, Plan};
use super::{promises, text};
use crate::router::{Answer, Attempt, ReplyEvent};
use crate::wire::FinishReason;

/// Timers have a resolution of a millisecond; rounding up may cost one more.
pub(super) const TICK: Duration = Duration::from_millis(2);

/// Longest answer, from its first token to its end (`router.md` R3).
const LONGEST_ANSWER: Duration = Duration::from_secs(120);

/// The latest moment for a call's end: its own deadline; else the request's time, and once an answer has begun that of an answer.
pub(super) fn latest_end(case: &Case, plan: &Plan) -> Instant {
    let to_first_token = case.sent + plan.knobs.request_timeout;
    let by_settings = if case.has_begun { to_first_token + LONGEST_ANSWER } else { to_first_token };
    let own = case.errand.deadline.map(|deadline| case.sent + deadline);
    own.map_or(by_settings, |own| own.min(by_settings))
}

/// Takes an event of a call into the books and checks it.
pub(super) fn of_event(books: &mut Books, plan: &Plan, call: usize, event: &ReplyEvent) -> Verdict {
    let process = books.cases[call].process;
    let most = books.processes[process].most_now();
    let case = &mut books.cases[call];
    hold(!case.over, "I4", || format!("question {call} has ended, and then came {event:?}"))?;
    match event {
        ReplyEvent::Waiting { .. } => {
            let hindered = !case.unhindered || !case.visits.is_empty();
            hold(hindered, "I11", || format!("question {call} waits though nothing is in its way"))?;
        }
        ReplyEvent::Queued { place, .. } => {
            let places = plan.knobs.max_concurrent.map_or(usize::MAX, |places| places as usize);
            hold(most > places, "I11", || {
                format!("question {call} stands in line, {most} calls have {places} places")
            })?;
            hold((1..=32).contains(place), "I7", || format!("question {call} is number {place} in line"))?;
        }
        ReplyEvent::Text(piece) => {
            case.has_begun = true;
            case.text.push_str(piece);
        }
        ReplyEvent::Reasoning(_) => case.has_begun = true,
        ReplyEvent::Continued(seam) => {
            let so_far = case.text.chars().count();
            hold(seam.offset == so_far, "I14", || format!("question {call} has a seam at {so_far}, told as {seam:?}"))?;
            case.seams.push(seam.clone());
        }
        ReplyEvent::Replaced(seam) => {
            hold(case.errand.takes_words_back, "I14", || format!("question {call} can't take words back: {seam:?}"))?;
            case.text.clear();
            case.seams.push(seam.clone());
        }
        ReplyEvent::Finished(answer) => {
            case.over = true;
            let ok = answer.attempts.last().is_some_and(|last| last.outcome == crate::wire::Outcome::Ok);
            books.processes[process].successes += u32::from(ok);
            let case = &books.cases[call];
            of_attempts(books, case, &answer.attempts)?;
            of_answer(books, plan, call, answer)?;
        }
        ReplyEvent::Failed(error) => {
            case.over = true;
            let case = &books.cases[call];
            of_attempts(books, case, &error.attempts)?;
            // Words that were given are never thrown away with an error.
            hold(case.text.is_empty(), "I14", || format!("question {call} failed after {:?}", case.text))?;
        }
        ReplyEvent::Trying { .. } | ReplyEvent::FailedOver { .. } | ReplyEvent::Slow { .. } => {}
    }
    let late = Instant::now().saturating_duration_since(latest_end(&books.cases[call], plan));
    hold(late <= TICK, "I10", || format!("question {call} is {late:?} late"))
}

/// Every attempt is told, once, in order.
fn of_attempts(books: &Books, case: &Case, told: &[Attempt]) -> Verdict {
    let made: Vec<_> = case.visits.iter().map(|visit| &books.visits[*visit]).collect();
    let made: Vec<_> = made.iter().map(|visit| (NAMES[visit.site], visit.model.as_str())).collect();
    let told: Vec<_> = told.iter().map(|attempt| (attempt.provider.as_str(), attempt.model.as_str())).collect();
    hold(made == told, "I8", || format!("attempts {made:?} are told as {told:?}"))
}

/// The text is what was delivered, and what is called complete is.
fn of_answer(books: &Books, plan: &Plan, call: usize, answer: &Answer) -> Verdict {
    let case = &books.cases[call];
    let (given, told) = (&case.text, &answer.text);
    hold(given == told, "I14", || format!("question {call} was given {given:?}, and the answer says {told:?}"))?;
    hold(answer.seam.as_ref() == case.seams.last(), "I14", || {
        format!("question {call} saw the seams {:?}, and the answer says {:?}", case.seams, answer.seam)
    })?;
    hold(case.seams.len() <= 1, "R5", || format!("question {call} has the seams {:?}", case.seams))?;
    let visits: Vec<&Visit> = case.visits.iter().map(|visit| &books.visits[*visit]).collect();
    let Some(last) = visits.last() else {
        return hold(false, "I5", || format!("question {call} was answered by nobody"));
    };
    let wholes: Vec<_> =
        (0..plan.sites.len()).map(|site| text::whole(call, promises::voice(books, call, site))).collect();
    let is_strange = visits.iter().any(|visit| visit.strange);
    let is_prefix = is_strange || wholes.iter().any(|whole| whole.starts_with(told.as_str()));
    hold(is_prefix, "I14", || format!("nobody says this to question {call}: {told:?}, but {wholes:?}"))?;
    // What a filter ended is cut.
    let is_ended = last.finish.as_ref().is_some_and(|finish| *finish != FinishReason::ContentFilter);
    if !answer.complete {
        // What the provider ended in order, at the first attempt and without another's words before it, is whole.
        let is_whole = is_ended && last.text == *told && !is_strange;
        return hold(!is_whole, "I5", || format!("the whole answer to question {call} is called cut"));
    }
    let Some(finish) = last.finish.as_ref().filter(|_| is_ended) else {
        return hold(false, "I5", || format!("question {call} was cut by the provider, and is called complete"));
    };
    let word = Some(finish.as_str());
    hold(answer.finish_reason.as_deref() == word, "I5", || {
        format!("question {call} ended with {word:?}, and the answer says {:?}", answer.finish_reason)
    })?;
    let is_whole = *finish != FinishReason::Stop || is_strange || wholes.contains(told);
    hold(is_whole, "I5", || format!("question {call} got {told:?}, called complete, of {wholes:?}"))
}
