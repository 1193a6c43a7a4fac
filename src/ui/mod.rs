//! Draws the console.

pub mod text;
