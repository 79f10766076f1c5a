//! Any request to a receiver that verifies: never a panic, and nothing is accepted but what was
//! signed.
//!
//! The input is a method, a space and a target, then a line for each header, an empty line, and the
//! body. The private key is not here, so whatever is accepted must be one of the calls that two
//! other implementations signed, byte by byte in all that its signature covers.

use chrono::DateTime;
use serde::Deserialize;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use webhook_core::adapter::{Head, Headers};
use webhook_core::key::{COPERNICA_ZONE, KeyName, StaticKeys};
use webhook_core::{Account, CreateEvent, Delivery, Receiver, Rejection};

const PUBLIC: &str = include_str!("../../../tests/vectors/public.pem");
const FILES: [&str; 2] = [
    include_str!("../../../tests/vectors/http-signature.jsonl"),
    include_str!("../../../tests/vectors/httpsig.jsonl"),
];

#[derive(Deserialize)]
struct Signed {
    now: i64,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

static SIGNED: LazyLock<Vec<Signed>> = LazyLock::new(|| {
    let lines = FILES.iter().flat_map(|file| file.lines());
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
});

static RECEIVER: LazyLock<Receiver> = LazyLock::new(|| {
    let now = DateTime::from_timestamp(SIGNED[0].now, 0).unwrap();
    let name = |selector| {
        let name = format!("{selector}._domainkey.{COPERNICA_ZONE}");
        KeyName::under(&[COPERNICA_ZONE], &name).unwrap()
    };
    let keys = StaticKeys::new().pem(name("one"), PUBLIC).unwrap();
    Receiver::builder()
        .account(1234)
        .account(Account::environment(77))
        .keys(keys.pem(name("x3-2026"), PUBLIC).unwrap())
        .clock(move || now)
        .build()
        .unwrap()
});

/// Names in lower case, as adapters lend them, and values.
struct Lines<'a>(Vec<(String, &'a [u8])>);

impl Headers for Lines<'_> {
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a str, &'a [u8])) {
        self.0.iter().for_each(|(name, value)| visit(name, value));
    }
}

impl Lines<'_> {
    fn value(&self, name: &str) -> Option<String> {
        let lines = self.0.iter().filter(|(known, _)| known == name);
        let values = lines.map(|(_, value)| String::from_utf8_lossy(value));
        let values: Vec<_> =
            values.map(|value| value.trim_matches([' ', '\t']).to_owned()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

fn split(data: &[u8], by: u8) -> Option<(&[u8], &[u8])> {
    let at = data.iter().position(|byte| *byte == by)?;
    Some((&data[..at], &data[at + 1..]))
}

/// Reads a method and a target, headers, a body.
fn read(data: &[u8]) -> Option<(&str, &str, Lines<'_>, &[u8])> {
    let (first, mut rest) = split(data, b'\n')?;
    let (method, target) = str::from_utf8(first).ok()?.split_once(' ')?;
    let mut headers = Vec::new();
    loop {
        let (line, after) = split(rest, b'\n')?;
        rest = after;
        match split(line, b':') {
            Some((name, value)) => {
                headers.push((str::from_utf8(name).ok()?.to_ascii_lowercase(), value));
            }
            None => return Some((method, target, Lines(headers), rest)),
        }
    }
}

fn receive(head: &Head<'_>, body: &[u8]) -> Result<Delivery, Rejection> {
    let mut call = RECEIVER.begin(head)?;
    call.push(body.to_vec().into())?;
    // Keys and memory are here: nothing waits.
    match pin!(call.finish::<CreateEvent>()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(received) => Ok(received?.delivery),
        Poll::Pending => unreachable!("nothing to wait for"),
    }
}

/// Returns whether this is what was signed then, in all that is covered.
fn is_what_was_signed(signed: &Signed, target: &str, headers: &Lines<'_>, body: &[u8]) -> bool {
    let pairs =
        signed.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_bytes()));
    let known = Lines(pairs.collect());
    let signature = known.value("signature").unwrap();
    let (_, names) = signature.split_once("headers=\"").unwrap();
    let (names, _) = names.split_once('"').unwrap();
    let same = |name: &str| match name {
        // A path that is empty is `/`.
        "(request-target)" if target.starts_with('?') => signed.target[1..] == *target,
        "(request-target)" => signed.target == target,
        "content-length" => {
            let length = headers.value(name).unwrap_or_else(|| body.len().to_string());
            known.value(name).unwrap_or_else(|| signed.body.len().to_string()) == length
        }
        _ => known.value(name) == headers.value(name),
    };
    signed.body.as_bytes() == body
        && names.split_ascii_whitespace().all(|name| same(&name.to_ascii_lowercase()))
}

/// Checks a request.
pub fn request(data: &[u8]) {
    let Some((method, target, headers, body)) = read(data) else { return };
    let head = Head { method, target, authority: None, headers: &headers };
    match receive(&head, body) {
        Ok(delivery) => {
            let mut signed = SIGNED.iter();
            let real = signed.any(|signed| is_what_was_signed(signed, target, &headers, body));
            assert!(real && method == "POST" && delivery.proven().is_some(), "accepted");
        }
        Err(refused) => {
            let status = refused.to_response().status().as_u16();
            assert!((400..500).contains(&status), "{refused}");
        }
    }
}
