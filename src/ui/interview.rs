//! A running interview.
//!
//! ```text
//! Question 2/5   23 min left   on time   your turn
//!
//! the conversation
//!
//! -- 3 new lines, Ctrl-End follows -----------------
//! > the answer
//! ```

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use rust_i18n::t;

use super::parts::{self, Part};
use super::theme::{Role, style};
use super::words::{self, word};
use super::{ROOMY, input, transcript};
use crate::app::State;
use crate::app::chat::interview::{Interview, Stage};
use crate::app::keymap::Action;
use crate::app::scroll::Step;
use crate::interview::{Pace, Phase};

/// Draws the page.
pub fn draw(frame: &mut Frame, area: Rect, interview: &Interview, state: &State) {
    let gap = u16::from(area.height >= ROOMY);
    let field = if interview.is_running() { input::height(&interview.input, area) } else { 2 };
    let [head, _, body, _, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(gap),
        Constraint::Min(1),
        Constraint::Length(gap),
        Constraint::Length(field),
    ])
    .areas(area);
    frame.render_widget(parts::fit(header(interview, state), head.width), head);
    let new = transcript::draw(frame, body, &interview.transcript, state);
    let label = below(new, state);
    if interview.is_running() {
        let expected = word(expected(interview), state);
        input::draw(frame, foot, &interview.input, label, expected, state);
    } else {
        ended(frame, foot, interview, label, state);
    }
}

/// What lies below the view, and the key that goes there.
pub fn below(new: Option<usize>, state: &State) -> Line<'static> {
    let Some(new) = new else { return Line::default() };
    let locale = state.language.code();
    let key = state.key_of(Action::Scroll(Step::End)).map(|chord| chord.to_string()).unwrap_or_default();
    let words = match new {
        0 => t!("ui.scroll.above", locale = locale, key = key),
        1 => t!("ui.scroll.one_new", locale = locale, key = key),
        _ => t!("ui.scroll.new", locale = locale, count = new, key = key),
    };
    let role = if new == 0 { Role::Dim } else { Role::Warning };
    Line::styled(words.into_owned(), style(role))
}

fn header(interview: &Interview, state: &State) -> Vec<Part> {
    let locale = state.language.code();
    let Some(view) = interview.view() else {
        return vec![Part::new(0, Role::Heading, interview.title.clone())];
    };
    let mut parts = Vec::new();
    parts.push(match &view.question {
        Some(question) => {
            let number = t!("ui.interview.question", locale = locale, number = question.number, of = view.of);
            Part::new(0, Role::Heading, number)
        }
        None => Part::new(3, Role::Heading, interview.title.clone()),
    });
    if let Some(left) = interview.left(state.now).filter(|_| interview.is_running()) {
        let role = if left.as_secs() < 60 { Role::Warning } else { Role::Text };
        parts.push(Part::new(1, role, words::time_left(left, state)));
    }
    let candidate_s = matches!(view.phase, Phase::Answering | Phase::Paused) && interview.is_running();
    if let Some(question) = view.question.as_ref().filter(|_| candidate_s) {
        let (key, role, rank) = match interview.pace(state.now).unwrap_or(question.pace) {
            Pace::OnTime => ("ui.pace.on_time", Role::Dim, 5),
            Pace::Amber => ("ui.pace.amber", Role::Warning, 3),
            Pace::Red => ("ui.pace.red", Role::Error, 3),
        };
        parts.push(Part::new(rank, role, word(key, state)));
        if question.hints_used > 0 {
            let hints = t!("ui.interview.hints", locale = locale, used = question.hints_used);
            parts.push(Part::new(6, Role::Dim, hints));
        }
    }
    parts.push(phase(interview, view.phase, state));
    parts
}

fn phase(interview: &Interview, phase: Phase, state: &State) -> Part {
    let (key, role) = match (&interview.stage, phase) {
        (Stage::Finished(_), _) | (Stage::Running, Phase::Done) => ("ui.phase.done", Role::Heading),
        (Stage::Failed, _) => ("ui.phase.failed", Role::Error),
        (_, Phase::Speaking) => ("ui.phase.speaking", Role::Dim),
        (_, Phase::Judging) => ("ui.phase.judging", Role::Dim),
        (_, Phase::Answering) => ("ui.phase.answering", Role::Good),
        (_, Phase::Paused) => ("ui.phase.paused", Role::Warning),
    };
    let dots = if interview.is_waiting() { words::dots(state) } else { "" };
    Part::new(2, role, format!("{}{dots}", word(key, state)))
}

/// What the empty input says.
fn expected(interview: &Interview) -> &'static str {
    match interview.view().map(|view| view.phase) {
        Some(Phase::Answering) => "ui.input.answer",
        Some(Phase::Paused) => "ui.input.paused",
        Some(Phase::Speaking | Phase::Judging | Phase::Done) | None => "ui.input.ahead",
    }
}

/// What stands in the input's place when there is nothing to answer any more.
fn ended(frame: &mut Frame, area: Rect, interview: &Interview, label: Line<'static>, state: &State) {
    let [rule, line] = Layout::vertical([Constraint::Length(1), Constraint::Length(1)]).areas(area);
    parts::rule(frame, rule, label);
    let key = if interview.stage == Stage::Failed { "ui.interview.stopped" } else { "ui.interview.over" };
    frame.render_widget(parts::cut(Line::styled(word(key, state), style(Role::Heading)), line.width), line);
}
