//! Interviews: a head for lists, and the events they are rebuilt from.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{Store, StoreError};

/// What a list shows of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionHead {
    /// Its id; ids sort by the time of their start.
    pub id: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What it is about, in the session's language.
    pub title: String,
    /// `zh` or `en`.
    pub language: String,
    /// Whether demo providers spoke.
    pub simulated: bool,
    /// Whether its report has been made.
    pub finished: bool,
}

/// A session with its events, oldest first, and the unsent draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The head.
    pub head: SessionHead,
    /// The bodies of its events, JSON each.
    pub events: Vec<String>,
    /// Text typed but not sent.
    pub draft: String,
}

impl Store {
    /// Begins a session and returns its id.
    pub async fn begin_session(
        &self,
        title: &str,
        language: &str,
        simulated: bool,
        now: DateTime<Utc>,
    ) -> Result<String, StoreError> {
        let id = Uuid::now_v7().to_string();
        sqlx::query(
            "INSERT INTO sessions (id, started_at, updated_at, title, language, simulated, finished, draft)
             VALUES ($1, $2, $2, $3, $4, $5, 0, '')",
        )
        .bind(&id)
        .bind(stamp(now))
        .bind(title)
        .bind(language)
        .bind(i64::from(simulated))
        .execute(&self.pool)
        .await?;
        Ok(id)
    }

    /// Appends events in one transaction and clears the draft: after a crash all of them are there, or none.
    pub async fn append_events(
        &self,
        id: &str,
        first_seq: u64,
        bodies: &[String],
        finished: bool,
        clear_draft: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        for (seq, body) in (first_seq..).zip(bodies) {
            sqlx::query("INSERT INTO session_events (session_id, seq, at, body) VALUES ($1, $2, $3, $4)")
                .bind(id)
                .bind(i64::try_from(seq).unwrap_or(i64::MAX))
                .bind(stamp(now))
                .bind(body)
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(
            "UPDATE sessions SET updated_at = $2, finished = $3, draft = CASE WHEN $4 = 1 THEN '' ELSE draft END
             WHERE id = $1",
        )
        .bind(id)
        .bind(stamp(now))
        .bind(i64::from(finished))
        .bind(i64::from(clear_draft))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Keeps the text somebody has typed but not sent.
    pub async fn save_draft(&self, id: &str, text: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE sessions SET draft = $2 WHERE id = $1").bind(id).bind(text).execute(&self.pool).await?;
        Ok(())
    }

    /// All sessions, newest first.
    pub async fn sessions(&self) -> Result<Vec<SessionHead>, StoreError> {
        sqlx::query("SELECT * FROM sessions ORDER BY id DESC").fetch_all(&self.pool).await?.iter().map(head).collect()
    }

    /// One session whole. An id may be shortened to any beginning that fits one session only.
    ///
    /// # Errors
    /// [`StoreError::NoSession`] when none fits, [`StoreError::SeveralSessions`] when several do.
    pub async fn session(&self, id: &str) -> Result<SessionRecord, StoreError> {
        let rows = sqlx::query("SELECT * FROM sessions WHERE substr(id, 1, $2) = $1 LIMIT 2")
            .bind(id)
            .bind(i64::try_from(id.chars().count()).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?;
        let row = match rows.as_slice() {
            [row] => row,
            [] => return Err(StoreError::NoSession(id.to_owned())),
            _ => return Err(StoreError::SeveralSessions(id.to_owned())),
        };
        let head = head(row)?;
        let events = sqlx::query_scalar("SELECT body FROM session_events WHERE session_id = $1 ORDER BY seq")
            .bind(&head.id)
            .fetch_all(&self.pool)
            .await?;
        Ok(SessionRecord { head, events, draft: row.try_get("draft")? })
    }

    /// Sessions that were begun and are neither finished nor open in any process, newest first.
    pub async fn unfinished_sessions(&self) -> Result<Vec<SessionHead>, StoreError> {
        // A process that died before the first event leaves a head with nothing to go on from.
        let unfinished = "SELECT * FROM sessions WHERE finished = 0
             AND EXISTS (SELECT 1 FROM session_events WHERE session_id = sessions.id) ORDER BY id DESC";
        let rows = sqlx::query(unfinished).fetch_all(&self.pool).await?;
        let heads = rows.iter().map(head).collect::<Result<Vec<_>, _>>()?;
        Ok(heads.into_iter().filter(|head| self.lock_session(&head.id).is_ok()).collect())
    }
}

fn head(row: &SqliteRow) -> Result<SessionHead, StoreError> {
    Ok(SessionHead {
        id: row.try_get("id")?,
        started_at: moment(row, "started_at")?,
        updated_at: moment(row, "updated_at")?,
        title: row.try_get("title")?,
        language: row.try_get("language")?,
        simulated: row.try_get::<i64, _>("simulated")? != 0,
        finished: row.try_get::<i64, _>("finished")? != 0,
    })
}

/// A moment as text that sorts by time.
pub(super) fn stamp(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

pub(super) fn moment(row: &SqliteRow, column: &'static str) -> Result<DateTime<Utc>, StoreError> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|error| StoreError::Unreadable { what: column, why: format!("{text:?}: {error}") })
}
