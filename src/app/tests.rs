//! The console as a user meets it: keys and news in, effects out. No terminal, no clock, no runtime.

mod chat;
pub(crate) mod fixtures;
mod form;
mod interview;
mod keys;
mod router;

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tokio::time::Instant;

use super::{Effect, Event, Launch, State, update};
use crate::config::Language;
use crate::interview::View;
use crate::interviewer::Update;

/// A console with a hand on its keys.
pub(crate) struct Console {
    pub state: State,
    pub now: Instant,
}

impl Console {
    /// As it is at the first paint.
    pub fn starting(language: Language) -> Self {
        let now = Instant::now();
        Self { state: State::new(Launch { language, now }), now }
    }

    /// With a demo behind it.
    pub fn ready(language: Language) -> Self {
        let mut console = Self::starting(language);
        console.hear(Event::BackendReady(Box::new(fixtures::ready(language))));
        console
    }

    /// In an interview that waits for the answer to its second question.
    pub fn interviewing(language: Language) -> Self {
        let mut console = Self::ready(language);
        console.press("Enter");
        console.hear(Event::InterviewStarted { run: 1, id: "s1".into() });
        console.see(fixtures::view(language));
        console
    }

    /// In free chat.
    pub fn chatting(language: Language) -> Self {
        let mut console = Self::ready(language);
        console.press("Up Enter");
        console
    }

    pub fn hear(&mut self, event: Event) -> Vec<Effect> {
        update(&mut self.state, event, self.now)
    }

    pub fn see(&mut self, view: View) -> Vec<Effect> {
        self.tell(Update::View(view))
    }

    pub fn tell(&mut self, update: Update) -> Vec<Effect> {
        self.hear(Event::Interview { run: 1, update })
    }

    /// Lets time pass; the loop ticks at its end.
    pub fn wait(&mut self, time: Duration) -> Vec<Effect> {
        self.now += time;
        self.hear(Event::Ticked)
    }

    /// Presses keys, named as the help names them and parted by spaces.
    pub fn press(&mut self, keys: &str) -> Vec<Effect> {
        keys.split(' ').flat_map(|key| self.hear(Event::Key(event(key)))).collect()
    }

    /// Types a text, character by character.
    pub fn write(&mut self, text: &str) -> Vec<Effect> {
        let typed = |c| Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        text.chars().flat_map(|c| self.hear(typed(c))).collect()
    }

    /// The line that tells what just happened.
    pub fn notice(&self) -> &str {
        self.state.notice.as_ref().map_or("", |notice| &notice.text)
    }
}

fn event(name: &str) -> KeyEvent {
    let mut modifiers = KeyModifiers::NONE;
    let mut rest = name;
    for (prefix, modifier) in
        [("Ctrl-", KeyModifiers::CONTROL), ("Alt-", KeyModifiers::ALT), ("Shift-", KeyModifiers::SHIFT)]
    {
        if let Some(key) = rest.strip_prefix(prefix) {
            modifiers |= modifier;
            rest = key;
        }
    }
    let code = match rest {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "Backspace" => KeyCode::Backspace,
        "Delete" => KeyCode::Delete,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        f if f.len() == 2 && f.starts_with('F') => KeyCode::F(f[1..].parse().expect("a function key")),
        c => KeyCode::Char(c.chars().next().expect("a character")),
    };
    KeyEvent::new(code, modifiers)
}
