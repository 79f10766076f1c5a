//! The inbox's tables, and how those of an earlier version become today's.
//!
//! The version is in a table of its own; the first release had none and counts as 0. A step that was
//! released is never changed: what comes after it is a step of its own. Receivers and workers of the
//! version before run on while it is taken, so they find again what they know.

use crate::Error;
use sqlx::{Connection, PgConnection};

/// The step at index `n` makes version `n + 1` of version `n`.
const STEPS: [&str; 3] = [
    // The tables of the first release, which may be there with version 0.
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    // Rows are calls.
    include_str!("schema/3.sql"),
];
const NEWEST: i32 = 3;
const _: () = assert!(STEPS.len() == 3, "NEWEST is the number of steps");

const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS inbox_version (
    -- The step that was taken last is the highest.
    version  integer PRIMARY KEY,
    taken_at timestamptz NOT NULL DEFAULT now()
)";

/// Brings the tables to the newest version. The caller has made sure to be the only one who does.
pub async fn migrate(connection: &mut PgConnection) -> Result<(), Error> {
    sqlx::raw_sql(VERSIONS).execute(&mut *connection).await?;
    let found: i32 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM inbox_version")
        .fetch_one(&mut *connection)
        .await?;
    if found > NEWEST {
        return Err(format!(
            "refusing to start: the inbox has version {found}, and this program knows versions up \
             to {NEWEST}; run a newer program"
        )
        .into());
    }
    for (step, version) in STEPS.into_iter().zip(1..=NEWEST).filter(|(_, version)| *version > found)
    {
        // A step and its version: both or neither.
        let mut transaction = connection.begin().await?;
        sqlx::raw_sql(step).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO inbox_version (version) VALUES ($1)")
            .bind(version)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(())
}
