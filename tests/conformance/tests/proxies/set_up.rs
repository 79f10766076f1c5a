//! The guide's page on setting up: its curl lines, and what a receiver answers to a test button.

use crate::page::{SET_UP, blocks, compare, replaced};
use crate::receivers::start;
use conformance::sign::sha256;
use conformance::wire;
use conformance::{Case, Setup, cases};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

const TRIGGERS: [&str; 8] =
    ["create", "update", "delete", "click", "open", "delivery", "bounce", "failure"];

/// A request: method and target, authorization, media type, body.
type SentCall = [String; 4];

/// Starts a stand-in for the authentication server and the API: it answers by SETUP.md's shapes,
/// and proves nothing about the real ones.
fn stand_in() -> (SocketAddr, Receiver<SentCall>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, sent_calls) = mpsc::channel();
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            answer(socket, &sender);
        }
    });
    (address, sent_calls)
}

fn answer(socket: TcpStream, sender: &Sender<SentCall>) {
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut socket = BufReader::new(socket);
    let (mut line, mut head) = (String::new(), Vec::new());
    while socket.read_line(&mut line).unwrap_or_default() > 2 {
        head.push(line.trim_end().to_owned());
        line.clear();
    }
    let header = |name: &str| {
        let mut lines = head.iter().filter_map(|line| line.split_once(": "));
        let line = lines.find(|(other, _)| other.eq_ignore_ascii_case(name));
        line.map_or(String::new(), |(_, value)| value.to_owned())
    };
    let mut body = vec![0; header("content-length").parse().unwrap_or_default()];
    socket.read_exact(&mut body).unwrap();
    let request = head[0].trim_end_matches(" HTTP/1.1").to_owned();
    let (status, body_of_answer) = match request.split_once(' ').unwrap() {
        ("POST", "/") => ("200 OK", "the.jwt.here"),
        ("POST", _) => ("201 Created\r\nX-location: https://api.copernica.com/v4/webhook/1894", ""),
        ("DELETE" | "PUT", _) => ("204 No Content", ""),
        _ => ("200 OK", "{}"),
    };
    let length = body_of_answer.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body_of_answer}"
    );
    let body = String::from_utf8(body).unwrap();
    sender.send([request, header("authorization"), header("content-type"), body]).unwrap();
    socket.get_mut().write_all(answer.as_bytes()).unwrap();
}

fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        // Past the harness, which keeps `eprintln!` to itself.
        let note =
            format!("SKIPPED: there is no {program} here, the guide's curl lines did not run\n");
        std::io::stderr().write_all(note.as_bytes()).unwrap();
    }
    there
}

#[test]
fn the_guide_s_curl_lines_send_what_the_api_documents() {
    for block in blocks(SET_UP, "sh") {
        let checked = Command::new("sh").args(["-n", "-c", block]).output().unwrap();
        assert!(checked.status.success(), "{block}\n{checked:?}");
    }
    if !is_there("curl") {
        return;
    }
    let (address, sent_calls) = stand_in();
    let script = blocks(SET_UP, "sh").concat();
    let script = replaced(
        &replaced(&script, "https://authenticate.copernica.com", &format!("http://{address}/")),
        "https://api.copernica.com",
        &format!("http://{address}"),
    );
    let mut shell = Command::new("sh");
    shell.args(["-e", "-u", "-c", &script]).env("WEBHOOK", "1894");
    // Loopback is reached without a proxy, whatever the environment has.
    shell.env("ACCESS_TOKEN", "a token+").env("no_proxy", "*");
    let ran = shell.output().unwrap();
    assert!(ran.status.success(), "{ran:?}");

    let form = "application/x-www-form-urlencoded";
    let bearer = "Bearer the.jwt.here";
    let handler = "handler=https%3A%2F%2Fhooks.example.com%2Fcopernica";
    let row = |request: &str, body: String| {
        let media_type = if body.is_empty() { "" } else { form };
        [request.to_owned(), bearer.to_owned(), media_type.to_owned(), body]
    };
    let mut expected = vec![
        ["POST /", "", form, "access_token=a%20token%2B"].map(str::to_owned),
        row("GET /v4/identity", String::new()),
    ];
    let post = |trigger| row("POST /v4/webhooks", format!("{handler}&trigger={trigger}"));
    expected.extend(TRIGGERS.map(post));
    expected.push(row("GET /v4/webhook/1894", String::new()));
    expected.push(row("PUT /v4/webhook/1894", format!("{handler}&trigger=create")));
    expected.push(row("DELETE /v4/webhook/1894", String::new()));
    let logs = "/v4/logfiles?date=2026-01-05&type=feedback-loop-errors";
    expected.push(row(&format!("GET {logs}"), String::new()));
    let log = "/v4/logfile/feedback-loop-errors.2026-01-05.log/json";
    expected.push(row(&format!("GET {log}"), String::new()));
    let seen: Vec<_> = sent_calls.try_iter().collect();
    // curl 7.88 and later differ in how they write a space.
    let spaces = |[request, bearer, media_type, body]: SentCall| {
        [request, bearer, media_type, body.replace("a+token", "a%20token")]
    };
    assert_eq!(seen.into_iter().map(spaces).collect::<Vec<_>>(), expected);
}

/// Returns a signed call with this body.
fn signed(name: &str, body: &str) -> Case {
    let case = cases::call(name).header("Digest", sha256(body.as_bytes()));
    Case { body: body.into(), ..case }.signed()
}

#[test]
fn a_test_button_is_answered_as_the_guide_s_table_says() {
    let rows = [
        ("signed, a `create`", cases::call("a create").signed()),
        ("signed, another trigger", signed("another", "type=click&id=abc")),
        ("signed, with no `type`", signed("no type", "test=1")),
        ("signed, with an empty body", signed("empty", "")),
        ("not signed", cases::call("not signed")),
    ];
    for kind in crate::receivers::FRAMEWORKS {
        let servers = [Setup::Signed, Setup::Ignoring].map(|setup| start(kind, setup.receiver()));
        let row = |(name, case): &(&str, Case)| {
            let request = wire::request(case);
            let cell = |address: SocketAddr| {
                let answer = wire::exchange(address, &request, false).unwrap();
                let code = answer.code().map_or(String::new(), |code| format!(" `{code}`"));
                format!("{}{code}", answer.status)
            };
            let mut row = vec![(*name).to_owned()];
            row.extend(servers.map(cell));
            row
        };
        compare(SET_UP, "## 4. The test button", &rows.iter().map(row).collect::<Vec<_>>());
    }
}
