//! Metrics and health, of the real programs.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use axum::body::Body;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use std::time::{Duration, Instant};
use support::proxy::{Network, Proxy};
use support::{Database, FORM, Program, Result, SOON, Sender, call, free_port, listening};
use tokio::time::sleep;

/// What the receiver and the worker have on an address of their own.
struct Monitored {
    receiver: Program,
    worker: Program,
    calls: u16,
    of_receiver: u16,
    of_worker: u16,
}

async fn monitored(url: &str, more: &[(&'static str, &str)]) -> Result<Monitored> {
    let [calls, of_receiver, of_worker] =
        [free_port().await?, free_port().await?, free_port().await?];
    let metrics = |port: u16| ("METRICS_LISTEN", format!("127.0.0.1:{port}"));
    let mut environment = vec![
        ("DATABASE_URL", url.to_owned()),
        ("COPERNICA_UNVERIFIED", "1".to_owned()),
        ("LISTEN", format!("127.0.0.1:{calls}")),
        metrics(of_receiver),
    ];
    environment.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let receiver = Program::start("receive", environment)?;
    listening(of_receiver).await?;
    let mut environment = support::worker(url);
    environment.push(metrics(of_worker));
    let worker = Program::start("work", environment)?;
    listening(of_worker).await?;
    Ok(Monitored { receiver, worker, calls, of_receiver, of_worker })
}

/// The status and the text of an answer.
async fn get(port: u16, path: &str) -> Result<(u16, String)> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let answer = client.get(format!("http://127.0.0.1:{port}{path}").parse()?).await?;
    let status = answer.status().as_u16();
    Ok((status, String::from_utf8(answer.into_body().collect().await?.to_bytes().to_vec())?))
}

/// Asks until the answer is as it should be.
async fn until(port: u16, path: &str, is: impl Fn(u16, &str) -> bool) -> Result<String> {
    let end = Instant::now() + SOON;
    loop {
        let (status, shown) = get(port, path).await?;
        if is(status, &shown) {
            return Ok(shown);
        }
        assert!(Instant::now() < end, "{status} {shown}");
        sleep(Duration::from_millis(100)).await;
    }
}

fn has(shown: &str, line: &str) -> bool {
    shown.lines().any(|shown| shown == line)
}

#[tokio::test]
async fn calls_and_the_state_of_the_inbox_are_exported() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let mut programs = monitored(&database.url, &[]).await?;
    let Monitored { calls, of_receiver, of_worker, .. } = programs;
    let created = "type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23";
    assert_eq!(call(calls, Some(FORM), created).await?, 204);
    assert_eq!(call(calls, Some(FORM), "type=%ff").await?, 204);
    database.until(SOON, |status| (status.done, status.set_aside) == (1, 1)).await?;
    let (_, shown) = get(of_receiver, "/metrics").await?;
    for line in [
        "copernica_webhook_calls_total{outcome=\"handled\",code=\"\",check=\"\",event=\"other\"} 2",
        "inbox_waiting 0",
        "inbox_running 0",
        "inbox_dead 0",
        "inbox_set_aside 1",
        "inbox_oldest_seconds 0",
    ] {
        assert!(has(&shown, line), "{line} in {shown}");
    }
    // The worker counts what it decodes, when the attempt is over.
    let shown = until(of_worker, "/metrics", |_, shown| {
        has(shown, "inbox_attempts_total{event=\"create\",outcome=\"done\"} 1")
            && has(shown, "inbox_attempts_total{event=\"other\",outcome=\"set_aside\"} 1")
    });
    assert!(has(&shown.await?, "inbox_set_aside 1"));
    for port in [of_receiver, of_worker] {
        assert_eq!(get(port, "/healthz").await?, (200, "ok\n".to_owned()));
        let (status, shown) = get(port, "/readyz").await?;
        assert_eq!(status, 200, "{shown}");
        assert_eq!(shown.matches("ok    ").count(), 3, "{shown}");
    }
    // Never where calls come in.
    assert_eq!(get(calls, "/metrics").await?.0, 404);
    assert!(programs.receiver.stop().await? && programs.worker.stop().await?);
    database.drop().await
}

#[tokio::test]
async fn without_its_server_a_receiver_is_not_ready_and_says_what_it_knows() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let proxy = Proxy::before(&database).await?;
    let programs = monitored(&proxy.url, &[]).await?;
    let Monitored { calls, of_receiver, of_worker, .. } = programs;
    until(of_receiver, "/readyz", |status, _| status == 200).await?;
    for outage in [Network::Refused, Network::Silent] {
        proxy.set(outage);
        for port in [of_receiver, of_worker] {
            let shown = until(port, "/readyz", |status, _| status == 503).await?;
            assert!(shown.contains("FAIL  database writable: "), "{shown}");
            assert_eq!(get(port, "/healthz").await?.0, 200);
        }
        assert_eq!(call(calls, Some(FORM), "type=click&id=a").await?, 503);
        let (_, shown) = get(of_receiver, "/metrics").await?;
        assert!(
            has(&shown, "inbox_waiting NaN") && shown.contains("outcome=\"failed\""),
            "{shown}"
        );
        proxy.set(Network::Up);
        until(of_receiver, "/readyz", |status, _| status == 200).await?;
        until(of_worker, "/readyz", |status, _| status == 200).await?;
    }
    let (_, shown) = get(of_receiver, "/metrics").await?;
    let failed =
        "copernica_webhook_calls_total{outcome=\"failed\",code=\"\",check=\"\",event=\"other\"} 2";
    assert!(has(&shown, failed), "{shown}");
    drop(programs);
    database.drop().await
}

