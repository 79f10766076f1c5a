//! Names, times and keys for tests with a name server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use webhook_core::key::KeyName;

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

pub(crate) fn name(selector: &str) -> KeyName {
    KeyName::under(&["copernica.com"], &full(selector)).unwrap()
}

pub(crate) fn full(selector: &str) -> String {
    format!("{selector}._domainkey.copernica.com")
}

fn minimal(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let head = match length {
        0..128 => vec![tag, u8::try_from(length).unwrap()],
        128..256 => vec![tag, 0x81, u8::try_from(length).unwrap()],
        _ => [&[tag, 0x82][..], &length.to_be_bytes()].concat(),
    };
    [&head, content].concat()
}

/// Returns a record with a key of this many bits: keys are distinguished by their length.
pub(crate) fn record(bits: usize) -> String {
    let mut modulus = vec![0xff; bits / 8];
    modulus.insert(0, 0);
    let key = minimal(0x30, &[minimal(2, &modulus), minimal(2, &[3])].concat());
    format!("v=DKIM1; k=rsa; p={}", BASE64.encode(key))
}
