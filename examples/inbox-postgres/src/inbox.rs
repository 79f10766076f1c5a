//! The inbox: one row a creation. Each statement is a transaction of its own.

use crate::Error;
use crate::text::storable;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Executor, Postgres};
use std::time::Duration;
use tokio::time::timeout;
use webhook_axum::{CreateEvent, Delivery};

/// The longest that storing may take once there is a connection: more than the server's own bounds
/// (`database::bounded`), which don't end the wait for a server that is silent.
const STORING: Duration = Duration::from_secs(5);

/// The row and its job in one statement, so in one transaction: an event without a job would never
/// be handled, a job without an event would have nothing to do. The answer comes after the commit.
///
/// A repeat is committed after the first: it waits for that transaction's end. It only counts. The
/// job has the key and nothing else, for the runner logs it, and keeps it when it fails. Its own
/// limit of attempts is out of reach: the limit is the row's.
///
/// `durable` is what the commit was worth, settings that anyone may change while we run.
const STORE: &str = "
    WITH told AS (
        INSERT INTO inbox AS kept (key, stamp, payload) VALUES ($1, $2, $3)
        ON CONFLICT (key) DO UPDATE SET
            duplicates = kept.duplicates + 1,
            changed = kept.changed + (kept.stamp <> excluded.stamp)::int
        RETURNING duplicates = 0 AS fresh, stamp <> $2 AS changed
    ), job AS (
        SELECT (graphile_worker.add_job(
            'inbox', json_build_object('key', $1::text), max_attempts => 32767)).id
        FROM told WHERE fresh
    )
    SELECT fresh, changed, (SELECT count(*) FROM job) = fresh::int AS whole,
        current_setting('synchronous_commit') IN ('on', 'remote_apply')
        AND current_setting('fsync')::bool AND current_setting('full_page_writes')::bool AS durable
    FROM told";

/// A call that says something else about a creation that is known. A statement of its own: calls are
/// not to send their bodies for the one that needs it. When it fails nothing was acknowledged.
const KEEP: &str = "
    WITH kept AS (
        INSERT INTO inbox_changed (key, stamp, delivery, body) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
    )
    SELECT current_setting('synchronous_commit') IN ('on', 'remote_apply')
        AND current_setting('fsync')::bool AND current_setting('full_page_writes')::bool";

/// What became of an event that was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is new, and has a job.
    New,
    /// The creation was received before; `changed`: with another timestamp, and the call is kept.
    Again { changed: bool },
}

/// An attempt that has begun, and was counted.
#[derive(Debug)]
pub struct Attempt {
    pub key: String,
    /// 1 the first time.
    pub number: i32,
    payload: String,
}

impl Attempt {
    pub fn event(&self) -> Result<CreateEvent, Error> {
        Ok(serde_json::from_str(&self.payload)?)
    }
}

/// Stores an event. `Ok` means that it is on the server's disk.
pub async fn store(
    pool: &PgPool,
    key: &str,
    event: &CreateEvent,
    delivery: &Delivery,
) -> Result<Stored, Error> {
    let stamp = match event {
        CreateEvent::Profile(profile) => profile.timestamp,
        CreateEvent::Subprofile(subprofile) => subprofile.timestamp,
    };
    let stamp = stamp.to_string();
    let payload = serde_json::to_string(event)?;
    let mut connection = pool.acquire().await?;
    let storing = async {
        let told = sqlx::query_as(STORE).bind(key).bind(&stamp).bind(payload);
        let told: (bool, bool, bool, bool) = told.fetch_one(&mut *connection).await?;
        let (fresh, changed, whole, mut durable) = told;
        if !fresh && changed {
            durable &= sqlx::query_scalar::<_, bool>(KEEP)
                .bind(key)
                .bind(&stamp)
                .bind(delivery.proven().map(|proven| proven.id.to_string()))
                .bind(&delivery.body()[..])
                .fetch_one(&mut *connection)
                .await?;
        }
        Ok::<_, sqlx::Error>((fresh, changed, whole, durable))
    };
    let told = match timeout(STORING, storing).await {
        Ok(told) => told?,
        Err(late) => {
            // Back in the pool it would make the next one wait as well.
            connection.close_on_drop();
            return Err(late.into());
        }
    };
    match told {
        (_, _, false, _) => Err("the runner took no job".into()),
        (_, _, _, false) => {
            Err("synchronous_commit, fsync or full_page_writes was turned off".into())
        }
        (true, ..) => Ok(Stored::New),
        (false, changed, ..) => Ok(Stored::Again { changed }),
    }
}

