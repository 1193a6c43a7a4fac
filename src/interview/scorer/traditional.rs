//! Traditional characters read as simplified ones. Only folded copies are changed; quotes keep the candidate's own script.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Pairs of a traditional character and its simplified form: those of the cues and word lists, and other common ones.
const PAIRS: &str = include_str!("traditional.txt");

/// The simplified form of a character, or the character.
pub fn simplified(c: char) -> char {
    static TABLE: OnceLock<HashMap<char, char>> = OnceLock::new();
    let pair = |pair: &str| Some((pair.chars().next()?, pair.chars().nth(1)?));
    let table = TABLE.get_or_init(|| PAIRS.split_whitespace().filter_map(pair).collect());
    table.get(&c).copied().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_leads_from_one_form_to_another_that_stays() {
        let mut seen = std::collections::BTreeSet::new();
        for pair in PAIRS.split_whitespace() {
            let [from, to] = pair.chars().collect::<Vec<_>>()[..] else { panic!("{pair} is no pair") };
            assert!(from != to && seen.insert(from), "{pair}");
            assert_eq!((simplified(from), simplified(to)), (to, to), "{pair}");
        }
        assert_eq!(simplified('我'), '我');
    }
}
