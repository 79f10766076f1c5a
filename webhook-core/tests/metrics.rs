//! What a recorder is given, and that the guide's table names all of it and nothing else.
#![cfg(all(feature = "metrics", feature = "dns", feature = "testing"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::time::Duration;
use webhook_core::adapter::{Handling, Head, Settlement};
use webhook_core::future::BoxFuture;
use webhook_core::key::{DnsKeys, KeyName, KeySource, Keys, LookupError, StaticKeys};
use webhook_core::testing::Signer;
use webhook_core::{CreateEvent, Event, FromDelivery, Raw, Receiver};

const GUIDE: &str = include_str!("../src/guide/watching.md");
const CREATED: &str = "type=create&profile=1&database=2&timestamp=1979-02-12+12:49:23";
const CLICKED: &str = "type=click&profile=1&database=2&id=b4icbaqjswyrb7tc";

/// Names and labels, and what was recorded: a number, or how many values.
type Recorded = BTreeMap<(String, Vec<(String, String)>), f64>;

/// Returns what `act` has this library record on this thread.
#[allow(clippy::cast_precision_loss)]
fn recorded(act: impl FnOnce()) -> Recorded {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, act);
    let all = snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
        let labels = key.key().labels();
        let labels = labels.map(|label| (label.key().to_owned(), label.value().to_owned()));
        let value = match value {
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(values) => values.len() as f64,
        };
        ((key.key().name().to_owned(), labels.collect()), value)
    });
    all.collect()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A source whose keys have to be waited for.
#[derive(Debug)]
struct Slow(StaticKeys);

impl KeySource for Slow {
    fn find<'a>(
        &'a self,
        name: &'a KeyName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        self.0.find(name, now)
    }
}

fn receiver(keys: impl KeySource) -> Receiver {
    Receiver::builder().account(1234).keys(keys).build().unwrap()
}

fn sign(signer: &Signer, body: &str) -> Request<Bytes> {
    signer.sign("https://hooks.example.com/copernica?token=marker", body.to_owned()).unwrap()
}

fn receive<T: FromDelivery>(receiver: &Receiver, call: Request<Bytes>) {
    let received = block_on(receiver.receive::<T>(call));
    match received {
        Ok(received) => block_on(received.delivery.commit()).unwrap(),
        Err(refused) => drop(refused.to_response()),
    }
}

/// Runs a handler under `once` that answers, and one whose sender goes away.
fn handle(receiver: &Receiver, signer: &Signer) {
    for gone in [false, true] {
        let (parts, body) = sign(signer, CREATED).into_parts();
        let settlement = Settlement::watched();
        let call = receiver.begin(&Head::of(&parts)).unwrap();
        let mut call = call.settled_by(settlement.clone());
        call.push(body).unwrap();
        drop(block_on(call.finish::<Event>()).unwrap());
        if gone {
            let handler: BoxFuture<'static, ()> = Box::pin(pending());
            drop(Handling::new(handler, Some(settlement), drop));
        } else {
            block_on(settlement.settle(true));
        }
    }
}

/// Returns everything that can be recorded.
fn everything() -> Recorded {
    recorded(|| {
        let signer = Signer::ephemeral().unwrap();
        let cached = receiver(signer.keys());
        receive::<CreateEvent>(&cached, sign(&signer, CREATED));
        receive::<CreateEvent>(&cached, sign(&signer, CLICKED));
        receive::<Event>(&cached, sign(&signer, "type=marker&profile=1"));
        receive::<Raw>(&receiver(Slow(signer.keys())), sign(&signer, CLICKED));
        let call = sign(&signer, CREATED);
        receive::<CreateEvent>(&cached, call.clone());
        receive::<CreateEvent>(&cached, call);
        let mut forged = sign(&signer, CREATED);
        forged.headers_mut().insert("x-nonce", "marker".parse().unwrap());
        receive::<CreateEvent>(&cached, forged);
        // Its length is covered and was taken away: nothing is proven before the body's end.
        let mut unmeasured = sign(&signer, CREATED);
        unmeasured.headers_mut().remove("content-length");
        receive::<CreateEvent>(&cached, unmeasured);
        handle(&cached, &signer);
        let dns = DnsKeys::builder().servers(["127.0.0.1:1".parse().unwrap()]);
        let dns = dns.timeouts(Duration::from_millis(50), Duration::from_millis(50));
        receive::<CreateEvent>(&receiver(dns.build().unwrap()), sign(&signer, CREATED));
    })
}

