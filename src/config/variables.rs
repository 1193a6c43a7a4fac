//! Every variable that has effect, in one table: it drives reading, `vita config show`, and the test of `.env.example`.
//! Keys and base URLs of providers are not here: the table of providers names its own variables.

/// A setting that environment, `.env`, or the configuration file (as a lower-case key) may give.
#[derive(Debug)]
pub struct Variable {
    /// The name in the environment.
    pub name: &'static str,
    /// The value when nothing gives one; `None` where unset has a meaning of its own.
    pub default: Option<&'static str>,
    /// What a value may be, for error messages.
    pub allowed: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
}

macro_rules! variables {
    ($($id:ident $name:literal = $default:expr, $allowed:literal, $about:literal;)*) => {
        $(pub(super) const $id: Variable =
            Variable { name: $name, default: $default, allowed: $allowed, about: $about };)*
        /// Every variable, in the order `.env.example` shows them.
        pub const VARIABLES: &[Variable] = &[$($id),*];
    };
}

variables! {
    USE_QWEN_FALLBACK "USE_QWEN_FALLBACK" = Some("true"), "true or false",
        "When the primary provider fails, may another one answer?";
    PREFER_LLAMA "PREFER_LLAMA" = Some("true"), "true or false",
        "Prefer llama while it is healthy (false: prefer the next provider of the table).";
    ENABLE_AUTO_SWITCH "ENABLE_AUTO_SWITCH" = Some("true"), "true or false",
        "Move the primary to a healthy provider and back by itself.";
    TRIP "TRIP" = Some("wilson"), "wilson or literal",
        "When failures among many calls move the primary: surely more than a tenth, or a bare tenth of at least 20.";
    HEALTH_CHECK_INTERVAL "HEALTH_CHECK_INTERVAL" = Some("60"), "seconds from 1 to 86400, decimals allowed",
        "Seconds without traffic after which a provider gets a one-token health check.";
    MAX_RETRY_COUNT "MAX_RETRY_COUNT" = Some("3"), "a whole number from 0 to 10",
        "Attempts after the first one, over all providers together.";
    CONTENT_FILTER_FALLBACK "CONTENT_FILTER_FALLBACK" = Some("false"), "true or false",
        "When a provider's content filter refuses a question, ask another one once?";
    REQUEST_TIMEOUT "REQUEST_TIMEOUT" = Some("30"), "seconds from 0.1 to 600, decimals allowed",
        "Longest wait for the first token of an answer, over all attempts.";
    MAX_CONCURRENT_REQUESTS "MAX_CONCURRENT_REQUESTS" = Some("10"), "a whole number from 0 (no limit) to 10000",
        "Calls in flight at once.";
    RATE_LIMIT_PER_MINUTE "RATE_LIMIT_PER_MINUTE" = Some("60"), "a whole number from 0 (no limit) to 1000000",
        "Attempts a minute at each provider.";
    FIRST_TOKEN_TIMEOUT "FIRST_TOKEN_TIMEOUT" = None, "seconds from 0.1 to 600, decimals allowed; unset = adaptive",
        "Longest wait for one provider's first token while another one can take over.";
    STREAM_IDLE_TIMEOUT "STREAM_IDLE_TIMEOUT" = Some("15"), "seconds from 0.1 to 600, decimals allowed",
        "Longest silence in the middle of an answer.";
    RETRY_BASE_DELAY "RETRY_BASE_DELAY" = Some("1.0"), "seconds from 0 to 60, decimals allowed",
        "Wait before the first retry at the same provider; it doubles each time.";
    CURRENCY "CURRENCY" = Some("CNY"), "three capital letters",
        "The currency of the price table.";
    BUDGET_TIME_ZONE "BUDGET_TIME_ZONE" = None, "a zone such as Asia/Shanghai; unset = this machine's",
        "The zone in which a day begins and ends.";
    ALLOW_PLAIN_HTTP "ALLOW_PLAIN_HTTP" = Some("false"), "true or false",
        "Send keys over unencrypted http to hosts other than this machine.";
    VITA_LANG "VITA_LANG" = None, "zh or en; unset = by the locale",
        "Language of the interface and of new interviews.";
    VITA_HOME "VITA_HOME" = None, "a folder; unset = the XDG folders",
        "One folder for configuration, data and state.";
    VITA_DATABASE_URL "VITA_DATABASE_URL" = None, "sqlite:PATH; unset = vita.db in the data folder",
        "Where sessions, counters and the switch log are kept.";
}

/// The word for yes or no in settings.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}
