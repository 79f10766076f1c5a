//! Each bound at its value and one past it, by default and configured, in both formats.

#![allow(missing_docs, clippy::unwrap_used, clippy::format_collect, clippy::indexing_slicing)]

use bytes::Bytes;
use futures_executor::block_on;
use http::Request;
use std::time::{Duration, Instant};
use webhook_core::adapter::Head;
use webhook_core::limits::{DEFAULT_BODY_BYTES, DEFAULT_DEPTH, DEFAULT_PAIRS};
use webhook_core::{CreateEvent, Limits, Receiver, Rejection};

const HEAD: &str = "type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23";
const JSON: &str = r#""type":"create","profile":1,"database":1,"timestamp":"1979-02-12 12:49:23""#;

type Make = fn(usize) -> String;

fn decode(limits: Limits, body: &str) -> Result<CreateEvent, Rejection> {
    Receiver::builder().limits(limits).unverified().decode(body.as_bytes())
}

fn form_of_pairs(count: usize) -> String {
    let rest: String = (4..count).map(|at| format!("&fields[n{at}]=v")).collect();
    HEAD.to_owned() + &rest
}

fn form_of_depth(depth: usize) -> String {
    format!("{HEAD}&fields{}=1", "[a]".repeat(depth))
}

fn json_of_entries(count: usize) -> String {
    // The four variables and `fields` itself are entries as well.
    let rest: Vec<_> = (5..count).map(|at| format!("\"n{at}\":1")).collect();
    format!("{{{JSON},\"fields\":{{{}}}}}", rest.join(","))
}

fn json_of_depth(depth: usize) -> String {
    format!("{{{JSON},\"fields\":{}1{}}}", "{\"a\":".repeat(depth), "}".repeat(depth))
}

#[test]
fn pairs_and_depth_are_bounded() {
    assert_eq!((DEFAULT_PAIRS, DEFAULT_DEPTH, DEFAULT_BODY_BYTES), (10_000, 64, 2_097_152));
    let pairs: [(&str, Make); 2] = [("form", form_of_pairs), ("json", json_of_entries)];
    let depth: [(&str, Make); 2] = [("form", form_of_depth), ("json", json_of_depth)];
    let of_pairs: fn(Limits, usize) -> Limits = Limits::pairs;
    let cases =
        [(pairs, 10_000, of_pairs, "Limits::pairs"), (depth, 64, Limits::depth, "Limits::depth")];
    for (formats, default, configure, remedy) in cases {
        for (format, make) in formats {
            for limit in [default, 12, 40] {
                let limits = configure(Limits::default(), limit);
                let limits = if limit == default { Limits::default() } else { limits };
                let event = decode(limits, &make(limit));
                assert!(event.is_ok(), "{format:?} {remedy} {limit}: {event:?}");
                let refused = decode(limits, &make(limit + 1)).unwrap_err();
                assert_eq!(refused.code(), "malformed_body");
                let detail = refused.detail();
                assert!(detail.contains(remedy) && detail.contains(&limit.to_string()), "{detail}");
            }
        }
    }
}

#[test]
fn the_first_pair_too_many_is_named_by_its_offset() {
    let body = form_of_pairs(20);
    let offset = body.rfind("fields").unwrap();
    let refused = decode(Limits::default().pairs(19), &body).unwrap_err();
    assert_eq!((refused.variable(), refused.offset()), (None, Some(offset)));

    let shallow = Limits::default().depth(16);
    let refused = decode(shallow, &form_of_depth(17)).unwrap_err();
    let name = format!("fields{}", "[a]".repeat(17));
    assert_eq!((refused.variable(), refused.offset()), (Some(name.as_str()), Some(HEAD.len() + 1)));
}

#[test]
fn what_is_skipped_is_not_counted() {
    let body = form_of_pairs(10) + &"&".repeat(100_000);
    assert!(decode(Limits::default().pairs(10), &body).is_ok());
    assert!(decode(Limits::default().pairs(10), &(body + "=")).is_err());
}

#[test]
fn no_setting_lifts_a_ceiling() {
    // Offsets into a body are 32 bits wide.
    assert_eq!(Limits::default().body(usize::MAX).max_body(), 1 << 30);
    assert_eq!(Limits::default().depth(5_000).max_depth(), 64);
    let hour = Duration::from_secs(3600);
    assert_eq!(Limits::default().body_time(Duration::MAX).max_body_time(), hour);
}

/// Deeper than this nothing is configured: all that walks an event is bounded.
#[test]
fn depth_has_a_ceiling_and_a_deep_event_is_as_good_as_any() {
    let limits = Limits::default().depth(1_000_000);
    assert_eq!(limits.max_depth(), 64);
    assert!(decode(limits, &form_of_depth(65)).is_err());
    for body in [form_of_depth(64), json_of_depth(64)] {
        let event = decode(limits, &body).unwrap();
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<CreateEvent>(&json).unwrap(), event);
        assert!(serde_json::to_value(event.clone()).is_ok() && !format!("{event:#?}").is_empty());
    }
    // Far deeper than any stack, refused without going there.
    for body in [form_of_depth(300_000), json_of_depth(200_000)] {
        assert_eq!(decode(limits, &body).unwrap_err().code(), "malformed_body");
    }
}

