//! Databases that earlier versions wrote: `tests/old/README.md` says how they were made.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs;
use support::{Database, FORM, Program, Result, SOON, key, receiver};

/// Returns a database with what the commit's program left.
async fn old(commit: &str) -> Result<Option<Database>> {
    let Some(database) = Database::create().await else { return Ok(None) };
    let dump = format!("{}/tests/old/{commit}.sql", env!("CARGO_MANIFEST_DIR"));
    let dump = sqlx::AssertSqlSafe(fs::read_to_string(dump)?);
    sqlx::raw_sql(dump).execute(&mut database.connect().await?).await?;
    Ok(Some(database))
}

/// Returns a worker for which nothing fails any more.
fn worker(database: &Database) -> Result<Program> {
    let mut environment = support::worker(&database.url);
    environment.retain(|(name, _)| *name != "INBOX_REHEARSAL");
    Program::start("work --crashed-after 2", environment)
}

fn creation(profile: u64, timestamp: &str, more: &str) -> String {
    let mail = format!("fields%5Bmail%5D={profile}@example.com");
    format!("type=create&database=1&timestamp={timestamp}&profile={profile}&{mail}{more}")
}

async fn effects(database: &Database) -> Result<Vec<String>> {
    let effects = "SELECT key FROM welcome ORDER BY key";
    Ok(sqlx::query_scalar(effects).fetch_all(&mut database.connect().await?).await?)
}

/// Asserts that the inbox of this commit is taken over; `kept` is how many calls with another timestamp
/// were kept.
async fn is_taken_over(commit: &str, kept: i64) -> Result<()> {
    let Some(database) = old(commit).await? else { return Ok(()) };
    // Who only looks changes nothing; what changes something says that it can't.
    let status = database.status().await?;
    assert_eq!((status.waiting, status.running, status.done, status.dead), (4, 1, 1, 1));
    assert_eq!((status.duplicates, status.changed, status.kept), (2, 1, kept));
    let printed = String::from_utf8(database.ask(&["status"]).await?.stdout)?;
    let dead = format!("\ndead  {}  1 attempts: as rehearsed\n", key(2));
    assert!(printed.contains(&dead), "{printed}");
    let retry = database.ask(&["retry"]).await?;
    assert!(String::from_utf8(retry.stderr)?.contains("there is no table inbox_call"));

    let (mut receiver, sender, port) = receiver(&database.url).await?;
    let at = "1979-02-12+12:49:23";
    // What waits is known as well as what is done: the call again, with another body, and with another
    // timestamp.
    for known in [1, 3] {
        assert_eq!(sender.send_body(port, FORM, creation(known, at, "")).await?, 204);
        assert_eq!(sender.send_body(port, FORM, creation(known, at, "&a=1")).await?, 204);
        let other = creation(known, "2002-02-12+12:49:23", "");
        assert_eq!(sender.send_body(port, FORM, other).await?, 204);
    }
    let status = database.status().await?;
    assert_eq!((status.waiting, status.running, status.done, status.dead), (4, 1, 1, 1));
    assert_eq!((status.duplicates, status.changed, status.kept), (8, 3, kept + 2));

    // The jobs that were there are done, and what was dead is a call whose body is the event's JSON.
    let mut worker = worker(&database)?;
    let status = database.until(SOON, |status| status.done == 6).await?;
    assert_eq!((status.waiting, status.running, status.dead, status.set_aside), (0, 0, 1, 0));
    let shown = String::from_utf8(database.ask(&["show", &key(2)]).await?.stdout)?;
    assert!(shown.contains("\naccount     account_1234\n"), "{shown}");
    assert!(shown.contains("\nmedia type  application/json\n"), "{shown}");
    assert!(
        shown.contains("\ndecodes     yes\n") && shown.contains("\n  fields[mail]\n"),
        "{shown}"
    );
    let exported = String::from_utf8(database.ask(&["export", &key(2)]).await?.stdout)?;
    let head = "POST / HTTP/1.1\r\nHost: \r\nContent-Type: application/json\r\n";
    assert!(exported.starts_with(head), "{exported}");
    let retry = database.ask(&["retry"]).await?;
    assert_eq!(String::from_utf8(retry.stdout)?, "1 to be tried again\n");
    database.until(SOON, |status| (status.done, status.dead) == (7, 0)).await?;

    let unverified = "copernica:v1:unverified:create:profile:1:8".to_owned();
    let subprofile = "copernica:v1:account_1234:create:subprofile:7:6".to_owned();
    let all = [key(1), key(2), key(3), key(4), key(5), subprofile, unverified.clone()];
    assert_eq!(effects(&database).await?, all);
    let accounts = "SELECT coalesce(event_key, '') FROM inbox_call WHERE account IS NULL";
    let accounts: Vec<String> =
        sqlx::query_scalar(accounts).fetch_all(&mut database.connect().await?).await?;
    assert_eq!(accounts, [unverified]);
    // What was done then kept no payload.
    let shown = String::from_utf8(database.ask(&["show", &key(1)]).await?.stdout)?;
    assert!(shown.ends_with("\nsize        pruned\n"), "{shown}");

    // A second start changes nothing.
    assert!(receiver.stop().await? && worker.stop().await?);
    receiver.restart()?;
    support::listening(port).await?;
    assert_eq!(database.number("SELECT count(*) FROM inbox_version").await?, 3);
    assert_eq!(database.status().await?.done, 7);
    database.drop().await
}

