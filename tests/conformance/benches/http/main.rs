//! What the webhook costs a server: requests a second of a handler that takes only the bytes, of
//! `Webhook<CreateEvent>`, of `serde_qs` by hand, and of calls that are verified and handled once.
//!
//! `cargo bench -p conformance --bench http`. One server thread on one core, keep-alive load from
//! the other one, alternating rounds, medians. The second ratio is by the server thread's own CPU
//! time a request, which other work on the machine disturbs less. "Ours" is that time beyond the
//! handler that does without us: of the bytes alone, or for verified calls of the bytes, one RSA
//! operation and one hash. Much of a request is the kernel's, so a share says little of ours.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

mod cores;
mod handlers;
mod load;
mod signed;

use cores::Cores;
use handlers::{Framework, Handler};
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};
use webhook_core::{CreateEvent, Receiver};

/// Share of bytes-only that `Webhook` must reach, and should.
const FLOOR: f64 = 0.82;
const GOAL: f64 = 0.90;

/// Share of what one RSA operation and one hash leave of bytes-only that a verified call must reach.
const VERIFIED_FLOOR: f64 = 0.85;

const WARM_UP: Duration = Duration::from_millis(300);

fn main() {
    let cores = Cores::find();
    // `-- warp` runs one framework; what else cargo's harness would take has no meaning here.
    let wanted = std::env::args().find_map(|name| Framework::named(&name));
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(31);
    let body = body();
    println!("body: {} bytes; {} connections; {rounds} rounds", body.len(), load::CONNECTIONS);
    if !cores.are_two() {
        println!("WARNING: one core: server and load share it");
    }

    let requests = signed::requests(&body);
    println!("{} requests signed; each {} bytes", requests.len(), requests[0].len());
    let (rsa, sha256) = (typical(signed::rsa), typical(|| signed::sha256(&body)));
    println!("RSA of 2048 bits alone: {rsa:.2} µs; SHA-256 of the body: {sha256:.2} µs");
    println!("decoding alone: {:.2} µs; by serde_qs: {:.2} µs", decode(&body), by_serde_qs(&body));
    println!(
        "\n| framework | handler | requests/s | server CPU | µs CPU/request | ours, µs | of bytes-only | by CPU |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|");
    let mut notes = Vec::new();
    for framework in Framework::ALL.into_iter().filter(|one| wanted.is_none_or(|it| it == *one)) {
        let servers = Handler::ALL.map(|handler| handlers::start(framework, handler, cores));
        for server in &servers {
            load::run(server, requests, WARM_UP, cores);
        }
        let mut taken = Handler::ALL.map(|_| Vec::new());
        for _ in 0..rounds {
            for (server, taken) in servers.iter().zip(&mut taken) {
                taken.push(load::run(server, requests, load::ROUND, cores));
            }
        }
        let median = |handler: usize, figure: fn(&load::Round) -> f64| {
            middle(taken[handler].iter().map(figure).collect())
        };
        for (at, handler) in Handler::ALL.into_iter().enumerate() {
            let rate = median(at, load::Round::rate);
            let cost = median(at, load::Round::cost);
            let ratio = paired(&taken[at], &taken[0], load::Round::rate);
            let by_cpu = paired(&taken[0], &taken[at], load::Round::cost);
            let ours = beyond(&taken[at], &taken[position(handler.base())]);
            println!(
                "| {framework:?} | {} | {rate:.0} | {:.0} % | {:.2} | {:.2} | {ratio:.2} | {by_cpu:.2} |",
                handler.name(),
                100.0 * median(at, load::Round::busy),
                1e6 * cost,
                1e6 * ours,
            );
            if handler == Handler::Webhook && ratio < GOAL {
                let missed =
                    if ratio < FLOOR { "WARNING: below the floor" } else { "below the goal" };
                notes.push(format!(
                    "{framework:?}: {missed}: {ratio:.2} (floor {FLOOR}, goal {GOAL})"
                ));
            }
            if handler == Handler::Verified {
                let proof = position(Handler::Proof);
                let left = paired(&taken[at], &taken[proof], load::Round::rate);
                let by_cpu = paired(&taken[proof], &taken[at], load::Round::cost);
                let missed = if left < VERIFIED_FLOOR { "WARNING: below the floor: " } else { "" };
                notes.push(format!(
                    "{framework:?}: {missed}verified calls reach {left:.2} of what RSA and SHA-256 \
                     alone leave of bytes-only (floor {VERIFIED_FLOOR}; by CPU {by_cpu:.2})"
                ));
            }
        }
    }
    println!();
    for note in &notes {
        println!("{note}");
    }
}

fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Returns the median of the ratios of rounds that ran one after the other.
fn paired(ours: &[load::Round], base: &[load::Round], figure: fn(&load::Round) -> f64) -> f64 {
    middle(ours.iter().zip(base).map(|(one, other)| figure(one) / figure(other)).collect())
}

/// Returns the median of what rounds cost a request more than the round of another handler.
fn beyond(ours: &[load::Round], base: &[load::Round]) -> f64 {
    middle(ours.iter().zip(base).map(|(one, other)| one.cost() - other.cost()).collect())
}

/// Returns the place of a handler in the table.
fn position(handler: Handler) -> usize {
    Handler::ALL.iter().position(|one| *one == handler).unwrap()
}

/// Returns the microseconds to decode the body, without a server: the median of many.
fn decode(body: &[u8]) -> f64 {
    let receiver = Receiver::unverified();
    typical(|| drop(black_box(receiver.decode::<CreateEvent>(body).unwrap())))
}

fn by_serde_qs(body: &[u8]) -> f64 {
    typical(|| drop(black_box(handlers::by_hand(body))))
}

fn typical(work: impl Fn()) -> f64 {
    let mut times: Vec<_> = (0..20_000)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        })
        .collect();
    times.sort();
    1e6 * times[times.len() / 2].as_secs_f64()
}

/// Returns a profile of 20 parameters and 20 fields as PHP encodes them, about 2.2 kB.
fn body() -> Vec<u8> {
    let mut body = "type=create&profile=1960728&database=4067\
                    &timestamp=2026-02-12+12%3A49%3A23&time=1771000000&id=1960728\
                    &created=2026-02-12+12%3A49%3A23&modified=2026-02-12+12%3A49%3A23"
        .to_owned();
    for (variable, more) in [("parameters", 3), ("fields", 5)] {
        for at in 0..20 {
            let value = match at % 4 {
                0 => format!("Johny+van+der+Berg+{at}"),
                1 => format!("johny{at}%40example.com"),
                2 => (1979 * more + at).to_string(),
                _ => format!("caf%C3%A9+{at}%2C+2nd+floor"),
            };
            write!(body, "&{variable}%5Bfield+number+{at}%5D={value}").unwrap();
        }
    }
    body.push_str("&interests%5B%5D=blue&interests%5B%5D=red");
    body.into_bytes()
}
