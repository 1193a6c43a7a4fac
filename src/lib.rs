//! VITA: a console for practising job interviews, and the router behind it.
//!
//! The house, from the ground up (a module imports only from lines below its own; `tests/house.rs` reads the sources to say so):
//!
//! ```text
//! cli · tui                         faces: they never import each other
//! ui                                draws the console's state
//! app                               the console's brain: State, Event, Effect, update(); no IO
//! interviewer · backend             drives one interview; what stands behind every face
//! router · simulator                one handle to all providers; the providers' wire on loopback
//! interview                         session machine, rubric, scorer, question bank, report; no IO
//! provider · store · terminal       HTTP to a provider; SQL; the terminal's guard
//! wire · config · clock · log       the wire's types and SSE decoder; settings; the calendar; the log file
//! ```

pub mod app;
pub mod backend;
pub mod cli;
pub mod clock;
pub mod config;
pub mod interview;
pub mod interviewer;
pub mod log;
pub mod provider;
pub mod router;
pub mod simulator;
pub mod store;
pub mod terminal;
pub mod tui;
pub mod ui;
pub mod wire;

rust_i18n::i18n!("src/locales", fallback = "en");
