//! The locked bundle of questions and anchors a session is judged by.

use serde::{Deserialize, Serialize};

/// Names a rubric so that two reports can be told to rest on the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rubric {
    /// The code of the interview's type.
    pub id: String,
    /// The bank's version.
    pub version: u32,
    /// SHA-256, in hex, of all questions that could be asked, with anchors, cues and key points.
    pub sha256: String,
}
