//! The router's books beside what the providers served.

use std::collections::{BTreeMap, HashMap};

use vita::config::{Micro, Price, Prices};
use vita::simulator::CallRecord;
use vita::wire::Outcome;

use crate::callers::{Counted, FEW_TOKENS, Heard};
use crate::faults::{ends, is_counted, is_timeout};

/// What one provider served, summed up.
#[derive(Default)]
pub struct Served {
    pub probes: u64,
    /// Calls that are no health checks.
    pub turns: u64,
    /// Those that are answered whole, or can be.
    pub whole: u64,
    /// Of the patient's calls: by the outcomes that they can have.
    pub patient: HashMap<&'static [Outcome], u64>,
    /// Of the patient's calls that can only be answered whole and with token counts: each pair of counts, and how often.
    pub counted: BTreeMap<(u64, u64), u64>,
}

impl Served {
    pub fn note(&mut self, call: &CallRecord) {
        if call.probe {
            self.probes += 1;
            return;
        }
        self.turns += 1;
        let ends = call.fault.as_ref().map_or(&[Outcome::Ok][..], ends);
        let is_whole = ends == [Outcome::Ok];
        self.whole += u64::from(ends.contains(&Outcome::Ok));
        if call.max_tokens.is_some_and(|most| most > u64::from(FEW_TOKENS)) {
            *self.patient.entry(ends).or_default() += 1;
            if is_whole && call.fault.as_ref().is_none_or(is_counted) {
                *self.counted.entry((call.prompt_tokens, call.completion_tokens)).or_default() += 1;
            }
        }
    }

    /// How many of the patient's calls must have ended like this, and how many can have.
    fn bounds(&self, outcome: Outcome) -> (u64, u64) {
        let of = |fits: fn(&[Outcome]) -> bool| {
            let with = self.patient.iter().filter(|(ends, _)| ends.contains(&outcome) && fits(ends));
            with.map(|(_, count)| count).sum()
        };
        (of(|ends| ends.len() == 1), of(|_| true))
    }

    fn counted(&self, prices: Prices) -> Counted {
        let mut sum = Counted::default();
        for ((prompt_tokens, completion_tokens), answers) in &self.counted {
            let price = Price::round_up(prices.input.of(*prompt_tokens) + prices.output.of(*completion_tokens));
            sum += Counted {
                answers: *answers,
                prompt_tokens: prompt_tokens * answers,
                completion_tokens: completion_tokens * answers,
                cost: Micro(price.0 * answers),
            };
        }
        sum
    }
}

/// The router's counts of one provider.
#[derive(Debug, Default)]
pub struct Book {
    pub attempts: u64,
    ok: u64,
    probes: u64,
    outcomes: BTreeMap<String, u64>,
    prompt_tokens: u64,
    completion_tokens: u64,
    cost: Micro,
}

impl Book {
    /// Adds the counts of a route: attempts, good ones, health checks; tokens of questions and answers.
    pub fn add(
        &mut self,
        (attempts, ok, probes): (u64, u64, u64),
        (prompt_tokens, completion_tokens): (u64, u64),
        cost: Micro,
        outcomes: &BTreeMap<String, u64>,
    ) {
        self.attempts += attempts;
        self.ok += ok;
        self.probes += probes;
        self.prompt_tokens += prompt_tokens;
        self.completion_tokens += completion_tokens;
        self.cost += cost;
        for (outcome, count) in outcomes {
            *self.outcomes.entry(outcome.clone()).or_default() += count;
        }
    }

    fn outcome(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(outcome.as_str()).copied().unwrap_or(0)
    }
}

/// Every outcome an attempt can have.
const OUTCOMES: [Outcome; 23] = [
    Outcome::Ok,
    Outcome::Connect,
    Outcome::Reset,
    Outcome::FirstTokenTimeout,
    Outcome::IdleTimeout,
    Outcome::TotalTimeout,
    Outcome::TooSlow,
    Outcome::Repetitive,
    Outcome::RateLimited,
    Outcome::ServerError,
    Outcome::Auth,
    Outcome::Billing,
    Outcome::ModelUnavailable,
    Outcome::BadRequest,
    Outcome::ContextLength,
    Outcome::ContentFilter,
    Outcome::Truncated,
    Outcome::Malformed,
    Outcome::Foreign,
    Outcome::Empty,
    Outcome::Deadline,
    Outcome::Diverged,
    Outcome::Cancelled,
];

