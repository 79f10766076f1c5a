//! The inbox as its users see it: what is acknowledged, and what becomes of it.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use axum::http::StatusCode;
use inbox::commands::retry;
use std::time::{Duration, Instant};
use support::{Database, Program, Result, SOON, Sender, receiver, receiver_with};
use webhook_axum::testing::Encoder;
use webhook_axum::{CreateEvent, Fields};

#[tokio::test]
async fn a_call_is_stored_as_it_came_and_its_event_acted_on() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, sender, port) = receiver(&database.url).await?;
    let answer = sender.send(port, &support::event(1, "")).await?;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let status = database.status().await?;
    assert_eq!((status.waiting, status.done, status.oldest.is_some()), (1, 0, true));
    // The runner has the row, and nothing personal.
    let jobs = "SELECT count(*) FROM graphile_worker._private_jobs
        WHERE payload::text = '{\"row\" : 1}'";
    assert_eq!(database.number(jobs).await?, 1);

    let mut worker = Program::start("work", support::worker(&database.url))?;
    let status = database.until(SOON, |status| status.done == 1).await?;
    assert_eq!((status.waiting, status.running, status.oldest), (0, 0, None));
    let effects = "SELECT count(*) FROM welcome WHERE mail = '1@example.com' AND profile = 1";
    assert_eq!(database.number(effects).await?, 1);
    let kept: (String, String, String, String, String, String, Vec<u8>, String) = sqlx::query_as(
        "SELECT event_key, delivery, account, target, host, media_type, body, timestamp
         FROM inbox_call",
    )
    .fetch_one(&mut database.connect().await?)
    .await?;
    assert_eq!(kept.0, support::key(1));
    let (prefix, id) = kept.1.split_at(kept.1.len() - 64);
    assert_eq!(prefix, "copernica:v1:account_1234:call:");
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!((&*kept.2, &*kept.3), ("account_1234", "/copernica"));
    assert_eq!((&*kept.4, &*kept.5), (&*format!("127.0.0.1:{port}"), support::FORM));
    assert_eq!(String::from_utf8(kept.6)?, Encoder::new().encode(&support::event(1, ""))?);
    assert_eq!(kept.7, "2026-01-02 03:04:05");
    assert!(worker.stop().await?);
    database.drop().await
}

#[tokio::test]
async fn a_repeat_is_acknowledged_and_counted_and_another_timestamp_is_logged() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (mut receiver, sender, port) = receiver(&database.url).await?;
    let mut worker = Program::start("work", support::worker(&database.url))?;
    for _ in 0..2 {
        let answer = sender.send(port, &support::event(1, "")).await?;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
    database.until(SOON, |status| status.done == 1).await?;
    let other = support::told(1, "", "2026-01-02 03:04:06");
    assert_eq!(sender.send(port, &other).await?.status(), StatusCode::NO_CONTENT);
    // The same once more, signed anew: counted, and not kept twice.
    assert_eq!(sender.send(port, &other).await?.status(), StatusCode::NO_CONTENT);
    let status = database.status().await?;
    assert_eq!((status.duplicates, status.changed, status.kept), (3, 2, 1));
    let kept: (String, String, String, Vec<u8>) =
        sqlx::query_as("SELECT key, stamp, delivery, body FROM inbox_changed")
            .fetch_one(&mut database.connect().await?)
            .await?;
    assert_eq!((&*kept.0, &*kept.1), (&*support::key(1), "2026-01-02 03:04:06"));
    let (prefix, id) = kept.2.split_at(kept.2.len() - 64);
    assert_eq!(prefix, "copernica:v1:account_1234:call:");
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(String::from_utf8(kept.3)?, Encoder::new().encode(&other)?);
    assert_eq!((status.waiting, status.running, status.done), (0, 0, 1));
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 1);
    assert!(receiver.stop().await?);
    assert!(worker.stop().await?);
    let log = receiver.log();
    let warned = log.lines().find(|line| line.contains("another timestamp")).unwrap();
    assert!(warned.contains("WARN") && warned.contains(&support::key(1)), "{warned}");
    assert!(!log.contains("example.com") && !worker.log().contains("example.com"), "{log}");
    database.drop().await
}