/// Begins an attempt and counts it, committed before the effect runs: an effect that ends its
/// process has no other way to report it. Returns `None` when the event is done or dead, is out
/// of attempts, or, unless `suspects` are asked for, its last attempt never came back.
pub async fn begin(
    pool: &PgPool,
    key: &str,
    limit: i32,
    suspects: bool,
) -> Result<Option<Attempt>, sqlx::Error> {
    let begun: Option<(i32, String)> = sqlx::query_as(
        "UPDATE inbox SET attempts = attempts + 1, begun_at = now()
         WHERE key = $1 AND done_at IS NULL AND dead_at IS NULL AND attempts < $2
         AND (begun_at IS NULL OR $3) RETURNING attempts, payload",
    )
    .bind(key)
    .bind(limit)
    .bind(suspects)
    .fetch_optional(pool)
    .await?;
    Ok(begun.map(|(number, payload)| Attempt { key: key.to_owned(), number, payload }))
}

/// Marks an event as done in the transaction of the effect: both are committed, or neither. Returns
/// `false` when another worker was faster, and then this effect must be rolled back. The event is
/// personal data and goes; the key stays.
pub async fn done(transaction: &mut PgConnection, key: &str) -> Result<bool, sqlx::Error> {
    changed(
        transaction,
        sqlx::query(
            "UPDATE inbox SET done_at = now(), dead_at = NULL, begun_at = NULL, payload = NULL,
             error = NULL WHERE key = $1 AND done_at IS NULL",
        )
        .bind(key),
    )
    .await
}

/// Records that the attempt returned an error. Returns `true` when it was the last.
pub async fn failed(
    pool: &PgPool,
    key: &str,
    error: &str,
    limit: i32,
) -> Result<bool, sqlx::Error> {
    let dead: Option<bool> = sqlx::query_scalar(
        "UPDATE inbox SET error = $2, begun_at = NULL,
         dead_at = CASE WHEN attempts >= $3 THEN now() END
         WHERE key = $1 AND done_at IS NULL AND dead_at IS NULL RETURNING dead_at IS NOT NULL",
    )
    .bind(key)
    // An error that can't be written down would leave the event under way.
    .bind(storable(error))
    .bind(limit)
    .fetch_optional(pool)
    .await?;
    Ok(dead.unwrap_or(false))
}

/// Gives up an event whose last attempt never came back. `false`: it is not such an event.
/// `begun_at` stays: should it be tried again, it is a suspect still.
pub async fn bury(pool: &PgPool, key: &str, limit: i32) -> Result<bool, sqlx::Error> {
    changed(
        pool,
        sqlx::query(
            "UPDATE inbox SET dead_at = now(),
             error = 'the last attempt never came back: it ended its process, or was cut off'
             WHERE key = $1 AND done_at IS NULL AND dead_at IS NULL AND attempts >= $2",
        )
        .bind(key)
        .bind(limit),
    )
    .await
}

async fn changed<'e>(
    executor: impl Executor<'e, Database = Postgres>,
    update: sqlx::query::Query<'_, Postgres, sqlx::postgres::PgArguments>,
) -> Result<bool, sqlx::Error> {
    Ok(update.execute(executor).await?.rows_affected() == 1)
}
