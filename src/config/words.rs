//! What the reader of TOML says of a bad value, in words for people.

/// Kinds of values by the reader's name for them, and by the name people know.
const KINDS: [(&str, &str); 15] = [
    ("map", "a table"),
    ("a map", "a table"),
    ("sequence", "a list"),
    ("a sequence", "a list ([[...]] begins one)"),
    ("a string", "text in quotes"),
    ("a borrowed string", "text in quotes"),
    ("a boolean", "true or false"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0"),
    ("u64", "a whole number from 0"),
    ("i64", "a whole number"),
    ("f64", "a number"),
    ("string", "text"),
    ("datetime", "a date"),
    ("a TOML datetime", "a date"),
];

/// The message in plain words; one that is plain already as it is. Only the first line is changed.
pub fn plain_words(message: &str) -> String {
    let (first, rest) = message.split_at(message.find('\n').unwrap_or(message.len()));
    format!("{}{rest}", first_line(first).unwrap_or_else(|| first.to_owned()))
}

fn first_line(message: &str) -> Option<String> {
    if message.starts_with("data did not match any variant") {
        return Some("a number, true or false, or text in quotes is meant here".to_owned());
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return Some(format!("{field} is missing"));
    }
    for start in ["unknown field ", "unknown variant "] {
        if let Some((name, allowed)) = message.strip_prefix(start).and_then(|rest| rest.split_once(", expected ")) {
            let allowed = allowed.trim_start_matches("one of ").replace('`', "");
            return Some(format!("{name} is not known here: allowed is {allowed}"));
        }
    }
    let wrong = ["invalid type: ", "invalid value: "].iter().find_map(|start| message.strip_prefix(start))?;
    let (found, meant) = wrong.rsplit_once(", expected ")?;
    Some(format!("{} stands where {} is meant", given(found), kind(meant)))
}

/// What stands there: a number or truth as it is, of text only that it is text.
fn given(found: &str) -> &str {
    if found.starts_with("string ") {
        return "text";
    }
    found.split('`').nth(1).unwrap_or_else(|| kind(found))
}

fn kind(name: &str) -> &str {
    let plain = if name.starts_with("struct ") || name.starts_with("a struct") { "a map" } else { name };
    KINDS.iter().find(|(known, _)| *known == plain).map_or(name, |(_, plain)| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_reader_says_is_said_plainly() {
        for (said, plain) in [
            ("invalid type: map, expected a sequence", "a table stands where a list ([[...]] begins one) is meant"),
            ("invalid value: integer `-1`, expected u64", "-1 stands where a whole number from 0 is meant"),
            (
                "invalid type: string \"sk-test-key\", expected u64\nin `x`\n",
                "text stands where a whole number from 0 is meant\nin `x`\n",
            ),
            ("invalid type: boolean `true`, expected a string", "true stands where text in quotes is meant"),
            ("unknown variant `cod`, expected one of `chat`, `code`", "`cod` is not known here: allowed is chat, code"),
            ("unknown field `when`, expected `on`", "`when` is not known here: allowed is on"),
            ("missing field `provider`", "`provider` is missing"),
            ("unclosed array", "unclosed array"),
        ] {
            assert_eq!(plain_words(said), plain);
        }
    }
}
