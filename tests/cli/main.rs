//! The command line as scripts use it: the real binary, the real store, and the providers' wire on loopback.

mod ask;
mod desk;
mod interview;
mod records;
mod settings;
