//! The listed model whose name is nearest to one that is not listed.

/// The nearest id; none when nothing of the same family is listed.
pub(super) fn nearest<'a>(wanted: &str, listed: &'a [String]) -> Option<&'a str> {
    let wanted = Name::of(wanted);
    let likeness = |id: &&String| wanted.likeness(&Name::of(id));
    let alike = listed.iter().filter(|id| likeness(id).is_some());
    alike.max_by_key(likeness).map(String::as_str)
}

/// A name without its vendor, in small letters, and its words: `Qwen/Qwen2.5-Coder-32B` is `qwen`, `2.5`, `coder`, `32b`.
struct Name {
    bare: String,
    words: Vec<String>,
}

/// More is more alike: shared words at the beginning, shared words anywhere, fewer letters to change, a shorter name.
type Likeness = (usize, usize, std::cmp::Reverse<usize>);

impl Name {
    fn of(id: &str) -> Self {
        let bare = id.rsplit('/').next().unwrap_or_default().to_lowercase();
        let mut words: Vec<String> = Vec::new();
        let mut previous = ' ';
        for c in bare.chars() {
            let is_new = is_separator(c) || previous.is_alphabetic() && c.is_ascii_digit();
            if is_new || words.is_empty() {
                words.push(String::new());
            }
            if let (false, Some(word)) = (is_separator(c), words.last_mut()) {
                word.push(c);
            }
            previous = c;
        }
        words.retain(|word| !word.is_empty());
        Self { bare, words }
    }

    fn likeness(&self, other: &Self) -> Option<Likeness> {
        let pairs = self.words.iter().zip(&other.words);
        let first = pairs.take_while(|(one, another)| one == another).count();
        let shared = self.words.iter().filter(|word| other.words.contains(word)).count();
        // Of another family nothing is alike.
        (first > 0).then(|| (first, shared, std::cmp::Reverse(distance(&self.bare, &other.bare))))
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '_' | ':' | ' ' | '@')
}

/// Letters to change, add or remove to make one of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, c) in one.chars().enumerate() {
        let mut corner = above;
        row[0] = above + 1;
        for (at, d) in other.iter().enumerate() {
            let kept = corner + usize::from(c != *d);
            corner = row[at + 1];
            row[at + 1] = kept.min(row[at] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_of_the_same_family_is_found() {
        let listed = [
            "qwen-plus",
            "qwen3.6-flash",
            "qwen2.5-coder-7b-instruct",
            "qwen2.5-coder-32b-instruct",
            "meta-llama/Llama-3.3-70B-Instruct-Turbo",
            "llama-3.1-8b-instant",
            "gpt-x",
        ]
        .map(str::to_owned);
        for (wanted, found) in [
            ("Qwen/Qwen2.5-Coder-32B-Instruct", Some("qwen2.5-coder-32b-instruct")),
            ("Llama-3.3-70B-Instruct", Some("meta-llama/Llama-3.3-70B-Instruct-Turbo")),
            ("Llama-3.3-8B-Instruct", Some("meta-llama/Llama-3.3-70B-Instruct-Turbo")),
            ("QWEN-PLUS", Some("qwen-plus")),
            ("qwen-pluss", Some("qwen-plus")),
            ("mistral-7b", None),
            ("", None),
        ] {
            assert_eq!(nearest(wanted, &listed), found, "{wanted}");
        }
        assert_eq!(nearest("qwen-plus", &[]), None);
    }

    #[test]
    fn the_distance_counts_letters() {
        for (one, other, letters) in [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("千问", "千里", 1)] {
            assert_eq!(distance(one, other), letters, "{one} {other}");
        }
    }
}
