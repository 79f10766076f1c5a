//! The key of an event: the same for the same event reported again, another for another one like it.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use bytes::Bytes;
use futures_executor::block_on;
use http::Request;
use webhook_core::{Event, Raw, Receiver, delivery};

fn key(body: &str) -> String {
    let call =
        Request::post("/copernica").header("content-type", "application/x-www-form-urlencoded");
    let call = call.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    let received = block_on(Receiver::unverified().receive::<Event>(call)).unwrap();
    let key = received.delivery.idempotency_key(&received.event);
    // What is stored raw and decoded later has the same, or none of its own.
    let raw: Event = Raw::new(body.to_owned()).decode().unwrap();
    match delivery::event_key(None, &raw) {
        Some(later) => assert_eq!(later, key),
        None => assert!(key.starts_with("copernica:v1:unverified:call:"), "{key}"),
    }
    key
}

/// What an event is called, the same event reported again, and others like it.
const NAMED: &[(&str, &str, &str, &[&str])] = &[
    (
        "create:profile:1:123",
        "type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23",
        "profile=123&type=create&database=1&timestamp=1979-02-12+12:49:24&fields[a]=b&time=7",
        &[
            "type=create&profile=124&database=1&timestamp=1979-02-12+12:49:23",
            "type=create&profile=123&database=2&timestamp=1979-02-12+12:49:23",
            "type=create&profile=123&subprofile=123&collection=1&database=1&timestamp=1979-02-12+12:49:23",
            "type=delete&profile=123&database=1&timestamp=1979-02-12+12:49:23",
        ],
    ),
    (
        "create:subprofile:7:9",
        "type=create&subprofile=9&collection=7&profile=123&database=1&timestamp=1979-02-12+12:49:23",
        "type=create&subprofile=9&collection=7&profile=123&database=1&timestamp=1979-02-13+12:49:23&id=12",
        &[
            "type=create&subprofile=9&collection=8&profile=123&database=1&timestamp=1979-02-12+12:49:23",
        ],
    ),
    (
        "delete:profile:123:1979-02-12%2012%3A49%3A23",
        "type=delete&profile=123&timestamp=1979-02-12+12:49:23",
        "type=delete&profile=123&timestamp=1979-02-12+12:49:23&database=1&fields[a]=b",
        &[
            "type=delete&profile=123&timestamp=1979-02-12+12:49:24",
            "type=delete&profile=123&subprofile=9&timestamp=1979-02-12+12:49:23",
        ],
    ),
    (
        "delete:subprofile:9:1979-02-12%2012%3A49%3A23",
        "type=delete&subprofile=9&timestamp=1979-02-12+12:49:23",
        "type=delete&subprofile=9&profile=123&timestamp=1979-02-12+12:49:23&collection=7",
        &["type=delete&subprofile=10&profile=123&timestamp=1979-02-12+12:49:23"],
    ),
    (
        "unsubscribe:9871:123:2024-03-08%2010%3A15%3A00",
        "type=unsubscribe&id=9871&profile=123&timestamp=2024-03-08+10:15:00",
        "type=unsubscribe&id=9871&profile=123&timestamp=2024-03-08+10:15:00&mailing=45",
        &[
            "type=unsubscribe&id=9872&profile=123&timestamp=2024-03-08+10:15:00",
            "type=unsubscribe&id=9871&profile=124&timestamp=2024-03-08+10:15:00",
            "type=unsubscribe&id=9871&profile=123&timestamp=2024-03-09+10:15:00",
        ],
    ),
    (
        "delivered:",
        "type=delivery&id=a&recipient=b@example.com",
        "type=delivery&id=a&recipient=b@example.com&timestamp=2024-03-08+10:15:00&code=250",
        &[
            "type=delivery&id=a&recipient=c@example.com",
            "type=delivery&id=ab&recipient=@example.com",
            "type=delivery&id=A&recipient=b@example.com",
        ],
    ),
];

#[test]
fn an_event_with_a_name_has_one_key_however_often_it_is_reported() {
    for (name, body, again, others) in NAMED {
        let key_of_it = key(body);
        let named = key_of_it.strip_prefix("copernica:v1:unverified:").unwrap();
        assert!(named.starts_with(name), "{named}");
        assert_eq!(key(again), key_of_it);
        assert!(!key_of_it.contains("example"), "no address: {key_of_it}");
        for other in *others {
            assert_ne!(key(other), key_of_it, "{other}");
        }
    }
}

/// Each can happen many times, or lacks a part of its name.
const UNNAMED: [&str; 13] = [
    "type=update&profile=123&timestamp=1979-02-12+12:49:23",
    "type=click&id=a&timestamp=2024-03-08+10:15:00",
    "type=open&id=a&timestamp=2024-03-08+10:15:00",
    "type=bounce&id=a",
    "type=failure&id=a",
    "type=abuse&id=a",
    "type=forwarded&id=a",
    "type=create&profile=0&database=1&timestamp=1979-02-12+12:49:23",
    "type=delete&profile=123",
    "type=delete&profile=123&timestamp=0000-00-00+00:00:00",
    "type=unsubscribe&id=9871&timestamp=2024-03-08+10:15:00",
    "type=delivery&id=a",
    "type=delivery&id=a&recipient=",
];

#[test]
fn another_has_that_of_its_call() {
    for body in UNNAMED {
        let key_of_it = key(body);
        assert!(key_of_it.starts_with("copernica:v1:unverified:call:"), "{body}: {key_of_it}");
        assert_eq!(key_of_it.len(), "copernica:v1:unverified:call:".len() + 64, "{key_of_it}");
        assert_eq!(key(body), key_of_it, "an exact copy");
        assert_ne!(key(&format!("{body}&x=1")), key_of_it, "{body}");
    }
}
