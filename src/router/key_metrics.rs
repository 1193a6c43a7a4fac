//! The specification's key-metrics document, field for field. `vita status --json` prints it; it is made from the snapshot and
//! nothing else.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::snapshot::{Health, ProviderStatus, StatusSnapshot};

/// The document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeyMetrics {
    /// By provider, in the order of the table.
    #[serde(serialize_with = "as_map")]
    pub api_status: Vec<(String, ApiStatus)>,
    /// Automatic and manual switches of the primary today.
    pub switch_count_today: u64,
    /// The provider tried first now.
    pub current_primary: String,
    /// Whether the primary moves by itself.
    pub auto_switch_enabled: bool,
}

/// One provider in the document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ApiStatus {
    /// Of its best route.
    pub status: Health,
    /// Median time to first token today, in milliseconds; `None` before the first.
    pub response_time_ms: Option<u64>,
    /// The percentage of today's attempts that succeeded; 100.0 when there were none.
    pub success_rate: f64,
    /// Attempts today, without probes.
    pub requests_today: u64,
    /// The last failure today, in one line.
    pub last_error: Option<String>,
}

impl From<&StatusSnapshot> for KeyMetrics {
    fn from(snapshot: &StatusSnapshot) -> Self {
        let providers = snapshot.providers.iter();
        Self {
            api_status: providers.map(|provider| (provider.name.clone(), provider.into())).collect(),
            switch_count_today: snapshot.switches_today,
            current_primary: snapshot.primary.clone(),
            auto_switch_enabled: snapshot.auto_switch,
        }
    }
}

impl From<&ProviderStatus> for ApiStatus {
    fn from(provider: &ProviderStatus) -> Self {
        let last_error = provider.last_error.as_ref();
        Self {
            status: provider.health,
            response_time_ms: provider.response_time_ms,
            success_rate: provider.success_rate(),
            requests_today: provider.requests_today,
            last_error: last_error.map(|error| format!("{}: {}", error.outcome.as_str(), error.message)),
        }
    }
}

fn as_map<S: Serializer>(providers: &[(String, ApiStatus)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(providers.len()))?;
    for (name, status) in providers {
        map.serialize_entry(name, status)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Micro;
    use crate::router::LastError;
    use crate::wire::Outcome;
    use chrono::DateTime;

    /// The example of the specification, section 5.
    const SPECIFIED: &str = r#"
        {"api_status": {"llama": {"status": "healthy", "response_time_ms": 800, "success_rate": 99.5, "requests_today": 1250, "last_error": null},
                        "qwen":  {"status": "healthy", "response_time_ms": 600, "success_rate": 99.8, "requests_today": 340,  "last_error": null}},
         "switch_count_today": 3, "current_primary": "llama", "auto_switch_enabled": true}"#;

    fn provider(name: &str, response_time_ms: u64, requests_today: u64, succeeded_today: u64) -> ProviderStatus {
        ProviderStatus {
            name: name.to_owned(),
            configured: true,
            health: Health::Healthy,
            response_time_ms: Some(response_time_ms),
            requests_today,
            succeeded_today,
            last_error: None,
            in_flight: 0,
            cost_today: Micro(15_600_000),
            prompt_tokens: 1,
            completion_tokens: 1,
            routes: Vec::new(),
        }
    }

    fn snapshot() -> StatusSnapshot {
        StatusSnapshot {
            at: DateTime::UNIX_EPOCH,
            day: DateTime::UNIX_EPOCH.date_naive(),
            simulated: false,
            providers: vec![provider("llama", 800, 1250, 1244), provider("qwen", 600, 340, 339)],
            primary: "llama".to_owned(),
            preferred: "llama".to_owned(),
            auto_switch: true,
            switches_today: 3,
            switches: Vec::new(),
            in_flight: 0,
            queued: 0,
            calls: Vec::new(),
            dwell_until: None,
            retry_tokens: 10,
            currency: "CNY".to_owned(),
        }
    }

    #[test]
    fn the_document_is_the_specifications_field_for_field_and_in_its_order() {
        let document = serde_json::to_string(&KeyMetrics::from(&snapshot())).expect("JSON");
        // 339 of 340 is 99.7; the specification's 99.8 is no share of 340.
        let specified = SPECIFIED.replace("99.8", "99.7").split_whitespace().collect::<String>();
        assert_eq!(document, specified);
    }

    #[test]
    fn a_provider_without_traffic_has_no_response_time_and_a_failed_one_says_why() {
        let mut idle = provider("llama", 0, 0, 0);
        idle.response_time_ms = None;
        let mut failed = provider("qwen", 600, 4, 1);
        failed.health = Health::Unavailable;
        failed.last_error = Some(LastError {
            at: DateTime::UNIX_EPOCH,
            outcome: Outcome::ServerError,
            message: "503: overloaded".to_owned(),
        });
        let of = |provider: &ProviderStatus| serde_json::to_string(&ApiStatus::from(provider)).expect("JSON");
        assert_eq!(
            of(&idle),
            r#"{"status":"healthy","response_time_ms":null,"success_rate":100.0,"requests_today":0,"last_error":null}"#
        );
        assert_eq!(
            of(&failed),
            r#"{"status":"unavailable","response_time_ms":600,"success_rate":25.0,"requests_today":4,"last_error":"server_error: 503: overloaded"}"#
        );
    }
}
