//! What a call costs that is proven, next to what it can't cost less than (the RSA operation, the hash of
//! the body), and the parts of what is left.
//!
//! `cargo bench -p webhook-core --bench verify`, with `-- --quick` for one process instead of five.
//!
//! Each call has a nonce of its own and was signed beforehand; a round begins with an empty memory
//! of deliveries, and each call is claimed in it and committed. All rows alternate within a process; what
//! is printed are medians of processes, and of "ours" the least and the most of them.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]
#![allow(clippy::cast_precision_loss)]

#[allow(dead_code, reason = "the other benchmark needs more of a body")]
mod bodies;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_executor::block_on;
use http::Request;
use http::request::Parts;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::env::{args, current_exe};
use std::future::ready;
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};
use webhook_core::adapter::Head;
use webhook_core::clock::{Clock, SystemClock};
use webhook_core::future::BoxFuture;
use webhook_core::key::{
    COPERNICA_ZONE, KeyName, KeySource, Keys, LookupError, PublicKey, StaticKeys,
};
use webhook_core::replay::{Begun, DeliveryId, MemoryStore, ReplayStore};
use webhook_core::testing::Signer;
use webhook_core::{CreateEvent, FromDelivery, Raw, Receiver, ReceiverBuilder};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Calls of a round.
const CALLS: usize = 200;
const ROUNDS: usize = 101;
const PROCESSES: usize = 5;
/// What a process that measures is started with.
const MEASURE: &str = "--measure";
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
        Box::pin(ready(Err(LookupError::NotFound)))
    }
}

struct Bench {
    calls: Vec<Request<Bytes>>,
    heads: Vec<Parts>,
    body: Vec<u8>,
    /// A key, a signing string, its signature; of 1024 and of 2048 bits.
    rsa: [(PublicKey, Vec<u8>, Vec<u8>); 2],
}

type Step = (&'static str, fn(&Bench) -> Box<dyn FnMut() + '_>);

/// Each makes ready, untimed, what it then does for every call. What is ours is the first less the next two.
const STEPS: [Step; 13] = [
    ("whole call, RSA of 2048 bits", |bench| {
        bench.receive::<CreateEvent>(bench.builder().build().unwrap())
    }),
    ("RSA, and its signing string, hashed", |bench| bench.rsa(1)),
    ("SHA-256 of the body", |bench| bench.hash(&bench.body)),
    ("decode", |bench| {
        let receiver = Receiver::unverified();
        let decode = move || receiver.decode::<CreateEvent>(&bench.body).unwrap();
        Box::new(move || (0..CALLS).for_each(|_| drop(black_box(decode()))))
    }),
    ("the checks of the head", |bench| bench.begin(bench.builder().keys(Later))),
    ("  its signing string, hashed", |bench| bench.hash(&bench.rsa[1].1)),
    ("replay memory", |bench| bench.remember()),
    ("two looks at the clock, one at a timer", |bench| {
        bench.each(|_| {
            black_box((SystemClock.now(), SystemClock.now(), Instant::now()));
        })
    }),
    ("the request, dropped", |bench| {
        let mut calls = bench.calls.clone();
        Box::new(move || calls.drain(..).for_each(|call| drop(black_box(call.into_parts()))))
    }),
    ("whole call, raw", |bench| bench.receive::<Raw>(bench.builder().build().unwrap())),
    ("whole call, unverified", |bench| bench.receive::<CreateEvent>(Receiver::unverified())),
    ("head, and verified", |bench| bench.begin(bench.builder())),
    ("RSA of 1024 bits", |bench| bench.rsa(0)),
];

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
        Self { calls, heads, body, rsa }
    }

    fn builder(&self) -> ReceiverBuilder {
        let name = KeyName::under(&[COPERNICA_ZONE], KEY_NAME).unwrap();
        let keys = StaticKeys::new().with(name, self.rsa[1].0.clone()).unwrap();
        Receiver::builder()
            .account(1234)
            .host("hooks.example.com")
            .keys(keys)
            .max_age(Duration::from_secs(3600))
    }

    fn each<'b>(&'b self, work: impl Fn(&Self) + 'b) -> Box<dyn FnMut() + 'b> {
        Box::new(move || (0..CALLS).for_each(|_| work(self)))
    }

    fn hash<'b>(&'b self, bytes: &'b [u8]) -> Box<dyn FnMut() + 'b> {
        self.each(|_| {
            black_box(digest(&SHA256, bytes));
        })
    }

    /// Begins and commits deliveries in a memory, as the calls of a round do.
    fn remember(&self) -> Box<dyn FnMut() + '_> {
        let ids = self.calls.iter().map(|call| digest(&SHA256, signed(call).0.as_slice()));
        let ids: Vec<_> = ids
            .map(|hash| DeliveryId::from(<[u8; 32]>::try_from(hash.as_ref()).unwrap()))
            .collect();
        let (store, now) = (MemoryStore::new(), Utc::now());
        let until = now + Duration::from_secs(340);
        Box::new(move || {
            for id in &ids {
                let begun = store.try_begin(id, now, until);
                assert!(matches!(begun, Some(Ok(Begun::Fresh(_)))));
                store.try_commit(id, now, until).unwrap().unwrap();
            }
        })
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
    let has = |flag: &str| args().any(|arg| arg == flag);
    let bench = Bench::new();
    if has(MEASURE) {
        return measure(&bench);
    }
    let processes = if has("--quick") { 1 } else { PROCESSES };
    print_table(&bench, &(0..processes).map(|_| in_a_process()).collect::<Vec<_>>());
}

