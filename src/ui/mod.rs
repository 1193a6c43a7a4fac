//! Draws the console's state. Free functions that read and never write; they know no clock, no task and no router.

pub mod markdown;
pub mod text;
pub mod theme;

use ratatui::Frame;

use crate::app::State;

pub use theme::Theme;

/// Draws one frame.
pub fn draw(frame: &mut Frame, state: &State) {
    let _ = (frame, state);
}
