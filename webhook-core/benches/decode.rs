//! Decoding side by side with what a team would use otherwise; ends with a table of ratios.
//!
//! `cargo bench -p webhook-core --bench decode`

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]
#![allow(clippy::doc_markdown, clippy::cast_precision_loss)]

mod bodies;

use bodies::{Body, Shape, bodies};
use criterion::{BenchmarkId, Criterion, Throughput};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::collections::HashMap;
use std::hint::black_box;
use std::time::Duration;
use webhook_core::{CreateEvent, Event, Limits, Receiver};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What a service would write with serde_qs or serde_json: the same variables, in maps.
#[derive(Deserialize)]
#[allow(dead_code)]
struct ByHand<I = HashMap<String, u8>> {
    r#type: String,
    profile: u64,
    database: u64,
    timestamp: String,
    #[serde(default)]
    parameters: HashMap<String, String>,
    #[serde(default)]
    fields: HashMap<String, String>,
    #[serde(default)]
    interests: I,
}

#[derive(Deserialize)]
struct KindByHand {
    r#type: String,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct UpdateByHand {
    r#type: String,
    profile: u64,
    database: u64,
    timestamp: String,
    time: Option<i64>,
    #[serde(default)]
    parameters: HashMap<String, String>,
    #[serde(default)]
    fields: HashMap<String, String>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct ClickByHand {
    r#type: String,
    id: String,
    timestamp: String,
    time: Option<i64>,
    recipient: String,
    ip: String,
    original: String,
    useragent: Option<String>,
    referer: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    profile: Option<u64>,
    mailing: Option<u64>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct BounceByHand {
    r#type: String,
    id: String,
    timestamp: String,
    time: Option<i64>,
    recipient: String,
    envelope: Option<String>,
    mime: String,
    #[serde(default)]
    tags: Vec<String>,
}

type Decode = fn(&Receiver, &[u8]);
type Decoder = (&'static str, Decode);

const OURS: &str = "webhook-core";
const SERDE_QS: &str = "serde_qs";
const CREATE: [Decoder; 4] = [(OURS, create), (SERDE_QS, by_hand::<ByHand>), PAIRS[0], PAIRS[1]];
const GROUPED: [Decoder; 4] = [
    (OURS, create),
    (SERDE_QS, by_hand::<ByHand<HashMap<String, HashMap<String, u8>>>>),
    PAIRS[0],
    PAIRS[1],
];
const UPDATE: [Decoder; 5] = other(by_hand::<UpdateByHand>);
const CLICK: [Decoder; 5] = other(by_hand::<ClickByHand>);
const BOUNCE: [Decoder; 5] = other(by_hand::<BounceByHand>);

/// Returns decoders of any trigger: ours finds out which. With `serde_qs` that takes another pass,
/// because a tagged enum of it reads no numbers; the row after it is the struct alone, of a route that
/// has one trigger.
const fn other(one_trigger: Decode) -> [Decoder; 5] {
    [
        (OURS, |receiver, body| {
            black_box(receiver.decode::<Event>(body).unwrap());
        }),
        (SERDE_QS, any_by_hand),
        ("serde_qs (one trigger)", one_trigger),
        PAIRS[0],
        PAIRS[1],
    ]
}

/// They make pairs of names and values, and nothing more.
const PAIRS: [Decoder; 2] = [
    ("serde_html_form (pairs)", |_, body| {
        black_box(serde_html_form::from_bytes::<Vec<(String, String)>>(body).unwrap());
    }),
    ("form_urlencoded (pairs)", |_, body| {
        black_box(form_urlencoded::parse(body).into_owned().collect::<Vec<_>>());
    }),
];
const JSON: [Decoder; 2] = [
    (OURS, create),
    ("serde_json", |_, body| {
        black_box(serde_json::from_slice::<ByHand>(body).unwrap());
    }),
];

fn create(receiver: &Receiver, body: &[u8]) {
    black_box(receiver.decode::<CreateEvent>(body).unwrap());
}

fn any_by_hand(receiver: &Receiver, body: &[u8]) {
    let config = serde_qs::Config::new().use_form_encoding(true);
    let kind = config.deserialize_bytes::<KindByHand>(body).unwrap().r#type;
    let read = match kind.as_str() {
        "click" => by_hand::<ClickByHand>,
        "bounce" => by_hand::<BounceByHand>,
        _ => by_hand::<UpdateByHand>,
    };
    read(receiver, body);
}

fn by_hand<T: DeserializeOwned>(_: &Receiver, body: &[u8]) {
    let config = serde_qs::Config::new().use_form_encoding(true);
    black_box(config.deserialize_bytes::<T>(body).unwrap());
}

fn decoders(body: &Body) -> &'static [Decoder] {
    match body.shape {
        Shape::Create => &CREATE,
        Shape::Grouped => &GROUPED,
        Shape::Update => &UPDATE,
        Shape::Click => &CLICK,
        Shape::Bounce => &BOUNCE,
        Shape::Json => &JSON,
    }
}

fn main() {
    let receiver =
        Receiver::builder().limits(Limits::default().body(32 << 20).pairs(usize::MAX)).unverified();
    let bodies = bodies();
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1500))
        .sample_size(20)
        .without_plots()
        .configure_from_args();
    for body in &bodies {
        let mut group = criterion.benchmark_group(body.name);
        group.throughput(Throughput::Bytes(body.bytes.len() as u64));
        for (name, decode) in decoders(body) {
            let id = BenchmarkId::from_parameter(name);
            group.bench_function(id, |bencher| bencher.iter(|| decode(&receiver, &body.bytes)));
        }
        group.finish();
    }
    criterion.final_summary();
    print_table(&receiver, &bodies);
}

/// Medians of alternating rounds, so that a machine's slow second hurts all alike.
fn print_table(receiver: &Receiver, bodies: &[Body]) {
    println!(
        "\n{:<24}{:>26}{:>12}{:>10}{:>9}{:>9}",
        "body", "decoder", "µs", "MB/s", "×", "allocs"
    );
    for body in bodies {
        let decoders = decoders(body);
        let mut times = vec![Vec::new(); decoders.len()];
        let repeats = (400_000 / body.bytes.len()).max(1);
        for _ in 0..15 {
            for ((_, decode), times) in decoders.iter().zip(&mut times) {
                let start = std::time::Instant::now();
                (0..repeats).for_each(|_| decode(receiver, &body.bytes));
                times.push(start.elapsed().as_secs_f64() / repeats as f64);
            }
        }
        let medians: Vec<f64> = times
            .iter_mut()
            .map(|times| {
                times.sort_by(f64::total_cmp);
                times[times.len() / 2]
            })
            .collect();
        for ((name, decode), median) in decoders.iter().zip(&medians) {
            let region = Region::new(ALLOCATOR);
            decode(receiver, &body.bytes);
            let change = region.change();
            println!(
                "{:<24}{name:>26}{:>12.2}{:>10.0}{:>9.2}{:>9}",
                body.name,
                median * 1e6,
                body.bytes.len() as f64 / median / 1e6,
                // How many times longer than ours.
                median / medians[0],
                change.allocations + change.reallocations,
            );
        }
    }
}
