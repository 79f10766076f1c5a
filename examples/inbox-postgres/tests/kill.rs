//! The kill test; ./kill-test says what it is for.
#![allow(clippy::print_stdout, reason = "it reports")]
#![allow(clippy::indexing_slicing, reason = "a victim is one of four programs, a port one of two")]

mod support;

use clap::Parser;
use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use support::mix::{Fate, Mix, number};
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

/// What became of the calls.
#[derive(Default)]
struct Report {
    acknowledged: usize,
    refused: usize,
    done: i64,
    set_aside: i64,
    dead: i64,
    effects: usize,
    /// Acknowledged, and neither done with its effect, nor set aside, nor (the poison) dead.
    lost: usize,
    twice: usize,
    duplicates: i64,
    again: i64,
    /// Of receivers and of workers.
    killed: [usize; 2],
    crashes: usize,
    aborted: usize,
    sending: Duration,
    drained: Duration,
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
        let mix = Mix { events };
        let of = |fate| i64::try_from(mix.count(fate)).unwrap_or(i64::MAX);
        let (set_aside, dead) = (of(Fate::Undecodable), of(Fate::Poison));
        let done = of(Fate::Named) + of(Fate::Nameless);
        self.acknowledged as u64 == events
            && (self.done, self.set_aside, self.dead) == (done, set_aside, dead)
            && i64::try_from(self.effects) == Ok(done)
            && (self.refused, self.lost, self.twice) == (0, 0, 0)
            && self.stopped_well
    }

    fn print(&self, twentieth: u64, seed: u64) {
        let [receivers, workers] = self.killed;
        let line = |what: &str, count: usize, remark: String| {
            println!("{}", format!("{what:16} {count:>7}   {remark}").trim_end());
        };
        let of_rows = |count: i64| usize::try_from(count).unwrap_or_default();
        let plain = String::new;
        line("acknowledged", self.acknowledged, plain());
        line("refused", self.refused, "genuine, and not sent again".to_owned());
        line("done", of_rows(self.done), plain());
        line("set aside", of_rows(self.set_aside), "can't be decoded".to_owned());
        line("dead", of_rows(self.dead), "the poison".to_owned());
        line("distinct effects", self.effects, plain());
        line("lost", self.lost, plain());
        line("effects twice", self.twice, plain());
        line("duplicates seen", of_rows(self.duplicates), format!("about {twentieth} were sent"));
        line("attempts again", of_rows(self.again), format!("about {twentieth} failed once"));
        let kills = format!(
            "{receivers} of receivers, {workers} of workers; crashes of the server: {}",
            self.crashes
        );
        line("kills", receivers + workers, kills);
        line("ended by poison", self.aborted, plain());
        println!(
            "seed {seed}; sent in {:.1?}, drained after {:.1?}; ended well: {}",
            self.sending, self.drained, self.stopped_well
        );
    }
}

/// Positions of the calls that were acknowledged, and how many were refused.
#[derive(Default)]
struct Sent {
    acknowledged: HashSet<u64>,
    refused: usize,
}

impl Sent {
    fn add(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        self.refused += other.refused;
    }
}

