//! One table of styles by role. Only the terminal's own colours, so that the user's palette rules; what a colour means is
//! always said by a word too.

use ratatui::style::{Color, Modifier, Style};

use super::markdown;

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
    /// Names of keys.
    Key,
    /// What goes well.
    Good,
    /// What asks for attention.
    Warning,
    /// What went wrong.
    Error,
    /// The label that says figures are simulated.
    Demo,
    /// The interviewer's name, and a model's.
    Interviewer,
    /// The label of a follow-up question.
    Probe,
    /// The coach's labels.
    Coach,
    /// The candidate's name, and the user's.
    Candidate,
    /// Literal words of an answer.
    Quote,
    /// Program text in answers.
    Code,
}

/// The style of a role. Blues and yellow rather than green and red, for those who can't tell the latter apart.
pub fn style(role: Role) -> Style {
    let plain = Style::new();
    match role {
        Role::Text => plain,
        Role::Dim => plain.add_modifier(Modifier::DIM),
        Role::Heading => plain.add_modifier(Modifier::BOLD),
        Role::Selected => plain.add_modifier(Modifier::REVERSED),
        // Plain blue can hardly be read on black.
        Role::Key | Role::Good => plain.fg(Color::Cyan),
        Role::Warning => plain.fg(Color::Yellow),
        Role::Error => plain.fg(Color::Yellow).add_modifier(Modifier::BOLD),
        Role::Demo => plain.fg(Color::Yellow).add_modifier(Modifier::REVERSED),
        Role::Interviewer => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
        Role::Probe => plain.fg(Color::Magenta).add_modifier(Modifier::BOLD),
        Role::Coach => plain.fg(Color::Yellow).add_modifier(Modifier::BOLD),
        Role::Candidate => plain.fg(Color::LightBlue).add_modifier(Modifier::BOLD),
        Role::Quote => plain.add_modifier(Modifier::ITALIC),
        Role::Code => plain.fg(Color::Cyan),
    }
}

/// The look of Markdown.
pub fn markdown_styles() -> markdown::Styles {
    markdown::Styles {
        heading: style(Role::Heading),
        emphasis: style(Role::Quote),
        strong: style(Role::Heading),
        code: style(Role::Code),
        quote: style(Role::Dim),
        link: Style::new().add_modifier(Modifier::UNDERLINED),
        seam: style(Role::Dim),
    }
}
