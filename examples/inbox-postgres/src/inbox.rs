//! The inbox: one row a call, and what becomes of it. Each function on a pool is a transaction of its
//! own.
//!
//! A row waits, runs (`begun_at`), and in the end is done, dead or set aside. Set aside is what can't be
//! decoded or what the effect does not know: no attempt would change that, another program may.

use crate::call::{self, Identity};
use crate::text::storable;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Executor, Postgres};
use webhook_axum::{Account, Event};

/// An attempt that has begun, and was counted.
#[derive(sqlx::FromRow)]
pub struct Attempt {
    pub row: i64,
    /// The event's key, or that of its call where the event has none or it is not known yet.
    pub key: String,
    /// 1 the first time.
    pub number: i32,
    /// Whether the row has the event's key.
    pub has_event_key: bool,
    account: Option<String>,
    media_type: Option<String>,
    /// `None` when it was pruned.
    body: Option<Vec<u8>>,
}

impl Attempt {
    /// Decodes the call, once, and finds what its event is known by where the row does not have that yet. An
    /// error says why it can't be decoded: never by a value of it.
    pub fn event(&mut self) -> Result<(Event, Option<Identity>), String> {
        let body = self.body.take().ok_or("its payload was pruned")?;
        let account = self.account.as_deref().map(str::parse::<Account>).transpose();
        let account = account.map_err(|_| "the row's account can't be read")?;
        let event: Event = call::raw(body, self.media_type.as_deref())
            .decode()
            .map_err(|rejection| rejection.to_string())?;
        let identity = if self.has_event_key { None } else { Identity::of(&event, account) };
        Ok((event, identity))
    }
}

/// Begins an attempt and counts it, committed before the effect runs: an effect that ends its
/// process has no other way to report it. Returns `None` when the call is done, dead or set aside, is
/// out of attempts, or, unless `suspects` are wanted, its last attempt never came back.
pub async fn begin(
    pool: &PgPool,
    row: i64,
    limit: i32,
    suspects: bool,
) -> Result<Option<Attempt>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE inbox_call SET attempts = attempts + 1, begun_at = now()
         WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL AND set_aside_at IS NULL
         AND attempts < $2 AND (begun_at IS NULL OR $3)
         RETURNING id AS row, coalesce(event_key, delivery, 'row ' || id) AS key,
             attempts AS number, event_key IS NOT NULL AS has_event_key, account, media_type, body",
    )
    .bind(row)
    .bind(limit)
    .bind(suspects)
    .fetch_optional(pool)
    .await
}

/// Returns the row of an event, for jobs of a version before, which have its key.
pub async fn row_of(pool: &PgPool, key: &str) -> Result<Option<i64>, sqlx::Error> {
    let row = "SELECT id FROM inbox_call WHERE event_key = $1";
    sqlx::query_scalar(row).bind(key).fetch_optional(pool).await
}

/// Marks a call as done in the transaction of the effect: both are committed, or neither. Returns
/// `false` when another worker was faster, and then this effect must be rolled back. The body stays
/// until it is pruned, the keys for good.
pub async fn done(
    transaction: &mut PgConnection,
    row: i64,
    remark: Option<&str>,
) -> Result<bool, sqlx::Error> {
    changed(
        transaction,
        sqlx::query(
            "UPDATE inbox_call SET done_at = now(), dead_at = NULL, set_aside_at = NULL,
             begun_at = NULL, payload = NULL, error = $2 WHERE id = $1 AND done_at IS NULL",
        )
        .bind(row)
        .bind(remark),
    )
    .await
}

/// Sets a call aside: this program can do nothing with it, however often it is tried.
pub async fn set_aside(pool: &PgPool, row: i64, reason: &str) -> Result<bool, sqlx::Error> {
    changed(
        pool,
        sqlx::query(
            "UPDATE inbox_call SET set_aside_at = now(), begun_at = NULL, error = $2
             WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL AND set_aside_at IS NULL",
        )
        .bind(row)
        .bind(storable(reason)),
    )
    .await
}

/// Records that the attempt returned an error. Returns `true` when it was the last.
pub async fn failed(pool: &PgPool, row: i64, error: &str, limit: i32) -> Result<bool, sqlx::Error> {
    let dead: Option<bool> = sqlx::query_scalar(
        "UPDATE inbox_call SET error = $2, begun_at = NULL,
         dead_at = CASE WHEN attempts >= $3 THEN now() END
         WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL AND set_aside_at IS NULL
         RETURNING dead_at IS NOT NULL",
    )
    .bind(row)
    // An error that can't be written down would leave the call under way.
    .bind(storable(error))
    .bind(limit)
    .fetch_optional(pool)
    .await?;
    Ok(dead.unwrap_or(false))
}

/// Gives up a call whose last attempt never came back, and returns its key. `None`: it is not such a
/// call. `begun_at` stays: should it be tried again, it is a suspect still.
pub async fn bury(pool: &PgPool, row: i64, limit: i32) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "UPDATE inbox_call SET dead_at = now(),
         error = 'the last attempt never came back: it ended its process, or was cut off'
         WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL AND set_aside_at IS NULL
         AND attempts >= $2 RETURNING coalesce(event_key, delivery, 'row ' || id)",
    )
    .bind(row)
    .bind(limit)
    .fetch_optional(pool)
    .await
}

async fn changed<'e>(
    executor: impl Executor<'e, Database = Postgres>,
    update: sqlx::query::Query<'_, Postgres, sqlx::postgres::PgArguments>,
) -> Result<bool, sqlx::Error> {
    Ok(update.execute(executor).await?.rows_affected() == 1)
}
