//! Base URLs that may be meant by one at which there is no API.

use super::subject::{origin, path};
use crate::config::Service;

/// Paths that services have, the most usual first.
const USUAL: [&str; 5] = ["/v1", "/compatible-mode/v1", "/api/v1", "/openai/v1", "/compat/v1"];

/// Other base URLs at the same host, the likeliest first: the known service's own, the given path with a version or cut short,
/// then what other services have.
pub(super) fn alternatives(base_url: &str, service: Option<&Service>) -> Vec<String> {
    let Some(origin) = origin(base_url) else { return Vec::new() };
    let given = path(base_url);
    let mut paths: Vec<String> = service.map(|service| service.path.clone()).into_iter().collect();
    let mut beginning = given;
    while let Some((before, _)) = beginning.rsplit_once('/').filter(|_| !beginning.is_empty()) {
        paths.push(format!("{beginning}/v1"));
        beginning = before;
    }
    paths.extend(USUAL.map(str::to_owned));
    paths.push(String::new());
    let mut urls: Vec<String> = Vec::new();
    for path in paths.into_iter().filter(|path| path != given) {
        // A base URL without a version is written as the address of a call.
        let call = if path.is_empty() { "/chat/completions" } else { "" };
        let url = format!("{origin}{path}{call}");
        if !urls.contains(&url) {
            urls.push(url);
        }
    }
    urls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_own_path_comes_first_and_the_given_one_not_at_all() {
        let dashscope = Service {
            host: "dashscope.aliyuncs.com".to_owned(),
            name: "DashScope".to_owned(),
            region: None,
            path: "/compatible-mode/v1".to_owned(),
            keys: Vec::new(),
            ended: None,
        };
        let urls = alternatives("https://dashscope.aliyuncs.com/api/v1/?x=1", Some(&dashscope));
        assert_eq!(urls[0], "https://dashscope.aliyuncs.com/compatible-mode/v1");
        assert!(!urls.contains(&"https://dashscope.aliyuncs.com/api/v1".to_owned()), "{urls:?}");
    }

    #[test]
    fn a_path_is_tried_with_a_version_and_cut_short() {
        let urls = alternatives("http://127.0.0.1:8/llama/chat", None);
        let begin = ["http://127.0.0.1:8/llama/chat/v1", "http://127.0.0.1:8/llama/v1", "http://127.0.0.1:8/v1"];
        assert_eq!(urls[..3], begin);
        assert_eq!(urls.last().map(String::as_str), Some("http://127.0.0.1:8/chat/completions"));
        assert_eq!(alternatives("nonsense", None), [""; 0]);
    }
}
