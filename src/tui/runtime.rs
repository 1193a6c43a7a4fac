//! The loop: what happened goes into `update`, what that asks for is done, and what changed is drawn. Nothing in it waits for
//! the network or the disk, and while nothing happens it sleeps.

use std::time::Duration;

use crossterm::event::{Event as Raw, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver};
use tokio::time::{Instant, sleep_until};

use crate::app::{Effect, Event, State, update};
use crate::terminal::Signal;
use crate::ui;
use crate::wire::text::plain;

/// Most events taken in one turn: a paste or a burst of tokens is one frame, and no flood keeps the screen from changing.
const BATCH: usize = 256;

/// Where everything comes from that can happen.
#[derive(Debug)]
pub struct Inputs {
    /// Signals from outside.
    pub signals: UnboundedReceiver<Signal>,
    /// What the terminal sends.
    pub terminal: UnboundedReceiver<Raw>,
    /// What the tasks of effects send.
    pub events: Receiver<Event>,
}

/// Why the loop returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The user quit.
    Quit,
    /// The user wants the program to step aside (Ctrl-Z). The loop can be run again.
    StepAside,
    /// A signal came. After [`Signal::Suspended`] and [`Signal::Continued`] the loop can be run again.
    Signalled(Signal),
}

/// One thing that happened.
enum Input {
    Signal(Signal),
    Terminal(Raw),
    Event(Event),
    FrameDue,
}

/// Runs until there is a reason to return; begins with a frame.
///
/// `perform` does what effects ask for, except what concerns the loop itself; it must not block. `frame` is the shortest time
/// between two frames, unless the user acts.
///
/// # Errors
/// When the terminal can't be drawn on.
pub async fn run<B: Backend>(
    terminal: &mut Terminal<B>,
    state: &mut State,
    inputs: &mut Inputs,
    mut perform: impl FnMut(Effect),
    frame: Duration,
) -> Result<Ending, B::Error> {
    let mut dirty = true;
    let mut next_frame = Instant::now();
    loop {
        let wakes_at = state.wakes_at(Instant::now());
        // Ending comes first, and keys before tokens: the user is served while an answer pours in.
        let first = tokio::select! {
            biased;
            signal = inputs.signals.recv() => Input::Signal(signal.unwrap_or(Signal::Terminated)),
            raw = inputs.terminal.recv() => raw.map_or(Input::Signal(Signal::HungUp), Input::Terminal),
            Some(event) = inputs.events.recv() => Input::Event(event),
            () = moment(wakes_at) => Input::Event(Event::Ticked),
            () = sleep_until(next_frame), if dirty => Input::FrameDue,
        };
        let now = Instant::now();
        let mut urgent = false;
        let mut next = Some(first);
        let mut taken = 0;
        while let Some(input) = next {
            let event = match input {
                Input::FrameDue => break,
                Input::Signal(signal) => return Ok(Ending::Signalled(signal)),
                Input::Terminal(raw) if is_step_aside(&raw) => return Ok(Ending::StepAside),
                Input::Terminal(raw) => {
                    urgent = true;
                    translated(raw)
                }
                Input::Event(event) => Some(event),
            };
            for effect in event.map(|event| update(state, event, now)).unwrap_or_default() {
                match effect {
                    Effect::Quit => return Ok(Ending::Quit),
                    Effect::Redraw => terminal.clear()?,
                    effect => perform(effect),
                }
            }
            dirty = true;
            taken += 1;
            next = if taken < BATCH { inputs.ready() } else { None };
        }
        if dirty && (urgent || now >= next_frame) {
            terminal.draw(|canvas| ui::draw(canvas, state))?;
            dirty = false;
            next_frame = now + frame;
        }
    }
}

impl Inputs {
    /// The next thing that happened already, without waiting.
    fn ready(&mut self) -> Option<Input> {
        let signal = || self.signals.try_recv().ok().map(Input::Signal);
        let raw = self.terminal.try_recv().ok().map(Input::Terminal);
        raw.or_else(signal).or_else(|| self.events.try_recv().ok().map(Input::Event))
    }
}

/// What the terminal sent, as the console knows it; nothing for what it doesn't care about. Pasted text is anybody's.
fn translated(raw: Raw) -> Option<Event> {
    match raw {
        Raw::Key(key) if key.kind == KeyEventKind::Release => None,
        Raw::Key(key) => Some(Event::Key(key)),
        Raw::Paste(text) => Some(Event::Pasted(plain(&text).into_owned())),
        Raw::Resize(..) => Some(Event::Resized),
        Raw::FocusGained => Some(Event::FocusGained),
        Raw::FocusLost => Some(Event::FocusLost),
        Raw::Mouse(_) => None,
    }
}

/// Ctrl-Z, which a terminal in raw mode hands over as a key.
fn is_step_aside(raw: &Raw) -> bool {
    matches!(raw, Raw::Key(key) if key.code == KeyCode::Char('z') && key.modifiers == KeyModifiers::CONTROL)
}

/// That moment; never, when there is none.
async fn moment(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
