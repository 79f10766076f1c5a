//! What is asked of the database for metrics and health: quick, however many calls it has.

use crate::monitor::Counts;
use crate::{Error, database};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{Connection, Executor, FromRow};
use std::time::Duration;
use tokio::time::sleep;

/// What is open, and what ended otherwise than done, have indexes: those that are done are many. They are
/// no part of the tables' version, and are made while receivers go on. The table is for what is written by who
/// asks.
const PREPARE: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS inbox_probe (filler bytea)",
    "ALTER TABLE inbox_probe ALTER COLUMN filler SET STORAGE EXTERNAL",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS inbox_call_open ON inbox_call (received_at)
        WHERE done_at IS NULL AND dead_at IS NULL AND set_aside_at IS NULL",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS inbox_call_ended ON inbox_call (id)
        WHERE dead_at IS NOT NULL OR set_aside_at IS NOT NULL",
];
/// The pause before what could not be made is tried again: two programs that begin at once are in each
/// other's way.
const AGAIN: Duration = Duration::from_secs(1);

/// The inbox, as it is asked after: each time by a connection of its own, so that one that waits for a
/// server that is silent keeps no other.
#[derive(Debug, Clone)]
pub struct Health {
    server: PgConnectOptions,
}

impl Health {
    /// Begins to make ready what is asked, and does not wait: an index waits for whatever goes on in the
    /// database.
    pub fn new(url: &str) -> Result<Self, Error> {
        let patient = database::patient(url, 1)?;
        tokio::spawn(async move {
            for step in PREPARE {
                while let Err(error) = patient.execute(sqlx::raw_sql(step)).await {
                    tracing::debug!(%error, "preparing health");
                    sleep(AGAIN).await;
                }
            }
            patient.close().await;
        });
        Ok(Self { server: database::bounds(url)? })
    }

    /// Writes something and commits it, as a call is written: a server that is a standby, or whose disk is
    /// full, can't. What was written is removed at once, and vacuumed with the next minute's.
    pub async fn write(&self) -> Result<(), String> {
        let written = async {
            let mut connection = PgConnection::connect_with(&self.server).await?;
            let mut transaction = connection.begin().await?;
            for sql in [
                "INSERT INTO inbox_probe VALUES (convert_to(repeat('x', 16384), 'UTF8'))",
                "DELETE FROM inbox_probe",
            ] {
                transaction.execute(sqlx::raw_sql(sql)).await?;
            }
            transaction.commit().await?;
            connection.close().await
        };
        written.await.map_err(|error: sqlx::Error| error.to_string())
    }

    /// Counts what is not done.
    pub async fn counts(&self) -> Result<Counts, String> {
        let (waiting, running) = self
            .ask(
                "SELECT count(*) FILTER (WHERE begun_at IS NULL),
                     count(*) FILTER (WHERE begun_at IS NOT NULL)
                 FROM inbox_call
                 WHERE done_at IS NULL AND dead_at IS NULL AND set_aside_at IS NULL",
            )
            .await?;
        let (dead, set_aside) = self
            .ask(
                "SELECT count(*) FILTER (WHERE dead_at IS NOT NULL),
                     count(*) FILTER (WHERE set_aside_at IS NOT NULL)
                 FROM inbox_call WHERE dead_at IS NOT NULL OR set_aside_at IS NOT NULL",
            )
            .await?;
        let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        let [waiting, running, dead, set_aside] = [waiting, running, dead, set_aside].map(number);
        Ok(Counts { waiting, running, dead, set_aside })
    }

    /// Returns how many seconds the oldest call has waited that is not done, dead or set aside.
    pub async fn oldest(&self) -> Result<f64, String> {
        let (oldest,) = self
            .ask(
                "SELECT coalesce(greatest(extract(epoch FROM now() - min(received_at)), 0), 0)::float8
                 FROM inbox_call
                 WHERE done_at IS NULL AND dead_at IS NULL AND set_aside_at IS NULL",
            )
            .await?;
        Ok(oldest)
    }

    async fn ask<T>(&self, sql: &'static str) -> Result<T, String>
    where
        T: for<'row> FromRow<'row, PgRow> + Send + Unpin,
    {
        let asked = async {
            let mut connection = PgConnection::connect_with(&self.server).await?;
            let answer = sqlx::query_as(sql).fetch_one(&mut connection).await?;
            connection.close().await?;
            Ok(answer)
        };
        asked.await.map_err(|error: sqlx::Error| error.to_string())
    }
}
