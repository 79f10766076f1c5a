//! What is asked of the database for metrics and health: quick, however many calls it has.

use crate::inbox::now;
use crate::monitor::Counts;
use crate::queue::Inbox;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::spawn_blocking;

/// How long another process may keep the database from who only reads.
const BUSY: Duration = Duration::from_secs(2);
/// What ended otherwise than done has an index: those that are done are many, and have bodies. The table is for
/// what is written by who asks. No version of their own: older programs leave the table alone, and keep an
/// index up to date that they do not know.
const PREPARE: &str = "CREATE INDEX IF NOT EXISTS inbox_ended ON inbox (state)
        WHERE state IN ('dead', 'set aside');
    CREATE TABLE IF NOT EXISTS probe (filler BLOB);";

/// The inbox, as it is asked after.
#[derive(Clone)]
pub struct Health {
    inbox: Inbox,
    database: PathBuf,
}

/// Makes ready what is asked: before calls come, who would wait for it.
pub fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(PREPARE)
}

impl Health {
    pub fn new(inbox: Inbox, database: &Path) -> Self {
        Self { inbox, database: database.to_owned() }
    }

    /// Writes something and commits it, as a call is written.
    pub async fn write(&self) -> Result<(), String> {
        self.inbox.probe().await.map_err(|error| error.to_string())
    }

    /// Counts what is not done.
    pub async fn counts(&self) -> Result<Counts, String> {
        self.read(|db| {
            // One whose lease has ended waits for its next attempt.
            let (waiting, running) = db.query_one(
                "SELECT count(*) FILTER (WHERE state = 'waiting' OR next_at <= ?1),
                        count(*) FILTER (WHERE state = 'running' AND next_at > ?1)
                 FROM inbox WHERE state IN ('waiting', 'running')",
                [now()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let (dead, set_aside) = db.query_one(
                "SELECT count(*) FILTER (WHERE state = 'dead'),
                        count(*) FILTER (WHERE state = 'set aside')
                 FROM inbox WHERE state IN ('dead', 'set aside')",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok(Counts { waiting, running, dead, set_aside })
        })
        .await
    }

    /// Returns how many seconds the oldest call has waited that is not done, dead or set aside.
    pub async fn oldest(&self) -> Result<f64, String> {
        self.read(|db| {
            db.query_one(
                "SELECT coalesce(max(0, ?1 - min(received)), 0) / 1000.0
                 FROM inbox WHERE state IN ('waiting', 'running')",
                [now()],
                |row| row.get(0),
            )
        })
        .await
    }

    /// Reads on a thread for it, by a connection that can do nothing else.
    async fn read<T: Send + 'static>(
        &self,
        ask: fn(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, String> {
        let database = self.database.clone();
        let reading = spawn_blocking(move || {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let db = Connection::open_with_flags(database, flags)?;
            db.busy_timeout(BUSY)?;
            ask(&db)
        });
        let read = reading.await.map_err(|error| error.to_string())?;
        read.map_err(|error| error.to_string())
    }
}
