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
    /// How many seconds the oldest event has waited that is neither done nor dead.
    pub oldest: Option<i64>,
}

pub async fn status(connection: &mut PgConnection) -> Result<Status, sqlx::Error> {
    sqlx::query_as(
        "SELECT count(*) FILTER (WHERE open AND begun_at IS NULL) AS waiting,
            count(*) FILTER (WHERE open AND begun_at IS NOT NULL) AS running,
            count(*) FILTER (WHERE done_at IS NOT NULL) AS done,
            count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
            coalesce(sum(duplicates), 0)::bigint AS duplicates,
            coalesce(sum(changed), 0)::bigint AS changed,
            extract(epoch FROM now() - min(received_at) FILTER (WHERE open))::bigint AS oldest
        FROM (SELECT *, done_at IS NULL AND dead_at IS NULL AS open FROM inbox) AS inbox",
    )
    .fetch_one(connection)
    .await
}

/// Gives dead events, or the one of this key, all their attempts and a job again; says how many.
pub async fn retry(connection: &mut PgConnection, key: Option<&str>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "WITH risen AS (
            UPDATE inbox SET dead_at = NULL, attempts = 0
            WHERE dead_at IS NOT NULL AND ($1::text IS NULL OR key = $1) RETURNING key
        ), job AS (
            SELECT (graphile_worker.add_job(
                'inbox', json_build_object('key', key), max_attempts => 32767)).id FROM risen
        )
        SELECT count(*) FROM job",
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
            ("oldest", self.oldest.map_or("-".to_owned(), |seconds| format!("{seconds} s"))),
        ];
        for (name, _) in &columns {
            write!(f, "{name:>12}")?;
        }
        writeln!(f)?;
        columns.iter().try_for_each(|(_, value)| write!(f, "{value:>12}"))
    }
}
