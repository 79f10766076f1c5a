//! Log lines when an attacker makes up names of keys. A process of its own, as `dns_log.rs`.
#![cfg(feature = "dns")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use hickory_server::proto::op::ResponseCode;
use std::time::{Duration, Instant};
use support::keys::{at, full, name, record};
use support::log::Log;
use support::name_server::{Says, TestServer, txt};
use webhook_core::key::{DnsKeys, KeySource};

#[tokio::test]
async fn unknown_names_log_five_lines_a_second_of_each_kind_and_hide_no_known_one() {
    let server = TestServer::start().await;
    server.say(&full("one"), txt(300, record(2048)));
    let (each, total) = (Duration::from_secs(10), Duration::from_secs(20));
    let source = DnsKeys::builder().servers([server.address]).timeouts(each, total);
    let source = source.build().unwrap();
    let log = Log::default();
    let start = Instant::now();
    {
        let _listening = log.listen();
        for number in 0..2_000 {
            let _ = source.find(&name(&format!("made-up-{number}")), at(0)).await;
        }
        // A name with a key has lines of its own.
        source.find(&name("one"), at(60)).await.unwrap();
        // It keeps them when it fails among many that fail.
        server.say(&full("one"), Says::Error(ResponseCode::ServFail));
        server.say_otherwise(Says::Error(ResponseCode::ServFail));
        for number in 0..50 {
            let _ = source.find(&name(&format!("failing-{number}")), at(4_000)).await;
        }
        let _ = source.find(&name("one"), at(4_000)).await;
    }
    let most = 5 * (usize::try_from(start.elapsed().as_secs()).unwrap() + 2);
    let lines = log.lines();
    let of = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
    for kind in ["DNS has no such key", "rate limit reached"] {
        assert!((1..=most).contains(&of(kind)), "{kind}: {}", of(kind));
    }
    assert_eq!(of("key from DNS"), 1);
    assert!((1..=most).contains(&of("DNS lookup failed")), "{}", of("DNS lookup failed"));
    let of_one = lines.iter().filter(|line| line.contains("in use") && line.contains(&full("one")));
    let of_one: Vec<_> = of_one.collect();
    assert_eq!(of_one.len(), 1, "{of_one:?}");
}
