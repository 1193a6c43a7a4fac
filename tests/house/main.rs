//! Reads the sources and says who may import whom, as the diagram in `src/lib.rs` draws it, and a few rules beside.

mod imports;
mod purity;
mod sources;
mod texts;
