//! Columns on a terminal, aligned by what characters occupy there.

use unicode_width::UnicodeWidthStr as _;

/// What stands between columns.
const GAP: &str = "  ";

/// The rows as lines. All columns but the last are padded to their widest cell.
pub(super) fn lines<const N: usize>(rows: &[[String; N]]) -> String {
    let widths: [usize; N] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].width()).max().unwrap_or(0));
    let mut lines = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.width()));
            line.push_str(GAP);
        }
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_and_english_cells_stand_under_each_other() {
        let rows = [["服务".into(), "状态".into()], ["llama".into(), "healthy".into()]];
        assert_eq!(lines(&rows), "服务   状态\nllama  healthy\n");
    }
}
