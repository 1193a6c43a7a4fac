//! The conversation as it is read on standard error.

use rust_i18n::t;

use super::candidate::Candidate;
use crate::cli::output::Output;
use crate::config::Language;
use crate::interview::{Entry, EntryKind, Phase, Rejection, View, Who};

/// Prints what was said, once.
pub(super) struct Transcript {
    language: Language,
    /// Whether anything is said at all: somebody who types must see the questions, also with `--quiet`.
    visible: bool,
    /// Whether the answers are typed here, so that they need not be repeated and keys must be explained.
    typed: bool,
    explained: bool,
    shown: usize,
    /// Questions shown.
    questions: u32,
}

impl Transcript {
    pub fn new(language: Language, candidate: &Candidate, output: Output) -> Self {
        let typed = matches!(candidate, Candidate::Typing(_));
        Self { language, visible: typed || !output.quiet, typed, explained: false, shown: 0, questions: 0 }
    }

    /// Prints what is new in the view.
    pub fn show(&mut self, view: &View) {
        // What an interview that is taken up begins with was said another time, the answers too.
        let earlier = self.shown == 0;
        for entry in view.transcript.iter().skip(self.shown) {
            self.questions += u32::from(entry.kind == EntryKind::Question);
            if earlier || !self.typed || entry.who != Who::Candidate {
                self.say(&self.words(entry, view.of));
            }
        }
        self.shown = view.transcript.len();
        if self.typed && view.phase == Phase::Answering && !self.explained {
            self.explained = true;
            self.say(&self.text("help"));
        }
        if self.typed && view.phase == Phase::Paused {
            self.say(&self.text("paused"));
        }
    }

    pub fn rejected(&self, rejection: Rejection) {
        self.say(&rejection.text(self.language));
    }

    /// Says that the refused answer is not lost.
    pub fn kept(&self) {
        self.say(&self.text("kept"));
    }

    pub fn notice(&self, words: &str) {
        self.say(&format!("({words})"));
    }

    pub fn draft(&self, draft: &str) {
        if self.typed {
            self.say(&format!("{}\n{draft}", self.text("draft")));
        }
    }

    fn words(&self, entry: &Entry, of: u32) -> String {
        let who = match (entry.who, entry.kind) {
            (_, EntryKind::Hint) => self.text("hint"),
            (Who::Interviewer, EntryKind::Question) => {
                let locale = self.language.code();
                t!("cli.interview.question", locale = locale, number = self.questions, of = of).into_owned()
            }
            (Who::Interviewer, _) => self.text("interviewer"),
            (Who::Candidate, _) => self.text("you"),
            (Who::Coach, _) => self.text("coach"),
        };
        let words = match entry.kind {
            EntryKind::Skip => self.text("skipped"),
            _ if entry.text.trim().is_empty() => self.text("nothing"),
            _ => entry.text.clone(),
        };
        format!("\n{who}\n{words}")
    }

    fn text(&self, key: &str) -> String {
        t!(format!("cli.interview.{key}"), locale = self.language.code()).into_owned()
    }

    fn say(&self, words: &str) {
        if self.visible {
            Output::say(words);
        }
    }
}
