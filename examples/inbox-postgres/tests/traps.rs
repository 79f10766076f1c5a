//! The runner's traps, each with what avoids it.

mod support;

use inbox::work::{Runner, Settings};
use inbox::{clock, database, inbox as rows, store as stored};
use std::time::{Duration, Instant};
use support::{Database, Program, Result};

const SOON: Duration = Duration::from_secs(30);

/// Stores events as a receiver does.
async fn store(database: &Database, events: impl Iterator<Item = (u64, &str)>) -> Result<()> {
    database::prepare(&database.url).await?;
    let pool = database::patient(&database.url, 4)?;
    for (id, rehearse) in events {
        stored::store(&pool, &support::received(id, rehearse).await?).await?;
    }
    Ok(())
}

/// Trap: `.local_queue()`. Without it, this backlog takes more than half a minute.
#[tokio::test]
async fn a_backlog_without_notices_drains_at_once() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    store(&database, (0..300).map(|id| (id, ""))).await?;
    let began = Instant::now();
    let _worker = Program::start("work", support::worker(&database.url))?;
    database.until(SOON, |status| status.done == 300).await?;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    database.drop().await
}

/// Trap: a local queue without a delay queries an empty table thousands of times a second.
#[tokio::test]
async fn a_worker_without_work_leaves_the_database_alone_and_wakes_up_at_once() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    store(&database, [(0, "")].into_iter()).await?;
    let _worker = Program::start("work", support::worker(&database.url))?;
    database.until(SOON, |status| status.done == 1).await?;
    let sql = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
    // What a session did is counted within a second, or when it is idle.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = database.number(sql).await?;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let transactions = database.number(sql).await? - before;
    assert!(transactions < 60, "{transactions} in 4 s");
    for id in 1..6 {
        let began = Instant::now();
        store(&database, [(id, "")].into_iter()).await?;
        let done = i64::try_from(id)? + 1;
        database.until(SOON, |status| status.done == done).await?;
        assert!(began.elapsed() < Duration::from_millis(800), "{:?}", began.elapsed());
    }
    database.drop().await
}

/// Trap: recovery is off by default, and then the jobs of this worker would stay locked.
#[tokio::test]
async fn the_jobs_of_a_worker_that_was_killed_are_taken_over() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    store(&database, (0..50).map(|id| (id, "slow"))).await?;
    let command = "work --crashed-after 2";
    let mut first = Program::start(command, support::worker(&database.url))?;
    database.until(SOON, |status| status.running == 8).await?;
    first.kill().await?;
    let locked = "SELECT count(*) FROM graphile_worker._private_jobs WHERE locked_by IS NOT NULL";
    // It had fetched more than it ran.
    assert!(database.number(locked).await? >= 40);
    let began = Instant::now();
    let _second = Program::start(command, support::worker(&database.url))?;
    database.until(Duration::from_mins(1), |status| status.done == 50).await?;
    assert!(began.elapsed() < Duration::from_secs(45), "{:?}", began.elapsed());
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 50);
    // What was fetched and not begun was not charged for it.
    assert!(database.number("SELECT count(*) FROM inbox_call WHERE attempts > 1").await? <= 8);
    database.drop().await
}

/// Trap: a worker that is only slow is taken for dead, and the job runs twice at once.
#[tokio::test]
async fn of_two_that_run_one_event_at_once_one_commits() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    store(&database, (1..=20).map(|id| (id, ""))).await?;
    let settings =
        Settings { attempts: 5, concurrency: 8, crashed_after: 2, longest: 10, batch: 100 };
    // Two processes' worth of runners: each has its own turns.
    let pool = database::patient(&database.url, 40)?;
    let runners = [Runner::new(pool.clone(), &settings), Runner::new(pool.clone(), &settings)];
    let mut jobs = Vec::new();
    for id in 1..=20 {
        jobs.push(rows::row_of(&pool, &support::key(id)).await?.ok_or("it is not stored")?);
    }
    let mut running = tokio::task::JoinSet::new();
    for &row in &jobs {
        for runner in &runners {
            let runner = runner.clone();
            running.spawn(async move { runner.run(row).await });
        }
    }
    while let Some(ran) = running.join_next().await {
        ran??;
    }
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 20);
    // And long after.
    let [runner, _] = &runners;
    runner.run(*jobs.first().ok_or("no job")?).await?;
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 20);
    assert_eq!(database.status().await?.done, 20);
    database.drop().await
}

/// The same with processes: the first is stopped in its effect, and wakes up too late.
#[tokio::test]
async fn a_worker_that_slept_through_its_takeover_does_no_harm() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    store(&database, [(1, "slow")].into_iter()).await?;
    let command = "work --crashed-after 2";
    let first = Program::start(command, support::worker(&database.url))?;
    database.until(SOON, |status| status.running == 1).await?;
    first.signal("STOP").await?;
    let _second = Program::start(command, support::worker(&database.url))?;
    database.until(SOON, |status| status.done == 1).await?;
    first.signal("CONT").await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(first.log().contains("done by another worker"), "{}", first.log());
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 1);
    database.drop().await
}

