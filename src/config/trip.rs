//! The rule by which failures among many attempts open a circuit breaker.

/// What share of failures is too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trip {
    /// When the true share is above a tenth with a certainty of 90 % (Wilson's lower bound): small samples don't flap.
    #[default]
    Wilson,
    /// When the bare share of at least 20 attempts is above a tenth: the specification's letter.
    Literal,
}

impl Trip {
    /// The word in the settings and in the switch log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wilson => "wilson",
            Self::Literal => "literal",
        }
    }

    pub(super) fn of(text: &str) -> Option<Self> {
        [Self::Wilson, Self::Literal].into_iter().find(|trip| text.eq_ignore_ascii_case(trip.as_str()))
    }
}
