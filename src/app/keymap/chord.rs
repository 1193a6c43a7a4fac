//! A key with its modifiers, alone or after the leader.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The leader: single Ctrl keys are nearly all taken by shells, terminals and multiplexers.
pub const LEADER: char = 'x';

/// A key with its modifiers, alone or after the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// Whether the leader was pressed before.
    pub leader: bool,
    /// The key.
    pub code: KeyCode,
    /// What was held with it; never Shift for characters, which say it themselves.
    pub modifiers: KeyModifiers,
}

impl Chord {
    /// A key alone.
    pub const fn key(code: KeyCode) -> Self {
        Self::with(code, KeyModifiers::NONE)
    }

    /// A key with modifiers.
    pub const fn with(code: KeyCode, modifiers: KeyModifiers) -> Self {
        Self { leader: false, code, modifiers }
    }

    /// A character alone.
    pub const fn char(c: char) -> Self {
        Self::key(KeyCode::Char(c))
    }

    /// Control and a character.
    pub const fn ctrl(c: char) -> Self {
        Self::with(KeyCode::Char(c), KeyModifiers::CONTROL)
    }

    /// Alt and a character.
    pub const fn alt(c: char) -> Self {
        Self::with(KeyCode::Char(c), KeyModifiers::ALT)
    }

    /// The leader, then a character.
    pub const fn leader(c: char) -> Self {
        Self { leader: true, ..Self::char(c) }
    }

    /// The chord of a key event, `leader` telling whether the leader came before. Terminals differ in what they report with
    /// characters and with Shift-Tab; here they are alike.
    pub fn of(event: KeyEvent, leader: bool) -> Self {
        let held = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let (code, modifiers) = match event.code {
            KeyCode::Char(c) if held.contains(KeyModifiers::CONTROL) => {
                (KeyCode::Char(c.to_ascii_lowercase()), held - KeyModifiers::SHIFT)
            }
            KeyCode::Char(c) => (KeyCode::Char(c), held - KeyModifiers::SHIFT),
            KeyCode::Tab if held.contains(KeyModifiers::SHIFT) => (KeyCode::BackTab, KeyModifiers::NONE),
            KeyCode::BackTab => (KeyCode::BackTab, KeyModifiers::NONE),
            // The leader's second key may be pressed with Control still held.
            code => (code, held),
        };
        let modifiers = if leader { modifiers - KeyModifiers::CONTROL } else { modifiers };
        Self { leader, code, modifiers }
    }

    /// Whether this is the leader itself.
    pub fn is_leader(self) -> bool {
        self == Self::ctrl(LEADER)
    }

    /// The character it types into a text field.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.leader && self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.leader {
            write!(f, "Ctrl-{} ", LEADER.to_ascii_uppercase())?;
        }
        let held = [(KeyModifiers::CONTROL, "Ctrl-"), (KeyModifiers::ALT, "Alt-"), (KeyModifiers::SHIFT, "Shift-")];
        for (modifier, name) in held {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match self.code {
            KeyCode::Char(c) if !self.modifiers.is_empty() => write!(f, "{}", c.to_ascii_uppercase()),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "F{n}"),
            KeyCode::BackTab => f.write_str("Shift-Tab"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::Esc => f.write_str("Esc"),
            code => write!(f, "{code:?}"),
        }
    }
}
