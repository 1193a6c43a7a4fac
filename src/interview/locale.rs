//! The interview's texts in both languages (`src/locales/interview.yml`).

use rust_i18n::t;

use crate::config::Language;

/// The text of `interview.<key>` in `language`.
pub fn text(key: &str, language: Language) -> String {
    let key = format!("interview.{key}");
    t!(&key, locale = language.code()).into_owned()
}

/// The same, with each `%{name}` replaced. Values are inserted once and never searched for names themselves.
pub fn fill(key: &str, language: Language, values: &[(&str, &str)]) -> String {
    let template = text(key, language);
    let mut filled = String::with_capacity(template.len());
    let mut rest = template.as_str();
    while let Some((before, after)) = rest.split_once("%{") {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            filled.push_str("%{");
            rest = after;
            continue;
        };
        filled.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = tail;
    }
    filled.push_str(rest);
    filled
}
