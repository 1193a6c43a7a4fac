//! One step: an event in, effects out.

use tokio::time::Instant;

use super::{Effect, Event, State};

/// Takes an event at `now`, changes the state, and says what is to be done.
pub fn update(state: &mut State, event: Event, now: Instant) -> Vec<Effect> {
    state.now = now;
    match event {
        Event::StatusChanged(status) => state.status = Some(status),
        _ => {}
    }
    Vec::new()
}
