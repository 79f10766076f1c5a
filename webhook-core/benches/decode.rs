//! Decoding side by side with what a team would use otherwise, and with what bounds it: a trivial loop
//! that only decodes triplets, SHA-256 of the body and a copy of it.
//!
//! `cargo bench -p webhook-core --bench decode`, with `-- --quick` for one process instead of five, or
//! with a part of a body's name. All alternate within a process, which begins each round with another
//! one; a table has the medians of processes, and ratios from the least process to the most.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]
#![allow(clippy::doc_markdown, clippy::cast_precision_loss)]

mod bodies;
mod limits;
mod peers;

use bodies::{Body, bodies};
use limits::LIMITS;
use peers::{Decode, Decoder, OURS, SERDE_QS, decoders};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::env::{args, current_exe};
use std::process::Command;
use std::time::Instant;
use webhook_core::{Limits, Receiver};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const PROCESSES: usize = 5;
const ROUNDS: usize = 15;
/// Bytes that a decoder decodes in a round, at least.
const ROUND_BYTES: usize = 400_000;

/// What a process that measures is started with.
const MEASURE: &str = "--measure";

fn main() {
    // Cargo's own argument goes with those of the user.
    let (flags, names): (Vec<_>, Vec<_>) = args().skip(1).partition(|arg| arg.starts_with("--"));
    let has = |flag: &str| flags.iter().any(|arg| arg == flag);
    let wanted = |body: &Body| {
        names.is_empty() || names.iter().any(|name| body.name.contains(name.as_str()))
    };
    let bodies: Vec<Body> = bodies().into_iter().filter(wanted).collect();
    if has(MEASURE) {
        return measure(&bodies);
    }
    let processes = if has("--quick") { 1 } else { PROCESSES };
    let measured: Vec<Vec<Vec<f64>>> = (0..processes).map(|_| in_a_process(&names)).collect();
    print_table(&bodies, &measured);
}

fn receiver() -> Receiver {
    Receiver::builder().limits(Limits::default().body(32 << 20).pairs(usize::MAX)).unverified()
}

fn all_of(body: &Body) -> Vec<Decoder> {
    decoders(body).iter().chain(&LIMITS).copied().collect()
}

/// Measures all bodies in a process of its own: where memory happens to be is another in each.
fn in_a_process(names: &[String]) -> Vec<Vec<f64>> {
    let mut command = Command::new(current_exe().unwrap());
    let output = command.arg(MEASURE).args(names).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line = |line: &str| line.split(' ').map(|figure| figure.parse().unwrap()).collect();
    String::from_utf8(output.stdout).unwrap().lines().map(line).collect()
}

/// Prints a line a body: the median time of each decoder, in seconds.
fn measure(bodies: &[Body]) {
    let receiver = receiver();
    for body in bodies {
        let decoders = all_of(body);
        let repeats = (ROUND_BYTES / body.bytes.len()).max(1);
        let mut times = vec![vec![]; decoders.len()];
        for round in 0..ROUNDS {
            // Each begins a round in turn: what one frees is fresh memory for the next.
            for at in (0..decoders.len()).map(|at| (at + round) % decoders.len()) {
                times[at].push(time(decoders[at].1, &receiver, body, repeats));
            }
        }
        let medians: Vec<_> = times.into_iter().map(|times| median(times).to_string()).collect();
        println!("{}", medians.join(" "));
    }
}

fn time(decode: Decode, receiver: &Receiver, body: &Body, repeats: usize) -> f64 {
    let start = Instant::now();
    (0..repeats).for_each(|_| decode(receiver, &body.bytes));
    start.elapsed().as_secs_f64() / repeats as f64
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn print_table(bodies: &[Body], measured: &[Vec<Vec<f64>>]) {
    let processes = measured.len();
    println!(
        "\nMedians of {processes} processes; × is how many times longer than ours, (least–most).\n"
    );
    println!("| body | bytes | decoder | µs | MB/s | × | allocations |");
    println!("|---|---:|---|---:|---:|---:|---:|");
    let receiver = receiver();
    for (line, body) in bodies.iter().enumerate() {
        for (at, (name, decode)) in all_of(body).into_iter().enumerate() {
            let of = |at: usize| measured.iter().map(move |process| process[line][at]);
            let seconds = median(of(at).collect());
            let ratios: Vec<f64> = of(at).zip(of(0)).map(|(other, ours)| other / ours).collect();
            let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
            let most = ratios.iter().copied().fold(0.0, f64::max);
            let ratio = match name {
                OURS => String::new(),
                SERDE_QS => format!("**{:.2}** ({least:.2}–{most:.2})", median(ratios)),
                _ => format!("{:.2} ({least:.2}–{most:.2})", median(ratios)),
            };
            println!(
                "| {} | {} | {name} | {:.2} | {:.0} | {ratio} | {} |",
                body.name,
                body.bytes.len(),
                seconds * 1e6,
                body.bytes.len() as f64 / seconds / 1e6,
                allocations(decode, &receiver, body),
            );
        }
    }
}

fn allocations(decode: Decode, receiver: &Receiver, body: &Body) -> usize {
    // What is made once, by the first call, is not a body's.
    decode(receiver, &body.bytes);
    let region = Region::new(ALLOCATOR);
    decode(receiver, &body.bytes);
    let change = region.change();
    change.allocations + change.reallocations
}
