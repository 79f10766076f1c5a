//! Log lines about keys that DNSSEC should prove. A process of its own, as `dns_log.rs`.
#![cfg(feature = "dnssec")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use hickory_server::proto::rr::RecordType;
use std::sync::Arc;
use std::time::Duration;
use support::keys::{at, full, name, record};
use support::log::Log;
use support::signed_server::{TestServer, World, error};
use support::zone::{self, Denial, Zone, dns_name};
use webhook_core::key::{DnsKeys, KeySource};

fn fill(zone: &mut Zone) {
    zone.txt(&full("one"), &record(2048));
    zone.txt(&full("forged"), &record(2048));
    zone.txt(&full("down"), &record(2048));
    zone.alias(&full("circle"), &full("circle"));
    zone.alias(&full("round"), &full("and-round"));
    zone.alias(&full("and-round"), &full("round"));
    zone.alias(&full("out"), "nothing.unsigned.example.");
}

/// Returns the log lines of look-ups. Some answers of a signed zone are forged.
async fn lines_of(signed: bool, selectors: &[&str]) -> Vec<String> {
    let server = TestServer::start(World::new(signed, Denial::Nsec, fill), false).await;
    server.forge(Arc::new(|_, name, kind, reply| {
        if kind == RecordType::TXT && *name == dns_name(&full("forged")) {
            reply.answers[0].data = zone::txt(&record(4096));
        }
        if kind == RecordType::TXT && *name == dns_name(&full("down")) {
            *reply = error();
        }
    }));
    let anchor = server.world().zone(".").signer().anchor();
    // Patient enough for a busy machine.
    let (each, total) = (Duration::from_secs(10), Duration::from_secs(20));
    let source = DnsKeys::builder().servers([server.address]).timeouts(each, total);
    let source = source.dnssec_anchors(anchor).build().unwrap();
    let log = Log::default();
    let _listening = log.listen();
    for selector in selectors {
        let _ = source.find(&name(selector), at(0)).await;
    }
    log.lines()
}

#[tokio::test]
async fn each_outcome_of_validation_is_logged() {
    let key = |selector| format!("key={}", full(selector));
    let unsigned = "zone not signed: with DNSSEC required there are no keys from a zone that is not \
                    signed all the way from a trust anchor";
    let wrong = "DNSSEC validation failed: the zone's signatures are wrong, a name server drops \
                 them, or the answer is forged";
    let selectors = ["one", "none", "forged", "circle", "round", "out", "down"];
    let expected = [
        format!("INFO {} ttl=300 bits=2048 key from DNS", key("one")),
        format!("INFO {} DNS has no such key, proven by DNSSEC", key("none")),
        format!("WARN {} {wrong}", key("forged")),
        format!("WARN {} {wrong}", key("circle")),
        format!("WARN {} more than 8 aliases: not followed", key("round")),
        format!("ERROR {} {unsigned}", key("out")),
        format!(
            "WARN {} error=DNS error: error response: Server Failure DNS lookup failed",
            key("down")
        ),
    ];
    assert_eq!(lines_of(true, &selectors).await, expected);
    let expected =
        ["one", "none", "out"].map(|selector| format!("ERROR {} {unsigned}", key(selector)));
    assert_eq!(lines_of(false, &["one", "none", "out"]).await, expected);
}
