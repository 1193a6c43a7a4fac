//! What the tests of the real binary share.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod pty;
