//! The provider that is looked at, and how it is spoken of.

use rust_i18n::t;

use super::check::{Check, Finding, State};
use crate::config::{ProviderSettings, Service, Settings};

/// One provider of the settings.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub settings: &'a Settings,
    pub provider: &'a ProviderSettings,
}

impl<'a> Subject<'a> {
    pub fn locale(&self) -> &'static str {
        self.settings.language.code()
    }

    /// The service behind its base URL, where it is known.
    pub fn service(&self) -> Option<&'a Service> {
        self.settings.hosts.service(&self.provider.base_url)
    }

    /// The service by name, or else its place.
    pub fn called(&self) -> String {
        self.service().map_or_else(|| self.place(), label)
    }

    /// The interface text with this key, filled in with the subject's names and with what somebody else said.
    pub fn text(&self, key: &str, said: &str) -> String {
        let ProviderSettings { name, base_url, base_url_variable, key_variable, .. } = self.provider;
        t!(
            key,
            locale = self.locale(),
            said = said,
            name = name,
            host = self.place(),
            service = self.called(),
            url = shown(base_url),
            url_variable = base_url_variable,
            key_variable = key_variable,
            path = self.settings.places.config_file.display()
        )
        .into_owned()
    }

    /// Its host, with the port where one is given.
    fn place(&self) -> String {
        let origin = origin(&self.provider.base_url).unwrap_or_default();
        origin.split_once("://").map_or_else(String::new, |(_, place)| place.to_owned())
    }

    pub fn check(&self, state: State, finding: Finding, message: impl Into<String>) -> Check {
        Check::new(&self.provider.name, state, message).with_finding(finding)
    }
}

/// A service with its region.
pub(super) fn label(service: &Service) -> String {
    match &service.region {
        Some(region) => format!("{} ({region})", service.name),
        None => service.name.clone(),
    }
}

/// Scheme, host and port of a URL, without anything that may hold a secret.
pub(super) fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(format!("{scheme}://{host}"))
}

/// The path of a URL without query and trailing slashes.
pub(super) fn path(url: &str) -> &str {
    let rest = url.trim().split_once("://").map_or("", |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    rest.find('/').map_or("", |at| &rest[at..]).trim_end_matches('/')
}

/// A URL that may be shown.
fn shown(url: &str) -> String {
    origin(url).map_or_else(|| "?".to_owned(), |origin| format!("{origin}{}", path(url)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        assert_eq!(shown("https://me:secret@host.example:8/v1/?key=x#y"), "https://host.example:8/v1");
        assert_eq!(shown("http://[::1]:8"), "http://[::1]:8");
        assert_eq!(shown("secret"), "?");
    }
}
