//! How long a provider asks to be left alone, and whether it wants to be asked again at all.

use std::time::Duration;

/// The response headers that speak of it, as sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetryHeaders<'a> {
    /// `retry-after-ms`: milliseconds.
    pub retry_after_ms: Option<&'a str>,
    /// `retry-after`: seconds, decimals allowed, or an HTTP date.
    pub retry_after: Option<&'a str>,
    /// `date`: the server's clock, against which a date in `retry-after` is meant.
    pub date: Option<&'a str>,
    /// `x-should-retry`: `true` or `false`.
    pub should_retry: Option<&'a str>,
}

impl RetryHeaders<'_> {
    /// Whether the same request may succeed there; none when the provider does not say.
    pub fn should_retry(&self) -> Option<bool> {
        match self.should_retry?.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// The wait asked for; none when no header makes sense. Negative waits and dates gone by make none.
    pub fn wait(&self) -> Option<Duration> {
        let milliseconds = self.retry_after_ms.and_then(number).map(|ms| ms / 1000.0);
        let seconds = milliseconds.or_else(|| self.retry_after.and_then(number));
        match seconds {
            Some(seconds) => Duration::try_from_secs_f64(seconds).ok(),
            None => {
                let until = httpdate::parse_http_date(self.retry_after?.trim()).ok()?;
                let now = httpdate::parse_http_date(self.date?.trim()).ok()?;
                until.duration_since(now).ok()
            }
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| *number >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_nonsense_is_ignored() {
        let after = |text| RetryHeaders { retry_after: Some(text), ..RetryHeaders::default() }.wait();
        for (text, wait) in [
            ("1", Some(Duration::from_secs(1))),
            ("0.5", Some(Duration::from_millis(500))),
            (" 0 ", Some(Duration::ZERO)),
            ("86400", Some(Duration::from_secs(86_400))),
            ("-5", None),
            ("soon", None),
            ("", None),
            ("NaN", None),
            ("inf", None),
            ("1e300", None),
            ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ] {
            assert_eq!(after(text), wait, "{text:?}");
        }
    }

    #[test]
    fn the_provider_may_say_whether_to_retry() {
        let said = |word| RetryHeaders { should_retry: Some(word), ..RetryHeaders::default() }.should_retry();
        let words = [("true", Some(true)), (" False ", Some(false)), ("1", Some(true)), ("maybe", None), ("", None)];
        for (word, meant) in words {
            assert_eq!(said(word), meant, "{word:?}");
        }
        assert_eq!(RetryHeaders::default().should_retry(), None);
    }

    #[test]
    fn a_date_is_meant_against_the_servers_clock() {
        let headers = |until| RetryHeaders {
            retry_after: Some(until),
            date: Some("Wed, 21 Oct 2026 07:28:00 GMT"),
            ..RetryHeaders::default()
        };
        assert_eq!(headers("Wed, 21 Oct 2026 07:28:09 GMT").wait(), Some(Duration::from_secs(9)));
        assert_eq!(headers("Wed, 21 Oct 2026 07:27:00 GMT").wait(), None);
    }

    #[test]
    fn milliseconds_come_first_unless_they_are_nonsense() {
        let headers = |ms| RetryHeaders { retry_after_ms: Some(ms), retry_after: Some("9"), ..RetryHeaders::default() };
        assert_eq!(headers("250").wait(), Some(Duration::from_millis(250)));
        assert_eq!(headers("-250").wait(), Some(Duration::from_secs(9)));
    }
}