#[tokio::test]
async fn a_full_disk_is_not_ready() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let Ok(disk) = std::env::var("INBOX_SMALL_DISK") else {
        support::skipped("no small disk to fill; ./test makes one where it is root");
        return database.drop().await;
    };
    let programs = monitored(&database.url, &[]).await?;
    until(programs.of_receiver, "/readyz", |status, _| status == 200).await?;
    let space = format!("CREATE TABLESPACE monitor LOCATION '{disk}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(space)).execute(&mut database.connect().await?).await?;
    database
        .execute(
            "ALTER TABLE inbox_probe SET TABLESPACE monitor;
            CREATE TABLE filler (x text) TABLESPACE monitor",
        )
        .await?;
    let fill = "INSERT INTO filler SELECT repeat('x', 1000) FROM generate_series(1, 100)";
    while database.execute(fill).await.is_ok() {}
    let shown = until(programs.of_receiver, "/readyz", |status, _| status == 503).await?;
    assert!(shown.contains("No space left on device"), "{shown}");
    database.execute("DROP TABLE filler").await?;
    until(programs.of_receiver, "/readyz", |status, _| status == 200).await?;
    database.execute("ALTER TABLE inbox_probe SET TABLESPACE pg_default").await?;
    database.execute("DROP TABLESPACE monitor").await?;
    drop(programs);
    database.drop().await
}

#[tokio::test]
async fn a_call_that_waits_for_too_long_is_not_ready() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let mut programs = monitored(&database.url, &[("READY_OLDEST", "1")]).await?;
    programs.worker.kill().await?;
    assert_eq!(call(programs.calls, Some(FORM), "type=click&id=a").await?, 204);
    let shown = until(programs.of_receiver, "/readyz", |status, _| status == 503).await?;
    assert!(shown.contains("FAIL  oldest waiting: "), "{shown}");
    assert!(shown.contains("ok    database writable: yes"), "{shown}");
    programs.worker.restart()?;
    until(programs.of_receiver, "/readyz", |status, _| status == 200).await?;
    database.drop().await
}

#[tokio::test]
async fn asking_leaves_nothing_behind_and_does_not_read_what_is_done() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let programs = monitored(&database.url, &[]).await?;
    for _ in 0..200 {
        assert_eq!(get(programs.of_receiver, "/readyz").await?.0, 200);
    }
    assert_eq!(database.number("SELECT count(*) FROM inbox_probe").await?, 0);
    // 200 times 16 kB and what holds them, which are vacuumed now and then.
    let size = "SELECT pg_total_relation_size('inbox_probe')";
    assert!(database.number(size).await? < 6 << 20);
    database.execute("VACUUM inbox_probe").await?;
    assert!(database.number(size).await? < 100 << 10);
    let valid = "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid IN
        (to_regclass('inbox_call_open'), to_regclass('inbox_call_ended'))";
    let end = Instant::now() + SOON;
    while database.number(valid).await? < 2 {
        assert!(Instant::now() < end, "the indexes are not there");
        sleep(Duration::from_millis(100)).await;
    }
    database.drop().await
}

#[tokio::test]
async fn metrics_on_the_address_of_the_calls_are_refused() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    for (calls, metrics) in
        [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "0.0.0.0")]
    {
        let (sender, port) = (Sender::new()?, free_port().await?);
        let mut environment = sender.receiver(&database.url, port);
        environment.retain(|(name, _)| *name != "LISTEN");
        environment.push(("LISTEN", format!("{calls}:{port}")));
        environment.push(("METRICS_LISTEN", format!("{metrics}:{port}")));
        let mut receiver = Program::start("receive", environment)?;
        assert!(!receiver.ended(SOON).await?, "{calls} {metrics}");
        let log = receiver.log();
        assert!(log.contains("it must not be the address of LISTEN"), "{log}");
    }
    database.drop().await
}

#[tokio::test]
async fn without_the_variable_nothing_is_exported() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (receiver, port) = support::credulous(&database.url).await?;
    assert_eq!(get(port, "/metrics").await?.0, 404);
    assert!(!receiver.log().contains("metrics on"), "{}", receiver.log());
    assert_eq!(
        database.number("SELECT count(*) FROM pg_class WHERE relname = 'inbox_probe'").await?,
        0
    );
    database.drop().await
}
