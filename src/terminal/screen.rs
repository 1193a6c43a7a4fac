//! Frames on the terminal: collected, and written at once.

use std::io::{self, Write};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::terminal::{self, BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// Ratatui's backend over `out`: one write per frame, none when nothing changed, and frames of several rows are shown at once
/// by terminals that know mode 2026.
///
/// Ratatui's own backend writes on every cursor command, so it only formats here.
#[derive(Debug)]
pub struct Screen<W> {
    out: W,
    /// What the frame in the making will write.
    frame: Vec<u8>,
    /// First and last row it touches.
    rows: Option<(u16, u16)>,
    /// Where the cursor shall be; none hides it.
    cursor: Option<Position>,
    /// Where the terminal shows it.
    shown: Option<Position>,
}

impl<W: Write> Screen<W> {
    /// A screen on a terminal whose cursor is hidden.
    pub fn new(out: W) -> Self {
        Self { out, frame: Vec::new(), rows: None, cursor: None, shown: None }
    }

    fn touch(&mut self, row: u16) {
        let (first, last) = self.rows.unwrap_or((row, row));
        self.rows = Some((first.min(row), last.max(row)));
    }

    /// Ends the frame with the cursor, if it moved or the cells moved it.
    fn place_cursor(&mut self) -> io::Result<()> {
        if self.frame.is_empty() && self.cursor == self.shown {
            return Ok(());
        }
        match self.cursor {
            Some(Position { x, y }) => {
                queue!(self.frame, MoveTo(x, y))?;
                if self.shown.is_none() {
                    queue!(self.frame, Show)?;
                }
            }
            None if self.shown.is_some() => queue!(self.frame, Hide)?,
            None => {}
        }
        self.shown = self.cursor;
        Ok(())
    }
}

impl<W: Write> Backend for Screen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut cells = content.peekable();
        let Some(&(_, top, _)) = cells.peek() else {
            return Ok(());
        };
        let mut bottom = top;
        let cells = cells.inspect(|&(_, row, _)| bottom = row);
        CrosstermBackend::new(&mut self.frame).draw(cells)?;
        self.touch(top);
        self.touch(bottom);
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.cursor = None;
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        // Ratatui places a cursor that it shows.
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // Asking the terminal would wait for its answer among the keys.
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        CrosstermBackend::new(&mut self.frame).clear_region(region)?;
        // A cleared terminal may be one that was just taken over again.
        queue!(self.frame, Hide)?;
        self.shown = None;
        self.touch(0);
        self.touch(u16::MAX);
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        terminal::size().map(Size::from)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        CrosstermBackend::new(io::sink()).window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.place_cursor()?;
        if self.rows.is_some_and(|(first, last)| first < last) {
            let cells = std::mem::take(&mut self.frame);
            queue!(self.frame, BeginSynchronizedUpdate)?;
            self.frame.extend(cells);
            queue!(self.frame, EndSynchronizedUpdate)?;
        }
        if !self.frame.is_empty() {
            self.out.write_all(&self.frame)?;
            self.out.flush()?;
        }
        self.frame.clear();
        self.rows = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every write, apart.
    #[derive(Default)]
    struct Writes(Vec<String>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn drawn(frames: &[&[(u16, u16)]], cursor: Option<Position>) -> Vec<String> {
        let mut screen = Screen::new(Writes::default());
        let cell = Cell::new("x");
        for frame in frames {
            screen.draw(frame.iter().map(|&(x, y)| (x, y, &cell))).expect("drawn");
            match cursor {
                Some(position) => screen.set_cursor_position(position),
                None => screen.hide_cursor(),
            }
            .expect("placed");
            screen.flush().expect("written");
        }
        screen.out.0
    }

    #[test]
    fn a_frame_of_several_rows_is_one_write_shown_at_once() {
        let writes = drawn(&[&[(0, 0), (0, 1)]], Some(Position::new(1, 1)));
        assert_eq!(
            writes,
            [
                "\u{1b}[?2026h\u{1b}[1;1Hx\u{1b}[2;1Hx\u{1b}[39m\u{1b}[49m\u{1b}[59m\u{1b}[0m\u{1b}[2;2H\u{1b}[?25h\u{1b}[?2026l"
            ]
        );
    }

    #[test]
    fn a_frame_of_one_row_needs_no_synchronisation() {
        assert!(!drawn(&[&[(0, 3), (1, 3)]], None)[0].contains("2026"));
    }

    #[test]
    fn a_frame_without_changes_writes_nothing() {
        assert_eq!(drawn(&[&[(0, 0)], &[], &[]], Some(Position::new(4, 0))).len(), 1);
        assert_eq!(drawn(&[&[], &[]], None).len(), 0);
    }
}
