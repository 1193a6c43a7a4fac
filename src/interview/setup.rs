//! What a candidate chooses before an interview. Forms, flags and files all fill this one struct.

use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::bank::Bank;
use super::plan;
use crate::config::Language;

/// Minutes an interview may be set to last.
pub const MINUTES: RangeInclusive<u32> = 10..=60;
/// Questions an interview may be set to ask.
pub const QUESTIONS: RangeInclusive<u32> = 3..=10;
/// The longest role name taken, in characters.
pub const ROLE_MAX: usize = 60;

/// A text that names none of an enum's values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be one of {allowed}, not \"{given}\"")]
pub struct UnknownCode {
    /// What was to be chosen.
    pub name: &'static str,
    /// The codes, comma-separated.
    pub allowed: String,
    /// What was given, escaped.
    pub given: String,
}

/// An enum whose values have a code (flags, files) and a localized label (forms, reports).
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident, $key:literal { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order forms show them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code used in flags and files.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The name people read.
            pub fn label(self, language: Language) -> String {
                $crate::interview::locale::text(&format!("{}.{}", $key, self.code()), language)
            }
        }

        impl FromStr for $name {
            type Err = UnknownCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.code() == text).ok_or_else(|| UnknownCode {
                    name: $key,
                    allowed: Self::ALL.iter().map(|value| value.code()).collect::<Vec<_>>().join(", "),
                    given: text.escape_debug().to_string(),
                })
            }
        }
    };
}
pub(crate) use choice;

choice! {
    /// What the questions are about.
    Kind, "type" {
        /// Past events, told as situation, task, action and result.
        Behavioural = "behavioural",
        /// Knowledge of the role's field.
        Technical = "technical",
        /// Both in turn.
        Mixed = "mixed",
    }
}

choice! {
    /// The seniority answers are judged against; it sets the difficulty of the first question.
    Level, "level" {
        /// Student or trainee.
        Intern = "intern",
        /// First years.
        Junior = "junior",
        /// Works on their own.
        Mid = "mid",
        /// Guides others.
        Senior = "senior",
        /// Answers for a team.
        Lead = "lead",
    }
}

choice! {
    /// When feedback is given.
    Mode, "mode" {
        /// After each question.
        Practice = "practice",
        /// Only in the report.
        Real = "real",
    }
}

choice! {
    /// How the interviewer sounds. It never changes how answers are judged.
    Tone, "tone" {
        /// Warm.
        Friendly = "friendly",
        /// Matter-of-fact.
        Neutral = "neutral",
        /// Brief and demanding.
        Strict = "strict",
    }
}

impl Level {
    /// The difficulty (1 to 5) of the first question.
    pub fn step(self) -> u8 {
        match self {
            Self::Intern => 1,
            Self::Junior => 2,
            Self::Mid => 3,
            Self::Senior => 4,
            Self::Lead => 5,
        }
    }
}

/// Everything that was chosen before the interview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub struct Setup {
    /// What the questions are about.
    pub kind: Kind,
    /// A role of the bank, or any other name (behavioural interviews only).
    pub role: String,
    /// Seniority.
    pub level: Level,
    /// The language of the whole interview.
    pub language: Language,
    /// When feedback is given.
    pub mode: Mode,
    /// How the interviewer sounds.
    pub tone: Tone,
    /// Length in minutes, within [`MINUTES`].
    pub minutes: u32,
    /// How many questions, within [`QUESTIONS`]; probes do not count.
    pub questions: u32,
    /// The same seed asks the same questions in the same order of the same answers.
    pub seed: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            kind: Kind::Behavioural,
            role: "backend".into(),
            level: Level::Mid,
            language: Language::En,
            mode: Mode::Practice,
            tone: Tone::Neutral,
            minutes: 30,
            questions: 5,
            seed: 0,
        }
    }
}

