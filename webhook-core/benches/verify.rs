//! What a proof costs, step by step, next to what it can't cost less than: the RSA operation and the
//! hash of the body. Ends with a table of the steps, and what of a whole call is neither.
//!
//! `cargo bench -p webhook-core --bench verify`
//!
//! Each call has a nonce of its own and was signed beforehand; a round begins with an empty memory
//! of deliveries, and each call is claimed in it and committed.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]
#![allow(clippy::cast_precision_loss)]

#[allow(dead_code, reason = "the other benchmark needs more of a body")]
mod bodies;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use criterion::{BatchSize, Criterion};
use futures_executor::block_on;
use http::Request;
use http::request::Parts;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::hint::black_box;
use std::time::{Duration, Instant};
use webhook_core::adapter::Head;
use webhook_core::future::BoxFuture;
use webhook_core::key::{
    COPERNICA_ZONE, KeyName, KeySource, Keys, LookupError, PublicKey, StaticKeys,
};
use webhook_core::testing::Signer;
use webhook_core::{CreateEvent, FromDelivery, Raw, Receiver, ReceiverBuilder};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Calls of a round.
const CALLS: usize = 200;
const ROUNDS: usize = 41;
const KEY_NAME: &str = "test._domainkey.copernica.com";

/// draft-cavage-http-signatures, appendix C.2: a key of 1024 bits and what it signed.
const DRAFT_KEY: &str = "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj+Cv\
    fSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD\
    8bHKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB";
const DRAFT_STRING: &str = "(request-target): post /foo?param=value&pet=dog\nhost: example.com\n\
    date: Sun, 05 Jan 2014 21:31:40 GMT";
const DRAFT_SIGNATURE: &str = "qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQ\
    R2aAjn7ndmw2iicw3HMbe8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2\
    Os0=";

/// Keys that are found, and never at hand: the head is checked and nothing is verified.
#[derive(Debug)]
struct Later;

impl KeySource for Later {
    fn find<'a>(
        &'a self,
        _: &'a KeyName,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        Box::pin(std::future::ready(Err(LookupError::NotFound)))
    }
}

struct Bench {
    signer: Signer,
    calls: Vec<Request<Bytes>>,
    heads: Vec<Parts>,
    body: Vec<u8>,
    /// A key, a signing string, its signature; of 1024 and of 2048 bits.
    rsa: [(PublicKey, Vec<u8>, Vec<u8>); 2],
}

type Step = (&'static str, fn(&Bench) -> Box<dyn FnMut() + '_>);

/// Each makes ready, untimed, what it then does for every call.
const STEPS: [Step; 9] = [
    ("RSA verify, 1024 bits", |bench| bench.rsa(0)),
    ("RSA verify, 2048 bits", |bench| bench.rsa(1)),
    ("SHA-256 of the body", |bench| {
        Box::new(|| {
            for _ in 0..CALLS {
                black_box(digest(&SHA256, &bench.body));
            }
        })
    }),
    ("decode", |bench| {
        let receiver = Receiver::unverified();
        let decode = move || receiver.decode::<CreateEvent>(&bench.body).unwrap();
        Box::new(move || (0..CALLS).for_each(|_| drop(black_box(decode()))))
    }),
    ("head: checks, signing string", |bench| bench.begin(bench.builder().keys(Later))),
    ("head, and verified", |bench| bench.begin(bench.builder())),
    ("whole call, unverified", |bench| bench.receive::<CreateEvent>(Receiver::unverified())),
    ("whole call, raw", |bench| bench.receive::<Raw>(bench.builder().build().unwrap())),
    (WHOLE, |bench| bench.receive::<CreateEvent>(bench.builder().build().unwrap())),
];
const WHOLE: &str = "whole call, 2048 bits";

impl Bench {
    fn new() -> Self {
        let now = Utc::now();
        let signer = Signer::ephemeral().unwrap().date(now);
        let typical = bodies::bodies().into_iter().find(|body| body.name == "typical");
        let body = typical.unwrap().bytes;
        let sign = |_| signer.sign("https://hooks.example.com/copernica", body.clone()).unwrap();
        let calls: Vec<_> = (0..CALLS).map(sign).collect();
        let heads = calls.iter().map(|call| call.clone().into_parts().0).collect();
        let draft = (
            PublicKey::from_record(DRAFT_KEY).unwrap(),
            DRAFT_STRING.into(),
            STANDARD.decode(DRAFT_SIGNATURE).unwrap(),
        );
        let key = PublicKey::from_record(&signer.public_record()).unwrap();
        let (string, signature) = signed(&calls[0]);
        let rsa = [draft, (key, string, signature)];
        Self { signer, calls, heads, body, rsa }
    }

