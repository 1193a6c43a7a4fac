//! The router's rows: additive counters of a day, and what it must remember. The switch log has a file of its own.

use chrono::NaiveDate;
use sqlx::Row;

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
