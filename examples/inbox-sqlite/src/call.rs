//! A call as it came, and how it is stored: before anything else, whatever is in it.

use crate::event::Identity;
use crate::inbox::now;
use axum::body::Bytes;
use rusqlite::{Transaction, params};

/// A call as it came.
pub struct Call {
    /// The call's own key: exact copies of it share it.
    pub delivery: String,
    /// What its event is known by, where it can be decoded and has a name of its own.
    pub event: Option<Identity>,
    /// Whose call it is; `None` without a proof.
    pub account: Option<String>,
    /// The path and query that were called.
    pub target: String,
    pub host: Option<String>,
    pub media_type: Option<String>,
    pub body: Bytes,
}

/// What a commit made of a call.
pub struct Stored {
    /// It was known before.
    pub duplicate: bool,
    /// Its event was known with another timestamp.
    pub changed: bool,
}

impl Call {
    /// Returns how much memory the call holds while it waits to be written.
    pub fn size(&self) -> usize {
        self.body.len().saturating_add(self.target.len())
    }

    /// Returns what the log calls it.
    pub fn name(&self) -> &str {
        self.event.as_ref().map_or(&self.delivery, |event| &event.key)
    }

    /// Stores it: it is new, or a copy of a known call, or its event is known; the last two are
    /// counted. A known event with another timestamp is no repetition, though it is not handled: the
    /// whole call is kept, once each body.
    pub fn store(&self, tx: &Transaction<'_>) -> rusqlite::Result<Stored> {
        let Self { delivery, event, account, target, host, media_type, body } = self;
        let key = event.as_ref().map(|event| &event.key);
        let timestamp = event.as_ref().and_then(|event| event.timestamp.as_ref());
        let now = now();
        // The first of the two conflicts counts: a copy of a call changes nothing, whatever its event is.
        // An imported event has neither delivery nor timestamp: the first call's becomes its own.
        let stored = tx
            .prepare_cached(
                "INSERT INTO inbox (delivery, event_key, account, target, host, media_type, body,
                     timestamp, received, next_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
                 ON CONFLICT (delivery) DO UPDATE SET duplicates = duplicates + 1
                 ON CONFLICT (event_key) DO UPDATE SET duplicates = duplicates + 1,
                     changed = changed + (timestamp IS NOT excluded.timestamp
                         AND (delivery IS NOT NULL OR timestamp IS NOT NULL)),
                     timestamp = iif(delivery IS NULL, coalesce(timestamp, excluded.timestamp), timestamp)
                 RETURNING duplicates > 0, delivery IS NOT ?1 AND timestamp IS NOT ?8",
            )?
            .query_one(
                params![
                    delivery,
                    key,
                    account,
                    target,
                    host,
                    media_type,
                    &body[..],
                    timestamp,
                    now
                ],
                |row| Ok(Stored { duplicate: row.get(0)?, changed: row.get(1)? }),
            )?;
        if stored.changed {
            tx.prepare_cached(
                "INSERT INTO changed (key, timestamp, received, delivery, body, media_type, target,
                     host)
                 SELECT ?1, coalesce(?2, ''), ?3, ?4, ?5, ?6, ?7, ?8
                 WHERE NOT EXISTS (SELECT 1 FROM changed WHERE key = ?1 AND body = ?5)",
            )?
            .execute(params![
                key,
                timestamp,
                now,
                delivery,
                &body[..],
                media_type,
                target,
                host
            ])?;
        }
        Ok(stored)
    }
}
