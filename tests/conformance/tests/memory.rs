//! What is refused for its size takes no memory. A process of its own, because what is measured is
//! the process; the client is in it too, and has one small buffer.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use conformance::cases::PROFILE;
use conformance::runner::{Kind, Runner, Server};
use conformance::wire::{self, Connection};
use conformance::{Case, Expect, Setup};
use std::fs;
use std::io::Write;
use std::thread;
use webhook_core::Receiver;

const TOTAL: usize = 64 << 20;
const CLIENTS: usize = 8;

/// Most that refusing may take: for each client the limit of 2 MiB, as much again while a buffer
/// grows, and small change.
const MOST: usize = (CLIENTS * 4 + 16) << 20;

/// Returns the process' memory, in bytes, by a name in /proc.
fn memory(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let kilobytes: usize = line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().unwrap();
    kilobytes << 10
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "/proc is Linux's")]
fn far_too_large_bodies_are_not_kept() {
    let expect = Expect::Refused(413, "body_too_large", "2097152".to_owned());
    let case = Case::form("64 MB", PROFILE, expect);
    let chunk = [b"10000\r\n", &vec![b'x'; 0x1_0000][..], b"\r\n"].concat();
    for server in Kind::ALL.map(|kind| Server::start(kind, Setup::Events, Receiver::unverified())) {
        let warm = Case::form("warm", "", Expect::Refused(422, "unexpected_event", String::new()));
        warm.check(&server.call(&warm)).unwrap();

        let before = memory("VmRSS");
        let sent: usize = thread::scope(|scope| {
            let clients: Vec<_> =
                (0..CLIENTS).map(|_| scope.spawn(|| flood(&server, &case, &chunk))).collect();
            clients.into_iter().map(|client| client.join().unwrap()).sum()
        });
        let growth = memory("VmHWM").saturating_sub(before);
        eprintln!("{}: {} MB sent, grew by {} KiB", server.kind().name(), sent >> 20, growth >> 10);
        assert!(growth < MOST, "{}: grew by {growth} bytes", server.kind().name());
    }
}

/// Streams up to 64 MB, reads the refusal; how much the server was willing to take.
fn flood(server: &Server, case: &Case, chunk: &[u8]) -> usize {
    let mut connection = Connection::open(server.address()).unwrap();
    let mut socket = connection.socket().unwrap();
    connection.send(&wire::head(case, "Transfer-Encoding: chunked\r\n")).unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(move || {
            let mut sent = 0;
            while sent < TOTAL && socket.write_all(chunk).is_ok() {
                sent += chunk.len();
            }
            // For a server that wants it all before it says no: then what it holds is seen.
            let _ = socket.write_all(b"0\r\n\r\n");
            sent
        });
        let answer = connection.answer(false).unwrap();
        case.check(&answer).unwrap();
        connection.close();
        writer.join().unwrap()
    })
}
