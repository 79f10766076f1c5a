//! The inbox's tables, and how those of an earlier version become today's.
//!
//! The version is `SQLite`'s `user_version`; the first release did not set it and left 0. A step that
//! was released is never changed: what comes after it is a step of its own.

use rusqlite::{Connection, TransactionBehavior};
use std::error::Error;

/// The step at index `n` makes version `n + 1` of version `n`.
const STEPS: [&str; 3] = [
    // 1: the tables of the first release, which may be there with version 0.
    "CREATE TABLE IF NOT EXISTS inbox (
        key        TEXT    NOT NULL PRIMARY KEY, -- says what was created; kept, so that it is known
        state      TEXT    NOT NULL DEFAULT 'waiting',
        event      TEXT,                         -- as JSON; personal data, so it goes when done
        timestamp  TEXT    NOT NULL,             -- of the event, as it was told first
        received   INTEGER NOT NULL,             -- like all times here in ms since 1970
        next_at    INTEGER NOT NULL,             -- waiting: not before. running: the lease ends
        attempts   INTEGER NOT NULL DEFAULT 0,
        duplicates INTEGER NOT NULL DEFAULT 0,
        changed    INTEGER NOT NULL DEFAULT 0,   -- duplicates with another timestamp
        error      TEXT                          -- why the last attempt failed
    ) STRICT;
    CREATE INDEX IF NOT EXISTS inbox_due ON inbox (next_at) WHERE state IN ('waiting', 'running');",
    // 2: calls under a known key with another timestamp are kept whole, and not only counted.
    "CREATE TABLE changed (
        key       TEXT    NOT NULL,
        timestamp TEXT    NOT NULL, -- of the event in this call
        received  INTEGER NOT NULL,
        delivery  TEXT,             -- the id that the log has; of a proven call only
        body      BLOB    NOT NULL  -- as it came; personal data
    ) STRICT;
    CREATE INDEX changed_key ON changed (key);",
    // 3: a row is a call as it came, whatever is in it. A primary key can't be changed, so the table is
    // made anew. The JSON of an event that was not done is a body that can be decoded.
    "DROP INDEX inbox_due;
    ALTER TABLE inbox RENAME TO inbox_2;
    CREATE TABLE inbox (
        id         INTEGER PRIMARY KEY,
        delivery   TEXT    UNIQUE,           -- the call's key: copies share it; kept, so that it is known
        event_key  TEXT    UNIQUE,           -- the event's key, if it is known and there is one; kept, too
        account    TEXT,                     -- whose call it was; without a proof null
        host       TEXT,
        media_type TEXT,
        timestamp  TEXT,                     -- of the event, as it was reported first
        state      TEXT    NOT NULL DEFAULT 'waiting',
        received   INTEGER NOT NULL,         -- like all times here in ms since 1970
        next_at    INTEGER NOT NULL,         -- waiting: not before. running: the lease ends
        ended      INTEGER,                  -- when it was done, dead or set aside
        attempts   INTEGER NOT NULL DEFAULT 0,
        duplicates INTEGER NOT NULL DEFAULT 0,
        changed    INTEGER NOT NULL DEFAULT 0, -- duplicates with another timestamp
        error      TEXT,                     -- why the last attempt failed, or it was set aside
        target     TEXT,                     -- path and query that were called; goes with the body
        body       BLOB                      -- as it came; personal data, so it is pruned. Last: what
                                             -- reads the others does not have to read past it
    ) STRICT;
    INSERT INTO inbox (event_key, account, media_type, timestamp, state, received, next_at, attempts,
            duplicates, changed, error, body)
        SELECT key,
            -- Between `copernica:v1:` and the next colon.
            CASE WHEN key LIKE 'copernica:v1:%'
                THEN nullif(substr(key, 14, instr(substr(key, 14), ':') - 1), 'unverified') END,
            iif(event IS NULL, NULL, 'application/json'), timestamp, state, received, next_at, attempts,
            duplicates, changed, error, CAST(event AS BLOB)
        FROM inbox_2 ORDER BY rowid;
    DROP TABLE inbox_2;
    CREATE INDEX inbox_due ON inbox (next_at) WHERE state IN ('waiting', 'running');
    ALTER TABLE changed ADD COLUMN media_type TEXT;
    ALTER TABLE changed ADD COLUMN target TEXT;
    ALTER TABLE changed ADD COLUMN host TEXT;",
];
const NEWEST: i64 = 3;
const _: () = assert!(STEPS.len() == 3, "NEWEST is the number of steps");
/// The first version with the table `changed`.
pub const HAS_CHANGED: i64 = 2;
/// The first version whose rows are calls.
pub const HAS_CALLS: i64 = 3;

/// Returns the version of the tables that are there.
pub fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings the tables to the newest version, or leaves them as they are.
pub fn migrate(db: &mut Connection) -> Result<(), Box<dyn Error>> {
    // Another process may be about to do the same.
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&tx)?;
    let Some(steps) = usize::try_from(found).ok().and_then(|found| STEPS.get(found..)) else {
        return Err(format!(
            "refusing to start: the database has version {found}, and this program knows versions \
             up to {NEWEST}; run a newer program"
        )
        .into());
    };
    for step in steps {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "user_version", NEWEST)?;
    Ok(tx.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(db: &Connection, table: &str) -> i64 {
        db.query_one(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn tables_of_the_first_release_get_what_is_new_and_keep_what_they_have() {
        let mut db = Connection::open_in_memory().unwrap();
        // As it left them: without a version.
        db.execute_batch(STEPS[0]).unwrap();
        let known = "INSERT INTO inbox (key, timestamp, received, next_at, duplicates, changed)
            VALUES ('a', 't', 1, 2, 3, 1)";
        db.execute(known, []).unwrap();
        assert_eq!(version(&db).unwrap(), 0);
        for _ in 0..2 {
            migrate(&mut db).unwrap();
            assert_eq!(version(&db).unwrap(), NEWEST);
            assert_eq!((count(&db, "inbox"), count(&db, "changed")), (1, 0));
        }
    }

    #[test]
    fn tables_of_a_newer_version_are_left_alone() {
        let mut db = Connection::open_in_memory().unwrap();
        for unknown in [NEWEST + 1, -1] {
            db.pragma_update(None, "user_version", unknown).unwrap();
            let error = migrate(&mut db).unwrap_err().to_string();
            assert!(error.contains(&format!("version {unknown}")), "{error}");
            assert_eq!(version(&db).unwrap(), unknown);
            assert_eq!(count(&db, "sqlite_master"), 0);
        }
    }
}
