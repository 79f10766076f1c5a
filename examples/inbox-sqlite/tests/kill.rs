//! Sends signed events while the receiver is killed again and again, then counts.

mod support;

use clap::Parser;
use rusqlite::Connection;
use std::process::ExitCode;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};
use support::sender::Sender;
use support::{Server, Setup};
use webhook_axum::testing::Signer;

/// Sends events to an inbox that is killed again and again: is any lost, or handled twice?
#[derive(Parser)]
struct Arguments {
    /// Events that are sent until each is acknowledged
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
    // Short, so that what a kill interrupted does not keep everybody waiting.
    let options = ["--lease-ms", "2000", "--backoff-ms", "50", "--group", &group];
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

    let mut server = setup.start();
    let calls = if plain { sender.prepare(arguments.concurrency) } else { Vec::new() };
    let started = Instant::now();
    scope(|scope| {
        for _ in 0..arguments.concurrency {
            scope.spawn(|| if plain { sender.blast(&calls) } else { sender.work() });
        }
        for at in moments(arguments.events, kills) {
            while sender.acknowledged.load(Relaxed) < at && !sender.gave_up.load(Relaxed) {
                sleep(Duration::from_millis(1));
            }
            sleep(Duration::from_micros(random() % 20_000));
            server.kill();
            // At once: it does not wait until it listens.
            server = setup.spawn();
        }
    });
    let sending = started.elapsed();
    let drained = drain(&setup);
    let handled = started.elapsed();
    let stopped = stop(&mut server);

    let counted = count(&setup, &sender);
    let gave_up = sender.gave_up.load(Relaxed);
    let ok = drained && stopped && !gave_up && counted.is_right(arguments.events);
    let rate = |time: Duration| {
        u128::from(sender.acknowledged.load(Relaxed)) * 1_000_000 / time.as_micros().max(1)
    };
    println!("acknowledged        {}", sender.acknowledged.load(Relaxed));
    println!("distinct effects    {}", counted.distinct);
    println!("lost                {}", counted.lost);
    println!("effects twice       {}", counted.twice);
    println!("duplicates seen     {}", counted.duplicates);
    println!("kills               {kills}");
    println!("failed on purpose   {}", sender.faults.load(Relaxed));
    println!("sent twice          {}", sender.twice.load(Relaxed));
    println!("calls, unanswered   {}, {}", sender.calls.load(Relaxed), sender.broken.load(Relaxed));
    println!("done, dead, others  {}, {}, {}", counted.done, counted.dead, counted.others);
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

/// The receiver verifies, and takes this signer's key for Copernica's.
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

/// After how many acknowledgements the receiver is killed: somewhere in each part of the run.
fn moments(events: u64, kills: u64) -> impl Iterator<Item = u64> {
    (0..kills).map(move |kill| (events * kill + random() % events) / kills)
}

fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

/// Waits until nothing is left to do.
fn drain(setup: &Setup) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(120) {
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
struct Counted {
    distinct: u64,
    lost: u64,
    twice: u64,
    duplicates: u64,
    done: u64,
    dead: u64,
    others: u64,
}

impl Counted {
    fn is_right(&self, events: u64) -> bool {
        let Self { distinct, lost, twice, done, dead, others, .. } = *self;
        [distinct, done] == [events; 2] && [lost, twice, dead, others] == [0; 4]
    }
}

fn count(setup: &Setup, sender: &Sender) -> Counted {
    let db = Connection::open(setup.database()).unwrap();
    let one = |sql: &str| db.query_one(sql, [], |row| row.get::<_, u64>(0)).unwrap();
    let effect = |profile: u64| {
        let sql = "SELECT count(*) > 0 FROM created WHERE profile = ?1";
        db.prepare_cached(sql).unwrap().query_one([profile], |row| row.get::<_, bool>(0)).unwrap()
    };
    // For these questions only; the table has no index, least of all a unique one.
    db.execute_batch("CREATE INDEX created_profile ON created (profile)").unwrap();
    let others = "SELECT count(*) FROM inbox WHERE state NOT IN ('done', 'dead')";
    Counted {
        distinct: one("SELECT count(DISTINCT key) FROM created"),
        lost: sender.told().filter(|profile| !effect(*profile)).count() as u64,
        twice: one(
            "SELECT count(*) FROM (SELECT 1 FROM created GROUP BY profile HAVING count(*) > 1)",
        ),
        duplicates: one("SELECT coalesce(sum(duplicates), 0) FROM inbox"),
        done: one("SELECT count(*) FROM inbox WHERE state = 'done' AND event IS NULL"),
        dead: one("SELECT count(*) FROM inbox WHERE state = 'dead'"),
        others: one(others),
    }
}