/// `%00` in a text: PostgreSQL's `text` and `jsonb` refuse it.
#[tokio::test]
async fn a_character_that_the_database_refuses_is_stored_and_acted_on() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, sender, port) = receiver(&database.url).await?;
    let mut event = support::event(1, "nul: \0");
    if let CreateEvent::Profile(profile) = &mut event {
        profile.fields = Fields::from_iter([("mail", "a\0b@example.com"), ("n\0", "\0")]);
    }
    let answer = sender.send(port, &event).await?;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    // Such a one may also fail, with an error that repeats it.
    let answer = sender.send(port, &support::event(2, "fail-with-nul")).await?;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let _worker = Program::start("work --attempts 1", support::worker(&database.url))?;
    database.until(SOON, |status| (status.done, status.dead) == (1, 1)).await?;
    let welcomed = "SELECT count(*) FROM welcome WHERE mail = U&'a\\FFFDb@example.com'";
    assert_eq!(database.number(welcomed).await?, 1);
    let why = "SELECT count(*) FROM inbox_call WHERE error = U&'as rehearsed: \\FFFD'";
    assert_eq!(database.number(why).await?, 1);
    database.drop().await
}

/// The table as the first release left it.
const FIRST_RELEASE: &str = "
    CREATE TABLE inbox (
        key text PRIMARY KEY, stamp text NOT NULL, payload text,
        received_at timestamptz NOT NULL DEFAULT now(), attempts integer NOT NULL DEFAULT 0,
        begun_at timestamptz, error text, done_at timestamptz, dead_at timestamptz,
        duplicates bigint NOT NULL DEFAULT 0, changed bigint NOT NULL DEFAULT 0);
    INSERT INTO inbox (key, stamp, done_at, duplicates, changed) VALUES
        ('copernica:v1:account_1234:create:profile:1:1', '2026-01-02 03:04:05', now(), 3, 2)";

#[tokio::test]
async fn a_database_of_the_first_release_is_taken_over() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    database.execute(FIRST_RELEASE).await?;
    // Who only looks changes nothing.
    let status = database.status().await?;
    assert_eq!((status.done, status.changed, status.kept), (1, 2, 0));
    for round in 0..2 {
        let (mut receiver, sender, port) = receiver(&database.url).await?;
        let other = support::told(1, "", "2026-01-02 03:04:06");
        assert_eq!(sender.send(port, &other).await?.status(), StatusCode::NO_CONTENT);
        let status = database.status().await?;
        assert_eq!((status.done, status.changed, status.kept), (1, 3 + round, 1));
        assert_eq!(database.number("SELECT count(*) FROM inbox_version").await?, 3);
        assert!(receiver.stop().await?);
    }
    database.drop().await
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_refused() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let newer = "CREATE TABLE inbox_version (version integer PRIMARY KEY);
        INSERT INTO inbox_version VALUES (1000)";
    database.execute(newer).await?;
    for command in ["receive", "work"] {
        let environment = Sender::new()?.receiver(&database.url, support::free_port().await?);
        let mut program = Program::start(command, environment)?;
        assert!(!program.ended(SOON).await?);
        assert!(program.log().contains("version 1000"), "{}", program.log());
    }
    database.drop().await
}