#[tokio::test]
async fn a_database_of_the_first_release_becomes_one_of_calls() -> Result<()> {
    is_taken_over("2350b7d", 0).await
}

#[tokio::test]
async fn a_database_whose_rows_were_events_becomes_one_of_calls() -> Result<()> {
    is_taken_over("40b4110", 1).await
}

/// What a receiver of 40b4110 executes.
const STORE: &str = "
    WITH told AS (
        INSERT INTO inbox AS kept (key, stamp, payload) VALUES ($1, $2, $3)
        ON CONFLICT (key) DO UPDATE SET
            duplicates = kept.duplicates + 1,
            changed = kept.changed + (kept.stamp <> excluded.stamp)::int
        RETURNING duplicates = 0 AS fresh, stamp <> $2 AS changed
    ), job AS (
        SELECT (graphile_worker.add_job(
            'inbox', json_build_object('key', $1::text), max_attempts => 32767)).id
        FROM told WHERE fresh
    )
    SELECT fresh, changed, (SELECT count(*) FROM job) = fresh::int AS whole FROM told";

/// Receivers and workers of the version before run on until they are replaced.
#[tokio::test]
async fn programs_of_the_version_before_find_what_they_know() -> Result<()> {
    let Some(database) = old("40b4110").await? else { return Ok(()) };
    let (_receiver, sender, port) = receiver(&database.url).await?;
    let at = "1979-02-12+12:49:23";
    assert_eq!(sender.send_body(port, FORM, creation(20, at, "")).await?, 204);
    let connection = &mut database.connect().await?;
    let mut stored = async |profile: u64, timestamp: &str| -> Result<(bool, bool, bool)> {
        let payload = format!(
            r#"{{"type":"create","profile":{profile},"database":1,"timestamp":"1979-02-12 12:49:23"}}"#
        );
        let stored = sqlx::query_as(STORE).bind(key(profile)).bind(timestamp).bind(payload);
        Ok(stored.fetch_one(&mut *connection).await?)
    };
    // A new event, one that the old receiver knows, and one that only the new one has seen.
    assert_eq!(stored(21, "1979-02-12 12:49:23").await?, (true, false, true));
    assert_eq!(stored(21, "1979-02-12 12:49:23").await?, (false, false, true));
    assert_eq!(stored(20, "1979-02-12 12:49:23").await?, (false, false, true));
    assert_eq!(stored(1, "2003-02-12 12:49:23").await?, (false, true, true));
    // And back: the new one knows what the old one stored.
    assert_eq!(sender.send_body(port, FORM, creation(21, at, "")).await?, 204);
    // Its worker takes an event of its receiver's, and ends it.
    let begun = "UPDATE inbox SET attempts = attempts + 1, begun_at = now()
        WHERE key = $1 AND done_at IS NULL AND dead_at IS NULL AND attempts < 10
        AND (begun_at IS NULL OR false) RETURNING attempts, payload";
    let connection = &mut database.connect().await?;
    let begun: (i32, String) =
        sqlx::query_as(begun).bind(key(4)).fetch_one(&mut *connection).await?;
    assert!(begun.1.contains(r#""profile":4"#), "{begun:?}");
    let done = "UPDATE inbox SET done_at = now(), dead_at = NULL, begun_at = NULL, payload = NULL,
        error = NULL WHERE key = $1 AND done_at IS NULL";
    let done = sqlx::query(done).bind(key(4)).execute(connection).await?;
    assert_eq!(done.rows_affected(), 1);

    let _worker = worker(&database)?;
    let status = database.until(SOON, |status| status.done == 8).await?;
    assert_eq!((status.waiting, status.running, status.dead, status.set_aside), (0, 0, 1, 0));
    assert_eq!((status.duplicates, status.changed), (6, 2));
    let effects = effects(&database).await?;
    assert!(effects.contains(&key(20)) && effects.contains(&key(21)) && !effects.contains(&key(4)));
    let accounts =
        "SELECT count(*) FROM inbox_call WHERE account = 'account_1234' AND body IS NOT NULL
        AND media_type = 'application/json' AND event_key LIKE '%:21'";
    assert_eq!(database.number(accounts).await?, 1);
    database.drop().await
}
