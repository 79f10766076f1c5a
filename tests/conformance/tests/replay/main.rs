//! A delivery is handled once, however many copies of it arrive: on real connections, by several
//! workers, and in two processes that share a Redis.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod redis;

use conformance::runner::{Kind, Runner, Server};
use conformance::wire::{self, Connection};
use conformance::{Case, Expect, Setup, counted};
use redis::Redis;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};
use webhook_core::replay::RedisStore;

const CONNECTIONS: usize = 100;

/// Returns what so many copies are answered, sent at once and over connections that are kept.
fn flood(addresses: &[SocketAddr], case: &Case, copies: usize) -> BTreeMap<String, usize> {
    let request = wire::request(case);
    let all_at_once = Barrier::new(CONNECTIONS);
    let mut answers = BTreeMap::new();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|client| {
                let (request, all_at_once) = (&request, &all_at_once);
                let address = *addresses.iter().cycle().nth(client).unwrap();
                scope.spawn(move || {
                    let mut connection = Connection::open(address).unwrap();
                    all_at_once.wait();
                    let answers = (0..copies / CONNECTIONS).map(|_| {
                        connection.send(request).unwrap();
                        connection.answer(false).unwrap().name()
                    });
                    answers.collect::<Vec<_>>()
                })
            })
            .collect();
        for answer in clients.into_iter().flat_map(|client| client.join().unwrap()) {
            *answers.entry(answer).or_default() += 1;
        }
    });
    answers
}

fn servers() -> [Server; 4] {
    Kind::ALL.map(|kind| Server::start(kind, Setup::Counted, Setup::Counted.receiver()))
}

#[track_caller]
fn all_but_one_are_copies(answers: &BTreeMap<String, usize>, copies: usize, run: &str) {
    let count = |name| answers.get(name).copied().unwrap_or_default();
    assert_eq!(count("200"), 1, "{run}: {answers:?}");
    assert_eq!(count("a copy") + count("in_flight"), copies - 1, "{run}: {answers:?}");
}

#[test]
fn of_a_thousand_copies_one_is_handled() {
    for server in servers() {
        let run = format!("thousand-{}", server.kind().name());
        let answers = flood(&[server.address()], &counted::call(&run, ""), 1000);
        all_but_one_are_copies(&answers, 1000, &run);
        assert_eq!(counted::calls(&run), 1, "{run}: {answers:?}");
    }
}

/// While the handler runs, copies are answered 503; when it is done, 200.
#[test]
fn copies_of_a_call_in_flight_are_503() {
    for server in servers() {
        let run = format!("waiting-{}", server.kind().name());
        let case = counted::call(&run, "&fields[waits]=1");
        let mut first = Connection::open(server.address()).unwrap();
        first.send(&wire::request(&case)).unwrap();
        wait_until("it is being handled", || counted::calls(&run) == 1);

        let in_flight = Expect::Refused(503, "in_flight", "is being handled".to_owned());
        let copy = Case { expect: in_flight, ..case.clone() };
        for _ in 0..20 {
            copy.check(&server.call(&copy)).unwrap_or_else(|wrong| panic!("{run}: {wrong}"));
        }
        counted::open(&run);
        assert_eq!(first.answer(false).unwrap().name(), "200", "{run}");

        let copy = Case { expect: Expect::Repeated, ..case };
        for _ in 0..20 {
            copy.check(&server.call(&copy)).unwrap_or_else(|wrong| panic!("{run}: {wrong}"));
        }
        assert_eq!(counted::calls(&run), 1, "{run}");
    }
}

/// A call whose handler failed is not lost: a repeat is handled, until one succeeds.
#[test]
fn what_failed_is_handled_again() {
    for server in servers() {
        let run = format!("failing-{}", server.kind().name());
        let case = counted::call(&run, "&fields[fails]=3");
        let answer = || server.call(&case).name();
        let answers: Vec<_> = std::iter::repeat_with(answer).take(6).collect();
        assert_eq!(answers, ["500", "500", "500", "200", "a copy", "a copy"], "{run}");
        assert_eq!(counted::calls(&run), 4, "{run}");
    }
}

/// While copies pour in, each failure is answered to one of them, and one success.
#[test]
fn failures_under_load_are_answered_once_each() {
    for server in servers() {
        let run = format!("failures-{}", server.kind().name());
        let answers = flood(&[server.address()], &counted::call(&run, "&fields[fails]=3"), 400);
        assert_eq!(
            (answers.get("500"), answers.get("200")),
            (Some(&3), Some(&1)),
            "{run}: {answers:?}"
        );
        assert_eq!(counted::calls(&run), 4, "{run}: {answers:?}");
    }
}

