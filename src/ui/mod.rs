//! Draws the console's state. Free functions that read and never write; they know no clock, no task and no router.
//!
//! ```text
//! VITA  [1 Chat]  2 Models   3 Monitor                          DEMO    tabs
//!
//! the tab in front                                                      form, interview, report, free, models, monitor
//!
//! llama Llama-3.3-70B-Instruct   1,234 tokens   0.001234 CNY today      footer: status
//! Enter answer   Alt-Enter new line   F1 help                           footer: keys, or what just happened
//! ```

mod footer;
mod form;
mod free;
mod help;
mod input;
mod interview;
pub mod markdown;
mod models;
mod monitor;
mod parts;
mod question;
mod report;
mod table;
mod tabs;
#[cfg(test)]
mod tests;
pub mod text;
mod theme;
mod transcript;
mod words;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use rust_i18n::t;

use crate::app::chat::Scene;
use crate::app::{Backend, Overlay, State, Tab};

pub use theme::{Role, style};

/// The smallest screen that is drawn, in columns and rows.
const SMALLEST: (u16, u16) = (40, 10);
/// From this many rows on, empty lines part what belongs apart.
const ROOMY: u16 = 16;

/// Draws one frame.
pub fn draw(frame: &mut Frame, state: &State) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return too_small(frame, area, state);
    }
    let gap = u16::from(area.height >= ROOMY);
    let [top, _, body, _, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(gap),
        Constraint::Min(1),
        Constraint::Length(gap),
        Constraint::Length(2),
    ])
    .areas(area);
    tabs::draw(frame, top, state);
    draw_body(frame, body, state);
    footer::draw(frame, bottom, state);
    if let Overlay::Question(question) = &state.overlay {
        question::draw(frame, body, *question, state);
    }
}

fn draw_body(frame: &mut Frame, area: Rect, state: &State) {
    if let Overlay::Help(view) = &state.overlay {
        return help::draw(frame, area, view, state);
    }
    match (&state.backend, state.tab, &state.chat.scene) {
        (Backend::Failed(why), ..) => failed(frame, area, why, state),
        (_, Tab::Models, _) => models::draw(frame, area, state),
        (_, Tab::Monitor, _) => monitor::draw(frame, area, state),
        (_, _, Scene::Form) => form::draw(frame, area, state),
        (_, _, Scene::Starting(start)) => starting(frame, area, &start.title, state),
        (_, _, Scene::Interview(interview)) => interview::draw(frame, area, interview, state),
        (_, _, Scene::Report(interview, view)) => report::draw(frame, area, interview, view, state),
        (_, _, Scene::Free) => free::draw(frame, area, state),
    }
}

fn too_small(frame: &mut Frame, area: Rect, state: &State) {
    let (columns, rows) = SMALLEST;
    let words = t!("ui.too_small", locale = state.language.code(), columns = columns, rows = rows);
    frame.render_widget(Line::raw(text::cut(&words, area.width)), area);
}

fn starting(frame: &mut Frame, area: Rect, title: &str, state: &State) {
    let words = t!("ui.interview.starting", locale = state.language.code());
    let line = Line::styled(format!("{words}{}", words::dots(state)), style(Role::Dim));
    let lines = vec![Line::styled(title.to_owned(), style(Role::Heading)), Line::default(), line];
    show(frame, area, lines);
}

fn failed(frame: &mut Frame, area: Rect, why: &str, state: &State) {
    let heading = t!("ui.failed", locale = state.language.code());
    let mut lines = vec![Line::styled(heading.into_owned(), style(Role::Error)), Line::default()];
    lines.extend(parts::wrapped(why, area.width, 0, style(Role::Text)));
    show(frame, area, lines);
}

/// Draws lines from the top of an area; those beyond its end are not seen.
fn show(frame: &mut Frame, area: Rect, lines: Vec<Line<'static>>) {
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(line, row);
    }
}
