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
    let tabs = Line::from(spans);
    // A line's own style would colour the whole row.
    let label = Span::styled(format!(" {} ", word("ui.demo", state)), style(Role::Demo));
    let label = Line::from(label).right_aligned();
    // Where there is no room for it, the status line still says it.
    let room = usize::from(area.width).saturating_sub(tabs.width());
    frame.render_widget(tabs, area);
    if label.width() <= room && state.status.as_ref().is_some_and(|status| status.simulated) {
        frame.render_widget(label, area);
    }
}

fn name(tab: Tab) -> &'static str {
    match tab {
        Tab::Chat => "ui.tab.chat",
        Tab::Models => "ui.tab.models",
        Tab::Monitor => "ui.tab.monitor",
    }
}
