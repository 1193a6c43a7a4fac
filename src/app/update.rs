//! One step: an event in, effects out.

use crossterm::event::{KeyEvent, KeyEventKind};
use rust_i18n::t;
use tokio::time::Instant;

use super::keymap::{self, Chord};
use super::notice::Tenor;
use super::{Effect, Event, State, act, listen};

/// Takes an event at `now`, changes the state, and says what is to be done.
pub fn update(state: &mut State, event: Event, now: Instant) -> Vec<Effect> {
    state.now = now;
    expire(state);
    state.chat.settle();
    let mut effects = match event {
        Event::Key(key) => press(state, key),
        Event::Pasted(text) => act::paste(state, &text),
        // What is on the screen is drawn anew after every event anyway.
        Event::Resized | Event::FocusGained | Event::Ticked => Vec::new(),
        Event::FocusLost => act::store_draft(state),
        told => listen::hear(state, told),
    };
    if let Some(interview) = state.chat.scene.interview_mut() {
        effects.extend(interview.store_draft(false, now));
    }
    effects
}

/// What was only for a while goes away.
fn expire(state: &mut State) {
    let now = state.now;
    state.notice.take_if(|notice| notice.until <= now);
    state.quits_until.take_if(|until| *until <= now);
}

/// From a key to what it does.
fn press(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let leader = std::mem::take(&mut state.leader);
    let chord = Chord::of(key, leader);
    let contexts = state.contexts();
    if chord.is_leader() && contexts.contains(&keymap::Context::Global) {
        state.leader = true;
        return Vec::new();
    }
    match keymap::action(chord, &contexts) {
        Some(action) => act::act(state, action),
        None => match chord.typed() {
            Some(c) => act::insert(state, c),
            None => {
                if leader && chord.code != crossterm::event::KeyCode::Esc {
                    let unknown = t!("app.notice.no_such_key", locale = state.language.code(), key = chord);
                    state.tell(Tenor::Info, unknown);
                }
                Vec::new()
            }
        },
    }
}