/// Sends calls until none is left.
async fn send(
    sender: Sender,
    ports: [u16; 2],
    mix: Mix,
    next: Arc<AtomicU64>,
    answered: Arc<AtomicU64>,
) -> Result<Sent> {
    let mut sent = Sent::default();
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        if at >= mix.events {
            return Ok(sent);
        }
        let body = mix.body(at);
        let first = usize::from(at.is_multiple_of(2));
        let signed = sender.sign_body(ports[first], &body)?;
        let to = |first| sender.report(&ports, first, &body, &signed);
        // 5 % fail their first attempt (the mix says which), another 5 % are sent twice, at once and
        // to the other receiver first: an event with a name of its own signed anew, of another a copy.
        let acknowledged = if at % 20 == 14 {
            let (one, other) = tokio::join!(to(first), to(first + 1));
            one? & other?
        } else {
            to(first).await?
        };
        if acknowledged {
            sent.acknowledged.insert(at);
        } else {
            sent.refused += 1;
        }
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// Starts two receivers and two workers.
fn start(sender: &Sender, database: &Database, ports: [u16; 2]) -> Result<[Program; 4]> {
    // Few, for the poison ends its worker each time, and is then waited for.
    let work = "work --crashed-after 4 --attempts 5";
    let receive = |port| {
        let mut environment = sender.receiver(&database.url, port);
        // The control: a receiver that refuses what it can't decode.
        if let Ok(value) = std::env::var("INBOX_DECODE_FIRST") {
            environment.push(("INBOX_REHEARSAL", "1".to_owned()));
            environment.push(("INBOX_DECODE_FIRST", value));
        }
        Program::start("receive", environment)
    };
    Ok([
        receive(ports[0])?,
        receive(ports[1])?,
        Program::start(work, support::worker(&database.url))?,
        Program::start(work, support::worker(&database.url))?,
    ])
}

async fn run(args: &Args, database: &Database) -> Result<Report> {
    let (mut dice, seed) = Dice::new(args.seed);
    let sender = Sender::new()?;
    let ports = [support::free_port().await?, support::free_port().await?];
    let mut programs = start(&sender, database, ports)?;
    for port in ports {
        support::listening(port).await?;
    }

    let began = Instant::now();
    let mix = Mix { events: args.events };
    let (next, answered) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut senders = JoinSet::new();
    for _ in 0..CONCURRENCY {
        senders.spawn(send(sender.clone(), ports, mix, next.clone(), answered.clone()));
    }

    // A victim each time so many more were answered, and a little later.
    let (mut killed, mut crashes, mut aborted) = ([0, 0], 0, 0);
    let crash = std::env::var("INBOX_CRASH_SERVER").ok();
    let mut victims: Vec<usize> = Vec::new();
    let mut sent = Sent::default();
    for kill in 0..args.kills {
        let moment = args.events * (2 * kill + 1) / (2 * args.kills);
        while answered.load(Ordering::Relaxed) < moment && !senders.is_empty() {
            // One that gave up fails the test here: what it did not send is waited for in vain.
            while let Some(part) = senders.try_join_next() {
                sent.add(part??);
            }
            aborted += supervise(&mut programs)?;
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
            supervise(&mut programs)?;
        }
    }
    let end = Instant::now() + Duration::from_mins(3);
    let mut sending = None;
    let status = loop {
        while let Some(part) = senders.try_join_next() {
            sent.add(part??);
        }
        aborted += supervise(&mut programs)?;
        if senders.is_empty() {
            sending.get_or_insert_with(|| began.elapsed());
            let status = database.status().await?;
            if status.waiting + status.running == 0 {
                break status;
            } else if Instant::now() > end {
                return Err(format!("not drained: {status:?}").into());
            }
        }
        sleep(Duration::from_millis(50)).await;
    };
    let drained = began.elapsed();
    let mut stopped_well = true;
    for program in &mut programs {
        stopped_well &= program.stop().await?;
    }
    sender.forget();

    let again = database.number("SELECT count(*) FROM inbox_call WHERE attempts > 1").await?;
    let report = Report {
        acknowledged: sent.acknowledged.len(),
        refused: sent.refused,
        done: status.done,
        set_aside: status.set_aside,
        dead: status.dead,
        duplicates: status.duplicates,
        again,
        killed,
        crashes,
        aborted,
        sending: sending.unwrap_or_default(),
        drained,
        stopped_well,
        ..count(database, mix, &sent.acknowledged).await?
    };
    report.print(args.events / 20, seed);
    Ok(report)
}

/// Starts programs anew that ended, as a supervisor does. Returns how many.
fn supervise(programs: &mut [Program]) -> Result<usize> {
    let mut ended = 0;
    for program in programs {
        if !program.running() {
            ended += 1;
            program.restart()?;
        }
    }
    Ok(ended)
}

/// Looks for what was acknowledged, by the number in its ids, which no two events share, or by its body.
async fn count(database: &Database, mix: Mix, acknowledged: &HashSet<u64>) -> Result<Report> {
    let connection = &mut database.connect().await?;
    let effects = "SELECT number, count(*) FROM (
            SELECT profile AS number FROM welcome
            UNION ALL SELECT ltrim(id, 'm')::bigint FROM happened
        ) AS effects GROUP BY number";
    let effects: Vec<(i64, i64)> = sqlx::query_as(effects).fetch_all(&mut *connection).await?;
    let twice = effects.iter().filter(|(_, times)| *times > 1).count();
    let effects: HashSet<u64> =
        effects.into_iter().map(|(number, _)| number.unsigned_abs()).collect();
    let set_aside = "SELECT body FROM inbox_call WHERE set_aside_at IS NOT NULL";
    let set_aside: HashSet<Vec<u8>> =
        sqlx::query_scalar(set_aside).fetch_all(&mut *connection).await?.into_iter().collect();
    let dead = "SELECT body FROM inbox_call WHERE dead_at IS NOT NULL";
    let dead: HashSet<Vec<u8>> =
        sqlx::query_scalar(dead).fetch_all(connection).await?.into_iter().collect();
    let is_lost = |at: u64| match mix.fate(at) {
        Fate::Named | Fate::Nameless => !effects.contains(&number(at)),
        Fate::Undecodable => !set_aside.contains(&mix.body(at).bytes),
        Fate::Poison => !dead.contains(&mix.body(at).bytes),
    };
    let lost = acknowledged.iter().filter(|at| is_lost(**at)).count();
    Ok(Report { effects: effects.len(), lost, twice, ..Report::default() })
}
