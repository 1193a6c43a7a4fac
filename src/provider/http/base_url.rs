//! The base URL as people write it, and what may stand in it.

use std::net::IpAddr;

use reqwest::Url;

use super::ProviderError;
use crate::wire::text;

/// The base URL without a trailing slash and without the path of a call, if the whole was given.
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
    let path = path.strip_suffix("/chat/completions").unwrap_or(path).trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
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
            "https://host.example/compatible-mode/v1/chat/completions",
            "https://host.example/compatible-mode/v1/chat/completions/",
        ] {
            let base = parse_base(given).unwrap();
            let chat = endpoint(&base, &["chat", "completions"]).to_string();
            assert_eq!(chat, "https://host.example/compatible-mode/v1/chat/completions", "{given}");
        }
    }

    #[test]
    fn a_path_is_kept_and_none_is_invented() {
        assert_eq!(base("https://host.example"), "https://host.example/");
        let root = parse_base("https://host.example").unwrap();
        assert_eq!(endpoint(&root, &["models"]).as_str(), "https://host.example/models");
        let query = parse_base("https://host.example/v1?api-version=2").unwrap();
        assert_eq!(endpoint(&query, &["models"]).as_str(), "https://host.example/v1/models?api-version=2");
    }
}
