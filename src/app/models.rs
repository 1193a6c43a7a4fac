//! The Models tab: every task × provider × model, of which one is chosen.

use crate::app::scroll::Step;
use crate::config::Task;
use crate::router::{ProviderStatus, RouteStatus, StatusSnapshot};

/// Lines a page key moves by.
const PAGE: u16 = 10;

/// The Models tab.
#[derive(Clone, Copy, Debug, Default)]
pub struct Models {
    selected: usize,
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// What the model is used for.
    pub task: Task,
    /// Who runs it.
    pub provider: &'a ProviderStatus,
    /// The model.
    pub route: &'a RouteStatus,
}

/// The lines of the table: by task, then in the order of the providers.
pub fn rows(status: &StatusSnapshot) -> Vec<Row<'_>> {
    let of_task = |task: Task| {
        status.providers.iter().flat_map(move |provider| {
            let routes = provider.routes.iter().filter(move |route| route.tasks.contains(&task));
            routes.map(move |route| Row { task, provider, route })
        })
    };
    Task::ALL.into_iter().flat_map(of_task).collect()
}

impl Models {
    /// The chosen line of a table of `count` lines.
    pub fn selected(self, count: usize) -> usize {
        self.selected.min(count.saturating_sub(1))
    }

    /// Moves the choice in a table of `count` lines.
    pub fn go(&mut self, step: Step, count: usize) {
        let last = count.saturating_sub(1);
        self.selected = match step.lines(PAGE) {
            Some(lines) => self.selected(count).saturating_add_signed(lines).min(last),
            None if step == Step::Top => 0,
            None => last,
        };
    }
}