    fn builder(&self) -> ReceiverBuilder {
        let name = KeyName::under(&[COPERNICA_ZONE], KEY_NAME).unwrap();
        let key = self.rsa[1].0.clone();
        let keys = StaticKeys::new().with(name, key).unwrap();
        Receiver::builder()
            .account(1234)
            .host("hooks.example.com")
            .keys(keys)
            .max_age(Duration::from_secs(3600))
    }

    fn rsa(&self, which: usize) -> Box<dyn FnMut() + '_> {
        let (key, string, signature) = &self.rsa[which];
        Box::new(move || (0..CALLS).for_each(|_| assert!(black_box(key).verify(string, signature))))
    }

    fn begin(&self, builder: ReceiverBuilder) -> Box<dyn FnMut() + '_> {
        let receiver = builder.build().unwrap();
        Box::new(move || {
            for parts in &self.heads {
                drop(black_box(receiver.begin(&Head::of(parts)).unwrap()));
            }
        })
    }

    fn receive<T: FromDelivery>(&self, receiver: Receiver) -> Box<dyn FnMut() + '_> {
        let mut calls = self.calls.clone();
        Box::new(move || {
            for call in calls.drain(..) {
                let received = block_on(receiver.receive::<T>(call)).unwrap();
                block_on(received.delivery.commit()).unwrap();
                drop(black_box(received));
            }
        })
    }
}

/// Returns the signing string of a call, and its signature.
fn signed(call: &Request<Bytes>) -> (Vec<u8>, Vec<u8>) {
    let header = |name: &str| call.headers()[name].to_str().unwrap();
    let parameter = |name: &str| {
        let (_, rest) = header("signature").split_once(&format!("{name}=\"")).unwrap();
        rest.split_once('"').unwrap().0
    };
    let line = |name: &str| {
        let name = name.to_ascii_lowercase();
        let target = || format!("post {}", call.uri().path());
        let value = if name.starts_with('(') { target() } else { header(&name).to_owned() };
        format!("{name}: {value}")
    };
    let lines: Vec<_> = parameter("headers").split(' ').map(line).collect();
    (lines.join("\n").into_bytes(), STANDARD.decode(parameter("signature")).unwrap())
}

fn main() {
    let bench = Bench::new();
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1500))
        .sample_size(20)
        .without_plots()
        .configure_from_args();
    let mut group =
        criterion.benchmark_group(format!("{CALLS} calls of {} bytes", bench.body.len()));
    for (name, step) in STEPS {
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(|| step(&bench), |work| work(), BatchSize::PerIteration);
        });
    }
    group.finish();
    criterion.final_summary();
    print_table(&bench);
}

/// Medians of alternating rounds, so that a machine's slow second hurts all alike.
fn print_table(bench: &Bench) {
    let mut times = STEPS.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for ((_, step), times) in STEPS.iter().zip(&mut times) {
            let mut work = step(bench);
            let start = Instant::now();
            work();
            times.push(start.elapsed().as_secs_f64() / CALLS as f64 * 1e6);
        }
    }
    println!("\n{:<32}{:>10}{:>10}{:>10}", "step", "µs", "least", "allocs");
    for ((name, step), times) in STEPS.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let mut work = step(bench);
        let region = Region::new(ALLOCATOR);
        work();
        let change = region.change();
        let allocations = (change.allocations + change.reallocations) / CALLS;
        println!("{name:<32}{:>10.2}{:>10.2}{allocations:>10}", times[ROUNDS / 2], times[0]);
    }
    for (what, at) in [("median", ROUNDS / 2), ("least", 0)] {
        let [_, rsa, sha256, decode, .., whole] = times.each_ref().map(|times| times[at]);
        let rest = whole - rsa - sha256;
        println!(
            "\n{what}: {WHOLE} = RSA + SHA-256 of the body + {rest:.2} µs (goal: 3 µs); of these \
             {decode:.2} µs are decoding and {:.2} µs the rest of the proof",
            rest - decode,
        );
    }
    let _ = &bench.signer;
}
