//! Tables whose columns fit their words, whatever the language; the less important columns give way when there is no room.

use ratatui::text::{Line, Span};

use super::text;
use super::theme::{Role, style};

/// Cells between columns.
const GAP: usize = 2;
/// The column that gives way keeps at least this many cells.
const NARROWEST: usize = 14;

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    title: String,
    /// 0 stays longest.
    rank: u8,
    to_the_right: bool,
}

impl Column {
    /// A column of words.
    pub fn words(rank: u8, title: String) -> Self {
        Self {
            title,
            rank,
            to_the_right: false,
        }
    }

    /// A column of figures.
    pub fn figures(rank: u8, title: String) -> Self {
        Self {
            title,
            rank,
            to_the_right: true,
        }
    }
}

/// A cell: its words and their look.
pub type Cell = (String, Role);

/// The heading and the rows, in `width` cells. `flexible` names the column that is cut before another one is dropped.
pub fn lines(
    columns: &[Column],
    rows: &[Vec<Cell>],
    flexible: usize,
    width: u16,
) -> (Line<'static>, Vec<Line<'static>>) {
    let widths = widths(columns, rows, flexible, usize::from(width));
    let titles: Vec<Cell> = columns.iter().map(|column| (column.title.clone(), Role::Dim)).collect();
    let rows = rows.iter().map(|row| line(columns, row, &widths)).collect();
    (line(columns, &titles, &widths), rows)
}

/// The width of each column; 0 for those that are dropped.
fn widths(columns: &[Column], rows: &[Vec<Cell>], flexible: usize, width: usize) -> Vec<usize> {
    let natural = |(at, column): (usize, &Column)| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(at))
            .map(|(words, _)| text::width(words));
        cells.chain([text::width(&column.title)]).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = columns.iter().enumerate().map(natural).collect();
    loop {
        let kept = widths.iter().filter(|width| **width > 0).count();
        let needed = widths.iter().sum::<usize>() + GAP * kept.saturating_sub(1);
        let excess = needed.saturating_sub(width);
        if excess == 0 {
            return widths;
        }
        let give = widths
            .get(flexible)
            .map_or(0, |width| width.saturating_sub(NARROWEST))
            .min(excess);
        if give == excess || kept <= 1 {
            if let Some(width) = widths.get_mut(flexible) {
                *width -= give;
            }
            return widths;
        }
        let least = (0..columns.len()).filter(|at| widths.get(*at).is_some_and(|width| *width > 0));
        let least = least.max_by_key(|at| columns.get(*at).map_or(0, |column| column.rank));
        if let Some(width) = least.and_then(|at| widths.get_mut(at)) {
            *width = 0;
        }
    }
}

fn line(columns: &[Column], row: &[Cell], widths: &[usize]) -> Line<'static> {
    let mut spans = Vec::new();
    for ((column, (words, role)), width) in columns.iter().zip(row).zip(widths) {
        if *width == 0 {
            continue;
        }
        if !spans.is_empty() {
            spans.push(Span::raw(" ".repeat(GAP)));
        }
        let words = text::cut(words, u16::try_from(*width).unwrap_or(u16::MAX));
        let pad = Span::raw(" ".repeat(width.saturating_sub(text::width(&words))));
        let words = Span::styled(words.into_owned(), style(*role));
        spans.extend(if column.to_the_right {
            [pad, words]
        } else {
            [words, pad]
        });
    }
    Line::from(spans)
}
