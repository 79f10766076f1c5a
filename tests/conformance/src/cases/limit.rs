//! The bounds, from both sides.

use super::{PROFILE, profile, refused};
use crate::case::Case;
use std::fmt::Write;
use webhook_core::limits::{DEFAULT_BODY_BYTES, DEFAULT_DEPTH, DEFAULT_PAIRS};

pub(super) fn cases() -> Vec<Case> {
    vec![
        sized("1 MB", 1_000_000),
        sized("a body at the limit", DEFAULT_BODY_BYTES),
        Case::form(
            "a body one byte over the limit",
            padded(DEFAULT_BODY_BYTES + 1),
            refused(413, "body_too_large", "over the limit of 2097152 bytes"),
        ),
        pairs("pairs at the limit", DEFAULT_PAIRS),
        Case::form(
            "a pair over the limit",
            many(DEFAULT_PAIRS + 1).0,
            refused(400, "malformed_body", "more than 10000 variables"),
        ),
        nested("depth at the limit", DEFAULT_DEPTH),
        Case::form(
            "a level over the limit",
            deep(DEFAULT_DEPTH + 1).0,
            refused(400, "malformed_body", "nested more than 64 levels deep"),
        ),
        Case::form(
            "a hundred thousand brackets",
            format!("{PROFILE}&fields{}=x", "[a]".repeat(100_000)),
            refused(400, "malformed_body", "nested more than 64 levels deep"),
        ),
        Case::json(
            "JSON, a hundred thousand levels",
            "[".repeat(100_000),
            refused(400, "malformed_body", ""),
        ),
        Case::json(
            "JSON, a level over the limit",
            format!(
                r#"{{"fields":{}"x"{}}}"#,
                r#"{"a":"#.repeat(DEFAULT_DEPTH + 1),
                "}".repeat(DEFAULT_DEPTH + 1)
            ),
            refused(400, "malformed_body", "nested more than 64 levels deep"),
        ),
        Case::json(
            "JSON, a leaf over the limit",
            format!(r#"{{"fields":[{}1]}}"#, "1,".repeat(DEFAULT_PAIRS)),
            refused(400, "malformed_body", "more than 10000 variables"),
        ),
    ]
}

/// Returns [`PROFILE`] and one field, of so many bytes together.
pub(crate) fn padded(bytes: usize) -> String {
    let mut body = format!("{PROFILE}&fields[big]=");
    body.extend(std::iter::repeat_n('x', bytes - body.len()));
    body
}

fn sized(name: &str, bytes: usize) -> Case {
    let body = padded(bytes);
    let value = "x".repeat(bytes - PROFILE.len() - "&fields[big]=".len());
    Case::form(name, body, profile("{}", &format!(r#"{{"big":"{value}"}}"#), "{}", ""))
}

/// Returns so many pairs, and the fields that they make.
fn many(pairs: usize) -> (String, String) {
    let (mut body, mut fields) = (PROFILE.to_owned(), String::new());
    for at in body.split('&').count()..pairs {
        write!(body, "&fields[{at}]={at}").unwrap();
        write!(fields, r#","{at}":"{at}""#).unwrap();
    }
    (body, fields)
}

fn pairs(name: &str, pairs: usize) -> Case {
    let (body, fields) = many(pairs);
    Case::form(name, body, profile("{}", &format!("{{{}}}", &fields[1..]), "{}", ""))
}

fn deep(depth: usize) -> (String, String) {
    let body = format!("{PROFILE}&fields{}=x", "[a]".repeat(depth));
    (body, format!("{}\"x\"{}", r#"{"a":"#.repeat(depth), "}".repeat(depth)))
}

fn nested(name: &str, depth: usize) -> Case {
    let (body, fields) = deep(depth);
    Case::form(name, body, profile("{}", &fields, "{}", ""))
}
