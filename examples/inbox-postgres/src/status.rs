//! `inbox status` and `inbox retry`.

use sqlx::PgConnection;

/// What is in the inbox.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Status {
    pub waiting: i64,
    /// Begun, and not come back.
    pub running: i64,
    pub done: i64,
    pub dead: i64,
    pub duplicates: i64,
    pub changed: i64,
    /// Calls that are kept whole: those that changed something since the inbox keeps them.
    #[sqlx(default)]
    pub kept: i64,
    /// How many seconds the oldest event has waited that is neither done nor dead.
    pub oldest: Option<i64>,
}

pub async fn status(connection: &mut PgConnection) -> Result<Status, sqlx::Error> {
    let mut status: Status = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE open AND begun_at IS NULL) AS waiting,
            count(*) FILTER (WHERE open AND begun_at IS NOT NULL) AS running,
            count(*) FILTER (WHERE done_at IS NOT NULL) AS done,
            count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
            coalesce(sum(duplicates), 0)::bigint AS duplicates,
            coalesce(sum(changed), 0)::bigint AS changed,
            extract(epoch FROM now() - min(received_at) FILTER (WHERE open))::bigint AS oldest
        FROM (SELECT *, done_at IS NULL AND dead_at IS NULL AS open FROM inbox) AS inbox",
    )
    .fetch_one(&mut *connection)
    .await?;
    // A receiver or a worker makes that table when it starts; this only looks.
    let there = "SELECT to_regclass('inbox_changed') IS NOT NULL";
    if sqlx::query_scalar(there).fetch_one(&mut *connection).await? {
        let kept = sqlx::query_scalar("SELECT count(*) FROM inbox_changed");
        status.kept = kept.fetch_one(connection).await?;
    }
    Ok(status)
}

/// Gives all dead events, or the one of this key, which may also be waiting for its next attempt, all
/// their attempts and a job at once. Returns how many.
pub async fn retry(connection: &mut PgConnection, key: Option<&str>) -> Result<i64, sqlx::Error> {
    // A dead event has no job, or one that is about to go; one that waits has its own, which only
    // has to be due.
    sqlx::query_scalar(
        "WITH chosen AS (
            SELECT key, dead_at IS NOT NULL AS dead FROM inbox
            WHERE $1::text IS NULL AND dead_at IS NOT NULL
            OR key = $1 AND done_at IS NULL AND (dead_at IS NOT NULL OR begun_at IS NULL) FOR UPDATE
        ), risen AS (
            UPDATE inbox SET dead_at = NULL, attempts = 0 FROM chosen WHERE inbox.key = chosen.key
            RETURNING inbox.key
        ), due AS (
            UPDATE graphile_worker._private_jobs AS job SET run_at = now() FROM chosen
            WHERE NOT dead AND job.payload->>'key' = chosen.key AND job.locked_at IS NULL
        ), job AS (
            SELECT (graphile_worker.add_job(
                'inbox', json_build_object('key', key), max_attempts => 32767)).id FROM chosen
            WHERE dead OR NOT EXISTS (
                SELECT FROM graphile_worker._private_jobs AS job WHERE job.payload->>'key' = chosen.key)
        )
        SELECT count(*) FROM risen WHERE (SELECT count(*) FROM job) >= 0",
    )
    .bind(key)
    .fetch_one(connection)
    .await
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = [
            ("waiting", self.waiting.to_string()),
            ("running", self.running.to_string()),
            ("done", self.done.to_string()),
            ("dead", self.dead.to_string()),
            ("duplicates", self.duplicates.to_string()),
            ("changed", self.changed.to_string()),
            ("kept", self.kept.to_string()),
            ("oldest", self.oldest.map_or("-".to_owned(), |seconds| format!("{seconds} s"))),
        ];
        for (name, _) in &columns {
            write!(f, "{name:>12}")?;
        }
        writeln!(f)?;
        columns.iter().try_for_each(|(_, value)| write!(f, "{value:>12}"))
    }
}
