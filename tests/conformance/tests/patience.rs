//! How long, and with how much memory, servers wait for bodies: over real sockets, in all four.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use conformance::cases::{PROFILE, profile};
use conformance::runner::{Kind, Runner, Server};
use conformance::sign::{DATE, REQUIRED, sha256};
use conformance::wire::{self, Connection};
use conformance::{Case, Setup};
use std::time::{Duration, Instant};
use webhook_core::{Limits, Receiver};

/// As long as these receivers wait for a body.
const BODY_TIME: Duration = Duration::from_millis(700);

/// Returns a call that lacks only its signature, and is no copy of another.
fn call(name: &str) -> Case {
    let body = format!("{PROFILE}&fields[case]={}", name.replace([' ', ','], ""));
    let digest = sha256(body.as_bytes());
    Case::form(name, body, profile("{}", "{}", "{}", ""))
        .header("Host", "hooks.example.com")
        .header("Date", DATE)
        .header("X-Copernica-ID", "account_1234")
        .header("Digest", digest)
        .to(Setup::Signed)
}

/// Returns a signed call, whose head alone proves it.
fn proven(name: &str) -> Case {
    call(name).signed()
}

/// Returns a call whose signature covers a length that no header says: only its end proves it.
fn unproven(name: &str) -> Case {
    call(name).signed_over(&format!("{REQUIRED} content-length"))
}

fn receiver(setup: Setup) -> Receiver {
    let limits = Limits::default().body(100_000).body_time(BODY_TIME);
    let builder = setup.verifying().limits(limits).unproven_bytes(250_000);
    builder.build().unwrap()
}

fn servers() -> [Server; 4] {
    Kind::ALL.map(|kind| Server::start(kind, Setup::Signed, receiver(Setup::Signed)))
}

/// Sends a byte now and then, until there is an answer; returns its status and how long it took.
fn drip(server: &Server, case: &Case) -> (u16, String, Duration) {
    let mut connection = Connection::open(server.address()).unwrap();
    let begun = Instant::now();
    connection.send(&wire::head(case, "Transfer-Encoding: chunked\r\n")).unwrap();
    let mut slow = connection.socket().unwrap();
    let body = case.body.clone();
    let dripping = std::thread::spawn(move || {
        use std::io::Write;
        for byte in body.iter().cycle() {
            let sent = slow.write_all(format!("1\r\n{}\r\n", char::from(*byte)).as_bytes());
            if sent.is_err() || begun.elapsed() > Duration::from_secs(20) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let answer = connection.answer(false).unwrap();
    let took = begun.elapsed();
    connection.close();
    dripping.join().unwrap();
    (answer.status, String::from_utf8_lossy(&answer.body).into_owned(), took)
}

#[test]
fn a_body_that_drips_is_a_408_under_a_proven_head_and_a_401_under_another() {
    for server in servers() {
        let name = server.kind().name();
        for (case, status, code) in [
            (proven("slow, proven"), 408, "body_timeout"),
            (unproven("slow, unproven"), 401, "unauthenticated"),
        ] {
            let (found, body, took) = drip(&server, &case);
            assert_eq!(found, status, "{name}: {body}");
            assert!(body.contains(code), "{name}: {body}");
            assert!(
                took >= BODY_TIME && took < BODY_TIME + Duration::from_secs(5),
                "{name}: {took:?}"
            );
        }
        // A genuine call next to it is served as ever.
        assert_eq!(server.call(&proven("another")).status, 200, "{name}");
    }
}

#[test]
fn unproven_bodies_together_are_bounded_and_proven_calls_go_by() {
    for server in servers() {
        let name = server.kind().name();
        let case = unproven("large, unproven");
        let begin = || {
            let mut connection = Connection::open(server.address()).unwrap();
            connection.send(&wire::head(&case, "Transfer-Encoding: chunked\r\n")).unwrap();
            connection.send(format!("{:x}\r\n", 90_000).as_bytes()).unwrap();
            connection.send(&vec![b'x'; 90_000]).unwrap();
            connection
        };
        // More than fit; how many of them fit depends on how their bytes come in.
        let mut held: Vec<_> = (0..5).map(|_| begin()).collect();
        // They are in the receiver by then, and not out of time yet.
        std::thread::sleep(Duration::from_millis(250));
        assert_eq!(server.call(&proven("another")).status, 200, "{name}");
        let statuses: Vec<_> =
            held.iter_mut().map(|connection| connection.answer(false).unwrap()).collect();
        let overloaded = statuses.iter().filter(|answer| answer.status == 503);
        assert!((1..5).contains(&overloaded.clone().count()), "{name}: {statuses:?}");
        for answer in overloaded {
            assert!(String::from_utf8_lossy(&answer.body).contains("overloaded"), "{name}");
        }
        // The others ran out of time, and their share is free again.
        assert!(statuses.iter().all(|answer| matches!(answer.status, 401 | 503)), "{name}");
        let answer = wire::exchange(server.address(), &wire::chunked(&unproven("after"), 9), false);
        assert_eq!(answer.unwrap().status, 200, "{name}");
    }
}
