//! What an event is called, so that it is handled once however often it is reported.

use crate::crypto::sha256;
use crate::datetime;
use chrono::NaiveDateTime;
use std::fmt::Write;

/// Joins the parts of a name; `None` where one says that there is no such thing.
pub(super) fn of<const N: usize>(what: &str, parts: [Option<String>; N]) -> Option<String> {
    let mut name = what.to_owned();
    for part in parts {
        name.push(':');
        name.push_str(&part.filter(|part| !part.is_empty())?);
    }
    Some(name)
}

/// Returns an id as a part; 0 is the id of nothing.
pub(super) fn id(id: impl Into<u64>) -> Option<String> {
    match id.into() {
        0 => None,
        id => Some(id.to_string()),
    }
}

/// Returns a date as a part.
pub(super) fn date(date: NaiveDateTime) -> Option<String> {
    datetime::written(date).map(|date| text(&date))
}

/// Returns a text as a part: percent-encoded, but for unreserved characters (RFC 3986 §2.3).
pub(super) fn text(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            part.push(byte.into());
        } else {
            // Writing to a String does not fail.
            let _ = write!(part, "%{byte:02X}");
        }
    }
    part
}

/// Hexadecimal digits of a hash in a part: 128 bits, which no two events share.
const HASH_DIGITS: usize = 32;

/// Returns a hash as a part, so that nothing of what was hashed can be read in it.
pub(super) fn hash(hashed: &[u8]) -> String {
    let mut part = hex(sha256(hashed).as_ref());
    part.truncate(HASH_DIGITS);
    part
}

/// Writes bytes as hexadecimal digits in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
