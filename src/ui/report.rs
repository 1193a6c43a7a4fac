//! The report of an interview.
//!
//! ```text
//! Interview report   Behavioural, backend engineer, Mid-level   DEMO
//!
//! Level 3.1 of 5, range 2.4 to 3.8
//! practice estimate (built-in): ...
//!
//! Competencies
//!   Ownership        3.0   1 ....====#====.... 5   2 to 4, 2 answers
//! ```

mod answers;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use rust_i18n::t;

use super::parts::{self, Part};
use super::theme::{Role, style};
use super::words::{self, word};
use super::{ROOMY, show, text};
use crate::app::State;
use crate::app::chat::interview::{Interview, Stage};
use crate::app::scroll::Fixed;
use crate::interview::Report;
use crate::interview::report::{CompetencyResult, Overall, Point};
use crate::wire::text::{line, plain};

/// Text is easier to read in lines of at most this many cells.
const MEASURE: u16 = 100;
/// Cells of a bar for each level above 1.
const CELLS_PER_LEVEL: usize = 4;
const CELLS: usize = 4 * CELLS_PER_LEVEL + 1;

/// Draws the page.
pub fn draw(frame: &mut Frame, area: Rect, interview: &Interview, view: &Fixed, state: &State) {
    let Stage::Finished(report) = &interview.stage else {
        return;
    };
    let gap = u16::from(area.height >= ROOMY);
    let [head, _, body, foot] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(gap), Constraint::Min(1), Constraint::Length(1)])
            .areas(area);
    frame.render_widget(parts::fit(header(interview, report, state), head.width), head);
    let lines = Page::new(report, body.width.min(MEASURE), state).lines();
    let of = lines.len();
    let top = view.top(of, body.height);
    let bottom = (top + usize::from(body.height)).min(of);
    show(frame, body, lines.into_iter().skip(top).collect());
    let place = t!("ui.report.place", locale = state.language.code(), from = top + 1, to = bottom, of = of);
    parts::rule(frame, foot, Line::styled(place.into_owned(), style(Role::Dim)));
}

fn header(interview: &Interview, report: &Report, state: &State) -> Vec<Part> {
    let mut parts = vec![
        Part::new(0, Role::Heading, word("interview.report.title", state)),
        Part::new(2, Role::Dim, line(&interview.title, 80)),
    ];
    if report.simulated {
        parts.push(Part::new(1, Role::Demo, format!(" {} ", word("ui.demo", state))));
    }
    parts
}

/// The report as lines, in the making.
struct Page<'a> {
    report: &'a Report,
    width: u16,
    state: &'a State,
    lines: Vec<Line<'static>>,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, width: u16, state: &'a State) -> Self {
        Self { report, width, state, lines: Vec::new() }
    }

    fn lines(mut self) -> Vec<Line<'static>> {
        self.overall();
        self.competencies();
        self.points("interview.report.strengths", &self.report.strengths);
        self.points("interview.report.gaps", &self.report.gaps);
        self.drills();
        self.heading("interview.report.answers");
        for answer in &self.report.answers {
            self.answer(answer);
        }
        self.lines
    }

    /// Appends text of others, or of ours, in lines that fit.
    fn text(&mut self, words: &str, indent: usize, role: Role) {
        self.lines.extend(parts::wrapped(&plain(words), self.width, indent, style(role)));
    }

    fn heading(&mut self, key: &str) {
        self.lines.push(Line::default());
        self.text(&word(key, self.state), 0, Role::Heading);
    }

    fn overall(&mut self) {
        let locale = self.state.language.code();
        let words = match self.report.overall {
            Overall::Estimate { level, low, high } => {
                let figure = |level: f64| format!("{level:.1}");
                let (level, low, high) = (figure(level), figure(low), figure(high));
                t!("interview.report.estimate", locale = locale, level = level, low = low, high = high)
            }
            Overall::TooLittleEvidence { answers, competencies } => {
                t!("interview.report.too_little", locale = locale, answers = answers, competencies = competencies)
            }
        };
        self.text(&words, 0, Role::Heading);
        let judge = &self.report.judge;
        self.text(&words::said(&judge.label, &judge.statement, self.state), 0, Role::Dim);
    }

    fn competencies(&mut self) {
        self.heading("interview.report.competencies");
        let labels = self.report.competencies.iter().map(|result| result.id.label(self.state.language));
        let column = labels.map(|label| text::width(&label)).max().unwrap_or(0);
        for result in &self.report.competencies {
            let line = self.competency(result, column);
            self.lines.push(parts::cut(line, self.width));
        }
        if self.report.competencies.is_empty() {
            self.text(&word("interview.report.none", self.state), 2, Role::Dim);
        }
    }

    fn competency(&self, result: &CompetencyResult, column: usize) -> Line<'static> {
        let label = result.id.label(self.state.language);
        let pad = " ".repeat(column.saturating_sub(text::width(&label)));
        let key = if result.low == result.high { "ui.report.no_range" } else { "ui.report.range" };
        let evidence =
            t!(key, locale = self.state.language.code(), low = result.low, high = result.high, count = result.answers);
        let mut spans = vec![
            Span::raw(format!("  {label}{pad}  ")),
            Span::styled(format!("{:.1}", result.level), style(Role::Heading)),
        ];
        if usize::from(self.width) >= column + CELLS + 30 {
            spans.push(Span::styled(format!("  {}", bar(result)), style(Role::Good)));
        }
        spans.push(Span::styled(format!("  {evidence}"), style(Role::Dim)));
        Line::from(spans)
    }

    /// Strengths or gaps, with the words they rest on.
    fn points(&mut self, key: &str, points: &[Point]) {
        self.heading(key);
        for point in points {
            let numbers: Vec<String> = point.questions.iter().map(u32::to_string).collect();
            let numbers = numbers.join(&word("ui.report.and", self.state));
            let locale = self.state.language.code();
            let seen = t!("interview.report.seen_in", locale = locale, numbers = numbers);
            self.text(&t!("ui.report.point", locale = locale, text = point.remark.text, seen = seen), 2, Role::Text);
            if let Some(quote) = &point.remark.quote {
                self.quote(quote, 4);
            }
        }
        if points.is_empty() {
            self.text(&word("interview.report.none", self.state), 2, Role::Dim);
        }
    }

    /// The candidate's own words.
    fn quote(&mut self, words: &str, indent: usize) {
        let quoted = t!("ui.report.quote", locale = self.state.language.code(), words = words);
        self.text(&quoted, indent, Role::Quote);
    }

    fn drills(&mut self) {
        if self.report.drills.is_empty() {
            return;
        }
        self.heading("interview.report.drills");
        for (drill, number) in self.report.drills.iter().zip(1..) {
            let trained = drill.competency.label(self.state.language);
            let drill = words::said(&trained, &drill.suggestion, self.state);
            self.text(&format!("{number}. {drill}"), 2, Role::Text);
        }
    }
}

/// A level between its lowest and highest one, on the scale from 1 to 5.
fn bar(result: &CompetencyResult) -> String {
    let cell = |level: f64| ((level - 1.0).clamp(0.0, 4.0) * CELLS_PER_LEVEL as f64).round() as usize;
    let (low, level, high) = (cell(f64::from(result.low)), cell(result.level), cell(f64::from(result.high)));
    let mark = |at| match at {
        at if at == level => '#',
        at if (low..=high).contains(&at) => '=',
        _ => '.',
    };
    format!("1 {} 5", (0..CELLS).map(mark).collect::<String>())
}
