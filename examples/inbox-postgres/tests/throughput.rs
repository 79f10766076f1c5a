//! How many events are acknowledged a second, and how fast a backlog of them drains.
#![allow(clippy::print_stdout, reason = "it reports")]

mod support;

use clap::Parser;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{Database, Program, Result, Sender};
use tokio::{sync::Mutex, task::JoinSet, time::sleep};

#[derive(Parser)]
struct Args {
    #[arg(long, default_value_t = 10_000)]
    events: u64,
    /// Calls under way at once.
    #[arg(long, default_value_t = 32)]
    concurrency: usize,
    #[arg(long, default_value_t = 1)]
    receivers: usize,
    #[arg(long, default_value_t = 1)]
    workers: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("FAILED: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let sender = Sender::new()?;
    let (mut ports, mut receivers) = (Vec::new(), Vec::new());
    for _ in 0..args.receivers {
        let port = support::free_port().await?;
        receivers.push(Program::start("receive", sender.receiver(&database.url, port))?);
        support::listening(port).await?;
        ports.push(port);
    }

    // Signed beforehand, for that costs more than all that is measured; a signature is good for a
    // minute, so they are sent in portions.
    let (mut taken, mut acknowledged) = (Duration::ZERO, 0);
    for from in (0..args.events).step_by(10_000) {
        let mut calls = Vec::new();
        for (id, port) in (from..args.events.min(from + 10_000)).zip(ports.iter().cycle()) {
            calls.push(sender.sign(*port, &support::event(id, ""))?);
        }
        let calls = Arc::new(Mutex::new(calls));
        let began = Instant::now();
        let mut senders = JoinSet::new();
        for _ in 0..args.concurrency {
            let (sender, calls) = (sender.clone(), calls.clone());
            senders.spawn(async move {
                let mut acknowledged = 0;
                loop {
                    let Some(call) = calls.lock().await.pop() else { break };
                    acknowledged += u64::from(sender.call(call).await?.is_success());
                }
                Ok::<_, inbox::Error>(acknowledged)
            });
        }
        while let Some(sent) = senders.join_next().await {
            acknowledged += sent??;
        }
        taken += began.elapsed();
    }
    let (receivers_, workers) = (args.receivers, args.workers);
    let line = format!("acknowledged, {receivers_} receiver(s), {} at once", args.concurrency);
    report(&line, acknowledged, taken);
    if acknowledged < args.events {
        println!("{} were not acknowledged", args.events - acknowledged);
    }

    drain(&database, &format!("drained, {workers} worker(s)"), "work", workers, acknowledged)
        .await?;
    // The same events again, with a runner that fetches them one by one. Few, for it takes long.
    let few = 200;
    let again = "UPDATE inbox_call SET done_at = NULL, attempts = 0, dead_at = now()
        WHERE id IN (SELECT id FROM inbox_call LIMIT 200)";
    database.execute(again).await?;
    inbox::commands::retry::retry(&mut database.connect().await?, None, false).await?;
    drain(&database, "drained, without a local queue", "work --batch 0", 1, few).await?;
    sender.forget();
    drop(receivers);
    database.drop().await
}

async fn drain(
    database: &Database,
    what: &str,
    work: &str,
    workers: usize,
    events: u64,
) -> Result<()> {
    let began = Instant::now();
    let start = |_| Program::start(work, support::worker(&database.url));
    let mut workers = (0..workers).map(start).collect::<Result<Vec<_>>>()?;
    let open = "SELECT count(*) FROM inbox_call WHERE done_at IS NULL";
    while database.number(open).await? > 0 {
        sleep(Duration::from_millis(100)).await;
    }
    report(what, events, began.elapsed());
    for worker in &mut workers {
        worker.stop().await?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "events are not that many")]
fn report(what: &str, events: u64, taken: Duration) {
    println!(
        "{what:40} {events:>7} in {taken:>7.2?}  {:>7.0} /s",
        events as f64 / taken.as_secs_f64()
    );
}
