//! The first line: the program, its tabs, and whether the figures are simulated.
//!
//! ```text
//! VITA  [1 Chat]  2 Models   3 Monitor                          DEMO
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::theme::{Role, style};
use super::words::word;
use crate::app::{State, Tab};

/// Draws the line.
pub fn draw(frame: &mut Frame, area: Rect, state: &State) {
    let mut spans = vec![Span::styled("VITA  ", style(Role::Heading))];
    for (tab, number) in Tab::ALL.into_iter().zip(1..) {
        let name = word(name(tab), state);
        spans.push(if tab == state.tab {
            Span::styled(format!("[{number} {name}]"), style(Role::Selected))
        } else {
            Span::raw(format!(" {number} {name} "))
        });
        spans.push(Span::raw(" "));
    }
    frame.render_widget(Line::from(spans), area);
    if state.status.as_ref().is_some_and(|status| status.simulated) {
        let label = format!(" {} ", word("ui.demo", state));
        frame.render_widget(Line::styled(label, style(Role::Demo)).right_aligned(), area);
    }
}

fn name(tab: Tab) -> &'static str {
    match tab {
        Tab::Chat => "ui.tab.chat",
        Tab::Models => "ui.tab.models",
        Tab::Monitor => "ui.tab.monitor",
    }
}
