//! Calls that are proven and not decoded: nothing in them is a reason to refuse.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use bytes::Bytes;
use futures_executor::block_on;
use http::Request;
use webhook_core::testing::fixtures;
use webhook_core::{CreateEvent, Event, Limits, Raw, Receiver};

fn received(receiver: &Receiver, media_type: Option<&str>, body: &[u8]) -> Raw {
    let mut call = Request::post("/copernica");
    if let Some(media_type) = media_type {
        call = call.header("content-type", media_type);
    }
    let call = call.body(Bytes::copy_from_slice(body)).unwrap();
    block_on(receiver.receive::<Raw>(call)).unwrap().event
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn any_body_of_any_media_type_is_taken_as_it_is() {
    let receiver = Receiver::unverified();
    for body in [&b""[..], b"type=create", b"\xff\x00%", b"{", b"<xml/>"] {
        for media_type in
            [None, Some(FORM), Some("text/xml"), Some("multipart/form-data; boundary=x")]
        {
            let raw = received(&receiver, media_type, body);
            assert_eq!((raw.body().as_ref(), raw.media_type()), (body, media_type));
        }
    }
}

#[test]
fn decoding_later_is_decoding_at_once() {
    let receiver = Receiver::unverified();
    let bodies = fixtures::ALL.iter().map(|fixture| fixture.form.as_bytes());
    let wrong = [&b"type=create&profile=x"[..], b"type=open&id=%FF", b"a[%FF]=1", b"", b"%", b"{"];
    for body in bodies.chain(wrong) {
        for media_type in [None, Some(FORM), Some("application/json"), Some("text/xml")] {
            let raw = received(&receiver, media_type, body);
            let mut call = Request::post("/copernica");
            if let Some(media_type) = media_type {
                call = call.header("content-type", media_type);
            }
            let call = call.body(Bytes::copy_from_slice(body)).unwrap();
            match (raw.decode::<Event>(), block_on(receiver.receive::<Event>(call))) {
                (Ok(later), Ok(at_once)) => assert_eq!(later, at_once.event),
                (Err(later), Err(at_once)) => {
                    assert_eq!(later.to_string(), at_once.to_string());
                    assert!(later.delivery().is_none() && at_once.delivery().is_some());
                }
                (later, at_once) => panic!("{later:?} and {at_once:?}"),
            }
        }
    }
}

#[test]
fn limits_and_utf8_are_those_of_the_receiver_that_took_it() {
    let body = b"type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23&fields[a]=caf%E9";
    let strict = received(&Receiver::unverified(), Some(FORM), body);
    assert_eq!(strict.decode::<CreateEvent>().unwrap_err().code(), "malformed_body");
    let lossy = received(&Receiver::builder().lossy_utf8().unverified(), Some(FORM), body);
    let few = Receiver::builder().limits(Limits::default().pairs(3)).unverified();
    let few = received(&few, Some(FORM), body);
    let [CreateEvent::Profile(profile), again] =
        [&lossy, &through_json(&lossy)].map(|raw| raw.decode::<CreateEvent>().unwrap())
    else {
        unreachable!()
    };
    assert_eq!(profile.fields.get("a"), Some("caf\u{fffd}"));
    assert_eq!(CreateEvent::Profile(profile), again);
    for raw in [&few, &through_json(&few), &through_postcard(&few)] {
        assert!(
            raw.decode::<CreateEvent>().unwrap_err().detail().contains("more than 3 variables")
        );
    }
    let stored = Raw::new(&body[..]).limits(Limits::default().pairs(3));
    assert!(stored.decode::<CreateEvent>().unwrap_err().detail().contains("more than 3 variables"));
}

fn through_json(raw: &Raw) -> Raw {
    serde_json::from_str(&serde_json::to_string(raw).unwrap()).unwrap()
}

fn through_postcard(raw: &Raw) -> Raw {
    postcard::from_bytes(&postcard::to_stdvec(raw).unwrap()).unwrap()
}

#[test]
fn a_queue_gives_back_what_it_was_given() {
    let receiver = Receiver::builder().limits(Limits::mail()).lossy_utf8().unverified();
    for body in [&b""[..], b"type=create", b"caf\xe9", br#"{"base64":"aGk=","bytes":2}"#] {
        for media_type in [None, Some(""), Some("application/json"), Some("text/plain")] {
            let raw = received(&receiver, media_type, body);
            assert_eq!(through_json(&raw), raw, "{body:?}");
            assert_eq!(through_postcard(&raw), raw, "{body:?}");
            let stored = Raw::new(body.to_vec());
            assert_eq!(through_json(&stored), stored, "{body:?}");
            assert_eq!(through_postcard(&stored), stored, "{body:?}");
        }
    }
    for wrong in [r#"{"base64":"aGk=","bytes":3}"#, r#"{"base64":"%","bytes":2}"#, "7"] {
        let queued = serde_json::to_string(&Raw::new("hi")).unwrap().replace("\"hi\"", wrong);
        assert!(serde_json::from_str::<Raw>(&queued).is_err(), "{queued}");
    }
}

#[test]
fn a_raw_call_shows_its_size_and_not_its_body() {
    let raw = Raw::new("type=create&fields[mail]=secret@example.com");
    let shown = format!("{raw:?}");
    assert!(shown.contains("43 bytes") && !shown.contains("secret"), "{shown}");
}