/// The books, what callers were told, and what the provider served say the same. Two things only the router knows: attempts that
/// ran into a connection which the provider had just closed (it never saw them: `reset`), and answers that came too late on a
/// loaded machine (it served them: a timeout).
pub fn compare(name: &str, prices: Prices, book: &Book, heard: &Heard, served: &Served) {
    let told = |outcome: Outcome| heard.attempts.get(&(name.to_owned(), outcome.as_str())).copied().unwrap_or(0);
    let is_reset = |outcome: &Outcome| matches!(outcome, Outcome::Reset | Outcome::Connect);
    let beyond = |outcome: &Outcome| told(*outcome).saturating_sub(served.bounds(*outcome).1);
    let late: u64 = OUTCOMES.iter().filter(|outcome| is_timeout(outcome)).map(beyond).sum();

    println!("{name}: {book:?}");
    println!("{name}: served {} turns, {} whole, {} probes; late {late}", served.turns, served.whole, served.probes);
    for outcome in OUTCOMES {
        let ((least, most), told) = (served.bounds(outcome), told(outcome));
        println!(
            "{name}: {:20} {least:8} ..= {most:8}, told {told:8}, booked {:8}",
            outcome.as_str(),
            book.outcome(outcome)
        );
    }

    let patient: u64 = served.patient.values().sum();
    let told_all: u64 = OUTCOMES.iter().map(|outcome| told(*outcome)).sum();
    let unseen =
        told_all.checked_sub(patient).unwrap_or_else(|| panic!("{name}: {told_all} attempts, {patient} served"));
    let resets: u64 = OUTCOMES.iter().filter(|outcome| is_reset(outcome)).map(|outcome| told(*outcome)).sum();
    assert!(unseen <= resets + late, "{name}: {unseen} attempts that the provider never saw");
    // An answer that is to go on where another broke off is given up when it begins with other words than were given.
    let given_up = told(Outcome::Diverged);
    assert!(given_up <= heard.incomplete + heard.seams, "{name}: {given_up} given up");
    for outcome in OUTCOMES.into_iter().filter(|outcome| *outcome != Outcome::Diverged) {
        let ((least, most), told) = (served.bounds(outcome), told(outcome));
        let more = if is_reset(&outcome) { unseen } else { 0 };
        assert!(is_timeout(&outcome) || told <= most + more, "{name}: {told} {}, at most {most}", outcome.as_str());
        assert!(told + late + given_up >= least, "{name}: {told} {}, at least {least}", outcome.as_str());
        assert!(book.outcome(outcome) >= told, "{name}: {told} {} told, not booked", outcome.as_str());
    }

    let (told, served_counts) = (heard.counted.get(name).copied().unwrap_or_default(), served.counted(prices));
    if late + given_up == 0 {
        assert_eq!(told, served_counts, "{name}: tokens and costs of whole answers");
    }
    assert!(told.answers <= served_counts.answers && told.prompt_tokens <= served_counts.prompt_tokens);
    assert!(told.completion_tokens <= served_counts.completion_tokens && told.cost <= served_counts.cost);
    assert!(book.prompt_tokens >= told.prompt_tokens && book.completion_tokens >= told.completion_tokens);
    assert!(book.cost >= told.cost);

    // Of the others' calls those are not known that were given up on the way to the provider.
    let unknown = book.outcome(Outcome::Cancelled)
        + book.outcome(Outcome::Diverged)
        + book.outcome(Outcome::Reset)
        + book.outcome(Outcome::Connect);
    let diff = book.attempts.checked_sub(served.turns);
    assert!(
        diff.is_some_and(|diff| diff <= unknown + late),
        "{name}: {} attempts, {} served",
        book.attempts,
        served.turns
    );
    assert!(book.ok <= served.whole, "{name}: {} whole answers, {} served", book.ok, served.whole);
    assert_eq!(book.attempts, book.outcomes.values().sum::<u64>(), "{name}: attempts and their outcomes");
    assert!(book.probes >= served.probes, "{name}: {} probes, {} served", book.probes, served.probes);
}
