//! The built program on a port of its own, and calls that are signed for it.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
use webhook_axum::testing::Signer;

/// A key for development, which no account has.
const PRIVATE_PEM: &str = include_str!("private.pem");
const PUBLIC_PEM: &str = "tests/support/public.pem";
const PATIENCE: Duration = Duration::from_secs(60);

/// The program on a free port of loopback; it ends with this.
pub struct Service {
    child: Child,
    address: SocketAddr,
    events: Receiver<String>,
    log: Receiver<String>,
}

impl Service {
    /// Starts it with the key for development.
    pub fn start() -> Self {
        let key = Path::new(env!("CARGO_MANIFEST_DIR")).join(PUBLIC_PEM);
        let mut command = Command::new(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))));
        for name in
            ["COPERNICA_UNVERIFIED", "COPERNICA_PUBLIC_URL", "COPERNICA_SELECTORS", "RUST_LOG"]
        {
            command.env_remove(name);
        }
        command.env("COPERNICA_ACCOUNT", "1234").env("LISTEN", "127.0.0.1:0");
        command.env("COPERNICA_KEY", format!("test._domainkey.copernica.com={}", key.display()));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (events, log) = (lines(child.stdout.take()), lines(child.stderr.take()));
        let address = loop {
            let line = log.recv_timeout(PATIENCE).expect("the log names no address");
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.trim_end_matches("/copernica").parse().unwrap();
            }
        };
        Self { child, address, events, log }
    }

    /// Returns a call with this body, as it goes over the wire.
    pub fn sign(&self, body: impl Into<String>) -> Vec<u8> {
        let url = format!("http://{}/copernica", self.address);
        let call = Signer::from_pem(PRIVATE_PEM).unwrap().sign(&url, body.into()).unwrap();
        let mut wire = b"POST /copernica HTTP/1.1\r\nconnection: close\r\n".to_vec();
        for (name, value) in call.headers() {
            wire.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        wire.extend(b"\r\n");
        wire.extend(call.body());
        wire
    }

    /// Makes the call; returns the status of the answer.
    pub fn call(&self, call: &[u8]) -> u16 {
        let mut socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        // A refusal may come before the body's end.
        drop(socket.write_all(call));
        let mut answer = Vec::new();
        drop(socket.read_to_end(&mut answer));
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("not an answer: {answer:?}"))
    }

    /// Signs a body and makes the call.
    pub fn post(&self, body: impl Into<String>) -> u16 {
        self.call(&self.sign(body))
    }

    /// Returns the next line of its output.
    pub fn event(&self) -> String {
        self.events.recv_timeout(PATIENCE).expect("no event is printed")
    }

    /// Ends it; returns the lines of its output that were not read yet, and all of its log.
    pub fn stop(mut self) -> (Vec<String>, String) {
        self.child.kill().unwrap();
        (self.events.iter().collect(), self.log.iter().collect::<Vec<_>>().join("\n"))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads lines as they come, so that the program never waits for who reads them.
fn lines(from: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    let from = BufReader::new(from.unwrap());
    thread::spawn(move || {
        from.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    receiver
}
