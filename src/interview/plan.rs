//! Which questions an interview may ask, and which comes next.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::bank::{ANY_ROLE, Bank, Question};
use super::session::Record;
use super::setup::{Kind, Setup};

/// How far the difficulty may move from where it started.
const DRIFT: u8 = 2;

/// The questions that fit a set-up.
pub fn pool(bank: &Bank, setup: &Setup) -> Vec<Arc<Question>> {
    let fits = |question: &Question| {
        let kind = setup.kind == Kind::Mixed || question.kind == setup.kind;
        let role = question.roles.iter().any(|role| role == ANY_ROLE || role == setup.role.trim());
        kind && role && question.levels.contains(&setup.level)
    };
    bank.questions().iter().filter(|question| fits(question)).cloned().collect()
}

/// How many questions `bank` holds for a set-up.
pub fn pool_size(bank: &Bank, setup: &Setup) -> u32 {
    u32::try_from(pool(bank, setup).len()).unwrap_or(u32::MAX)
}

/// The pool in the seed's order (Fisher and Yates), whatever the order of the bank's files.
pub fn shuffled(mut pool: Vec<Arc<Question>>, seed: u64) -> Vec<Arc<Question>> {
    pool.sort_by(|a, b| a.id.cmp(&b.id));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for last in (1..pool.len()).rev() {
        let other = (random.next_u64() % (last as u64 + 1)) as usize;
        pool.swap(last, other);
    }
    pool
}

/// The next question and the difficulty it was chosen for; none when all are asked.
///
/// Nearest difficulty first (one step off is as good as none), then competencies not seen yet, then the seed's order.
/// A mixed interview alternates.
pub fn next<'pool>(record: &Record, pool: &'pool [Arc<Question>]) -> Option<(&'pool Arc<Question>, u8)> {
    if record.asked.len() >= record.setup.questions as usize {
        return None;
    }
    let step = step(record);
    let due = match record.asked.last().map(|asked| asked.question.kind) {
        Some(Kind::Behavioural) => Kind::Technical,
        _ => Kind::Behavioural,
    };
    let unseen = pool.iter().filter(|question| !record.asked.iter().any(|asked| asked.question.id == question.id));
    let chosen = unseen.min_by_key(|question| {
        let out_of_turn = record.setup.kind == Kind::Mixed && question.kind != due;
        let distance = question.difficulty.abs_diff(step).saturating_sub(1);
        let main = question.competencies.first();
        let seen = record.asked.iter().filter(|asked| asked.question.competencies.first() == main).count();
        (out_of_turn, distance, seen)
    })?;
    Some((chosen, step))
}

/// The difficulty to aim at: up after a strong answer without a hint, down after a weak one, never far from the start.
fn step(record: &Record) -> u8 {
    let start = record.setup.level.step();
    let Some(last) = record.asked.last() else { return start };
    let moved = match last.judgement.as_ref().and_then(|judgement| judgement.level()) {
        Some(level) if level >= 4.0 && last.hints == 0 => last.step.saturating_add(1),
        Some(level) if level <= 2.0 => last.step.saturating_sub(1),
        _ => last.step,
    };
    let (low, high) = (start.saturating_sub(DRIFT).max(1), (start + DRIFT).min(5));
    moved.clamp(low, high)
}
