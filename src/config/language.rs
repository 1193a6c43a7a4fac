//! The two languages of the interface and of interviews.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language VITA speaks natively: its interface, its question bank and its built-in scorer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
}

impl Language {
    /// Every language, in the order menus show them.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The code used on the command line, in files and as the locale of interface texts.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// The language a POSIX locale name such as `zh_CN.UTF-8` asks for; English when it names neither.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }
}

/// The text is neither `zh` nor `en`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("language must be zh or en")]
pub struct UnknownLanguage;

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|language| language.code() == text).ok_or(UnknownLanguage)
    }
}
