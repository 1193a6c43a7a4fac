//! What needs no judging: answers that hold nothing to judge.

use std::collections::BTreeSet;

use super::lexicon::Lexicon;
use super::text::{bigrams, count, fold, is_cjk, mentions, sentences, units, words};
use crate::interview::bank::Question;
use crate::interview::judgement::Status;

/// "I don't know" with more around it than this is an answer.
const SHORT: f64 = 12.0;
/// ... and so is one that tells a deed, unless the phrase is this part of its letters.
const MOSTLY: f64 = 0.6;
/// An answer is an echo when this part of its letter pairs stands in the question ...
const ECHO: f64 = 0.8;
/// ... and it is not longer than this many times the question.
const ECHO_LENGTH: usize = 2;

/// What is wrong with an answer that can't be judged; none when it can.
pub fn without_evidence(answer: &str, question: &Question, lexicon: &Lexicon) -> Option<Status> {
    if answer.trim().is_empty() {
        return Some(Status::Unanswered);
    }
    let empty = is_gibberish(answer, lexicon) || gives_up(answer, lexicon) || echoes(answer, question);
    empty.then_some(Status::NoEvidence)
}

fn gives_up(answer: &str, lexicon: &Lexicon) -> bool {
    let folded = fold(answer);
    let told = |phrase: &&&str| folded.trim() == **phrase;
    let long = |phrase: &&str| phrase.contains(' ') || phrase.chars().filter(|c| is_cjk(*c)).count() > 2;
    let acted = sentences(answer).into_iter().any(|sentence| (lexicon.acts)(&fold(sentence)));
    let length = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count() as f64;
    let mostly = |phrase: &&str| length(phrase) >= length(&folded) * MOSTLY;
    let says = |phrase: &&str| long(phrase) && mentions(&folded, phrase) && (!acted || mostly(phrase));
    let short = units(answer) <= SHORT;
    lexicon.dont_know.iter().any(|phrase| told(&phrase) || (short && says(phrase)))
}

fn echoes(answer: &str, question: &Question) -> bool {
    [&question.text.en, &question.text.zh].into_iter().any(|asked| {
        let (said, asked) = (bigrams(answer), bigrams(asked));
        let shared = said.intersection(&asked).count();
        !said.is_empty()
            && said.len() <= asked.len() * ECHO_LENGTH
            && shared as f64 >= said.len() as f64 * ECHO
            && shared * 2 >= asked.len()
    })
}

/// No letters at all, one letter over and over, rows of the keyboard, or words nobody could say.
fn is_gibberish(answer: &str, lexicon: &Lexicon) -> bool {
    let letters: Vec<char> = answer.chars().filter(|c| c.is_alphabetic()).collect();
    let distinct: BTreeSet<char> = letters.iter().copied().collect();
    if letters.is_empty() || (letters.len() > 4 && distinct.len() <= 2) {
        return true;
    }
    if letters.iter().any(|c| is_cjk(*c)) || count(&fold(answer), lexicon.function_words) > 0 {
        return false;
    }
    let all = words(answer).count();
    let odd = words(answer).filter(|word| unsayable(&word.to_lowercase())).count();
    odd * 2 >= all
}

fn unsayable(word: &str) -> bool {
    const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let letters: Vec<char> = word.chars().collect();
    let in_row = letters.windows(4).any(|four| {
        let four: String = four.iter().collect();
        ROWS.iter().any(|row| row.contains(&four))
    });
    let consonants =
        letters.windows(5).any(|five| five.iter().all(|c| c.is_ascii_alphabetic() && !"aeiouy".contains(*c)));
    in_row || consonants
}

#[cfg(test)]
mod tests {
    use super::super::{en, zh};
    use super::*;
    use crate::interview::bank::Bank;

    fn status(answer: &str) -> Option<Status> {
        let bank = Bank::built_in();
        let question = bank.question("beh-conflict-01").expect("in the bank");
        let lexicon = if answer.chars().any(is_cjk) { &zh::LEXICON } else { &en::LEXICON };
        without_evidence(answer, question, lexicon)
    }

    #[test]
    fn blanks_are_unanswered() {
        assert_eq!(["", "  \n\t", "\u{3000}"].map(status), [Some(Status::Unanswered); 3]);
    }

    #[test]
    fn nothing_to_judge_is_no_evidence() {
        for answer in [
            "I don't know.",
            "不知道",
            "我真的不太清楚啊",
            "这个我不了解，没做过。",
            "Sorry, I do not know the answer to this.",
            "I have no idea, I never worked on that.",
            "asdf qwer zxcv",
            "aaaaaaaa",
            "啊啊啊啊啊啊",
            "???",
            "12345",
            "xkcdq bbbrtz",
        ] {
            assert_eq!(status(answer), Some(Status::NoEvidence), "{answer}");
        }
    }

    #[test]
    fn the_question_given_back_is_no_evidence() {
        let bank = Bank::built_in();
        for question in bank.questions() {
            for text in [&question.text.en, &question.text.zh] {
                assert_eq!(status_of(question, text), Some(Status::NoEvidence), "{text}");
            }
        }
    }

    fn status_of(question: &Question, answer: &str) -> Option<Status> {
        without_evidence(answer, question, &en::LEXICON)
    }

    #[test]
    fn short_and_honest_answers_are_judged() {
        for answer in [
            "fine",
            "还行",
            "Redis, cache, latency",
            "当时需求不太清楚，我就去找产品经理确认",
            "刚开始不知道原因，我查了两天日志。",
            "I was not sure, so I asked Mei and measured it.",
            "I did not know how, so I asked Mei and read the code for two days until it worked.",
        ] {
            assert_eq!(status(answer), None, "{answer}");
        }
    }
}
