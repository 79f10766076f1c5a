//! Decoding as a server does it: between two calls the kernel and the framework run, and nothing of the
//! decoder is left in the first caches. Here 4,096 other functions run in between, and a quarter of a
//! megabyte is written.
//!
//! `cargo bench -p webhook-core --bench cold`
//!
//! Decoders alternate, each as the first of a round in turn; figures are lower quartiles, less what
//! reading the clock takes.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]
#![allow(clippy::doc_markdown, clippy::cast_precision_loss)]

#[allow(dead_code, reason = "the other benchmarks need more of a body")]
mod bodies;
#[allow(dead_code, reason = "the other benchmark names them")]
mod peers;

use bodies::{Body, bodies};
use peers::decoders;
use std::hint::black_box;
use std::time::Instant;
use webhook_core::Receiver;

const ROUNDS: usize = 3000;
const BODIES: [&str; 5] = ["small", "typical", "Cyrillic typical", "update", "click"];

/// Does some hundred bytes of instructions, others for each number.
#[inline(never)]
fn work<const N: u64>(x: u64) -> u64 {
    let x = x.wrapping_mul(N * 2 + 0x9e37_79b9).rotate_left(9) ^ (N * 40_503);
    let x = if x & 16 == 0 { x.wrapping_sub(N * 77) } else { x.wrapping_add(N * 1_234_567) };
    (x ^ (x >> 7)).wrapping_mul(N * 2 + 0x55aa_55ab).wrapping_add(x >> 3)
}

type Work = fn(u64) -> u64;

/// Sixteen of something for each number from `$n` on that is `$step` after the one before.
macro_rules! sixteen {
    ($of:ident, $n:expr, $step:expr) => {
        [
            $of!($n),
            $of!($n + $step),
            $of!($n + 2 * $step),
            $of!($n + 3 * $step),
            $of!($n + 4 * $step),
            $of!($n + 5 * $step),
            $of!($n + 6 * $step),
            $of!($n + 7 * $step),
            $of!($n + 8 * $step),
            $of!($n + 9 * $step),
            $of!($n + 10 * $step),
            $of!($n + 11 * $step),
            $of!($n + 12 * $step),
            $of!($n + 13 * $step),
            $of!($n + 14 * $step),
            $of!($n + 15 * $step),
        ]
    };
}

macro_rules! one {
    ($n:expr) => {
        work::<{ $n }>
    };
}

macro_rules! row {
    ($n:expr) => {
        sixteen!(one, $n, 1)
    };
}

macro_rules! table {
    ($n:expr) => {
        sixteen!(row, $n, 16)
    };
}

static WORK: [[[Work; 16]; 16]; 16] = sixteen!(table, 0, 256);

/// Leaves the caches as a server does.
fn work_on(data: &mut [u64], seed: u64) -> u64 {
    let worked = WORK.as_flattened().as_flattened().iter().fold(seed, |x, work| work(x));
    for word in data {
        *word = word.wrapping_add(worked);
    }
    worked
}

fn main() {
    let receiver = Receiver::unverified();
    println!("| body | bytes | decoder | µs | µs, cold | × | ×, cold |");
    println!("|---|---:|---|---:|---:|---:|---:|");
    for body in bodies().into_iter().filter(|body| BODIES.contains(&body.name)) {
        let [warm, cold] = [false, true].map(|is_cold| measure(&receiver, &body, is_cold));
        for (at, (name, _)) in decoders(&body).iter().enumerate() {
            println!(
                "| {} | {} | {name} | {:.2} | {:.2} | {:.2} | {:.2} |",
                body.name,
                body.bytes.len(),
                warm[at] / 1e3,
                cold[at] / 1e3,
                warm[at] / warm[0],
                cold[at] / cold[0],
            );
        }
    }
}

/// Returns the time of each decoder, in ns.
fn measure(receiver: &Receiver, body: &Body, is_cold: bool) -> Vec<f64> {
    let nothing: peers::Decode = |_, _| ();
    let decoders: Vec<_> =
        decoders(body).iter().map(|decoder| decoder.1).chain([nothing]).collect();
    let mut times = vec![vec![]; decoders.len()];
    let (mut data, mut seed) = (vec![1; 1 << 15], 7);
    for round in 0..ROUNDS {
        for at in (0..decoders.len()).map(|at| (at + round) % decoders.len()) {
            if is_cold {
                seed = black_box(work_on(&mut data, seed));
            }
            let start = Instant::now();
            decoders[at](receiver, black_box(&body.bytes));
            times[at].push(start.elapsed().as_nanos() as f64);
        }
    }
    let mut quartiles: Vec<f64> = times.into_iter().map(quartile).collect();
    let clock = quartiles.pop().unwrap_or_default();
    quartiles.into_iter().map(|time| time - clock).collect()
}

fn quartile(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 4]
}