/// Why an interview can't be held as set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// Outside [`MINUTES`].
    #[error("minutes must be {low} to {high}, not {0}", low = MINUTES.start(), high = MINUTES.end())]
    Minutes(u32),
    /// Outside [`QUESTIONS`].
    #[error("questions must be {low} to {high}, not {0}", low = QUESTIONS.start(), high = QUESTIONS.end())]
    Questions(u32),
    /// Empty, too long, or with control characters.
    #[error("role must be 1 to {ROLE_MAX} printable characters")]
    Role,
    /// The bank asks this role nothing technical.
    #[error("there are no technical questions for the role \"{role}\"; roles that have them: {known}")]
    NoTechnical {
        /// What was asked for.
        role: String,
        /// The roles of the bank, comma-separated.
        known: String,
    },
    /// More questions than there are.
    #[error("{asked} questions were asked for, but the bank holds {held} for this type, role and level")]
    TooMany {
        /// What was asked for.
        asked: u32,
        /// The size of the pool.
        held: u32,
    },
}

impl Setup {
    /// Checks that `bank` can hold this interview.
    pub fn validate(&self, bank: &Bank) -> Result<(), SetupError> {
        if !MINUTES.contains(&self.minutes) {
            return Err(SetupError::Minutes(self.minutes));
        }
        if !QUESTIONS.contains(&self.questions) {
            return Err(SetupError::Questions(self.questions));
        }
        let role = self.role.trim();
        if role.is_empty() || role.chars().count() > ROLE_MAX || role.chars().any(char::is_control) {
            return Err(SetupError::Role);
        }
        if self.kind != Kind::Behavioural && !bank.technical_roles().contains(role) {
            let known = bank.technical_roles().into_iter().collect::<Vec<_>>().join(", ");
            return Err(SetupError::NoTechnical { role: role.into(), known });
        }
        let held = plan::pool_size(bank, self);
        if self.questions > held {
            return Err(SetupError::TooMany { asked: self.questions, held });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Setup)) -> Result<(), String> {
        let mut setup = Setup::default();
        change(&mut setup);
        setup.validate(&Bank::built_in()).map_err(|error| error.to_string())
    }

    #[test]
    fn five_questions_can_be_asked_of_every_kind_and_level() {
        for kind in Kind::ALL {
            for level in Level::ALL {
                assert_eq!(check(|setup| (setup.kind, setup.level) = (*kind, *level)), Ok(()));
            }
        }
    }

    #[test]
    fn a_role_without_technical_questions_is_told_which_have_them() {
        let message = "there are no technical questions for the role \"florist\"; roles that have them: backend";
        for kind in [Kind::Technical, Kind::Mixed] {
            assert_eq!(check(|setup| (setup.kind, setup.role) = (kind, "florist".into())), Err(message.into()));
        }
        assert_eq!(check(|setup| setup.role = "florist".into()), Ok(()));
    }

    #[test]
    fn more_questions_than_there_are_is_told_how_many_there_are() {
        let message = "10 questions were asked for, but the bank holds 6 for this type, role and level";
        assert_eq!(check(|setup| (setup.kind, setup.questions) = (Kind::Technical, 10)), Err(message.into()));
    }

    #[test]
    fn numbers_and_names_have_bounds() {
        assert_eq!(check(|setup| setup.minutes = 9), Err("minutes must be 10 to 60, not 9".into()));
        assert_eq!(check(|setup| setup.questions = 11), Err("questions must be 3 to 10, not 11".into()));
        for role in ["", "  ", "a\u{1b}[2Jb", &"x".repeat(61)] {
            assert_eq!(
                check(|setup| setup.role = role.into()),
                Err("role must be 1 to 60 printable characters".into())
            );
        }
    }

    #[test]
    fn codes_are_read_back_and_labels_exist_in_both_languages() {
        assert!(Tone::ALL.iter().all(|tone| tone.code().parse() == Ok(*tone)));
        assert_eq!(
            "both".parse::<Kind>().map_err(|error| error.to_string()),
            Err("type must be one of behavioural, technical, mixed, not \"both\"".into())
        );
        for language in Language::ALL {
            let labels = [
                Kind::ALL.iter().map(|one| one.label(language)).collect::<Vec<_>>(),
                Level::ALL.iter().map(|one| one.label(language)).collect(),
                Mode::ALL.iter().map(|one| one.label(language)).collect(),
                Tone::ALL.iter().map(|one| one.label(language)).collect(),
                super::super::Competency::ALL.iter().map(|one| one.label(language)).collect(),
            ]
            .concat();
            assert!(labels.iter().all(|label| !label.starts_with("interview.")), "{labels:?}");
        }
    }
}
