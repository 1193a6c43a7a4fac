//! Free chat.
//!
//! ```text
//! Free chat   task chat   llama Llama-3.3-70B-Instruct
//!
//! the conversation
//!
//! -- asking llama Llama-3.3-70B-Instruct ..  3 s, Esc stops ----
//! > the message
//! ```

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use rust_i18n::t;

use super::parts::{self, Part};
use super::theme::{Role, style};
use super::words::{self, word};
use super::{ROOMY, input, interview, transcript};
use crate::app::State;
use crate::app::chat::free::{Running, Wait};

/// Draws the page.
pub fn draw(frame: &mut Frame, area: Rect, state: &State) {
    let chat = &state.chat.free;
    let gap = u16::from(area.height >= ROOMY);
    let [head, _, body, _, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(gap),
        Constraint::Min(1),
        Constraint::Length(gap),
        Constraint::Length(input::height(&chat.input, area)),
    ])
    .areas(area);
    frame.render_widget(parts::fit(header(state), head.width), head);
    let new = transcript::draw(frame, body, &chat.transcript, state);
    let label = match (&chat.call, new) {
        (Some(call), None) => running(call, state),
        (_, new) => interview::below(new, state),
    };
    input::draw(frame, foot, &chat.input, label, word("ui.input.chat", state), state);
}

fn header(state: &State) -> Vec<Part> {
    let locale = state.language.code();
    let chat = &state.chat.free;
    let first = match &chat.pin {
        Some(provider) => t!("ui.free.pinned", locale = locale, provider = provider),
        None => t!("ui.free.unpinned", locale = locale),
    };
    vec![
        Part::new(0, Role::Heading, word("ui.free.heading", state)),
        Part::new(1, Role::Text, t!("ui.free.task", locale = locale, task = chat.task)),
        Part::new(2, Role::Dim, first),
    ]
}

/// What is waited for, and since when.
fn running(call: &Running, state: &State) -> Line<'static> {
    let locale = state.language.code();
    let what = match (&call.waiting, &call.trying) {
        (Some(wait), _) => waiting(wait, state),
        (None, Some((provider, model))) => format!("{provider} {model}"),
        (None, None) => word("ui.free.asking", state),
    };
    let what = if call.slow { t!("ui.free.slow", locale = locale, what = what).into_owned() } else { what };
    let seconds = state.now.saturating_duration_since(call.since).as_secs();
    let words = t!("ui.free.running", locale = locale, what = what, seconds = seconds, dots = words::dots(state));
    Line::styled(words.into_owned(), style(if call.slow { Role::Warning } else { Role::Text }))
}

/// What a wait is for, and how much of it is left.
fn waiting(wait: &Wait, state: &State) -> String {
    let left = wait.until.map(|until| until.saturating_duration_since(state.now).as_secs_f64().ceil());
    match left.filter(|left| *left > 0.0) {
        Some(left) => t!("ui.free.left", locale = state.language.code(), what = wait.what, seconds = left).into_owned(),
        None => wait.what.clone(),
    }
}
