//! The fixed list of what answers are judged on. The ids never change, so that weaknesses add up over sessions.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::setup::{UnknownCode, choice};
use crate::config::Language;

choice! {
    /// One thing an answer shows.
    Competency, "competency" {
        /// Takes responsibility and sees things through.
        Ownership = "ownership",
        /// Works with others toward a shared goal.
        Collaboration = "collaboration",
        /// Deals with disagreement.
        Conflict = "conflict",
        /// Finds causes and weighs ways out.
        ProblemSolving = "problem_solving",
        /// Learns from events and from others.
        Learning = "learning",
        /// Delivers on time, and chooses what not to do.
        Delivery = "delivery",
        /// Makes things clear to the people who need them.
        Communication = "communication",
        /// Moves others.
        Leadership = "leadership",
        /// Knows how the things of the field work.
        TechnicalKnowledge = "technical_knowledge",
        /// Names what a choice costs.
        TradeOffs = "trade_offs",
        /// Plans for failure.
        Reliability = "reliability",
    }
}
