//! `inbox retry`

use super::{find, has_calls, printable};
use crate::Error;
use sqlx::PgConnection;
use std::io::Write;

/// Puts calls back and prints how many: all that are dead (or set aside, with `--set-aside`), or the
/// one of this key, which may also be waiting for its next attempt.
pub async fn run(
    connection: &mut PgConnection,
    key: Option<&str>,
    set_aside: bool,
    out: &mut impl Write,
) -> Result<(), Error> {
    has_calls(connection).await?;
    let row = match key {
        Some(key) => Some(find(connection, key).await?),
        None => None,
    };
    let risen = retry(connection, row, set_aside).await?;
    if let (0, Some(key), Some(row)) = (risen, key, row) {
        return Err(format!("{}: {}", printable(key), why_not(connection, row).await?).into());
    }
    writeln!(out, "{risen} to be tried again")?;
    if set_aside && key.is_none() {
        let pruned =
            "SELECT count(*) FROM inbox_call WHERE set_aside_at IS NOT NULL AND body IS NULL";
        let pruned: i64 = sqlx::query_scalar(pruned).fetch_one(connection).await?;
        if pruned > 0 {
            writeln!(out, "{pruned} can't be tried again: their payloads were pruned")?;
        }
    }
    Ok(())
}

/// Gives all dead calls, or all that are set aside, or the one of this row, all their attempts and a job
/// at once. Returns how many. What was pruned has nothing left to be tried.
pub async fn retry(
    connection: &mut PgConnection,
    row: Option<i64>,
    set_aside: bool,
) -> Result<i64, sqlx::Error> {
    // What is dead or set aside has no job, or one that is about to go; what waits has its own, which
    // only has to be due.
    sqlx::query_scalar(
        "WITH chosen AS (
            SELECT id, event_key, dead_at IS NOT NULL OR set_aside_at IS NOT NULL AS ended
            FROM inbox_call
            WHERE done_at IS NULL AND body IS NOT NULL AND CASE
                WHEN $2 THEN set_aside_at IS NOT NULL AND ($1 IS NULL OR id = $1)
                WHEN $1 IS NULL THEN dead_at IS NOT NULL
                ELSE id = $1 AND (dead_at IS NOT NULL OR begun_at IS NULL)
            END
            ORDER BY id FOR UPDATE
        ), risen AS (
            UPDATE inbox_call AS risen SET dead_at = NULL, set_aside_at = NULL, attempts = 0
            FROM chosen WHERE risen.id = chosen.id RETURNING risen.id
        ), due AS (
            UPDATE graphile_worker._private_jobs AS job SET run_at = now() FROM chosen
            WHERE NOT ended AND job.locked_at IS NULL
            AND (job.payload->>'row' = chosen.id::text OR job.payload->>'key' = chosen.event_key)
        ), job AS (
            SELECT (graphile_worker.add_job(
                'call', json_build_object('row', id), max_attempts => 32767)).id FROM chosen
            WHERE ended OR NOT EXISTS (
                SELECT FROM graphile_worker._private_jobs AS job
                WHERE job.payload->>'row' = chosen.id::text
                OR job.payload->>'key' = chosen.event_key)
        )
        SELECT count(*) FROM risen WHERE (SELECT count(*) FROM job) >= 0",
    )
    .bind(row)
    .bind(set_aside)
    .fetch_one(connection)
    .await
}

async fn why_not(connection: &mut PgConnection, row: i64) -> Result<&'static str, sqlx::Error> {
    let state = "SELECT done_at IS NOT NULL, body IS NULL, begun_at IS NOT NULL FROM inbox_call
        WHERE id = $1";
    let state: (bool, bool, bool) = sqlx::query_as(state).bind(row).fetch_one(connection).await?;
    Ok(match state {
        (true, ..) => "it is done",
        (_, true, _) => "its payload was pruned, so it can't be tried again",
        (.., true) => "it is being tried, or its worker is gone and it is about to be tried again",
        _ => "it is not set aside",
    })
}
