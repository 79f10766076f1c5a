//! Storing a call before it is acknowledged, whatever is in it.

use crate::Error;
use crate::call::{Call, Identity};
use sqlx::Connection;
use sqlx::postgres::{PgConnection, PgPool};
use std::time::Duration;
use tokio::time::timeout;

/// The longest that storing may take once there is a connection: more than the server's own bounds
/// (`database::bounded`), which don't end the wait for a server that is silent.
const STORING: Duration = Duration::from_secs(5);

/// The row and its job in one statement, so in one transaction: a call without a job would never
/// be handled, a job without a call would have nothing to do. The answer comes after the commit.
///
/// It stores nothing of a call that is known, by its own key or by its event's: such a one waits for the
/// end of the transaction that stores the first. The job has the row and nothing else, for the runner
/// logs it, and keeps it when it fails. Its own limit of attempts is out of reach: the limit is the
/// row's.
///
/// The last column is what the commit was worth, settings that anyone may change while we run.
const STORE: &str = "
    WITH stored AS (
        INSERT INTO inbox_call
            (delivery, event_key, timestamp, account, target, host, media_type, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id
    ), job AS (
        SELECT (graphile_worker.add_job(
            'call', json_build_object('row', id), max_attempts => 32767)).id
        FROM stored
    )
    SELECT (SELECT count(*) FROM stored) = 1,
        (SELECT count(*) FROM job) = (SELECT count(*) FROM stored),
        current_setting('synchronous_commit') IN ('on', 'remote_apply')
        AND current_setting('fsync')::bool AND current_setting('full_page_writes')::bool";

/// The same settings, for a commit that only counts.
const DURABLE: &str = "
    SELECT current_setting('synchronous_commit') IN ('on', 'remote_apply')
        AND current_setting('fsync')::bool AND current_setting('full_page_writes')::bool";

/// What became of a call that was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is new, and has a job.
    New,
    /// The call or its event was received before; `changed`: with another timestamp, and the call is kept.
    Again { changed: bool },
}

/// Stores a call. `Ok` means that it is on the server's disk.
pub async fn store(pool: &PgPool, call: &Call) -> Result<Stored, Error> {
    let mut connection = pool.acquire().await?;
    match timeout(STORING, write(&mut connection, call)).await {
        Ok(stored) => stored,
        Err(late) => {
            // Back in the pool it would make the next one wait as well.
            connection.close_on_drop();
            Err(late.into())
        }
    }
}

async fn write(connection: &mut PgConnection, call: &Call) -> Result<Stored, Error> {
    let event = call.event.as_ref();
    let stored = sqlx::query_as(STORE)
        .bind(&call.delivery)
        .bind(event.map(|event| &event.key))
        .bind(event.and_then(|event| event.timestamp.as_ref()))
        .bind(call.account.map(|account| account.to_string()))
        .bind(&call.target)
        .bind(&call.host)
        .bind(call.raw.media_type())
        .bind(&call.raw.body()[..]);
    let (fresh, whole, durable): (bool, bool, bool) = stored.fetch_one(&mut *connection).await?;
    if !whole {
        return Err("the runner took no job".into());
    }
    let (stored, durable) =
        if fresh { (Stored::New, durable) } else { again(connection, call).await? };
    if !durable {
        return Err("synchronous_commit, fsync or full_page_writes was turned off".into());
    }
    Ok(stored)
}

/// Counts a call that is known, and returns whether the commit is durable.
async fn again(connection: &mut PgConnection, call: &Call) -> Result<(Stored, bool), Error> {
    let mut transaction = connection.begin().await?;
    // A copy of a call changes nothing, whatever its event is.
    let copied = "UPDATE inbox_call SET duplicates = duplicates + 1 WHERE delivery = $1";
    let copied = sqlx::query(copied).bind(&call.delivery).execute(&mut *transaction).await?;
    let mut changed = false;
    if copied.rows_affected() == 0 {
        // The row was removed this moment: it is new, when it is sent again.
        let event = call.event.as_ref().ok_or("the known call is gone")?;
        changed = count(&mut transaction, event).await?.ok_or("the known event is gone")?;
        if changed {
            keep(&mut transaction, event, call).await?;
        }
    }
    let durable = sqlx::query_scalar(DURABLE).fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok((Stored::Again { changed }, durable))
}

/// Counts a repeat of a known event; `true`: with another timestamp. `None`: no row has its key.
pub async fn count(
    transaction: &mut PgConnection,
    event: &Identity,
) -> Result<Option<bool>, sqlx::Error> {
    // An imported event has neither delivery nor timestamp: the first call's becomes its own.
    let count = "UPDATE inbox_call SET duplicates = duplicates + 1,
        changed = changed + (timestamp IS DISTINCT FROM $2
            AND (delivery IS NOT NULL OR timestamp IS NOT NULL))::int,
        timestamp = CASE WHEN delivery IS NULL THEN coalesce(timestamp, $2) ELSE timestamp END
        WHERE event_key = $1 RETURNING timestamp IS DISTINCT FROM $2";
    sqlx::query_scalar(count)
        .bind(&event.key)
        .bind(&event.timestamp)
        .fetch_optional(transaction)
        .await
}

/// Keeps a call that says something else about an event that is known, once each body.
async fn keep(
    transaction: &mut PgConnection,
    event: &Identity,
    call: &Call,
) -> Result<(), sqlx::Error> {
    let keep = "INSERT INTO inbox_changed (key, stamp, delivery, target, host, media_type, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    sqlx::query(keep)
        .bind(&event.key)
        .bind(&event.timestamp)
        .bind(&call.delivery)
        .bind(&call.target)
        .bind(&call.host)
        .bind(call.raw.media_type())
        .bind(&call.raw.body()[..])
        .execute(transaction)
        .await?;
    Ok(())
}
