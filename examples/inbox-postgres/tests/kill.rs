//! The kill test; ./kill-test says what it is for.
#![allow(clippy::print_stdout, reason = "it reports")]
#![allow(clippy::indexing_slicing, reason = "a victim is one of four programs")]

mod support;

use clap::Parser;
use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use support::{Database, Dice, Program, Result, Sender};
use tokio::{process::Command, task::JoinSet, time::sleep};

const CONCURRENCY: usize = 32;

#[derive(Parser)]
struct Args {
    #[arg(long, default_value_t = 5000)]
    events: u64,
    #[arg(long, default_value_t = 8)]
    kills: u64,
    /// Repeats the choice of victims and pauses; the moments are as they come.
    #[arg(long)]
    seed: Option<u64>,
}

struct Report {
    acknowledged: usize,
    effects: usize,
    lost: usize,
    twice: usize,
    dead: i64,
    stopped_well: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let Some(database) = Database::create().await else { return ExitCode::SUCCESS };
    match run(&args, &database).await {
        Ok(report) if report.is_good(args.events) => {
            if let Err(error) = database.drop().await {
                println!("the database of this test stays: {error}");
            }
            println!("nothing lost, nothing twice");
            ExitCode::SUCCESS
        }
        Ok(_) => {
            println!("FAILED: these numbers are not as they must be");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("FAILED: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Report {
    fn is_good(&self, events: u64) -> bool {
        let all = [self.acknowledged, self.effects].into_iter().all(|n| n as u64 == events);
        all && self.lost == 0 && self.twice == 0 && self.dead == 0 && self.stopped_well
    }
}

/// Delivers events until none is left, and returns the keys of those that it delivered.
async fn send(
    sender: Sender,
    ports: [u16; 2],
    events: u64,
    next: Arc<AtomicU64>,
    acknowledged: Arc<AtomicU64>,
) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    loop {
        let id = next.fetch_add(1, Ordering::Relaxed);
        if id >= events {
            return Ok(keys);
        }
        // 5 % fail their first attempt, another 5 % are sent twice: at once, signed anew,
        // to the other receiver first.
        let event = support::event(id, if id % 20 == 7 { "fail-once" } else { "" });
        let first = usize::from(id.is_multiple_of(2));
        if id % 20 == 14 {
            let (one, other) = tokio::join!(
                sender.deliver(&ports, first, &event),
                sender.deliver(&ports, first + 1, &event)
            );
            one.and(other)?;
        } else {
            sender.deliver(&ports, first, &event).await?;
        }
        keys.push(support::key(id));
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

async fn run(args: &Args, database: &Database) -> Result<Report> {
    let (mut dice, seed) = Dice::new(args.seed);
    let sender = Sender::new()?;
    let ports = [support::free_port().await?, support::free_port().await?];
    let work = "work --crashed-after 4 --attempts 10";
    let mut programs = [
        Program::start("receive", sender.receiver(&database.url, ports[0]))?,
        Program::start("receive", sender.receiver(&database.url, ports[1]))?,
        Program::start(work, support::worker(&database.url))?,
        Program::start(work, support::worker(&database.url))?,
    ];
    for port in ports {
        support::listening(port).await?;
    }

    let began = Instant::now();
    let (next, acknowledged) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut senders = JoinSet::new();
    for _ in 0..CONCURRENCY {
        let (sender, next, acknowledged) = (sender.clone(), next.clone(), acknowledged.clone());
        senders.spawn(send(sender, ports, args.events, next, acknowledged));
    }

    // A victim each time so many more were acknowledged, and a little later.
    let (mut killed, mut crashes) = ([0, 0], 0);
    let crash = std::env::var("INBOX_CRASH_SERVER").ok();
    let mut victims: Vec<usize> = Vec::new();
    let mut told = HashSet::new();
    for kill in 0..args.kills {
        let moment = args.events * (2 * kill + 1) / (2 * args.kills);
        while acknowledged.load(Ordering::Relaxed) < moment && !senders.is_empty() {
            // One that gave up fails the test here: what it did not send is waited for in vain.
            while let Some(keys) = senders.try_join_next() {
                told.extend(keys??);
            }
            sleep(Duration::from_millis(2)).await;
        }
        dice.pause(100).await;
        if victims.is_empty() {
            victims = vec![0, 1, 2, 3];
        }
        let victim = victims.swap_remove(usize::try_from(dice.below(victims.len() as u64))?);
        programs[victim].kill().await?;
        killed[victim / 2] += 1;
        dice.pause(400).await;
        programs[victim].restart()?;
        if kill == args.kills / 2
            && let Some(crash) = &crash
        {
            if !Command::new(crash).status().await?.success() {
                return Err("the server did not come back".into());
            }
            crashes += 1;
            // Who was about to start gave up, as it should. What restarts it is a supervisor's.
            for program in &mut programs {
                if !program.running() {
                    program.restart()?;
                }
            }
        }
    }
    while let Some(keys) = senders.join_next().await {
        told.extend(keys??);
    }
    let sent = began.elapsed();
    let status = database
        .until(Duration::from_mins(2), |status| status.waiting + status.running == 0)
        .await?;
    let drained = began.elapsed();
    let mut stopped_well = true;
    for program in &mut programs {
        stopped_well &= program.stop().await?;
    }
    sender.forget();

    let effects: Vec<(String, i64)> =
        sqlx::query_as("SELECT key, count(*) FROM welcome GROUP BY key")
            .fetch_all(&mut database.connect().await?)
            .await?;
    let twice = effects.iter().filter(|(_, times)| *times > 1).count();
    let effects: HashSet<_> = effects.into_iter().map(|(key, _)| key).collect();
    let lost = told.difference(&effects).count();
    let again = database.number("SELECT count(*) FROM inbox_call WHERE attempts > 1").await?;
    println!("acknowledged     {:>7}", told.len());
    println!("distinct effects {:>7}", effects.len());
    println!("lost             {lost:>7}");
    println!("effects twice    {twice:>7}");
    println!("duplicates seen  {:>7}   at least {} were sent", status.duplicates, args.events / 20);
    println!("attempts again   {again:>7}   at least {} failed once", args.events / 20);
    println!("dead             {:>7}", status.dead);
    println!(
        "kills            {:>7}   {} of receivers, {} of workers; crashes of the server: {crashes}",
        killed[0] + killed[1],
        killed[0],
        killed[1]
    );
    println!(
        "seed {seed}; sent in {sent:.1?}, drained after {drained:.1?}; ended well: {stopped_well}"
    );
    let (acknowledged, effects) = (told.len(), effects.len());
    Ok(Report { acknowledged, effects, lost, twice, dead: status.dead, stopped_well })
}
