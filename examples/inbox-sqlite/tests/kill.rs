//! Sends signed calls of every kind while the receiver is killed again and again, then counts.

mod support;

use clap::Parser;
use rusqlite::Connection;
use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{ScopedJoinHandle, scope, sleep};
use std::time::{Duration, Instant};
use support::mix::{Fate, number};
use support::sender::Sender;
use support::{Server, Setup};
use webhook_axum::testing::Signer;

/// Sends events to an inbox that is killed again and again: is any lost, or handled twice?
#[derive(Parser)]
struct Arguments {
    /// Calls that are sent until each is acknowledged
    #[arg(long, default_value_t = 20_000)]
    events: u64,
    /// kill -9, at random moments
    #[arg(long, default_value_t = 12)]
    kills: u64,
    /// Calls at a time
    #[arg(long, default_value_t = 32)]
    concurrency: usize,
    /// What the receiver commits together at most; 1 is a commit each
    #[arg(long, default_value_t = 256)]
    group: u32,
    /// No kills, faults and repetitions; all calls are signed before the clock runs
    #[arg(long, conflicts_with = "kills")]
    throughput: bool,
    /// As --throughput, with calls that are not signed and a receiver that believes them
    #[arg(long, conflicts_with_all = ["kills", "throughput"])]
    unverified: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let group = arguments.group.to_string();
    // Short, so that what a kill interrupted does not keep the others waiting, nor the poison.
    let options =
        ["--lease-ms", "2000", "--backoff-ms", "50", "--attempts", "5", "--group", &group];
    let mut setup = Setup::new("kill", &options);
    let signer = Signer::ephemeral().unwrap();
    if !arguments.unverified {
        trust(&mut setup, &signer);
    }
    let plain = arguments.throughput || arguments.unverified;
    // The moment between an answer and its commit, if there is one, must be long enough to be hit.
    if !plain {
        setup.environment.push(("INBOX_SLOW_COMMIT_MS".to_owned(), "2".to_owned()));
    }
    let signer = (!arguments.unverified).then_some(signer);
    let sender = Sender::new(setup.address, signer, arguments.events, plain);
    let kills = if plain { 0 } else { arguments.kills };

    let mut server = Supervised { server: setup.start(), setup: &setup, crashes: 0 };
    let calls = if plain { sender.prepare(arguments.concurrency) } else { Vec::new() };
    let started = Instant::now();
    scope(|scope| {
        let work = || if plain { sender.blast(&calls) } else { sender.work() };
        let workers: Vec<_> = (0..arguments.concurrency).map(|_| scope.spawn(work)).collect();
        let mut moments = moments(arguments.events, kills).peekable();
        loop {
            let ended = workers.iter().all(ScopedJoinHandle::is_finished);
            let answered = sender.acknowledged.load(Relaxed) + sender.refused.load(Relaxed);
            if moments.next_if(|at| ended || *at <= answered).is_some() {
                sleep(Duration::from_micros(random() % 20_000));
                server.kill();
            } else if ended {
                break;
            }
            server.check();
            sleep(Duration::from_millis(1));
        }
    });
    let sending = started.elapsed();
    let drained = drain(&setup, &mut server);
    let handled = started.elapsed();
    let stopped = stop(&mut server.server);

    let acknowledged = sender.acknowledged.load(Relaxed);
    let counted = count(&setup, &sender, plain);
    let gave_up = sender.gave_up.load(Relaxed);
    let right = acknowledged == arguments.events && counted == expected(&sender, plain, &counted);
    let ok = drained && stopped && !gave_up && right;
    let rate = |time: Duration| u128::from(acknowledged) * 1_000_000 / time.as_micros().max(1);
    println!("acknowledged        {acknowledged}");
    println!("refused             {}", sender.refused.load(Relaxed));
    println!("done                {}", counted.done);
    println!("set aside           {}", counted.set_aside);
    println!("dead, others        {}, {}", counted.dead, counted.others);
    println!("distinct effects    {}", counted.distinct);
    println!("lost                {}", counted.lost);
    println!("effects twice       {}", counted.twice);
    println!("duplicates seen     {}", counted.duplicates);
    println!("kills, crashes      {kills}, {}", server.crashes);
    println!("failed on purpose   {}", sender.faults.load(Relaxed));
    println!("sent twice          {}", sender.twice.load(Relaxed));
    println!("calls, unanswered   {}, {}", sender.calls.load(Relaxed), sender.broken.load(Relaxed));
    println!("acknowledged a second  {} (in {:.1} s)", rate(sending), sending.as_secs_f64());
    println!("handled a second       {} (in {:.1} s)", rate(handled), handled.as_secs_f64());
    println!("{}", if ok { "ok" } else { "FAILED" });
    if ok {
        let _ = std::fs::remove_dir_all(&setup.folder);
        return ExitCode::SUCCESS;
    }
    println!("look into {}", setup.folder.display());
    ExitCode::FAILURE
}

