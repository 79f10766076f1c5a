//! Failures of the database: it is unreachable, it is silent, its disk is full.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use axum::http::StatusCode;
use std::time::{Duration, Instant};
use support::proxy::{Network, Proxy};
use support::{Database, Program, Result, Sender};

/// Asserts that one call is refused in time.
async fn refused(sender: &Sender, port: u16, id: u64) -> Result<()> {
    let began = Instant::now();
    let answer = sender.send(port, &support::event(id, "")).await?;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    Ok(())
}

#[tokio::test]
async fn an_unreachable_server_is_503_and_nothing_needs_a_restart() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (proxy, sender) = (Proxy::before(&database).await?, Sender::new()?);
    let port = support::free_port().await?;
    let mut receiver = Program::start("receive", sender.receiver(&proxy.url, port))?;
    support::listening(port).await?;
    let mut worker = Program::start("work --crashed-after 2", support::worker(&proxy.url))?;
    for (round, outage) in [(0, Network::Refused), (10, Network::Silent)] {
        sender.deliver(&[port], 0, &support::event(round, "")).await?;
        let done = if round == 0 { 1 } else { 5 };
        database.until(Duration::from_secs(30), |status| status.done == done).await?;
        proxy.set(outage);
        for id in 1..4 {
            refused(&sender, port, round + id).await?;
        }
        let stored = database.number("SELECT count(*) FROM inbox_call").await?;
        assert_eq!(stored, if round == 0 { 1 } else { 5 });
        proxy.set(Network::Up);
        for id in 1..4 {
            let answer = sender.send(port, &support::event(round + id, "")).await?;
            assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        }
        // A worker that waits for an answer that was lost waits for the kernel to give up.
        if outage == Network::Silent {
            worker.kill().await?;
            worker.restart()?;
        }
        let done = if round == 0 { 4 } else { 8 };
        database.until(Duration::from_secs(30), |status| status.done == done).await?;
    }
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 8);
    assert_eq!(database.status().await?.duplicates, 0);
    assert!(receiver.stop().await? && worker.stop().await?);
    database.drop().await
}

#[tokio::test]
async fn a_full_disk_is_503_and_nothing_needs_a_restart() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let Ok(disk) = std::env::var("INBOX_SMALL_DISK") else {
        support::skipped("no small disk to fill; ./test makes one where it is root");
        return database.drop().await;
    };
    let sender = Sender::new()?;
    let port = support::free_port().await?;
    let _receiver = Program::start("receive", sender.receiver(&database.url, port))?;
    support::listening(port).await?;
    let space = format!("CREATE TABLESPACE small LOCATION '{disk}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(space)).execute(&mut database.connect().await?).await?;
    database
        .execute(
            "ALTER TABLE inbox_call SET TABLESPACE small; CREATE TABLE filler (x text) TABLESPACE small",
        )
        .await?;
    let fill = "INSERT INTO filler SELECT repeat('x', 1000) FROM generate_series(1, 100)";
    let error = loop {
        if let Err(error) = database.execute(fill).await {
            break error.to_string();
        }
    };
    assert!(error.contains("No space left on device"), "{error}");
    for id in 0..3 {
        refused(&sender, port, id).await?;
    }
    assert_eq!(database.number("SELECT count(*) FROM inbox_call").await?, 0);
    database.execute("DROP TABLE filler").await?;
    for id in 0..3 {
        let answer = sender.send(port, &support::event(id, "")).await?;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(database.number("SELECT count(*) FROM inbox_call").await?, 3);
    database.execute("ALTER TABLE inbox_call SET TABLESPACE pg_default").await?;
    database.execute("DROP TABLESPACE small").await?;
    database.drop().await
}
