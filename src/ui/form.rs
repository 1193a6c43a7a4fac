//! The set-up form.
//!
//! ```text
//! Interview
//! Practise a job interview. Change what you like, then press Enter.
//!
//!   Type        Behavioural
//! > Role      < backend engineer >
//!   ...
//!   Start the interview
//!   Free chat with a model
//! ```

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use rust_i18n::t;

use super::theme::{Role, style};
use super::words::word;
use super::{ROOMY, parts, show, text};
use crate::app::State;
use crate::app::chat::form::{Field, Form};
use crate::interview::speaker::role_label;

/// Draws the form. Where it does not fit, the field with the focus is in view.
pub fn draw(frame: &mut Frame, area: Rect, state: &State) {
    let roomy = area.height >= ROOMY;
    let [head, body] =
        Layout::vertical([Constraint::Length(if roomy { 3 } else { 1 }), Constraint::Min(1)]).areas(area);
    let heading = Line::styled(word("ui.form.heading", state), style(Role::Heading));
    let lead = Line::styled(word("ui.form.lead", state), style(Role::Dim));
    show(frame, head, if roomy { vec![heading, lead] } else { vec![heading] });
    let lines = lines(&state.chat.form, roomy, area.width, state);
    let focus = lines.iter().position(|(_, focused)| *focused).unwrap_or(0);
    let height = usize::from(body.height);
    let top = (focus + 2).saturating_sub(height).min(lines.len().saturating_sub(height));
    show(frame, body, lines.into_iter().skip(top).map(|(line, _)| line).collect());
}

/// Every line, and whether it has the focus.
fn lines(form: &Form, roomy: bool, width: u16, state: &State) -> Vec<(Line<'static>, bool)> {
    let fields: Vec<Field> = form.fields().collect();
    let labels = fields.iter().map(|field| text::width(&label(*field, state)));
    let column = labels.zip(&fields).filter(|(_, field)| is_option(**field)).map(|(width, _)| width).max().unwrap_or(0);
    let mut lines = Vec::new();
    for field in fields {
        if roomy && (field == Field::Start || field == Field::Kind && form.unfinished.is_some()) {
            lines.push((Line::default(), false));
        }
        let focused = field == form.focus;
        lines.push((parts::cut(line(form, field, focused, column, state), width), focused));
    }
    lines
}

fn line(form: &Form, field: Field, focused: bool, column: usize, state: &State) -> Line<'static> {
    let mark = if focused { "> " } else { "  " };
    let label = label(field, state);
    let mut spans = vec![Span::styled(mark, style(Role::Key))];
    if !is_option(field) {
        let role = if focused { Role::Selected } else { Role::Heading };
        spans.push(Span::styled(label, style(role)));
        if let (Field::Resume, Some(unfinished)) = (field, &form.unfinished) {
            spans.push(Span::styled(format!("   {}", unfinished.title), style(Role::Dim)));
        }
        return Line::from(spans);
    }
    let pad = " ".repeat(column.saturating_sub(text::width(&label)) + 2);
    spans.push(Span::styled(format!("{label}{pad}"), style(Role::Dim)));
    let value = value(form, field, state);
    if focused {
        spans.push(Span::styled("< ", style(Role::Key)));
        spans.push(Span::styled(value, style(Role::Selected)));
        spans.push(Span::styled(" >", style(Role::Key)));
        if form.is_typing() {
            spans.push(Span::styled(format!("   {}", word("ui.form.own_role", state)), style(Role::Dim)));
        }
    } else {
        spans.push(Span::raw(format!("  {value}")));
    }
    Line::from(spans)
}

fn is_option(field: Field) -> bool {
    !matches!(field, Field::Resume | Field::Start | Field::FreeChat)
}

fn label(field: Field, state: &State) -> String {
    let key = match field {
        Field::Resume => "ui.form.resume",
        Field::Kind => "ui.form.type",
        Field::Role => "ui.form.role",
        Field::Level => "ui.form.level",
        Field::Language => "ui.form.language",
        Field::Mode => "ui.form.mode",
        Field::Tone => "ui.form.tone",
        Field::Minutes => "ui.form.minutes",
        Field::Questions => "ui.form.questions",
        Field::Start => "ui.form.start",
        Field::FreeChat => "ui.form.free_chat",
    };
    word(key, state)
}

fn value(form: &Form, field: Field, state: &State) -> String {
    let (setup, language) = (&form.setup, state.language);
    match field {
        Field::Kind => setup.kind.label(language),
        Field::Role if setup.role.is_empty() => " ".into(),
        Field::Role if form.is_own_role() => setup.role.clone(),
        Field::Role => role_label(&setup.role, language),
        Field::Level => setup.level.label(language),
        // A language is named in itself, so that everybody finds their own.
        Field::Language => t!("language.name", locale = setup.language.code()).into_owned(),
        Field::Mode => setup.mode.label(language),
        Field::Tone => setup.tone.label(language),
        Field::Minutes => setup.minutes.to_string(),
        Field::Questions => setup.questions.to_string(),
        Field::Resume | Field::Start | Field::FreeChat => String::new(),
    }
}
