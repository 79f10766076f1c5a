//! Log lines about keys from DNS. A process of its own: whether a subscriber listens is decided
//! for a whole process when a line is first reached.
#![cfg(feature = "dns")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use hickory_server::proto::op::ResponseCode;
use std::time::Duration;
use support::keys::{at, full, name, record};
use support::log::Log;
use support::name_server::{Says, TestServer, txt};
use webhook_core::key::{DnsKeys, KeySource};

#[tokio::test]
async fn each_outcome_of_a_look_up_is_logged() {
    let server = TestServer::start().await;
    server.say(&full("one"), txt(300, record(1024)));
    server.say(&full("gone"), txt(300, "k=rsa; p="));
    server.say(&full("none"), Says::NoName(None));
    server.say(&full("down"), Says::Error(ResponseCode::ServFail));
    // Patient enough for a busy machine.
    let (each, total) = (Duration::from_secs(10), Duration::from_secs(20));
    let source = DnsKeys::builder().servers([server.address]).timeouts(each, total);
    let source = source.build().unwrap();
    let log = Log::default();
    {
        let _listening = log.listen();
        for selector in ["one", "gone", "none", "down"] {
            let _ = source.find(&name(selector), at(0)).await;
        }
        // Nothing is logged about cached keys.
        assert!(source.cached(&name("one"), at(1)).is_some());
        assert!(source.find(&name("one"), at(1)).await.is_ok());
    }
    let one = r"key=one._domainkey.copernica.com";
    let expected = [
        format!("INFO {one} ttl=300 bits=1024 key from DNS"),
        format!("WARN {one} bits=1024 weak key: at least 2048 bits are recommended"),
        format!("INFO {} key revoked", one.replace("one", "gone")),
        format!("WARN {} ttl=300 no usable key under this name", one.replace("one", "gone")),
        format!("INFO {} code=Non-Existent Domain DNS has no such key", one.replace("one", "none")),
        format!(
            "WARN {} error=DNS error: error response: Server Failure DNS lookup failed",
            one.replace("one", "down")
        ),
    ];
    assert_eq!(log.lines(), expected);
}
