//! Many connections that want to be waited for, at the example programs as they are built: bounded,
//! on loopback, and a genuine call is served all the same.
//!
//! Cargo builds the programs for their own tests (`cargo test --workspace`); one that is missing is
//! skipped, and says so.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod support;

use bytes::Bytes;
use conformance::cases::PROFILE;
use http::Request;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use support::{Program, signer, wire};

/// The programs; the last one is an own package, and skipped where it was not built.
const PROGRAMS: [&str; 4] = ["example-axum", "example-warp", "example-actix", "inbox-sqlite"];
/// As few file descriptors as a flood of [`SILENT`] connections uses up.
const FILES: u32 = 120;
const SILENT: usize = 130;
/// Slow connections of each sort.
const SLOW: usize = 100;
/// What each of them sends of its body at once.
const PART: usize = 1_900_000;
/// What slow connections may add to a program's memory, in kB.
const MEMORY: u64 = 100 << 10;

/// One flood at a time: each counts memory, time and file descriptors.
static ONE: Mutex<()> = Mutex::new(());

/// Sends the head and a part of a body, then a byte now and then, while `is_on`.
fn send_slowly(program: &Program, call: &Request<Bytes>, chunked: bool, is_on: &AtomicBool) {
    let mut socket = program.connect();
    let head = wire(call, chunked);
    let size = if chunked { format!("{:x}\r\n", 2 * PART) } else { String::new() };
    let part = [&head, size.as_bytes(), &vec![b'x'; PART]].concat();
    let mut sent = socket.write_all(&part);
    // A refusal ends it: that is what it is for.
    while sent.is_ok() && is_on.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(200));
        sent = socket.write_all(b"x");
    }
}

#[test]
fn silent_connections_end_and_a_call_is_served_after_them() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let flood = |name| {
        let Some(program) = Program::start(name, Some(FILES)) else { return };
        let (_, mut idle) = program.call(PROFILE);
        let silent: Vec<_> = (0..SILENT)
            .map(|_| {
                let mut socket = program.connect();
                socket.write_all(b"P").unwrap();
                socket
            })
            .collect();
        thread::sleep(Duration::from_millis(300));
        let (took, _) = program.call(PROFILE);
        println!("{name}: with {SILENT} silent connections and {FILES} files: {took:.1?}");
        assert!(took < Duration::from_secs(25), "{name}: {took:?}");
        // The same holds for a connection that was used, and for each of the silent ones.
        let begun = Instant::now();
        assert_eq!(idle.read_to_end(&mut Vec::new()).unwrap(), 0, "{name}");
        for mut socket in silent {
            drop(socket.read_to_end(&mut Vec::new()));
        }
        assert!(begun.elapsed() < Duration::from_secs(25), "{name}: {:?}", begun.elapsed());
        let (took, _) = program.call(PROFILE);
        assert!(took < Duration::from_secs(2), "{name}, after the flood: {took:?}");
    };
    thread::scope(|scope| {
        for name in PROGRAMS {
            scope.spawn(move || flood(name));
        }
    });
}

#[test]
fn slow_bodies_take_little_memory_and_a_call_is_served_next_to_them() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    for name in PROGRAMS {
        let Some(program) = Program::start(name, None) else { continue };
        program.call(PROFILE);
        let before = program.memory("VmRSS");
        let names = "(request-target) host date digest x-copernica-id content-length";
        let known = program.sign(&signer().covering(names).without_nonce(), PROFILE);
        let is_on = AtomicBool::new(true);
        let (program, is_on) = (&program, &is_on);
        let slowest = thread::scope(|scope| {
            for number in 0..SLOW {
                let key = format!("x{number}._domainkey.copernica.com");
                let mut made_up = program.sign(&signer().key_name(key), "");
                made_up.headers_mut().insert("content-length", (2 * PART).min(2_000_000).into());
                scope.spawn(move || send_slowly(program, &made_up, false, is_on));
                let known = known.clone();
                scope.spawn(move || send_slowly(program, &known, true, is_on));
            }
            thread::sleep(Duration::from_secs(2));
            let slowest = (0..5).map(|_| program.call(PROFILE).0).max();
            is_on.store(false, Ordering::Relaxed);
            slowest.unwrap()
        });
        let more = program.memory("VmHWM").saturating_sub(before);
        println!(
            "{name}: with {SLOW} slow bodies under made-up keys and {SLOW} under a known one: \
             a call took {slowest:.1?} at most, memory grew by {} MB",
            more >> 10
        );
        assert!(slowest < Duration::from_secs(1), "{name}: {slowest:?}");
        assert!(more < MEMORY, "{name}: {more} kB more");
    }
}
