//! Many connections that want to be waited for, at the example programs as they are built: bounded,
//! on loopback, and a genuine call is served all the same.
//!
//! Cargo builds the programs for their own tests (`cargo test --workspace`); one that is missing is
//! skipped, and says so.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use bytes::Bytes;
use conformance::cases::PROFILE;
use conformance::sign::PRIVATE_PEM;
use http::Request;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, thread};
use webhook_core::testing::Signer;

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

struct Program {
    name: &'static str,
    child: Child,
    address: SocketAddr,
}

impl Program {
    /// Starts it, with as many file descriptors; `None` where it was not built.
    fn start(name: &'static str, files: Option<u32>) -> Option<Self> {
        let path = path(name);
        if !path.exists() {
            // Past the harness, which keeps `eprintln!` to itself.
            let note = format!("SKIPPED: {name} was not built, no flood was sent to it\n");
            std::io::stderr().write_all(note.as_bytes()).unwrap();
            return None;
        }
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let public = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/public.pem");
        let limit = files.map_or(String::new(), |files| format!("ulimit -n {files} && "));
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{limit}exec \"$0\" \"$@\"")).arg(path);
        if name == "inbox-sqlite" {
            let folder = env::temp_dir().join(format!("webhook-flood-{}", address.port()));
            fs::create_dir_all(&folder).unwrap();
            command.arg("--database").arg(folder.join("inbox.db")).arg("serve");
        }
        let key = format!("test._domainkey.copernica.com={}", public.display());
        command.env("COPERNICA_ACCOUNT", "1234").env("COPERNICA_KEY", key);
        command.env_remove("COPERNICA_UNVERIFIED").env_remove("COPERNICA_PUBLIC_URL");
        command.env("LISTEN", address.to_string()).env("RUST_LOG", "error");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut program = Self { name, child: command.spawn().unwrap(), address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = program.child.try_wait().unwrap();
            assert!(ended.is_none(), "{name} ended: {ended:?}");
            assert!(begun.elapsed() < Duration::from_secs(20), "{name} does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        Some(program)
    }

    fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
        socket.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
        socket
    }

    /// Makes a genuine call of its own; returns how long it took, and its connection.
    fn call(&self) -> (Duration, TcpStream) {
        let call = wire(&self.sign(&signer(), PROFILE), false);
        let begun = Instant::now();
        let mut socket = self.connect();
        socket.write_all(&call).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap();
            answer.extend(byte);
        }
        let took = begun.elapsed();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 204 "), "{}: {answer}", self.name);
        (took, socket)
    }

    fn sign(&self, signer: &Signer, body: &'static str) -> Request<Bytes> {
        signer.sign(&format!("http://{}/copernica", self.address), body).unwrap()
    }

    /// Sends the head and a part of a body, then a byte now and then, while `is_on`.
    fn send_slowly(&self, call: &Request<Bytes>, chunked: bool, is_on: &AtomicBool) {
        let mut socket = self.connect();
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

    /// A figure of its memory, in kB.
    fn memory(&self, figure: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(figure)).unwrap();
        line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        let folder = env::temp_dir().join(format!("webhook-flood-{}", self.address.port()));
        drop(fs::remove_dir_all(folder));
    }
}

fn path(name: &str) -> PathBuf {
    if name == "inbox-sqlite" {
        // A package of its own, with a target folder of its own unless it is told another.
        let usual = "../../examples/inbox-sqlite/target/debug/inbox";
        let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join(usual);
        return env::var_os("INBOX_SQLITE").map_or_else(usual, PathBuf::from);
    }
    // This test is in `deps`, next to the programs.
    let here = env::current_exe().unwrap();
    here.parent().unwrap().with_file_name(name)
}

fn signer() -> Signer {
    Signer::from_pem(PRIVATE_PEM).unwrap()
}

/// A call as it goes over the wire; in chunks it is its head alone.
fn wire(call: &Request<Bytes>, chunked: bool) -> Vec<u8> {
    let mut head = format!("POST {} HTTP/1.1\r\n", call.uri().path()).into_bytes();
    for (name, value) in call.headers() {
        if !chunked || name != "content-length" {
            head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
    }
    if chunked {
        head.extend(b"transfer-encoding: chunked\r\n\r\n");
        return head;
    }
    [&head, &b"\r\n"[..], call.body()].concat()
}

#[test]
fn silent_connections_end_and_a_call_is_served_after_them() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let flood = |name| {
        let Some(program) = Program::start(name, Some(FILES)) else { return };
        let (_, mut idle) = program.call();
        let silent: Vec<_> = (0..SILENT)
            .map(|_| {
                let mut socket = program.connect();
                socket.write_all(b"P").unwrap();
                socket
            })
            .collect();
        thread::sleep(Duration::from_millis(300));
        let (took, _) = program.call();
        println!("{name}: with {SILENT} silent connections and {FILES} files: {took:.1?}");
        assert!(took < Duration::from_secs(25), "{name}: {took:?}");
        // The same holds for a connection that was used, and for each of the silent ones.
        let begun = Instant::now();
        assert_eq!(idle.read_to_end(&mut Vec::new()).unwrap(), 0, "{name}");
        for mut socket in silent {
            drop(socket.read_to_end(&mut Vec::new()));
        }
        assert!(begun.elapsed() < Duration::from_secs(25), "{name}: {:?}", begun.elapsed());
        let (took, _) = program.call();
        assert!(took < Duration::from_secs(2), "{name}, after the flood: {took:?}");
    };
    thread::scope(|scope| {
        for name in PROGRAMS {
            scope.spawn(move || flood(name));
        }
    });
}

#[test]
fn slow_bodies_take_little_memory_and_a_call_is_served_beside_them() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    for name in PROGRAMS {
        let Some(program) = Program::start(name, None) else { continue };
        program.call();
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
                scope.spawn(move || program.send_slowly(&made_up, false, is_on));
                let known = known.clone();
                scope.spawn(move || program.send_slowly(&known, true, is_on));
            }
            thread::sleep(Duration::from_secs(2));
            let slowest = (0..5).map(|_| program.call().0).max();
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
