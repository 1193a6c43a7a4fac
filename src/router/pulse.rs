//! Whether an answer under way is worth waiting for: it must not drip, and not say the same for ever. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The least speed of an answer: so many tokens within a time.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    pub tokens: u64,
    pub within: Duration,
}

/// Counts the tokens of an answer as they come.
#[derive(Debug, Default)]
pub struct Pulse {
    total: u64,
    /// Moments with the tokens there had been before them, oldest first, a few for each second.
    marks: VecDeque<(Instant, u64)>,
}

impl Pulse {
    /// So many tokens came.
    pub fn beat(&mut self, tokens: u64, floor: Floor, now: Instant) {
        let is_due = self.marks.back().is_none_or(|(last, _)| now >= *last + floor.within / 40);
        if is_due {
            self.marks.push_back((now, self.total));
        }
        while self.marks.get(1).is_some_and(|(at, _)| *at + floor.within <= now) {
            self.marks.pop_front();
        }
        self.total += tokens;
    }

    /// Whether fewer tokens came within the time than the floor asks for.
    pub fn drips(&self, floor: Floor, now: Instant) -> bool {
        let window = self.marks.front().filter(|(at, _)| *at + floor.within <= now);
        window.is_some_and(|(_, before)| self.total - before < floor.tokens)
    }
}

/// As many bytes at the end of an answer, made of one piece over and over, are no answer.
const REPEATED: usize = 1_200;

/// The longest piece that counts as said over and over, in bytes.
const LONGEST_PERIOD: usize = REPEATED / 8;

/// Whether the end of a text is one piece, said at least eight times over.
pub fn repeats_itself(text: &str) -> bool {
    let Some(start) = text.len().checked_sub(REPEATED) else { return false };
    REPEATED - longest_border(&text.as_bytes()[start..]) <= LONGEST_PERIOD
}

/// The longest proper beginning of `bytes` that is its end too (Knuth, Morris and Pratt's table): what is left is its period.
fn longest_border(bytes: &[u8]) -> usize {
    let mut borders = vec![0usize; bytes.len()];
    for at in 1..bytes.len() {
        let mut border = borders[at - 1];
        while border > 0 && bytes[at] != bytes[border] {
            border = borders[border - 1];
        }
        borders[at] = border + usize::from(bytes[at] == bytes[border]);
    }
    borders.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Floor = Floor { tokens: 20, within: Duration::from_secs(10) };

    fn dripped(every: Duration, tokens: u64, seconds: u64) -> bool {
        let start = Instant::now();
        let mut pulse = Pulse::default();
        let mut now = start;
        while now < start + Duration::from_secs(seconds) {
            pulse.beat(tokens, FLOOR, now);
            if pulse.drips(FLOOR, now) {
                return true;
            }
            now += every;
        }
        false
    }

    #[test]
    fn fewer_than_two_tokens_a_second_over_ten_seconds_is_a_drip() {
        assert!(dripped(Duration::from_secs(1), 1, 30));
        assert!(!dripped(Duration::from_secs(1), 1, 10), "not before ten seconds have passed");
        assert!(!dripped(Duration::from_millis(400), 1, 60));
        assert!(!dripped(Duration::from_secs(9), 40, 60), "few large pieces are no drip");
    }

    #[test]
    fn a_phrase_said_for_ever_is_noticed_and_ordinary_text_is_not() {
        let phrase = "I am sorry, I cannot. ";
        assert!(repeats_itself(&format!("It began well. {}", phrase.repeat(60))));
        assert!(repeats_itself(&"好的。".repeat(200)));
        assert!(!repeats_itself(&phrase.repeat(20)), "a refrain is allowed");
        let list: String = (0..200).map(|line| format!("{line}. a line of a list\n")).collect();
        assert!(!repeats_itself(&list));
    }
}
