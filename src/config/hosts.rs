//! What is known of services by their host: the ids they want, the models they retired, whose keys they take. Data, with dates.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

/// The ids a host wants for models that are named otherwise elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aliases {
    /// The host, or the end of its name.
    pub host: String,
    /// From an id as people write it to the id as it is sent.
    pub models: BTreeMap<String, String>,
    /// When this was read at its source.
    pub as_of: Option<NaiveDate>,
}

/// Models that a host no longer serves.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// The host, or the end of its name.
    pub host: String,
    /// Their ids.
    pub models: Vec<String>,
    /// The day from which they are not served.
    pub on: NaiveDate,
    /// Models that do the same work, best first.
    #[serde(default)]
    pub successors: Vec<String>,
}

/// A service and its peculiarities.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The host, or the end of its name.
    pub host: String,
    /// What people call it.
    pub name: String,
    /// The region that the host serves, where keys belong to one.
    pub region: Option<String>,
    /// The path of its base URL, without a trailing slash.
    pub path: String,
    /// How the keys it issues begin; unknown when empty.
    #[serde(default)]
    pub keys: Vec<String>,
    /// The day it ended.
    pub ended: Option<NaiveDate>,
}

/// Everything that is known of hosts. In each list the user's own entries come first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    pub(super) aliases: Vec<Aliases>,
    pub(super) retired: Vec<Retired>,
    pub(super) services: Vec<Service>,
}

impl Hosts {
    /// The id of a model as the host of this base URL wants it: an alias where there is one, else the id itself.
    pub fn sent_id<'a>(&'a self, base_url: &str, id: &'a str) -> &'a str {
        let host = host_of(base_url);
        let mut aliases = self.aliases.iter().filter(|aliases| is_within(&host, &aliases.host));
        aliases.find_map(|aliases| aliases.models.get(id)).map_or(id, String::as_str)
    }

    /// When it was read that the host of this base URL wants another id for this model.
    pub fn alias_date(&self, base_url: &str, id: &str) -> Option<NaiveDate> {
        let host = host_of(base_url);
        let mut aliases = self.aliases.iter().filter(|aliases| is_within(&host, &aliases.host));
        aliases.find(|aliases| aliases.models.contains_key(id))?.as_of
    }

    /// Every service that is known.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.iter()
    }

    /// What is known of the end of a model at the host of this base URL.
    pub fn retired(&self, base_url: &str, id: &str) -> Option<&Retired> {
        let host = host_of(base_url);
        let mut here = self.retired.iter().filter(|retired| is_within(&host, &retired.host));
        here.find(|retired| retired.models.iter().any(|model| model == id))
    }

    /// The service behind this base URL.
    pub fn service(&self, base_url: &str) -> Option<&Service> {
        let host = host_of(base_url);
        let fitting = self.services.iter().filter(|service| is_within(&host, &service.host));
        // Of equal ends the first: `max_by_key` would give the last.
        fitting.rev().max_by_key(|service| service.host.len())
    }

    /// The base URL in full where the service behind it is known and the path says no more than the beginning of its own: a
    /// bare host, or `/compatible-mode` without `/v1`.
    pub fn full_base_url(&self, given: &str) -> String {
        let given = given.trim();
        let full = self.service(given).and_then(|service| {
            let (address, query) = given.find('?').map_or((given, ""), |at| given.split_at(at));
            let host_at = address.find("://")? + 3;
            let path_at = address[host_at..].find('/').map_or(address.len(), |at| host_at + at);
            let path = address[path_at..].trim_end_matches('/');
            let more = service.path.strip_prefix(path)?;
            // The address of a call, since its path may name no version.
            let is_beginning = more.is_empty() || more.starts_with('/');
            is_beginning.then(|| format!("{}{}/chat/completions{query}", &address[..path_at], service.path))
        });
        full.unwrap_or_else(|| given.to_owned())
    }

    /// The services whose keys begin as this one does; the longest beginning counts, since that of one may be the beginning of another's.
    pub fn issuers(&self, key: &str) -> Vec<&Service> {
        let fit = |service: &Service| {
            let fitting = service.keys.iter().filter(|prefix| key.starts_with(prefix.as_str()));
            fitting.map(String::len).max()
        };
        let longest = self.services.iter().filter_map(fit).max();
        self.services.iter().filter(|service| longest.is_some() && fit(service) == longest).collect()
    }
}

