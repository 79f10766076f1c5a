//! Every bit of what is signed counts.

use super::sources::Source;
use super::support::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_executor::block_on;
use http::{HeaderValue, Request};
use webhook_core::adapter::Head;
use webhook_core::{CreateEvent, Receiver};

const COVERED: [&str; 7] =
    ["host", "date", "content-length", "content-type", "x-copernica-id", "digest", "x-nonce"];

/// Returns one with the key at hand, one that finds it once the body is there.
fn receivers() -> [Receiver; 2] {
    let finding = Source::finding(Ok(key()));
    // Any host, so that nothing but the signature minds which.
    let any = |keys| Receiver::builder().account(1234).clock(|| at(0)).keys(keys).build().unwrap();
    [any(Source::cached(key())), any(finding)]
}

/// Returns the bytes with each bit turned.
fn turned(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    })
}

/// Returns whether the call is refused as the sender's fault: a failure of the server would hide an oversight.
fn refused(receiver: &Receiver, target: &str, call: &Request<Bytes>) -> bool {
    let headers = call.headers();
    let head = Head { method: "POST", target, authority: None, headers };
    let outcome = receiver.begin(&head).and_then(|mut begun| {
        begun.push(call.body().clone())?;
        block_on(begun.finish::<CreateEvent>())
    });
    outcome.is_err_and(|refused| refused.status().is_client_error())
}

#[test]
fn as_it_was_signed_it_is_accepted() {
    for receiver in receivers() {
        assert!(!refused(&receiver, TARGET, &call()));
    }
}

#[test]
fn a_turned_bit_of_a_covered_header_is_refused() {
    let (plain, mut tried) = (call(), 0);
    for receiver in receivers() {
        for name in COVERED {
            for value in turned(plain.headers()[name].as_bytes()) {
                // What can't stand in a header does not get this far.
                let Ok(value) = HeaderValue::from_bytes(&value) else { continue };
                let mut call = plain.clone();
                call.headers_mut().insert(name, value);
                assert!(refused(&receiver, TARGET, &call), "{name}: {:?}", call.headers()[name]);
                tried += 1;
            }
        }
    }
    assert!(tried > 2000, "{tried}");
}

#[test]
fn a_turned_bit_of_the_target_is_refused() {
    let (plain, mut tried) = (call(), 0);
    for receiver in receivers() {
        for target in turned(TARGET.as_bytes()) {
            let Ok(target) = String::from_utf8(target) else { continue };
            assert!(refused(&receiver, &target, &plain), "{target:?}");
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}

#[test]
fn a_turned_bit_of_the_body_is_refused() {
    let plain = call();
    for receiver in receivers() {
        for body in turned(BODY.as_bytes()) {
            let call = plain.clone().map(|_| Bytes::from(body));
            assert!(refused(&receiver, TARGET, &call), "{:?}", call.body());
        }
    }
}

#[test]
fn a_turned_bit_of_the_signature_is_refused() {
    let (plain, [receiver, _]) = (call(), receivers());
    let (_, text) = header(&plain, "signature").split_once("signature=\"").unwrap();
    let text = text.trim_end_matches('"');
    let signature = BASE64.decode(text).unwrap();
    assert_eq!(signature.len(), 256);
    for other in turned(&signature) {
        let call = respell(plain.clone(), text, &BASE64.encode(other));
        assert!(refused(&receiver, TARGET, &call));
    }
    // Longer or shorter is not a signature either.
    for other in [&signature[..255], &signature[1..], &[&[0], &signature[..]].concat(), &[0; 256]] {
        let call = respell(plain.clone(), text, &BASE64.encode(other));
        assert!(refused(&receiver, TARGET, &call));
    }
}
