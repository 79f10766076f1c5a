//! The example programs as they are built, each on a port of its own.

#![allow(dead_code, reason = "each test uses a part of it")]

use bytes::Bytes;
use conformance::sign::PRIVATE_PEM;
use http::Request;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};
use webhook_core::testing::Signer;

/// A program that runs until this is dropped.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    child: Child,
    address: SocketAddr,
    /// Its standard output, and what else it writes.
    folder: PathBuf,
}

impl Program {
    /// Starts it, with as many file descriptors; `None` where it was not built.
    ///
    /// Cargo builds the programs for their own tests (`cargo test --workspace`).
    pub(crate) fn start(name: &'static str, files: Option<u32>) -> Option<Self> {
        let path = path(name);
        if !path.exists() {
            // Past the harness, which keeps `eprintln!` to itself.
            let note = format!("SKIPPED: {name} was not built, nothing was sent to it\n");
            std::io::stderr().write_all(note.as_bytes()).unwrap();
            return None;
        }
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let folder = env::temp_dir().join(format!("webhook-program-{}", address.port()));
        fs::create_dir_all(&folder).unwrap();
        let public = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/public.pem");
        let limit = files.map_or(String::new(), |files| format!("ulimit -n {files} && "));
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{limit}exec \"$0\" \"$@\"")).arg(path);
        if name == "inbox-sqlite" {
            command.arg("--database").arg(folder.join("inbox.db")).arg("serve");
        }
        let key = format!("test._domainkey.copernica.com={}", public.display());
        command.env("COPERNICA_ACCOUNT", "1234").env("COPERNICA_KEY", key);
        command.env_remove("COPERNICA_UNVERIFIED").env_remove("COPERNICA_PUBLIC_URL");
        command.env("LISTEN", address.to_string()).env("RUST_LOG", "error");
        command.stdin(Stdio::null()).stdout(File::create(folder.join("out")).unwrap());
        command.stderr(Stdio::null());
        let mut program = Self { name, child: command.spawn().unwrap(), address, folder };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = program.child.try_wait().unwrap();
            assert!(ended.is_none(), "{name} ended: {ended:?}");
            assert!(begun.elapsed() < Duration::from_secs(20), "{name} does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        Some(program)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
        socket.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
        socket
    }

    /// Makes a genuine call of its own, which must be answered 204; returns how long it took, and its
    /// connection.
    pub(crate) fn call(&self, body: &'static str) -> (Duration, TcpStream) {
        let call = wire(&self.sign(&signer(), body), false);
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
        assert!(answer.starts_with("HTTP/1.1 204 "), "{}: {answer}, for {body}", self.name);
        (took, socket)
    }

    pub(crate) fn sign(&self, signer: &Signer, body: &'static str) -> Request<Bytes> {
        signer.sign(&format!("http://{}/copernica", self.address), body).unwrap()
    }

    /// Returns what it wrote to its standard output.
    pub(crate) fn output(&self) -> String {
        fs::read_to_string(self.folder.join("out")).unwrap()
    }

    /// Returns a figure of its memory, in kB.
    pub(crate) fn memory(&self, figure: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(figure)).unwrap();
        line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn path(name: &str) -> PathBuf {
    if name == "inbox-sqlite" {
        // A package of its own, with a target folder of its own unless another is set.
        let usual = "../../examples/inbox-sqlite/target/debug/inbox";
        let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join(usual);
        return env::var_os("INBOX_SQLITE").map_or_else(usual, PathBuf::from);
    }
    // This test is in `deps`, next to the programs.
    let here = env::current_exe().unwrap();
    here.parent().unwrap().with_file_name(name)
}

pub(crate) fn signer() -> Signer {
    Signer::from_pem(PRIVATE_PEM).unwrap()
}

/// Returns a call as it goes over the wire; in chunks it is its head alone.
pub(crate) fn wire(call: &Request<Bytes>, chunked: bool) -> Vec<u8> {
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
