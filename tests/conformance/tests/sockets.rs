//! What only a real connection can do to a server: framing, pace, breaking off, HTTP/2.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use conformance::cases::{self, PROFILE, profile};
use conformance::runner::{Kind, Runner, Server};
use conformance::sign::sha256;
use conformance::wire::{self, Connection};
use conformance::{Answer, Case, Expect, Setup, h2};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};
use webhook_core::{Limits, Receiver};

const BIG: usize = 64 << 20;
const LARGE: usize = 5 << 20;

fn servers() -> [Server; 4] {
    Kind::ALL.map(|kind| Server::start(kind, Setup::Events, Receiver::unverified()))
}

fn good() -> Case {
    Case::form(
        "a good one",
        format!("{PROFILE}&fields[name]=Johny"),
        profile("{}", r#"{"name":"Johny"}"#, "{}", ""),
    )
}

fn refused(status: u16, code: &'static str, detail: &str) -> Expect {
    Expect::Refused(status, code, detail.to_owned())
}

#[track_caller]
fn check(server: &Server, case: &Case, answer: &Answer) {
    case.check(answer).unwrap_or_else(|wrong| panic!("{}: {wrong}", server.kind().name()));
}

/// Asserts that the server still answers.
#[track_caller]
fn lives(server: &Server) {
    check(server, &good(), &server.call(&good()));
}

/// Asserts that all servers answer as expected, and the same.
fn agree(cases: &[Case], exchange: impl Fn(&Server, &Case) -> Answer) {
    let servers = servers();
    for case in cases {
        let answers = servers.each_ref().map(|server| exchange(server, case));
        for (server, answer) in servers.iter().zip(&answers) {
            check(server, case, answer);
            assert_eq!(*answer, answers[0], "{}: {}", server.kind().name(), case.name);
        }
    }
}

fn posts() -> Vec<Case> {
    cases::of(Setup::Events)
        .into_iter()
        .filter(|case| case.on_sockets && case.method == "POST")
        .collect()
}

#[test]
fn every_post_in_chunks() {
    agree(&posts(), |server, case| {
        let request = wire::chunked(case, 1 + case.body.len() / 5);
        wire::exchange(server.address(), &request, false).unwrap()
    });
}

#[test]
fn every_small_post_in_chunks_of_one_byte() {
    let small: Vec<_> = posts().into_iter().filter(|case| case.body.len() < 1000).collect();
    agree(&small, |server, case| {
        wire::exchange(server.address(), &wire::chunked(case, 1), false).unwrap()
    });
}

/// HTTP/2 has no Host: what was called is in the request's authority. Without HEAD: hyper leaves
/// it to the service to send no body in HTTP/2, and warp, unlike axum and actix-web, sends one.
#[test]
fn every_case_by_http2() {
    let origin: Vec<_> = cases::of(Setup::Events)
        .into_iter()
        .filter(|case| case.on_sockets && case.target.starts_with('/') && !case.is_head())
        .collect();
    assert!(origin.len() > 150);
    agree(&origin, |server, case| {
        h2::exchange(server.address(), case, &[])
            .unwrap_or_else(|error| panic!("{}, {}: {error}", server.kind().name(), case.name))
    });
}

#[test]
fn http2_with_a_host_next_to_the_authority() {
    let same = good().delivered("/copernica", "example.com");
    agree(&[same], |server, case| {
        h2::exchange(server.address(), case, &[("host", "example.com")]).unwrap()
    });
    let other = Case::form(
        "another host",
        PROFILE,
        refused(400, "malformed_request", "Host and the request's authority differ"),
    );
    agree(&[other], |server, case| {
        h2::exchange(server.address(), case, &[("host", "other.example")]).unwrap()
    });
}

/// The status is 400 everywhere. hyper passes two Hosts on and core refuses them; actix-http
/// refuses them by itself, with an empty body.
#[test]
fn two_hosts_are_refused() {
    let case = good().and_header("Host", "other.example");
    let case = Case { expect: refused(400, "malformed_request", "more than one Host"), ..case };
    for server in servers() {
        let answer = server.call(&case);
        if server.kind() == Kind::Actix {
            assert_eq!(answer.status, 400);
        } else {
            check(&server, &case, &answer);
        }
        lives(&server);
    }
}

#[test]
fn http_1_0_is_accepted() {
    agree(&[good().delivered("/copernica", "example.com")], |server, case| {
        let request = String::from_utf8(wire::request(case)).unwrap();
        let request = request.replacen("HTTP/1.1", "HTTP/1.0", 1);
        wire::exchange(server.address(), request.as_bytes(), false).unwrap()
    });
}

#[test]
fn a_client_that_waits_for_100_continue() {
    let case = good().and_header("Expect", "100-continue");
    let large = Case::form("too large", "", refused(413, "body_too_large", "2097152"));
    let large = large.and_header("Expect", "100-continue");
    for server in servers() {
        let mut connection = Connection::open(server.address()).unwrap();
        let framing = format!("Content-Length: {}\r\n", case.body.len());
        connection.send(&wire::head(&case, &framing)).unwrap();
        assert_eq!(connection.head().unwrap().0, 100, "{}", server.kind().name());
        connection.send(&case.body).unwrap();
        check(&server, &case, &connection.answer(false).unwrap());

        let mut connection = Connection::open(server.address()).unwrap();
        connection.send(&wire::head(&large, &format!("Content-Length: {BIG}\r\n"))).unwrap();
        check(&server, &large, &connection.answer(false).unwrap());
    }
}

#[test]
fn a_connection_is_kept() {
    for server in servers() {
        let mut connection = Connection::open(server.address()).unwrap();
        let wrong = Case::form("wrong", "type=update", refused(422, "unexpected_event", ""));
        for case in [good(), wrong, good(), good()] {
            connection.send(&wire::request(&case)).unwrap();
            check(&server, &case, &connection.answer(false).unwrap());
        }
    }
}

/// A body that was not read must never be taken for the next request.
#[test]
fn an_unread_body_is_no_request() {
    let smuggled = wire::request(&good());
    let case =
        Case::form("refused by its head", smuggled, refused(415, "unsupported_media_type", ""))
            .header("Content-Type", "text/plain");
    let next = Case::form("next", "type=update", refused(422, "unexpected_event", ""));
    for server in servers() {
        let mut connection = Connection::open(server.address()).unwrap();
        connection.send(&wire::request(&case)).unwrap();
        check(&server, &case, &connection.answer(false).unwrap());
        // It may be closed by now; if it is not, the next answer is the next request's.
        let sent = connection.send(&wire::request(&next));
        if let (Ok(()), Ok(answer)) = (sent, connection.answer(false)) {
            check(&server, &next, &answer);
        }
        lives(&server);
    }
}

#[test]
fn a_call_that_comes_byte_by_byte_is_accepted() {
    let case = good();
    let requests = [wire::request(&case), wire::chunked(&case, 9)];
    let servers = servers();
    thread::scope(|scope| {
        for (server, request) in
            servers.iter().flat_map(|server| requests.iter().map(move |request| (server, request)))
        {
            let case = &case;
            scope.spawn(move || {
                let mut connection = Connection::open(server.address()).unwrap();
                for byte in request {
                    connection.send(&[*byte]).unwrap();
                    thread::sleep(Duration::from_millis(1));
                }
                check(server, case, &connection.answer(false).unwrap());
            });
        }
    });
}

/// A slow sender keeps no other waiting.
#[test]
fn a_stalled_body_blocks_no_other() {
    for server in servers() {
        let case = good();
        let mut stalled: Vec<_> = (0..50)
            .map(|_| {
                let mut connection = Connection::open(server.address()).unwrap();
                let request = wire::request(&case);
                connection.send(&request[..request.len() - 5]).unwrap();
                connection
            })
            .collect();
        lives(&server);
        for connection in &mut stalled {
            connection.send(&case.body[case.body.len() - 5..]).unwrap();
            check(&server, &case, &connection.answer(false).unwrap());
        }
    }
}

/// The client goes away in the middle: where an answer is still sent it is `body_unreadable`, and the
/// server lives on.
#[test]
fn broken_streams_are_unreadable_bodies() {
    let case = Case { expect: refused(400, "body_unreadable", "the stream broke"), ..good() };
    let length = |more: usize| format!("Content-Length: {}\r\n", case.body.len() + more);
    let chunked = "Transfer-Encoding: chunked\r\n".to_owned();
    let mut chunk = format!("{:x}\r\n", case.body.len()).into_bytes();
    chunk.extend_from_slice(&case.body);
    let broken: [(&str, String, Vec<u8>); 5] = [
        ("shorter than announced", length(100), case.body.clone()),
        ("nothing of what was announced", length(100), Vec::new()),
        ("no last chunk", chunked.clone(), [&chunk[..], b"\r\n"].concat()),
        ("a chunk cut short", chunked.clone(), chunk[..20].to_vec()),
        ("half a chunk's size", chunked.clone(), b"5".to_vec()),
    ];
    for server in servers() {
        for (name, framing, sent) in &broken {
            for whole in [false, true] {
                let mut connection = Connection::open(server.address()).unwrap();
                connection.send(&wire::head(&case, framing)).unwrap();
                connection.send(sent).unwrap();
                thread::sleep(Duration::from_millis(20));
                if whole {
                    connection.close();
                } else {
                    connection.end().unwrap();
                    if let Ok(answer) = connection.answer(false) {
                        case.check(&answer).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
                    }
                }
                lives(&server);
            }
        }
    }
}

/// Returns a signed call, to be sent again and again to a receiver of [`Setup::Forgetful`].
fn signed(text: &str) -> Case {
    let body = format!("{PROFILE}&fields[text]={text}");
    let case = cases::call("half-closed").to(Setup::Forgetful);
    let mut case = case.header("Digest", sha256(body.as_bytes())).signed();
    case.expect = profile("{}", &format!(r#"{{"text":"{text}"}}"#), "{}", "");
    case.body = body.into();
    case
}

/// A sender that shuts its half down has sent everything, and waits: it has not gone away.
#[test]
fn a_half_closed_connection_gets_its_answer() {
    let calls = [(signed("small"), 20), (signed(&"x".repeat(1_500_000)), 3)];
    for kind in Kind::ALL {
        let server = Server::half_closing(kind, Setup::Forgetful, Setup::Forgetful.receiver());
        for (case, turns) in &calls {
            for request in [wire::request(case), wire::chunked(case, 1 << 16)] {
                let head = request.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
                for split in [0, head].repeat(*turns) {
                    let mut connection = Connection::open(server.address()).unwrap();
                    connection.send(&request[..split]).unwrap();
                    if split > 0 {
                        thread::sleep(Duration::from_millis(2));
                    }
                    connection.send(&request[split..]).unwrap();
                    connection.end().unwrap();
                    let answer = connection.answer(false);
                    let answer = answer.unwrap_or_else(|e| panic!("{}: {e}", kind.name()));
                    check(&server, case, &answer);
                }
            }
        }
    }
}

/// actix-http takes all that follows such a head for its body, up to the connection's end.
#[test]
fn a_call_that_offers_websocket_ends_at_its_announced_length() {
    let offers = |case: Case| case.header("Connection", "Upgrade").header("Upgrade", "websocket");
    let next = Case::form("next", "type=update", refused(422, "unexpected_event", ""));
    let empty = offers(Case::form("empty", "", refused(422, "unexpected_event", "")));
    let call = offers(good());
    for server in servers() {
        for (case, request) in [
            (&call, wire::request(&call)),
            (&call, wire::chunked(&call, 9)),
            (&empty, wire::head(&empty, "Content-Length: 0\r\n")),
            (&empty, wire::head(&empty, "")),
        ] {
            for follows in [true, false] {
                let mut connection = Connection::open(server.address()).unwrap();
                let second = if follows { wire::request(&next) } else { Vec::new() };
                let begun = Instant::now();
                connection.send(&[request.clone(), second].concat()).unwrap();
                check(&server, case, &connection.answer(false).unwrap());
                let name = server.kind().name();
                assert!(begun.elapsed() < Duration::from_secs(5), "{name}, {}", case.name);
                // Where it can't find the next request, the server closes.
                let sent = if follows { Ok(()) } else { connection.send(&wire::request(&next)) };
                if let (Ok(()), Ok(answer)) = (sent, connection.answer(false)) {
                    check(&server, &next, &answer);
                }
                assert!(begun.elapsed() < Duration::from_secs(9), "{name}, {}", case.name);
            }
        }
    }
}

/// Chunks that are no chunks: 400 everywhere, by the server or by us.
#[test]
fn wrong_chunks_are_400() {
    for server in servers() {
        for wrong in ["zz\r\nabc\r\n0\r\n\r\n", "-1\r\n\r\n", "fffffffffffffffffff\r\n", "\r\n\r\n"]
        {
            let mut request = wire::head(&good(), "Transfer-Encoding: chunked\r\n");
            request.extend_from_slice(wrong.as_bytes());
            if let Ok(answer) = wire::exchange(server.address(), &request, false) {
                assert_eq!(answer.status, 400, "{} {wrong:?}: {answer:?}", server.kind().name());
            }
            lives(&server);
        }
    }
}

/// Requests that no HTTP server should take as they are, or that smuggle another: no event.
#[test]
fn wrong_framing_makes_no_event() {
    let body = String::from_utf8(good().body).unwrap();
    let length = body.len();
    for server in servers() {
        for framing in [
            format!("Content-Length: {length}\r\nContent-Length: {}\r\n", length - 1),
            "Content-Length: -1\r\n".to_owned(),
            "Content-Length: 1e3\r\n".to_owned(),
            "Content-Length: 99999999999999999999999\r\n".to_owned(),
            "Transfer-Encoding: gzip\r\n".to_owned(),
        ] {
            let mut request = wire::head(&good(), &framing);
            request.extend_from_slice(body.as_bytes());
            let mut connection = Connection::open(server.address()).unwrap();
            connection.send(&request).unwrap();
            connection.end().unwrap();
            if let Ok(answer) = connection.answer(false) {
                let name = server.kind().name();
                assert!((400..502).contains(&answer.status), "{name} {framing}: {answer:?}");
            }
            lives(&server);
        }
    }
}

/// Announces or streams 64 MB; reads while it writes.
#[test]
fn a_body_of_64_mb_is_refused() {
    let case = Case::form("64 MB", vec![b'x'; BIG], refused(413, "body_too_large", "2097152"));
    let requests = [wire::request(&case), wire::chunked(&case, 1 << 16)];
    for server in servers() {
        for request in &requests {
            let answer = wire::exchange(server.address(), request, false).unwrap();
            check(&server, &case, &answer);
            lives(&server);
        }
    }
}

/// The same by a client that reads only when it could write no more, as PHP's do.
#[test]
fn far_too_large_for_a_client_that_reads_last() {
    let case = Case::form("64 MB", vec![b'x'; BIG], refused(413, "body_too_large", "2097152"));
    let requests = [wire::request(&case), wire::chunked(&case, 1 << 16)];
    for server in servers() {
        for request in &requests {
            let mut connection = Connection::open(server.address()).unwrap();
            let _ = connection.send(request);
            let answer = connection.answer(false);
            let answer = answer.unwrap_or_else(|error| panic!("{}: {error}", server.kind().name()));
            check(&server, &case, &answer);
        }
    }
}

/// A receiver that takes 5 MB takes 5 MB.
#[test]
fn a_raised_limit_holds() {
    let limits = Limits::default().body(LARGE);
    let mut body = format!("{PROFILE}&fields[big]=").into_bytes();
    body.resize(LARGE, b'x');
    let value = "x".repeat(LARGE - PROFILE.len() - "&fields[big]=".len());
    let fields = format!(r#"{{"big":"{value}"}}"#);
    let case = Case::form("5 MB", body, profile("{}", &fields, "{}", ""));
    for server in Kind::ALL.map(|kind| {
        Server::start(kind, Setup::Events, Receiver::builder().limits(limits).unverified())
    }) {
        check(&server, &case, &server.call(&case));
        let chunked = wire::chunked(&case, 1 << 16);
        let answer = wire::exchange(server.address(), &chunked, false).unwrap();
        check(&server, &case, &answer);
    }
}

/// Bytes that are no HTTP.
#[test]
fn noise_does_not_stop_a_server() {
    let mut noise: Vec<u8> = Vec::new();
    let mut state = 1979_0212_u32;
    for _ in 0..4096 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.push(state.to_be_bytes()[0]);
    }
    for server in servers() {
        for sent in [&noise[..], b"\r\n\r\n\r\n", b"POST\r\n\r\n", b"\x16\x03\x01\x02\0\x01", b""] {
            let mut socket = TcpStream::connect(server.address()).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let _ = socket.write_all(sent);
            let _ = socket.shutdown(std::net::Shutdown::Write);
            let started = Instant::now();
            let _ = socket.read_to_end(&mut Vec::new());
            assert!(started.elapsed() < Duration::from_secs(4), "{} hangs", server.kind().name());
            lives(&server);
        }
    }
}
