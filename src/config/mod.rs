//! Settings: what can be set, where each value came from, and what a bad one should have been.

mod language;

pub use language::Language;
