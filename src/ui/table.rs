//! Tables whose columns fit their words, whatever the language; the less important columns give way when there is no room.

use ratatui::text::{Line, Span};

use super::text;
use super::theme::{Role, style};

/// Cells between columns, and where that saves a column.
const GAP: usize = 2;
const NARROW_GAP: usize = 1;

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
        Self { title, rank, to_the_right: false }
    }

    /// A column of figures.
    pub fn figures(rank: u8, title: String) -> Self {
        Self { title, rank, to_the_right: true }
    }
}

/// A cell: its words and their look.
pub type Cell = (String, Role);

/// The heading and the rows, in `width` cells. `flexible` names the column that is cut before another one is dropped, and the
/// cells it keeps at least.
pub fn lines(
    columns: &[Column],
    rows: &[Vec<Cell>],
    flexible: (usize, usize),
    width: u16,
) -> (Line<'static>, Vec<Line<'static>>) {
    let natural = natural(columns, rows);
    let fit = |gap| (fitted(natural.clone(), columns, flexible, usize::from(width), gap), gap);
    let (widths, gap) = Some(fit(GAP)).filter(|(widths, _)| !widths.contains(&0)).unwrap_or_else(|| fit(NARROW_GAP));
    let titles: Vec<Cell> = columns.iter().map(|column| (column.title.clone(), Role::Dim)).collect();
    let rows = rows.iter().map(|row| line(columns, row, &widths, gap)).collect();
    (line(columns, &titles, &widths, gap), rows)
}

/// The width of each column's widest cell.
fn natural(columns: &[Column], rows: &[Vec<Cell>]) -> Vec<usize> {
    let widest = |(at, column): (usize, &Column)| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|(words, _)| text::width(words));
        cells.chain([text::width(&column.title)]).max().unwrap_or(0)
    };
    columns.iter().enumerate().map(widest).collect()
}

/// Cells of a row with these columns; a column of no width is not there.
fn needed(widths: &[usize], gap: usize) -> usize {
    let shown = widths.iter().filter(|width| **width > 0).count();
    widths.iter().sum::<usize>() + gap * shown.saturating_sub(1)
}

/// Takes width away until a row fits: from the flexible column while it keeps its least, else a whole column.
fn fitted(
    mut widths: Vec<usize>,
    columns: &[Column],
    (flexible, least): (usize, usize),
    width: usize,
    gap: usize,
) -> Vec<usize> {
    loop {
        let excess = needed(&widths, gap).saturating_sub(width);
        if excess == 0 {
            return widths;
        }
        let give = widths.get(flexible).map_or(0, |width| width.saturating_sub(least)).min(excess);
        let shown = (0..columns.len()).filter(|at| widths.get(*at).is_some_and(|width| *width > 0));
        let last = shown.clone().count() <= 1;
        let dropped = shown.max_by_key(|at| columns.get(*at).map_or(0, |column| column.rank));
        let (at, left) = match dropped {
            _ if give == excess || last => (flexible, widths.get(flexible).map_or(0, |width| width - give)),
            Some(at) => (at, 0),
            None => return widths,
        };
        if let Some(width) = widths.get_mut(at) {
            *width = left;
        }
        if last {
            return widths;
        }
    }
}

fn line(columns: &[Column], row: &[Cell], widths: &[usize], gap: usize) -> Line<'static> {
    let mut spans = Vec::new();
    for ((column, (words, role)), width) in columns.iter().zip(row).zip(widths) {
        if *width == 0 {
            continue;
        }
        if !spans.is_empty() {
            spans.push(Span::raw(" ".repeat(gap)));
        }
        let words = text::cut(words, u16::try_from(*width).unwrap_or(u16::MAX));
        let pad = Span::raw(" ".repeat(width.saturating_sub(text::width(&words))));
        let words = Span::styled(words.into_owned(), style(*role));
        spans.extend(if column.to_the_right { [pad, words] } else { [words, pad] });
    }
    Line::from(spans)
}
