//! What axum, actix-web and warp do before any code of ours: the guide's table, cell by cell.

use crate::page::{SERVERS, compare};
use crate::receivers::{FRAMEWORKS, start};
use conformance::wire::{self, Connection};
use conformance::{Answer, Case, Setup, cases, h2};
use std::fmt::Write;
use std::net::SocketAddr;

/// What is sent, under the name of its row.
type Row = (&'static str, fn(&str) -> Sent);

enum Sent {
    /// The bytes of a request.
    Bytes(Vec<u8>),
    /// A head, whose body follows when the server wants it.
    Waiting(Vec<u8>, Vec<u8>),
    /// Over HTTP/2 with prior knowledge.
    Http2(Case),
}

const ROWS: &[Row] = &[
    ("as Copernica signs it", |name| sent(&call(name))),
    ("a folded `Signature`, as the vendor prints it", |name| folded(&call(name))),
    ("two `Host` lines", |name| sent(&call(name).and_header("Host", "other.example"))),
    ("no `Host`", |name| sent(&call(name).without("Host"))),
    ("an absolute target (`POST http://hooks.example.com/copernica`)", |name| {
        sent(&call(name).target("http://hooks.example.com/copernica"))
    }),
    ("`/copernica/`", |name| sent(&target(name, "/copernica/"))),
    ("`//copernica`", |name| sent(&target(name, "//copernica"))),
    ("`/%63opernica`", |name| sent(&target(name, "/%63opernica"))),
    ("`/x/../copernica`", |name| sent(&target(name, "/x/../copernica"))),
    ("raw UTF-8 in the path (`/café`)", |name| sent(&target(name, "/café"))),
    ("raw UTF-8 in the query (`/copernica?q=é`)", |name| sent(&target(name, "/copernica?q=é"))),
    ("a raw byte that is not UTF-8 in the query", |name| {
        let Sent::Bytes(bytes) = sent(&target(name, "/copernica?q=~")) else { unreachable!() };
        Sent::Bytes(bytes.iter().map(|&byte| if byte == b'~' { 0xe9 } else { byte }).collect())
    }),
    ("`/copernica?q=\"{}\"`, raw", |name| sent(&target(name, "/copernica?q=\"{}\""))),
    ("`/copernica#x`", |name| sent(&target(name, "/copernica#x"))),
    ("a target of 70,000 bytes", |name| {
        sent(&target(name, &format!("/copernica?{}", "x".repeat(70_000))))
    }),
    ("the method in lower case (`post`)", |name| sent(&call(name).method("post").signed())),
    ("`GET`", |name| sent(&call(name).method("GET"))),
    ("HTTP/1.0", |name| edited(&call(name), " HTTP/1.1\r\n", " HTTP/1.0\r\n")),
    ("line ends of LF alone, in the head", |name| edited(&call(name), "\r\n", "\n")),
    ("a space before a colon (`Date :`)", |name| edited(&call(name), "Date:", "Date :")),
    ("`Expect: 100-continue`", |name| {
        let case = call(name).and_header("Expect", "100-continue");
        let length = format!("Content-Length: {}\r\n", case.body.len());
        Sent::Waiting(wire::head(&case, &length), case.body)
    }),
    ("chunked", |name| Sent::Bytes(wire::chunked(&call(name), 10))),
    ("chunked, with a trailer", |name| {
        let mut bytes = wire::chunked(&call(name), 10);
        bytes.truncate(bytes.len() - 2);
        bytes.extend(b"X-Trailer: yes\r\n\r\n");
        Sent::Bytes(bytes)
    }),
    ("`Transfer-Encoding: chunked` with `Content-Length`", |name| {
        let case = call(name);
        let length = case.body.len().to_string();
        Sent::Bytes(wire::chunked(&case.and_header("Content-Length", length), 10))
    }),
    ("two lines of the same `Content-Length`", |name| {
        let case = call(name);
        let length = case.body.len().to_string();
        let case = case.and_header("Content-Length", length.clone());
        sent(&case.and_header("Content-Length", length))
    }),
    ("neither of them", |name| {
        Sent::Bytes([wire::head(&call(name), ""), call(name).body].concat())
    }),
    ("96 header lines", |name| sent(&lines(call(name), 96))),
    ("97 header lines", |name| sent(&lines(call(name), 97))),
    ("100 header lines", |name| sent(&lines(call(name), 100))),
    ("101 header lines", |name| sent(&lines(call(name), 101))),
    ("a head of 100 kB", |name| sent(&call(name).header("X-Large", "x".repeat(100_000)))),
    ("a head of 300 kB", |name| sent(&call(name).header("X-Large", "x".repeat(300_000)))),
    ("a head of 2 MB", |name| sent(&call(name).header("X-Large", "x".repeat(2_000_000)))),
    ("HTTP/2 with prior knowledge", |name| Sent::Http2(call(name))),
];

fn call(name: &str) -> Case {
    cases::call(name).signed()
}

/// Signs the call for another target.
fn target(name: &str, target: &str) -> Case {
    cases::call(name).target(target).signed()
}

fn sent(case: &Case) -> Sent {
    Sent::Bytes(wire::request(case))
}

/// Changes the head of a call.
fn edited(case: &Case, old: &str, new: &str) -> Sent {
    let head = String::from_utf8(wire::request(case)).unwrap();
    let (head, body) = head.split_once("\r\n\r\n").unwrap();
    let head = format!("{head}\r\n\r\n");
    assert!(head.contains(old));
    Sent::Bytes((head.replace(old, new) + body).into_bytes())
}

/// Returns the call with its `Signature` on three lines, as the vendor's page has it.
fn folded(case: &Case) -> Sent {
    edited(&crate::proxied::folded(case), "\u{1}", "\r\n     ")
}

/// Returns the call with so many header lines in all.
fn lines(mut case: Case, count: usize) -> Case {
    // One is its length.
    for number in case.headers.len() + 1..count {
        case = case.and_header(&format!("X-{number}"), "x");
    }
    case
}

/// Returns what came back, in the words of the table.
fn answer(address: SocketAddr, sent: &Sent) -> String {
    let (answer, interim) = match sent {
        Sent::Bytes(bytes) => (wire::exchange(address, bytes, false).ok(), ""),
        Sent::Waiting(head, body) => {
            let mut connection = Connection::open(address).unwrap();
            connection.send(head).unwrap();
            let status = connection.head().unwrap().0;
            assert_eq!(status, 100);
            connection.send(body).unwrap();
            (connection.answer(false).ok(), "100, ")
        }
        Sent::Http2(case) => (h2::exchange(address, case, &[]).ok(), ""),
    };
    format!("{interim}{}", words(answer.as_ref()))
}

fn words(answer: Option<&Answer>) -> String {
    let Some(answer) = answer else { return "closed".to_owned() };
    let mut words = answer.status.to_string();
    match answer.code() {
        Some(code) => write!(words, " `{code}`").unwrap(),
        None if answer.status == 204 => {}
        None if answer.body.is_empty() => words.push_str(", empty"),
        None => words.push_str(", the framework's text"),
    }
    words
}

#[test]
fn the_frameworks_differ_as_the_guide_s_table_says() {
    let seen: Vec<_> = ROWS
        .iter()
        .map(|(name, make)| {
            let sent = make(name);
            let cell = |kind| {
                let address = start(kind, Setup::Signed.receiver());
                // A server that refuses a head and closes while it is still coming may lose its answer.
                let mut answers = (0..5).map(|_| answer(address, &sent));
                answers.find(|answer| answer != "closed").unwrap_or("closed".to_owned())
            };
            let mut row = vec![(*name).to_owned()];
            row.extend(FRAMEWORKS.map(cell));
            row
        })
        .collect();
    compare(SERVERS, "# The three below the adapter", &seen);
}