fn calls(all: &Recorded, labels: [&str; 4]) -> f64 {
    let names = ["outcome", "code", "check", "event"];
    let labels = names.iter().zip(labels).map(|(name, value)| ((*name).into(), value.into()));
    let key = ("copernica_webhook_calls_total".to_owned(), labels.collect());
    *all.get(&key).unwrap_or_else(|| panic!("{key:?} in {all:#?}"))
}

#[test]
fn calls_are_counted_by_outcome_code_check_and_event() {
    let all = everything();
    let expected = [
        (4.0, ["handled", "", "", "create"]),
        // Not decoded, and of a type that the sender made up.
        (2.0, ["handled", "", "", "other"]),
        // Its handler was dropped.
        (1.0, ["failed", "", "", "create"]),
        (1.0, ["refused", "unexpected_event", "", "click"]),
        (1.0, ["copy", "already_handled", "", "other"]),
        (1.0, ["refused", "unauthenticated", "signature", "other"]),
        (1.0, ["refused", "key_unavailable", "", "other"]),
    ];
    let total: f64 = expected.iter().map(|(count, _)| count).sum();
    for (count, labels) in expected {
        assert!((calls(&all, labels) - count).abs() < 0.1, "{labels:?} in {all:#?}");
    }
    let counted = all.iter().filter(|((name, _), _)| name == "copernica_webhook_calls_total");
    let counted: f64 = counted.map(|(_, count)| count).sum();
    assert!((counted - total).abs() < 0.1, "each call once: {all:#?}");
}

#[test]
fn no_label_is_what_a_sender_wrote() {
    for ((name, labels), _) in everything() {
        let text = format!("{labels:?}");
        for sent in ["marker", "hooks", "profile", "1234", "domainkey"] {
            assert!(!text.contains(sent), "{name}: {text}");
        }
    }
}

#[test]
fn every_stage_and_gauge_is_recorded() {
    let all = everything();
    for stage in ["head", "key", "verify", "decode", "handler"] {
        let labels = vec![("stage".to_owned(), stage.to_owned())];
        let count = all.get(&("copernica_webhook_seconds".to_owned(), labels));
        assert!(count.is_some_and(|count| *count >= 1.0), "{stage}: {all:#?}");
    }
    for name in
        ["copernica_replay_entries", "copernica_unproven_bytes", "copernica_detached_handlers"]
    {
        assert!(gauge(&all, name).abs() < 0.1, "{name}: given back in {all:#?}");
    }
}

fn gauge(all: &Recorded, name: &str) -> f64 {
    *all.get(&(name.to_owned(), Vec::new())).unwrap_or_else(|| panic!("{name} in {all:#?}"))
}

#[test]
fn gauges_are_the_sum_of_all_receivers() {
    let signer = Signer::ephemeral().unwrap();
    let (one, other) = (receiver(signer.keys()), receiver(signer.keys()));
    // What stays is held by these two while the numbers are read.
    let entries = recorded(|| {
        for receiver in [&one, &other, &one] {
            receive::<CreateEvent>(receiver, sign(&signer, CREATED));
        }
    });
    assert!((gauge(&entries, "copernica_replay_entries") - 3.0).abs() < 0.1, "{entries:#?}");
    let unproven = |receivers: &[&Receiver]| {
        // Kept until the numbers are read.
        let mut held = Vec::new();
        let all = recorded(|| {
            for receiver in receivers {
                let (mut parts, body) = sign(&signer, CREATED).into_parts();
                parts.headers.remove("content-length");
                let mut call = receiver.begin(&Head::of(&parts)).unwrap();
                block_on(call.ready()).unwrap();
                call.push(body).unwrap();
                held.push(call);
            }
        });
        gauge(&all, "copernica_unproven_bytes")
    };
    let of_one = unproven(&[&one]);
    assert!(of_one > 0.0 && (unproven(&[&one, &other]) - 2.0 * of_one).abs() < 0.1);
}

#[test]
fn the_table_of_the_guide_names_what_is_recorded_with_its_labels() {
    let rows = GUIDE.lines().filter_map(|line| line.strip_prefix("| `copernica_"));
    let documented: BTreeSet<_> = rows
        .map(|row| {
            let mut cells = row.split('|');
            let name = cells.next().unwrap().trim().trim_end_matches('`');
            let labels =
                cells.next().unwrap().split(',').map(|label| label.trim().trim_matches('`'));
            let labels = labels.filter(|label| !label.is_empty()).map(str::to_owned);
            (format!("copernica_{name}"), labels.collect::<Vec<_>>())
        })
        .collect();
    let recorded: BTreeSet<_> = everything()
        .into_keys()
        .map(|(name, labels)| (name, labels.into_iter().map(|(label, _)| label).collect()))
        .collect();
    assert_eq!(documented, recorded);
}
