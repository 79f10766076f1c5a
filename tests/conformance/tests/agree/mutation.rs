//! What may become of a call on its way, at random.

use conformance::{Case, FORM, JSON};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Pieces that mean something to the decoder.
const TOKENS: &[&str] = &[
    "%",
    "%E9",
    "%5B",
    "%5d",
    "%00",
    "%C3%A9",
    "é",
    "[",
    "]",
    "][",
    "[]",
    "&",
    "=",
    "+",
    ";",
    "\"",
    "{",
    "}",
    ",",
    ":",
    "\\",
    "&type=update",
    "&type=delete",
    "&type=click",
    "&type=bounce",
    "&type=new",
    "&type=",
    "&action=failed",
    "&subprofile=7",
    "&collection=x",
    "&fields=x",
    "&fields[a][b]=1",
    "&fields[a]=2",
    "&interests[x]=2",
    "&interests[Sport][a]=1",
    "&interests[0][name]=a",
    "&tags=a;b",
    "&tags[][a]=1",
    "&id=",
    "&id[]=1",
    "&id=b4icbaqjswyrb7tc",
    "&profile=0",
    "&mailingid=7",
    "&mime=%FF",
    "&data[base64]=aGk%3D",
    "&useragent=%E9",
    "&ip=::1",
    "&timestamp=",
    "&time=now",
    "&time=-9999999999999999999",
    "&created=",
    "&parameters[][][][][][][][][][][][][][][][][]=deep",
];

const HEADERS: &[(&str, &[u8])] = &[
    ("Content-Type", FORM.as_bytes()),
    ("Content-Type", JSON.as_bytes()),
    ("Content-Type", b"text/plain"),
    ("Content-Type", b"application/json; charset=\xff"),
    ("Content-Type", b""),
    ("Content-Encoding", b"gzip"),
    ("Content-Encoding", b"identity"),
    ("Content-Encoding", b"\xff"),
    ("Host", b"other.example"),
    ("Host", b"EXAMPLE.com"),
    ("Host", b"\xff"),
    ("Host", b""),
    ("Host", b"a b"),
    ("Transfer-Encoding", b"identity"),
    ("Content-Length", b"0"),
    ("Content-Length", b"x"),
    ("Content-Length", b"99999999999"),
    ("Expect", b"100-continue"),
    ("Upgrade", b"websocket"),
    ("X-Forwarded-Host", b"evil.example"),
];

#[derive(Debug, Clone)]
pub(super) enum Mutation {
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Token(Index, &'static str),
    Delete(Index, usize),
    Cut(Index),
    Repeat(Index, usize),
    Method(&'static str),
    Target(&'static str),
    Add((&'static str, &'static [u8])),
    Replace((&'static str, &'static [u8])),
    Drop(Index),
}

pub(super) fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        3 => (at(), vec(any::<u8>(), 1..5)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        8 => (at(), select(TOKENS)).prop_map(|(at, token)| Mutation::Token(at, token)),
        3 => (at(), 1..6_usize).prop_map(|(at, count)| Mutation::Delete(at, count)),
        1 => at().prop_map(Mutation::Cut),
        1 => (at(), 2..40_usize).prop_map(|(at, times)| Mutation::Repeat(at, times)),
        1 => select(&["GET", "PUT", "HEAD", "OPTIONS", "BREW"][..]).prop_map(Mutation::Method),
        2 => select(&["/", "/a/b?c", "//x", "/copernica?%", "http://example.com/copernica",
            "http://other.example:8080/?x", "*"][..]).prop_map(Mutation::Target),
        2 => select(HEADERS).prop_map(Mutation::Add),
        2 => select(HEADERS).prop_map(Mutation::Replace),
        1 => at().prop_map(Mutation::Drop),
    ]
}

pub(super) fn apply(mut case: Case, mutation: &Mutation) -> Case {
    let body = &mut case.body;
    let place = |at: &Index, len: usize| at.index(len + 1);
    match mutation {
        Mutation::Flip(at, bit) if !body.is_empty() => {
            let at = at.index(body.len());
            body[at] ^= 1 << bit;
        }
        Mutation::Insert(at, bytes) => {
            let at = place(at, body.len());
            body.splice(at..at, bytes.iter().copied());
        }
        Mutation::Token(at, token) => {
            let at = place(at, body.len());
            body.splice(at..at, token.bytes());
        }
        Mutation::Delete(at, count) => {
            let at = place(at, body.len());
            body.drain(at..(at + count).min(body.len()));
        }
        Mutation::Cut(at) => body.truncate(place(at, body.len())),
        Mutation::Repeat(at, times) => {
            let at = place(at, body.len());
            let tail = body[at..].repeat(*times);
            body.extend_from_slice(&tail);
        }
        Mutation::Method(method) => return case.method(method),
        Mutation::Target(target) => return case.target(target),
        Mutation::Add((name, value)) => return case.and_header(name, *value),
        Mutation::Replace((name, value)) => return case.header(name, *value),
        Mutation::Drop(at) if !case.headers.is_empty() => {
            case.headers.remove(at.index(case.headers.len()));
        }
        Mutation::Flip(..) | Mutation::Drop(_) => {}
    }
    case
}
