//! The console on a real terminal: first paint, the loop, and a clean end.

mod chats;
mod effects;
mod held;
mod opening;
pub mod runtime;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use ratatui::Terminal;
use rust_i18n::t;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::app::{Event, Launch, State, update};
use crate::config::Language;
use crate::terminal::{Guard, Screen, Signal, Unfit, capabilities, guard, keys, signals};
use crate::ui;
use effects::Effects;
use runtime::{Ending, Inputs};

/// Frames a second at most.
const FPS: u16 = 60;
/// The same over SSH, where each frame is a packet or more.
const FPS_REMOTE: u16 = 30;
/// Events of effects that wait for the loop; a task with more to say waits.
const EVENTS: usize = 256;
/// Threads beside the loop's own: for the signals, which must get through whatever else runs, and for the network.
const WORKERS: usize = 2;

/// How the console is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Settings given by flags, by variable.
    pub flags: BTreeMap<String, String>,
    /// Frames a second at most, when given.
    pub fps: Option<u16>,
}

/// Shows the console until it ends, and returns the exit code: 0 after quitting, 1 when the terminal fails, 2 when there is
/// none, and 129, 130 or 143 after a signal.
pub fn run(options: Options) -> u8 {
    let language = launch_language(&options);
    let locale = language.code();
    if let Err(unfit) = capabilities::check() {
        say(&match unfit {
            Unfit::NotATerminal => t!("tui.not_a_terminal", locale = locale),
            Unfit::Dumb => t!("tui.dumb_terminal", locale = locale),
        });
        return 2;
    }
    show(options, language).unwrap_or_else(|error| {
        say(&t!("tui.failed", locale = locale, error = error));
        1
    })
}

/// Says it on standard error, which may be as closed as the terminal is.
fn say(message: &str) {
    let _ = writeln!(io::stderr(), "{message}");
}

/// The language of the first paint, before any file is read.
fn launch_language(options: &Options) -> Language {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let asked = options.flags.get("VITA_LANG").cloned().or_else(|| set("VITA_LANG"));
    asked.and_then(|code| code.parse().ok()).unwrap_or_else(|| {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        Language::of_locale(&locale.unwrap_or_default())
    })
}

fn show(options: Options, language: Language) -> io::Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    let code = runtime.block_on(serve(options, language));
    // A call to the system that still runs in a thread must not keep the program from ending.
    runtime.shutdown_background();
    code
}

/// Takes the terminal, paints, opens everything else, and runs the loop until the program shall end with the returned code.
async fn serve(options: Options, language: Language) -> io::Result<u8> {
    // Before the terminal is touched, so that no signal can end the program without giving it back.
    let signals = signals::listen()?;
    let _guard = Guard::enter()?;
    let mut terminal = Terminal::new(Screen::new(guard::output()?))?;
    let mut state = State::new(Launch { language, now: Instant::now() });
    // The first paint comes before anything is read.
    terminal.draw(|canvas| ui::draw(canvas, &state))?;

    let (sender, events) = mpsc::channel(EVENTS);
    let mut inputs = Inputs { signals, terminal: keys::listen()?, events };
    let mut effects = Effects::open(options.flags, language, sender);
    let fps = options.fps.unwrap_or(if capabilities::is_remote() { FPS_REMOTE } else { FPS });
    let frame = Duration::from_secs(1) / u32::from(fps.max(1));
    let ended_by = hold(&mut terminal, &mut state, &mut inputs, &mut effects, frame).await;
    let ended_by = ended_by.unwrap_or_else(|error| {
        tracing::error!(%error, "the terminal is gone");
        Some(Signal::HungUp)
    });
    if ended_by.is_some() {
        // What was typed is stored now, as when the user looks elsewhere.
        let last = update(&mut state, Event::FocusLost, Instant::now());
        last.into_iter().for_each(|effect| effects.perform(effect));
    }
    guard::restore();
    drop(inputs);
    effects.close().await;
    Ok(ended_by.and_then(Signal::exit_code).unwrap_or(0))
}

/// Runs the loop, over and over when the program is stopped and continued; returns the signal that ended it, or none when the
/// user quit.
async fn hold(
    terminal: &mut Terminal<Screen<File>>,
    state: &mut State,
    inputs: &mut Inputs,
    effects: &mut Effects,
    frame: Duration,
) -> io::Result<Option<Signal>> {
    loop {
        let perform = |effect| effects.perform(effect);
        let mut signal = match runtime::run(terminal, state, inputs, perform, frame).await? {
            Ending::Quit => return Ok(None),
            Ending::StepAside => {
                signals::suspend_group();
                continue;
            }
            Ending::Signalled(signal) => signal,
        };
        while signal == Signal::Suspended {
            guard::restore();
            signals::stop()?;
            // The stop may take a moment to come: the terminal is the shell's until we are told to go on.
            signal = inputs.signals.recv().await.unwrap_or(Signal::Terminated);
        }
        if signal.exit_code().is_some() {
            return Ok(Some(signal));
        }
        guard::enter_again()?;
        terminal.clear()?;
    }
}