#[test]
fn body_sizes_are_bounded() {
    let body = HEAD.to_owned() + "&fields[a]=";
    let full = |size: usize| body.clone() + &"x".repeat(size - body.len());
    let receive = |receiver: &Receiver, body: String, length: bool| {
        let mut call =
            Request::post("/").header("content-type", "application/x-www-form-urlencoded");
        if length {
            call = call.header("content-length", body.len());
        }
        let call = call.body(Bytes::from(body)).unwrap();
        block_on(receiver.receive::<CreateEvent>(call))
            .map(|_| ())
            .map_err(|refused| refused.code())
    };
    for limit in [DEFAULT_BODY_BYTES, 100, 3 << 20] {
        let receiver = Receiver::unverified();
        let receiver = match limit {
            DEFAULT_BODY_BYTES => receiver,
            limit => Receiver::builder().limits(Limits::default().body(limit)).unverified(),
        };
        for length in [true, false] {
            assert_eq!(receive(&receiver, full(limit), length), Ok(()), "{limit}");
            assert_eq!(
                receive(&receiver, full(limit + 1), length),
                Err("body_too_large"),
                "{limit}"
            );
        }
        let decoded = receiver.decode::<CreateEvent>(full(limit + 1).as_bytes());
        assert_eq!(decoded.unwrap_err().code(), "body_too_large");
    }
}

#[test]
fn body_size_in_chunks() {
    let receiver = Receiver::builder().limits(Limits::default().body(10)).unverified();
    let request = Request::post("/").header("content-type", "application/json").body(()).unwrap();
    let (parts, ()) = request.into_parts();
    let begin = || receiver.begin(&Head::of(&parts)).unwrap();
    let mut call = begin();
    for _ in 0..10 {
        call.push(Bytes::from_static(b"x")).unwrap();
        call.push(Bytes::new()).unwrap();
    }
    assert_eq!(call.push(Bytes::from_static(b"x")).unwrap_err().code(), "body_too_large");
    let mut call = begin();
    call.push(Bytes::from_static(b"12345")).unwrap();
    assert_eq!(call.push(Bytes::from_static(b"678901")).unwrap_err().code(), "body_too_large");
    // A framework's own, smaller limit is honoured, a larger one changes nothing.
    let mut call = begin().with_limit(3);
    assert_eq!(call.push(Bytes::from_static(b"1234")).unwrap_err().code(), "body_too_large");
    assert_eq!(begin().with_limit(1_000).limit(), 10);
}

/// A body of the allowed size that is all work: nothing about it is quadratic.
#[test]
fn hostile_bodies_are_read_in_time() {
    let limits = Limits::default().pairs(usize::MAX);
    let fill = |pair: &dyn Fn(usize) -> String| {
        let mut body = HEAD.to_owned();
        for at in 0.. {
            let pair = pair(at);
            if body.len() + pair.len() > DEFAULT_BODY_BYTES {
                return body;
            }
            body += &pair;
        }
        body
    };
    let bodies = [
        ("names", fill(&|at| format!("&fields[{at:x}]"))),
        ("names that look alike", fill(&|at| format!("&fields[aaaa{at:06}aaaa]"))),
        ("numbers downwards", fill(&|at| format!("&fields[{}]", 999_999 - at))),
        ("items", fill(&|_| "&fields[]".to_owned())),
        ("levels", fill(&|at| format!("&fields[{at}][a]"))),
        ("levels and back", fill(&|at| format!("&fields[a]{}", ["", "[b]"][at % 2]))),
        ("brackets", fill(&|_| "&fields[[[[[[[[[[[[[]]]]]]]]]]]]]".to_owned())),
        ("one name of brackets", format!("{HEAD}&fields{}", "[".repeat(2_000_000))),
        ("one name, closed", format!("{HEAD}&fields{}", "]".repeat(2_000_000))),
        ("variables", fill(&|at| format!("&{at:x}"))),
        ("interests", fill(&|at| format!("&interests[]={at:x}"))),
        ("nothing", format!("{HEAD}{}", "&".repeat(2_000_000))),
        ("escapes", format!("{HEAD}&a={}", "%41".repeat(690_000))),
        ("bad text, last", fill(&|at| format!("&fields[{at:x}]")) + "=%E9"),
    ];
    for (what, body) in bodies {
        for lossy in [false, true] {
            let builder = Receiver::builder().limits(limits.body(4 << 20));
            let receiver = if lossy { builder.lossy_utf8() } else { builder }.unverified();
            let start = Instant::now();
            let _ = receiver.decode::<CreateEvent>(body.as_bytes());
            // Unoptimised and next to other tests it takes a tenth of this, quadratic minutes.
            let took = start.elapsed();
            assert!(took < Duration::from_secs(10), "{what}: {took:?}");
        }
    }
}
