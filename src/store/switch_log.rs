//! The log of switches of the primary: who led before and after, what set it off, and what that rested on.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::sessions::{moment, stamp};
use super::{Store, StoreError};

/// Why the primary moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SwitchKind {
    /// The primary failed.
    Auto,
    /// Somebody asked for it.
    Manual,
    /// The preferred provider is back.
    Recovery,
}

impl SwitchKind {
    /// The word in JSON, in the store and on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Manual => "manual",
            Self::Recovery => "recovery",
        }
    }
}

/// One switch of the primary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchEntry {
    /// Its running number, from 1. The store gives it; until then it is the next one after the latest known.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// The primary before.
    pub from: String,
    /// The primary after.
    pub to: String,
    /// What kind of switch.
    pub kind: SwitchKind,
    /// What set it off: `api_failure`, `slow`, `error_rate`, `rate_limited`, `model_unavailable`, `manual`, or `recovery`.
    pub trigger: String,
    /// The reason in words.
    pub reason: String,
    /// Who: `router`, `key`, `command`.
    pub actor: String,
    /// What it rests on.
    pub details: Box<SwitchDetails>,
}

/// What a switch rests on. An entry of an older version has none of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SwitchDetails {
    /// What was seen of the provider that the switch is about: the one that returns for a recovery, else the one that was left.
    pub evidence: Evidence,
    /// What the rules were.
    pub policy: Policy,
    /// Attempts under way at the provider that was left: they run on there to their end.
    pub in_flight: u64,
    /// How long that provider had been primary, in seconds; unknown before the first switch.
    pub held_seconds: Option<u64>,
    /// What 1,000 prompt tokens and 1,000 completion tokens together cost more at the new primary's chat model, in micro-units;
    /// less when negative.
    pub cost_delta_micro: i64,
}

/// What the latest attempts (50 in half an hour at most) on a provider's chat model said, and its last failure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// Attempts that say something of health.
    pub attempts: u32,
    /// Those that failed, per mille.
    pub error_rate_permille: u32,
    /// Lower bound of the true share (Wilson, one-sided 90 %), per mille.
    pub lower_bound_permille: u32,
    /// Median time to first token, in milliseconds.
    pub p50_ms: Option<u64>,
    /// Its 95th percentile.
    pub p95_ms: Option<u64>,
    /// The HTTP status of the last failure.
    pub status: Option<u16>,
    /// The provider's own code for it.
    pub code: Option<String>,
    /// The provider's own name for the request.
    pub request_id: Option<String>,
}

/// The rules at the time of a switch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// The rule that opens a breaker: `wilson` or `literal`.
    pub trip: String,
    /// The provider that was to be primary while it is healthy.
    pub preferred: String,
    /// Whether the primary moved by itself.
    pub auto_switch: bool,
    /// Whether another provider might answer.
    pub use_fallback: bool,
    /// How long the primary was to stay where it was after the switch before, in seconds.
    pub dwell_seconds: u64,
}

impl Store {
    /// Appends to the switch log, under the next number.
    pub async fn append_switch(&self, day: NaiveDate, entry: &SwitchEntry) -> Result<(), StoreError> {
        let details = serde_json::to_string(&entry.details)
            .map_err(|error| StoreError::Unreadable { what: "switch", why: error.to_string() })?;
        sqlx::query(
            "INSERT INTO switch_log (id, day, at, from_provider, to_provider, kind, trigger_name, reason, actor, details, seq)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, COALESCE(MAX(seq), 0) + 1 FROM switch_log",
        )
        .bind(Uuid::now_v7().to_string())
        .bind(day.to_string())
        .bind(stamp(entry.at))
        .bind(&entry.from)
        .bind(&entry.to)
        .bind(entry.kind.as_str())
        .bind(&entry.trigger)
        .bind(&entry.reason)
        .bind(&entry.actor)
        .bind(details)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The latest `most` switches, newest first.
    pub async fn switches(&self, most: usize) -> Result<Vec<SwitchEntry>, StoreError> {
        sqlx::query("SELECT * FROM switch_log ORDER BY seq DESC LIMIT $1")
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(switch)
            .collect()
    }

    /// Automatic and manual switches of a day; a recovery counts too, since the primary moved.
    pub async fn switches_of(&self, day: NaiveDate) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM switch_log WHERE day = $1")
            .bind(day.to_string())
            .fetch_one(&self.pool)
            .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

fn switch(row: &SqliteRow) -> Result<SwitchEntry, StoreError> {
    let kind: String = row.try_get("kind")?;
    let details: String = row.try_get("details")?;
    Ok(SwitchEntry {
        seq: u64::try_from(row.try_get::<i64, _>("seq")?).unwrap_or(0),
        at: moment(row, "at")?,
        from: row.try_get("from_provider")?,
        to: row.try_get("to_provider")?,
        kind: match kind.as_str() {
            "manual" => SwitchKind::Manual,
            "recovery" => SwitchKind::Recovery,
            _ => SwitchKind::Auto,
        },
        trigger: row.try_get("trigger_name")?,
        reason: row.try_get("reason")?,
        actor: row.try_get("actor")?,
        // What a newer version may have added to them is left out; the entry itself still counts.
        details: serde_json::from_str(&details).unwrap_or_default(),
    })
}
