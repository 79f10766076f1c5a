//! The way to the database, and what is demanded of it.

use crate::{Error, effect, schema};
use graphile_worker::WorkerUtils;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use std::time::Duration;

/// The runner's tables and functions; SQL names it too.
pub const RUNNER: &str = "graphile_worker";
/// A number that no other program locks: one at a time prepares the database.
const PREPARING: i64 = 0x1b0c_0b0c;

/// Connects, refuses a server that may forget what it committed, and makes the tables.
pub async fn prepare(url: &str) -> Result<(), Error> {
    let mut connection = PgConnection::connect_with(&options(url)?).await.map_err(|error| {
        // Not the URL: it has the password.
        format!("refusing to start: can't reach the database of DATABASE_URL: {error}")
    })?;
    durable(&mut connection).await?;
    // Two programs that start at once would both find no table, and one would fail. The lock goes
    // with the connection.
    sqlx::query("SELECT pg_advisory_lock($1)").bind(PREPARING).execute(&mut connection).await?;
    schema::migrate(&mut connection).await?;
    effect::prepare(&mut connection).await?;
    let pool = PgPoolOptions::new().max_connections(2).connect_with(options(url)?).await?;
    WorkerUtils::new(&pool, RUNNER).migrate().await?;
    pool.close().await;
    connection.close().await?;
    Ok(())
}

/// Reads back what a commit means here. With anything less than these, an event that was answered
/// 2xx may be lost in a power failure: with `synchronous_commit` off or `local` (a standby that was
/// promised has it not), without `fsync`, or with pages that can be torn.
pub async fn durable(connection: &mut PgConnection) -> Result<(), Error> {
    for (name, show, enough) in [
        ("synchronous_commit", "SHOW synchronous_commit", &["on", "remote_apply"][..]),
        ("fsync", "SHOW fsync", &["on"]),
        ("full_page_writes", "SHOW full_page_writes", &["on"]),
    ] {
        let value: String = sqlx::query_scalar(show).fetch_one(&mut *connection).await?;
        if !enough.contains(&&*value) {
            return Err(format!(
                "refusing to start: {name} is {value}, so that events could be lost that were \
                 acknowledged; set it to on"
            )
            .into());
        }
    }
    Ok(())
}

/// Opens the pool of `receive`, where nothing waits for long: a lock, a statement and a free
/// connection have bounds, because a sender that gets a 503 tries again, and one that gets no answer
/// may not.
pub fn bounded(url: &str, connections: u32) -> Result<PgPool, Error> {
    let pool = PgPoolOptions::new().max_connections(connections);
    Ok(pool.acquire_timeout(Duration::from_secs(3)).connect_lazy_with(bounds(url)?))
}

/// Returns how to connect where nothing waits for long.
pub fn bounds(url: &str) -> Result<PgConnectOptions, Error> {
    Ok(options(url)?.options([("lock_timeout", "2s"), ("statement_timeout", "4s")]))
}

/// Opens the pool of `work`, where an effect may take its time.
pub fn patient(url: &str, connections: u32) -> Result<PgPool, Error> {
    Ok(PgPoolOptions::new().max_connections(connections).connect_lazy_with(options(url)?))
}

fn options(url: &str) -> Result<PgConnectOptions, Error> {
    let options = url.parse::<PgConnectOptions>();
    Ok(options.map_err(|error| format!("DATABASE_URL: {error}"))?.application_name("inbox"))
}