/// Prints the lower quartile of each step, in µs: a machine's slow seconds hurt all alike. Last comes what
/// is ours, the median of what it is in each round: its three steps are measured one after the other, so that
/// what is left of two large figures is of one moment.
fn measure(bench: &Bench) {
    let mut times = STEPS.map(|_| Vec::new());
    for round in 0..ROUNDS {
        for at in (0..STEPS.len()).map(|at| (at + round) % STEPS.len()) {
            let mut work = STEPS[at].1(bench);
            let start = Instant::now();
            work();
            times[at].push(start.elapsed().as_secs_f64() / CALLS as f64 * 1e6);
        }
    }
    // The first three steps.
    let [whole, rsa, sha256, ..] = &times;
    let ours = whole.iter().zip(rsa).zip(sha256).map(|((whole, rsa), sha256)| whole - rsa - sha256);
    let ours = sorted(ours)[ROUNDS / 2];
    for times in times {
        println!("{}", sorted(times)[ROUNDS / 4]);
    }
    println!("{ours}");
}

/// Measures in a process of its own: where memory happens to be is another in each.
fn in_a_process() -> Vec<f64> {
    let output = Command::new(current_exe().unwrap()).arg(MEASURE).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect()
}

fn print_table(bench: &Bench, measured: &[Vec<f64>]) {
    println!(
        "\nµs, medians of {} processes, and allocations; {CALLS} calls a round.\n",
        measured.len()
    );
    println!("| | µs | allocations |\n|---|---:|---:|");
    for (at, (name, step)) in STEPS.iter().enumerate() {
        let mut work = step(bench);
        let region = Region::new(ALLOCATOR);
        work();
        let change = region.change();
        let allocations = (change.allocations + change.reallocations) / CALLS;
        let time = sorted(measured.iter().map(|times| times[at]))[measured.len() / 2];
        println!("| {name} | {time:.2} | {allocations} |");
    }
    let ours = sorted(measured.iter().map(|figures| figures[STEPS.len()]));
    let (least, most) = (ours[0], ours[ours.len() - 1]);
    let ours = ours[ours.len() / 2];
    println!(
        "| **ours**: the whole call, less RSA and SHA-256 | {ours:.2} ({least:.2}–{most:.2}) | |"
    );
}

fn sorted(figures: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures
}