/// A server that is started anew when it ended, as a supervisor does.
struct Supervised<'a> {
    server: Server,
    setup: &'a Setup,
    /// How often it ended without being killed: the poison took it down.
    crashes: u64,
}

impl Supervised<'_> {
    fn check(&mut self) {
        if self.server.child.try_wait().unwrap().is_some() {
            self.crashes += 1;
            self.server = self.setup.spawn();
        }
    }

    fn kill(&mut self) {
        self.server.kill();
        // At once: it does not wait until it listens.
        self.server = self.setup.spawn();
    }
}

/// Makes the receiver verify, with this signer's key in the place of Copernica's.
fn trust(setup: &mut Setup, signer: &Signer) {
    let record = signer.public_record();
    let (_, base64) = record.split_once("p=").unwrap();
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    let lines = lines.join("\n");
    let path = setup.folder.join("public.pem");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n");
    std::fs::write(&path, pem).unwrap();
    let key = format!("test._domainkey.copernica.com={}", path.display());
    setup.environment.retain(|(name, _)| name != "COPERNICA_UNVERIFIED");
    setup.environment.push(("COPERNICA_ACCOUNT".to_owned(), "1234".to_owned()));
    setup.environment.push(("COPERNICA_KEY".to_owned(), key));
}

/// Returns after how many acknowledgements the receiver is killed: somewhere in each part of the run.
fn moments(events: u64, kills: u64) -> impl Iterator<Item = u64> {
    (0..kills).map(move |kill| (events * kill + random() % events) / kills)
}

fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

/// Waits until nothing is left to do.
fn drain(setup: &Setup, server: &mut Supervised<'_>) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(120) {
        server.check();
        let [waiting, running, ..] = setup.counts();
        if waiting + running == 0 {
            return true;
        }
        sleep(Duration::from_millis(50));
    }
    println!("it is not drained");
    false
}

fn stop(server: &mut Server) -> bool {
    let status = server.stop();
    if !status.success() {
        println!("it did not stop in an orderly way: {status}");
    }
    status.success()
}

/// What is in the database at the end.
#[derive(PartialEq, Eq)]
struct Counted {
    done: u64,
    set_aside: u64,
    dead: u64,
    others: u64,
    distinct: u64,
    /// Acknowledged, and neither done with its effect, nor set aside, nor (the poison) dead.
    lost: u64,
    twice: u64,
    duplicates: u64,
}

/// Returns what must be there when all were acknowledged; the duplicates are whatever they are.
fn expected(sender: &Sender, plain: bool, counted: &Counted) -> Counted {
    let of = |fate| if plain { 0 } else { sender.mix.count(fate) };
    let (set_aside, dead) = (of(Fate::Undecodable), of(Fate::Poison));
    let done = sender.mix.events - set_aside - dead;
    let duplicates = counted.duplicates;
    Counted { done, set_aside, dead, others: 0, distinct: done, lost: 0, twice: 0, duplicates }
}

fn count(setup: &Setup, sender: &Sender, plain: bool) -> Counted {
    let db = Connection::open(setup.database()).unwrap();
    let one = |sql: &str| db.query_one(sql, [], |row| row.get::<_, u64>(0)).unwrap();
    // By the number in its ids, which no two events share.
    let effects = "SELECT profile AS number FROM created
        UNION ALL SELECT CAST(ltrim(id, 'm') AS INTEGER) FROM happened";
    let by_number = format!("SELECT number, count(*) FROM ({effects}) GROUP BY number");
    let effects: HashMap<u64, u64> = rows(&db, &by_number);
    let bodies = "SELECT body, state FROM inbox WHERE state IN ('set aside', 'dead')";
    let bodies: HashMap<Vec<u8>, String> = rows(&db, bodies);
    let found = |at: u64| {
        if plain {
            return effects.contains_key(&at);
        }
        let state = match sender.mix.fate(at) {
            Fate::Named | Fate::Nameless => return effects.contains_key(&number(at)),
            Fate::Undecodable => "set aside",
            Fate::Poison => "dead",
        };
        bodies.get(&sender.mix.body(at).bytes).is_some_and(|found| found == state)
    };
    let state = |state: &str| one(&format!("SELECT count(*) FROM inbox WHERE state {state}"));
    Counted {
        done: state("= 'done'"),
        set_aside: state("= 'set aside'"),
        dead: state("= 'dead'"),
        others: state("NOT IN ('done', 'set aside', 'dead')"),
        distinct: effects.len() as u64,
        lost: sender.told().filter(|at| !found(*at)).count() as u64,
        twice: effects.values().filter(|count| **count > 1).count() as u64,
        duplicates: one("SELECT coalesce(sum(duplicates), 0) FROM inbox"),
    }
}

fn rows<K, V>(db: &Connection, sql: &str) -> HashMap<K, V>
where
    K: rusqlite::types::FromSql + std::hash::Hash + Eq,
    V: rusqlite::types::FromSql,
{
    let mut rows = db.prepare(sql).unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}
