//! One table of styles by role. Only the terminal's own colours, so that the user's palette rules; what a colour means is
//! always said by a word too.

use ratatui::style::{Color, Modifier, Style};

/// What a piece of text is, as far as its look is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// What may be overlooked.
    Dim,
    /// Headings.
    Heading,
    /// The tab in front, the row or field with the focus.
    Selected,
    /// Names of keys, and what is current.
    Accent,
    /// What went right.
    Good,
    /// What asks for attention.
    Warning,
    /// What went wrong.
    Error,
    /// The label that says figures are simulated.
    Demo,
    /// The interviewer's name.
    Interviewer,
    /// A probe's label.
    Probe,
    /// The coach's labels.
    Coach,
    /// The candidate's name.
    Candidate,
    /// Literal words of an answer.
    Quote,
    /// Program text in answers.
    Code,
    /// Emphasis in answers.
    Emphasis,
    /// Strong emphasis in answers.
    Strong,
    /// Addresses in answers.
    Link,
}

/// The look of every role.
#[derive(Clone, Copy, Debug, Default)]
pub struct Theme;

impl Theme {
    /// The style of a role. Blue and yellow rather than green and red, for those who can't tell the latter apart.
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        match role {
            Role::Text => plain,
            Role::Dim => plain.add_modifier(Modifier::DIM),
            Role::Heading | Role::Strong => plain.add_modifier(Modifier::BOLD),
            Role::Selected => plain.add_modifier(Modifier::REVERSED),
            Role::Accent | Role::Good => plain.fg(Color::Blue),
            Role::Warning => plain.fg(Color::Yellow),
            Role::Error => plain.fg(Color::Yellow).add_modifier(Modifier::BOLD),
            Role::Demo => plain.fg(Color::Yellow).add_modifier(Modifier::REVERSED),
            Role::Interviewer => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
            Role::Probe => plain.fg(Color::Magenta).add_modifier(Modifier::BOLD),
            Role::Coach => plain.fg(Color::Yellow).add_modifier(Modifier::BOLD),
            Role::Candidate => plain.fg(Color::Blue).add_modifier(Modifier::BOLD),
            Role::Quote | Role::Emphasis => plain.add_modifier(Modifier::ITALIC),
            Role::Code => plain.fg(Color::Cyan),
            Role::Link => plain.add_modifier(Modifier::UNDERLINED),
        }
    }
}