/// A forgery that copies a real call's nonce is no copy, and takes nothing away from it.
#[test]
fn a_forgery_poisons_nothing() {
    for server in servers() {
        let run = format!("forged-{}", server.kind().name());
        let case = counted::call(&run, "");
        for forged in [
            case.clone().target("/x"),
            case.clone().header("Date", "Mon, 05 Jan 2026 21:31:41 GMT"),
        ] {
            assert_eq!(server.call(&forged).name(), "unauthenticated", "{run}");
        }
        assert_eq!(server.call(&case).name(), "200", "{run}");
        assert_eq!(counted::calls(&run), 1, "{run}");
    }
}

/// The same body, signed anew, is another delivery: the idempotency key shows that it is the
/// same creation.
#[test]
fn signed_anew_it_is_another_delivery() {
    for server in servers() {
        let run = format!("anew-{}", server.kind().name());
        let case = counted::call(&run, "");
        let anew = case.clone().header("X-Nonce", "another");
        let anew = anew.signed_over("(request-target) host date digest x-copernica-id x-nonce");
        assert_eq!(
            [&case, &anew, &case, &anew].map(|case| server.call(case).name()),
            ["200", "200", "a copy", "a copy"]
        );
    }
}

#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(10), "never: {what}");
        thread::yield_now();
    }
}

/// Says to this program, started again, that it is one of the two receivers.
const SHARED: &str = "CONFORMANCE_SHARED_REDIS";

/// A receiver in a process of its own: the four servers, with one Redis.
struct Receiving {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    addresses: Vec<SocketAddr>,
}

impl Receiving {
    fn start(redis: &Redis) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "receives_in_a_process_of_its_own", "--ignored", "--nocapture"])
            .env(SHARED, redis.url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut printed = lines.by_ref().map(Result::unwrap);
        let addresses = printed.find_map(|line| Some(line.split_once("listening ")?.1.to_owned()));
        let addresses =
            addresses.unwrap().split(' ').map(|address| address.parse().unwrap()).collect();
        Self { process, lines, addresses }
    }

    /// Returns how often its handler ran, by run.
    fn calls(mut self, runs: &[String]) -> Vec<u32> {
        let mut stdin = self.process.stdin.take().unwrap();
        stdin.write_all(runs.join(" ").as_bytes()).unwrap();
        drop(stdin);
        let counts =
            self.lines.find_map(|line| Some(line.unwrap().split_once("counted ")?.1.to_owned()));
        assert!(self.process.wait().unwrap().success());
        counts.unwrap().split(' ').map(|count| count.parse().unwrap()).collect()
    }
}

#[test]
#[ignore = "two_processes_handle_a_call_once starts it"]
fn receives_in_a_process_of_its_own() {
    let Ok(url) = std::env::var(SHARED) else { return };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let servers = Kind::ALL.map(|kind| {
        let store = runtime.block_on(RedisStore::connect(&url)).unwrap();
        let receiver = Setup::Counted.verifying().replay(store).build().unwrap();
        Server::start(kind, Setup::Counted, receiver)
    });
    let addresses = servers.each_ref().map(|server| server.address().to_string());
    println!("listening {}", addresses.join(" "));
    let mut runs = String::new();
    std::io::stdin().read_to_string(&mut runs).unwrap();
    let counts: Vec<_> = runs.split(' ').map(|run| counted::calls(run).to_string()).collect();
    println!("counted {}", counts.join(" "));
}

/// Two hundred copies of one call, half of them to each of two processes: one of the two handles
/// it, once.
#[test]
fn two_processes_handle_a_call_once() {
    let Some(redis) = Redis::start() else { return };
    let processes = [(); 2].map(|()| Receiving::start(&redis));
    let mut runs = Vec::new();
    let at = |kind: usize| processes.each_ref().map(|process| process.addresses[kind]);
    for (at_kind, kind) in Kind::ALL.into_iter().enumerate() {
        let run = format!("shared-{}", kind.name());
        let answers = flood(&at(at_kind), &counted::call(&run, ""), 200);
        all_but_one_are_copies(&answers, 200, &run);
        runs.push(run);
        // One that failed in one process is handled in the other.
        let run = format!("shared-failing-{}", kind.name());
        let case = counted::call(&run, "&fields[fails]=1");
        let [here, there] = at(at_kind);
        let answers = [here, there, here, there].map(|address| {
            // The claim is given back while its answer is on the way.
            let mut answer = String::new();
            wait_until("the claim is given back", || {
                answer = wire::exchange(address, &wire::request(&case), false).unwrap().name();
                answer != "in_flight"
            });
            answer
        });
        // Each process counts its own calls, so each fails once.
        assert_eq!(answers, ["500", "500", "200", "a copy"], "{run}");
        runs.push(run);
    }
    let [here, there] = processes.map(|process| process.calls(&runs));
    for (run, (here, there)) in runs.iter().zip(here.iter().zip(there)) {
        let expected = if run.contains("failing") { 3 } else { 1 };
        assert_eq!(here + there, expected, "{run}: {here} and {there}");
    }
}
