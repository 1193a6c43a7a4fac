//! The command line as scripts use it: the real binary, the real store, and the providers' wire on loopback.

#![expect(clippy::expect_used, reason = "a step that fails is the test's failure")]

mod ask;
mod desk;
mod doctor;
mod interview;
mod records;
mod settings;
