//! Values as they may be shown: without what people put into URLs that is nobody else's business.

/// What stands where a secret stood.
const MASKED: &str = "***";

/// A URL without user, password, query and fragment.
pub(super) fn mask_url(url: &str) -> String {
    let start = url.find("://").map_or(0, |scheme| scheme + 3);
    let (scheme, rest) = url.split_at(start);
    // A password may hold any of these signs itself: what stands before the last `@` goes first.
    let (user, rest) = rest.rfind('@').map_or(("", rest), |at| (MASKED, &rest[at..]));
    match rest.find(['?', '#']) {
        Some(at) => format!("{scheme}{user}{}{MASKED}", &rest[..=at]),
        None => format!("{scheme}{user}{rest}"),
    }
}

/// Any other value: as it stands, unless it has the form of a URL or of user and password at a host.
pub(super) fn mask_value(value: &str) -> String {
    let is_url = value.contains("://") && !value.starts_with("sqlite:");
    let has_password = value.find(':').zip(value.rfind('@')).is_some_and(|(colon, at)| colon < at);
    if is_url || has_password && !value.starts_with("sqlite:") { mask_url(value) } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_in_a_url_is_not_shown() {
        for (url, shown) in [
            ("https://host.example/v1", "https://host.example/v1"),
            ("https://me:secret@host.example/v1?key=x", "https://***@host.example/v1?***"),
            ("postgres://me:se?c#r@t@host/x", "postgres://***@host/x"),
            ("me:secret@host.example", "***@host.example"),
            ("https://host.example/v1#secret", "https://host.example/v1#***"),
        ] {
            assert_eq!(mask_url(url), shown);
            assert_eq!(mask_value(url), shown);
        }
    }

    #[test]
    fn what_is_no_url_is_shown_as_it_stands() {
        for value in ["sqlite:/home/me@host/vita.db?mode=rwc", "sqlite:///tmp/vita.db", "/home/me@host", "30", "any?"] {
            assert_eq!(mask_value(value), value);
        }
    }
}