/// The host of a base URL in small letters, without user, port and brackets; empty when there is none.
pub fn host_of(base_url: &str) -> String {
    let rest = base_url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next(),
        None => host.split(':').next(),
    };
    host.unwrap_or_default().trim_end_matches('.').to_ascii_lowercase()
}

/// Whether a host is this one, or one below it.
fn is_within(host: &str, end: &str) -> bool {
    host.strip_suffix(end.to_ascii_lowercase().as_str())
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_found_in_whatever_stands_around_it() {
        for (url, host) in [
            ("https://DashScope.aliyuncs.com/compatible-mode/v1", "dashscope.aliyuncs.com"),
            ("http://127.0.0.1:8787/aliyuncs.com/v1", "127.0.0.1"),
            ("http://[::1]:8080", "::1"),
            ("https://me:secret@host.example.?x=/", "host.example"),
            ("host.example/v1", ""),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }

    #[test]
    fn a_name_that_only_looks_alike_is_another_host() {
        for host in ["aliyuncs.com.example", "notaliyuncs.com", "com", ""] {
            assert!(!is_within(host, "aliyuncs.com"), "{host}");
        }
        assert!(is_within("dashscope.aliyuncs.com", "aliyuncs.com") && is_within("aliyuncs.com", "Aliyuncs.com"));
    }

    #[test]
    fn the_longest_beginning_of_a_key_and_the_longest_end_of_a_host_count() {
        let service = |host: &str, keys: &[&str]| Service {
            host: host.to_owned(),
            name: host.to_owned(),
            region: None,
            path: String::new(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            ended: None,
        };
        let services = vec![service("a.example", &["sk-"]), service("plan.a.example", &["sk-sp-"])];
        let hosts = Hosts { services: services.clone(), ..Hosts::default() };
        assert_eq!(hosts.issuers("sk-sp-1"), [&services[1]]);
        assert_eq!(hosts.issuers("sk-1"), [&services[0]]);
        assert_eq!(hosts.issuers("LLM|1|x"), [] as [&Service; 0]);
        assert_eq!(hosts.service("https://eu.plan.a.example/v1"), Some(&services[1]));
        assert_eq!(hosts.service("https://b.a.example/v1"), Some(&services[0]));
        assert_eq!(hosts.service("https://b.example/v1"), None);
    }

    #[test]
    fn a_known_services_path_is_completed_and_any_other_left_alone() {
        let service = |host: &str, path: &str| Service {
            host: host.to_owned(),
            name: host.to_owned(),
            region: None,
            path: path.to_owned(),
            keys: Vec::new(),
            ended: None,
        };
        let services = vec![service("a.example", "/mode/v1"), service("root.example", "")];
        let hosts = Hosts { services, ..Hosts::default() };
        let whole = "https://a.example/mode/v1/chat/completions";
        for (given, full) in [
            ("https://a.example", whole),
            ("https://a.example/", whole),
            (" https://a.example/mode/ ", whole),
            ("https://a.example/mode/v1", whole),
            ("https://a.example:444/mode?x=1", "https://a.example:444/mode/v1/chat/completions?x=1"),
            ("https://a.example/mo", "https://a.example/mo"),
            ("https://a.example/api/v1", "https://a.example/api/v1"),
            (whole, whole),
            ("https://root.example", "https://root.example/chat/completions"),
            ("https://root.example/v1", "https://root.example/v1"),
            ("https://b.example/mode", "https://b.example/mode"),
        ] {
            assert_eq!(hosts.full_base_url(given), full, "{given}");
        }
    }
}
