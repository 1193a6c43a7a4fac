//! Reads the sources and says who may import whom, as the diagram in `src/lib.rs` draws it, and a few rules beside.

#![expect(clippy::expect_used, reason = "a step that fails is the test's failure")]

mod imports;
mod purity;
mod sources;
mod texts;