#[tokio::test]
async fn an_event_that_fails_every_time_is_dead_after_the_limit_and_the_others_go_on() -> Result<()>
{
    let Some(database) = Database::create().await else { return Ok(()) };
    let poison = ["fail", "panic"];
    store(&database, (0..30).zip(poison.into_iter().chain(std::iter::repeat("")))).await?;
    let mut worker = Program::start("work --attempts 2", support::worker(&database.url))?;
    let status = database.until(SOON, |status| status.dead == 2).await?;
    assert_eq!((status.done, status.waiting, status.running), (28, 0, 0));
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 28);
    // Its body stays, for `inbox retry`; the runner is rid of it.
    let kept = "SELECT count(*) FROM inbox_call WHERE dead_at IS NOT NULL AND body IS NOT NULL
        AND error IS NOT NULL AND attempts = 2";
    assert_eq!(database.number(kept).await?, 2);
    let jobs = "SELECT count(*) FROM graphile_worker._private_jobs";
    // Buried, and then completed.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(database.number(jobs).await?, 0);
    assert!(worker.stop().await?);
    database.drop().await
}

/// Trap: the runner gives a crashed attempt back, so this would end every worker for ever.
#[tokio::test]
async fn an_event_that_ends_its_process_is_dead_after_the_limit_and_the_others_go_on() -> Result<()>
{
    let Some(database) = Database::create().await else { return Ok(()) };
    store(&database, (1..=21).map(|id| (id, if id == 1 { "abort" } else { "slow" }))).await?;
    let command = "work --attempts 3 --crashed-after 2 --concurrency 4";
    let mut worker = Program::start(command, support::worker(&database.url))?;
    let mut ended = 0;
    let end = Instant::now() + Duration::from_mins(1);
    // As a supervisor does it.
    while database.status().await?.dead == 0 && Instant::now() < end {
        if !worker.running() {
            ended += 1;
            worker.restart()?;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(ended, 3);
    let status = database.until(SOON, |status| status.done == 20).await?;
    assert_eq!((status.dead, status.waiting, status.running), (1, 0, 0));
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 20);
    // The first crash is charged to the three next to it, the others to nobody but the poison.
    let charged = "SELECT sum(attempts - 1)::bigint FROM inbox_call WHERE dead_at IS NULL";
    assert!(database.number(charged).await? <= 3);
    let key = database.number(
        "SELECT count(*) FROM inbox_call WHERE dead_at IS NOT NULL AND event_key LIKE '%:1'",
    );
    assert_eq!(key.await?, 1);
    database.drop().await
}

/// The server's clock was a day ahead, and is right again.
#[tokio::test]
async fn a_clock_that_was_ahead_puts_nothing_off() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    store(&database, (0..4).map(|id| (id, ""))).await?;
    // A job that is new, one that failed, one that another worker has, which gave a sign of life a
    // moment before it was killed, and one of a worker that left none.
    let ahead = "
        UPDATE graphile_worker._private_jobs SET run_at = now() + interval '1 day';
        UPDATE graphile_worker._private_jobs SET attempts = 3 WHERE payload->>'row' = '2';
        UPDATE graphile_worker._private_jobs SET locked_by = 'killed', run_at = now() - interval '1 hour',
            locked_at = now() + interval '1 day' WHERE payload->>'row' = '3';
        UPDATE graphile_worker._private_jobs SET locked_by = 'unknown', run_at = now() - interval '1 hour',
            locked_at = now() + interval '1 day' WHERE payload->>'row' = '4';
        INSERT INTO graphile_worker._private_workers (id, last_heartbeat_at)
            VALUES ('killed', now() + interval '1 day')";
    database.execute(ahead).await?;
    let worker = Program::start("work --crashed-after 2", support::worker(&database.url))?;
    database.until(SOON, |status| status.done == 4).await?;
    assert!(worker.log().contains("clock was ahead"), "{}", worker.log());
    database.drop().await
}

/// A pause that the runner itself gives is left alone.
#[tokio::test]
async fn the_longest_pause_is_not_taken_for_a_clock_that_was_ahead() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    store(&database, (0..2).map(|id| (id, ""))).await?;
    let pool = database::patient(&database.url, 2)?;
    database
        .execute(
            "UPDATE graphile_worker._private_jobs
             SET attempts = 12, run_at = now() + exp(10) * interval '1 second'",
        )
        .await?;
    assert_eq!(clock::bring_back(&pool).await?, 0);
    database.execute("UPDATE graphile_worker._private_jobs SET attempts = 9").await?;
    assert_eq!(clock::bring_back(&pool).await?, 2);
    database.drop().await
}

#[tokio::test]
async fn sigterm_lets_an_effect_end() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    store(&database, (0..20).map(|id| (id, "slow"))).await?;
    let mut worker = Program::start("work", support::worker(&database.url))?;
    database.until(SOON, |status| status.running == 8).await?;
    assert!(worker.stop().await?);
    let status = database.status().await?;
    assert_eq!((status.running, status.done + status.waiting), (0, 20));
    assert!(status.done >= 8);
    // What it had fetched and not begun it gave back.
    let locked = "SELECT count(*) FROM graphile_worker._private_jobs WHERE locked_by IS NOT NULL";
    assert_eq!(database.number(locked).await?, 0);
    database.drop().await
}
