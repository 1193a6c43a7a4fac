//! What the tests of the real binary share.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

pub mod pty;
