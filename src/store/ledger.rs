//! The router's rows: additive counters of a day, the switch log, and what it must remember.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::sessions::{moment, stamp};
use super::{Store, StoreError};

/// One additive number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CounterRow {
    /// Name of the provider.
    pub provider: String,
    /// Id of the model.
    pub model: String,
    /// What is counted.
    pub name: String,
    /// How many.
    pub value: u64,
}

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
    /// When.
    pub at: DateTime<Utc>,
    /// The primary before.
    pub from: String,
    /// The primary after.
    pub to: String,
    /// What kind of switch.
    pub kind: SwitchKind,
    /// What set it off: an outcome of the closed list, `manual`, or `recovery`.
    pub trigger: String,
    /// The reason in words.
    pub reason: String,
    /// Who: `router`, `key`, `command`.
    pub actor: String,
}

impl Store {
    /// The counters of a day.
    pub async fn counters(&self, day: NaiveDate) -> Result<Vec<CounterRow>, StoreError> {
        let rows = sqlx::query("SELECT provider, model, name, value FROM counters WHERE day = $1")
            .bind(day.to_string())
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(CounterRow {
                    provider: row.try_get("provider")?,
                    model: row.try_get("model")?,
                    name: row.try_get("name")?,
                    value: u64::try_from(row.try_get::<i64, _>("value")?).unwrap_or(0),
                })
            })
            .collect()
    }

    /// Adds to the counters of a day, all or nothing.
    pub async fn add_counters(&self, day: NaiveDate, rows: &[CounterRow]) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        for row in rows {
            sqlx::query(
                "INSERT INTO counters (day, provider, model, name, value) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (day, provider, model, name) DO UPDATE SET value = counters.value + excluded.value",
            )
            .bind(day.to_string())
            .bind(&row.provider)
            .bind(&row.model)
            .bind(&row.name)
            .bind(i64::try_from(row.value).unwrap_or(i64::MAX))
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Appends to the switch log.
    pub async fn append_switch(&self, day: NaiveDate, entry: &SwitchEntry) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO switch_log (id, day, at, from_provider, to_provider, kind, trigger_name, reason, actor)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
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
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The latest `most` switches, newest first.
    pub async fn switches(&self, most: usize) -> Result<Vec<SwitchEntry>, StoreError> {
        sqlx::query("SELECT * FROM switch_log ORDER BY id DESC LIMIT $1")
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

    /// Everything the router remembers, by name.
    pub async fn router_state(&self) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query("SELECT name, value FROM router_state").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get("name")?, row.try_get("value")?))).collect()
    }

    /// Remembers a value under a name.
    pub async fn remember(&self, name: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO router_state (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

fn switch(row: &SqliteRow) -> Result<SwitchEntry, StoreError> {
    let kind: String = row.try_get("kind")?;
    Ok(SwitchEntry {
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
    })
}
