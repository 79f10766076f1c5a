//! `inbox status`

use super::{has, printable};
use crate::Error;
use sqlx::{AssertSqlSafe, PgConnection};
use std::io::Write;

/// What is in the inbox.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Status {
    pub waiting: i64,
    /// Begun, and not come back.
    pub running: i64,
    pub done: i64,
    pub dead: i64,
    pub set_aside: i64,
    pub duplicates: i64,
    pub changed: i64,
    /// Calls that are kept whole: those that changed something since the inbox keeps them.
    #[sqlx(default)]
    pub kept: i64,
    /// How many seconds the oldest call has waited that is not done, dead or set aside.
    pub oldest: Option<i64>,
}

/// A call that is dead or set aside.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Ended {
    pub state: String,
    /// The event's key, or the call's.
    pub key: String,
    pub attempts: i32,
    pub error: Option<String>,
}

/// Calls that are listed, of those that are dead and of those that are set aside.
const LISTED: i64 = 20;

/// Says what calls are: the same of the tables of a version before, which this only looks at.
async fn calls(connection: &mut PgConnection) -> Result<&'static str, sqlx::Error> {
    Ok(if has(connection, "inbox_call").await? {
        "(SELECT *, coalesce(event_key, delivery, 'row ' || id) AS key FROM inbox_call)"
    } else {
        "(SELECT *, NULL::timestamptz AS set_aside_at FROM inbox)"
    })
}

/// Prints one line of numbers, then what is dead or set aside, and why.
pub async fn run(connection: &mut PgConnection, out: &mut impl Write) -> Result<(), Error> {
    writeln!(out, "{}", status(connection).await?)?;
    for Ended { state, key, attempts, error } in ended(connection).await? {
        let (key, error) = (printable(&key), error.unwrap_or_default());
        writeln!(out, "{state}  {key}  {attempts} attempts: {}", printable(&error))?;
    }
    Ok(())
}

pub async fn status(connection: &mut PgConnection) -> Result<Status, sqlx::Error> {
    let status = format!(
        "SELECT count(*) FILTER (WHERE open AND begun_at IS NULL) AS waiting,
            count(*) FILTER (WHERE open AND begun_at IS NOT NULL) AS running,
            count(*) FILTER (WHERE done_at IS NOT NULL) AS done,
            count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
            count(*) FILTER (WHERE set_aside_at IS NOT NULL) AS set_aside,
            coalesce(sum(duplicates), 0)::bigint AS duplicates,
            coalesce(sum(changed), 0)::bigint AS changed,
            extract(epoch FROM now() - min(received_at) FILTER (WHERE open))::bigint AS oldest
        FROM (
            SELECT *, done_at IS NULL AND dead_at IS NULL AND set_aside_at IS NULL AS open
            FROM {} AS calls
        ) AS calls",
        calls(connection).await?
    );
    let mut status: Status =
        sqlx::query_as(AssertSqlSafe(status)).fetch_one(&mut *connection).await?;
    if has(connection, "inbox_changed").await? {
        let kept = sqlx::query_scalar("SELECT count(*) FROM inbox_changed");
        status.kept = kept.fetch_one(connection).await?;
    }
    Ok(status)
}

/// Lists the oldest of those that are dead, then of those that are set aside.
async fn ended(connection: &mut PgConnection) -> Result<Vec<Ended>, sqlx::Error> {
    let listed = format!(
        "WITH calls AS (SELECT * FROM {} AS calls)
        (SELECT 'dead' AS state, key, attempts, error FROM calls WHERE dead_at IS NOT NULL
            ORDER BY received_at LIMIT $1)
        UNION ALL
        (SELECT 'set aside', key, attempts, error FROM calls WHERE set_aside_at IS NOT NULL
            ORDER BY received_at LIMIT $1)",
        calls(connection).await?
    );
    sqlx::query_as(AssertSqlSafe(listed)).bind(LISTED).fetch_all(connection).await
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = [
            ("waiting", self.waiting.to_string()),
            ("running", self.running.to_string()),
            ("done", self.done.to_string()),
            ("dead", self.dead.to_string()),
            ("set-aside", self.set_aside.to_string()),
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