#[tokio::test]
async fn a_waiting_event_is_put_back_by_its_key() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, sender, port) = receiver(&database.url).await?;
    for id in 1..=2 {
        sender.deliver(&[port], 0, &support::event(id, "fail")).await?;
    }
    // Its sixth attempt would come after seven minutes.
    let mut worker = Program::start("work", support::worker(&database.url))?;
    let failed = "SELECT count(*) FROM inbox_call WHERE attempts > 0 AND begun_at IS NULL";
    let later = "UPDATE graphile_worker._private_jobs SET attempts = 6, run_at = now() + interval '6 minutes'
        WHERE locked_at IS NULL";
    let end = Instant::now() + SOON;
    while database.number(failed).await? < 2 && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(worker.stop().await?);
    database.execute(later).await?;
    let mut healed = support::worker(&database.url);
    healed.retain(|(name, _)| *name != "INBOX_REHEARSAL");
    let _worker = Program::start("work", healed)?;

    let put_back = async |key: Option<String>| -> Result<String> {
        let mut out = Vec::new();
        let connection = &mut database.connect().await?;
        retry::run(connection, key.as_deref(), false, &mut out).await?;
        Ok(String::from_utf8(out)?)
    };
    assert_eq!(put_back(None).await?, "0 to be tried again\n", "they are not dead");
    assert_eq!(put_back(Some(support::key(2))).await?, "1 to be tried again\n");
    database.until(SOON, |status| (status.done, status.waiting) == (1, 1)).await?;
    let done = "SELECT count(*) FROM inbox_call WHERE done_at IS NOT NULL AND event_key LIKE '%:2'";
    assert_eq!(database.number(done).await?, 1);
    let done = put_back(Some(support::key(2))).await.unwrap_err().to_string();
    assert_eq!(done, format!("{}: it is done", support::key(2)));
    // One that has lost its job gets one.
    database.execute("DELETE FROM graphile_worker._private_jobs").await?;
    assert_eq!(put_back(Some(support::key(1))).await?, "1 to be tried again\n");
    database.until(SOON, |status| status.done == 2).await?;
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 2);
    database.drop().await
}

#[tokio::test]
async fn settings_that_may_lose_a_commit_are_refused_at_the_start() -> Result<()> {
    for less in ["off", "local", "remote_write"] {
        let Some(database) = Database::create().await else { return Ok(()) };
        let connection = &mut database.connect().await?;
        let sql = format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = {less}', \
             current_database()); END $$"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await?;
        for command in ["receive", "work"] {
            let sender = Sender::new()?;
            let environment = sender.receiver(&database.url, support::free_port().await?);
            let mut program = Program::start(command, environment)?;
            assert!(!program.ended(SOON).await?);
            let log = program.log();
            assert!(log.contains(&format!("synchronous_commit is {less}")), "{log}");
        }
        database.drop().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_setting_that_is_turned_off_later_is_seen_with_the_next_connection() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, sender, port) = receiver(&database.url).await?;
    assert_eq!(sender.send(port, &support::event(1, "")).await?.status(), 204);
    let set = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off',
        current_database()); END $$";
    database.execute(set).await?;
    terminate(&database).await?;
    let answer = sender.send(port, &support::event(2, "")).await?;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    database.drop().await
}

/// Ends every session of the programs at the server.
async fn terminate(database: &Database) -> Result<()> {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    database.number(sql).await?;
    Ok(())
}

#[tokio::test]
async fn a_lock_is_503_within_a_bound_and_nothing_is_acknowledged() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, sender, port) = receiver_with(&database.url, "receive --connections 2").await?;
    let mut locker = database.connect().await?;
    sqlx::raw_sql("BEGIN; LOCK TABLE inbox_call").execute(&mut locker).await?;
    let began = Instant::now();
    // More than there are connections: the rest waits for one, and not for long.
    let calls = (1..=8).map(|id| {
        let sender = sender.clone();
        tokio::spawn(async move { sender.send(port, &support::event(id, "")).await })
    });
    for call in calls.collect::<Vec<_>>() {
        let answer = call.await??;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers().get("retry-after").unwrap(), "5");
    }
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    sqlx::raw_sql("ROLLBACK").execute(&mut locker).await?;
    assert_eq!(database.number("SELECT count(*) FROM inbox_call").await?, 0);
    for id in 1..=8 {
        assert_eq!(sender.send(port, &support::event(id, "")).await?.status(), 204);
    }
    assert_eq!(database.status().await?.duplicates, 0);
    database.drop().await
}

#[tokio::test]
async fn sessions_that_the_server_ends_are_replaced() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (mut receiver, sender, port) = receiver(&database.url).await?;
    let mut worker = Program::start("work --crashed-after 2", support::worker(&database.url))?;
    // It works: a session that ends while it starts would end it, as it should.
    sender.deliver(&[port], 0, &support::event(5, "")).await?;
    database.until(SOON, |status| status.done == 1).await?;
    for round in 0..5 {
        sender.deliver(&[port], 0, &support::event(round, "")).await?;
        terminate(&database).await?;
    }
    database.until(SOON, |status| status.done == 6).await?;
    assert!(receiver.running() && worker.running());
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 6);
    database.drop().await
}
