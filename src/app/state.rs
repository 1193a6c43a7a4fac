//! What the console knows.

use std::sync::Arc;

use tokio::time::Instant;

use crate::config::Language;
use crate::router::StatusSnapshot;

/// What is known before anything is read: enough for the first paint.
#[derive(Clone, Copy, Debug)]
pub struct Launch {
    /// The language asked for by flag or environment.
    pub language: Language,
    /// The terminal's columns and rows.
    pub size: (u16, u16),
    /// The present moment.
    pub now: Instant,
}

/// Everything the screen shows.
#[derive(Debug)]
pub struct State {
    /// The interface's language.
    pub language: Language,
    /// The moment of the last event.
    pub now: Instant,
    /// What stands behind the console.
    pub backend: Backend,
    /// The router's truth; none before the backend is there.
    pub status: Option<Arc<StatusSnapshot>>,
    /// The tab in front.
    pub tab: Tab,
}

/// What stands behind the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Not there yet.
    Starting,
    /// There.
    Ready,
    /// Will not come: why.
    Failed(String),
}

/// A tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Interviews and free chat.
    Chat,
    /// Every model.
    Models,
    /// Live figures.
    Monitor,
}

impl State {
    /// The state of the first paint.
    pub fn new(launch: Launch) -> Self {
        Self {
            language: launch.language,
            now: launch.now,
            backend: Backend::Starting,
            status: None,
            tab: Tab::Chat,
        }
    }

    /// When something on the screen changes by itself, if nothing happens before; the loop then sends `Ticked`.
    pub fn wakes_at(&self, _now: Instant) -> Option<Instant> {
        None
    }
}
