//! The locked bundle of questions and anchors a session is judged by.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::bank::{self, Bank, Question};
use super::plan;
use super::setup::Setup;

/// Names a rubric, so that two reports can be told to rest on the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rubric {
    /// The code of the interview's type.
    pub id: String,
    /// The bank's version.
    pub version: u32,
    /// SHA-256, in hex, of all questions that could be asked, with anchors, cues and key points.
    pub sha256: String,
}

/// The rubric of an interview: every question that could be asked in it, fixed before the first one is.
pub fn lock(setup: &Setup, bank: &Bank) -> Rubric {
    let mut pool = plan::pool(bank, setup);
    pool.sort_by(|a, b| a.id.cmp(&b.id));
    Rubric {
        id: setup.kind.code().into(),
        version: bank::VERSION,
        sha256: fingerprint(pool.iter().map(|question| question.as_ref())),
    }
}

/// SHA-256 over the questions' JSON, one per line. Maps in a question are ordered, so equal questions have equal JSON.
fn fingerprint<'bank>(questions: impl Iterator<Item = &'bank Question>) -> String {
    let mut hash = Sha256::new();
    for question in questions {
        hash.update(serde_json::to_vec(question).unwrap_or_default());
        hash.update(b"\n");
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
