//! The base URL as people write it, and what may stand in it.

use std::net::IpAddr;

use reqwest::Url;

use super::ProviderError;
use crate::wire::text;

/// The calls whose whole address people give instead of the base URL.
const CALLS: [&str; 2] = ["/chat/completions", "/models"];

/// The base URL: what stands before the path of a call. A path that names no version gets `/v1`, as nearly every service has it;
/// whoever means a service without one gives the whole address of a call.
pub(super) fn parse_base(given: &str) -> Result<Url, ProviderError> {
    let mut url: Url = given.trim().parse().map_err(|error| ProviderError::NotAUrl(format!("{error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(ProviderError::Scheme(text::line(url.scheme(), 20)));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ProviderError::Credentials);
    }
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/');
    let whole = CALLS.iter().find_map(|call| path.strip_suffix(call));
    let path = match whole {
        Some(before) => before.trim_end_matches('/').to_owned(),
        None if path.split('/').any(is_version) => path.to_owned(),
        None => format!("{path}/v1"),
    };
    url.set_path(&path);
    Ok(url)
}

/// `v1`, `v4`, `v1beta`.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

pub(super) fn endpoint(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    let path = format!("{}/{}", base.path().trim_end_matches('/'), segments.join("/"));
    url.set_path(&path);
    url
}

pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// Host and port, for messages: never the path or query, which may hold secrets.
pub(super) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(given: &str) -> String {
        parse_base(given).unwrap().to_string()
    }

    #[test]
    fn a_base_url_may_end_as_people_write_it() {
        for given in [
            "https://host.example/compatible-mode/v1",
            "https://host.example/compatible-mode/v1/",
            " https://host.example/compatible-mode/v1// ",
            "https://host.example/compatible-mode",
            "https://host.example/compatible-mode/",
            "https://host.example/compatible-mode/v1/models",
            "https://host.example/compatible-mode/v1/chat/completions",
            "https://host.example/compatible-mode/v1/chat/completions/",
        ] {
            let base = parse_base(given).unwrap();
            let chat = endpoint(&base, &["chat", "completions"]).to_string();
            assert_eq!(chat, "https://host.example/compatible-mode/v1/chat/completions", "{given}");
        }
    }

    #[test]
    fn a_version_is_added_where_none_is_named_and_the_address_of_a_call_is_not_touched() {
        for (given, meant) in [
            ("https://host.example", "https://host.example/v1"),
            ("https://host.example/", "https://host.example/v1"),
            ("https://host.example/api/v4", "https://host.example/api/v4"),
            ("https://host.example/v1beta/openai/", "https://host.example/v1beta/openai"),
            ("https://host.example/vision", "https://host.example/vision/v1"),
            ("https://host.example/chat/completions", "https://host.example/"),
        ] {
            assert_eq!(base(given), meant, "{given}");
        }
        let root = parse_base("https://host.example/chat/completions").unwrap();
        assert_eq!(endpoint(&root, &["models"]).as_str(), "https://host.example/models");
        let query = parse_base("https://host.example/v1?api-version=2").unwrap();
        assert_eq!(endpoint(&query, &["models"]).as_str(), "https://host.example/v1/models?api-version=2");
    }
}
