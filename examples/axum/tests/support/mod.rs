//! The built program on a port of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// By the package's name, whatever a copy calls it.
pub const PROGRAM: &str = env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME")));

/// The program on a free port of loopback; it ends with this.
pub struct Service {
    child: Child,
    pub address: SocketAddr,
}

impl Service {
    /// Starts it unverified.
    pub fn unverified() -> Self {
        Self::start("COPERNICA_UNVERIFIED", "1", None)
    }

    /// Starts it for account 1234 with the key for development, `public.pem`.
    pub fn verifying() -> Self {
        let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/public.pem");
        let key = format!("test._domainkey.copernica.com={}", key.display());
        Self::start("COPERNICA_ACCOUNT", "1234", Some(key))
    }

    fn start(name: &str, value: &str, key: Option<String>) -> Self {
        let mut command = Command::new(PROGRAM);
        for name in [
            "COPERNICA_ACCOUNT",
            "COPERNICA_KEY",
            "COPERNICA_PUBLIC_URL",
            "COPERNICA_SELECTORS",
            "COPERNICA_UNVERIFIED",
            "RUST_LOG",
        ] {
            command.env_remove(name);
        }
        command.env(name, value).env("LISTEN", "127.0.0.1:0");
        command.envs(key.map(|key| ("COPERNICA_KEY", key)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // The log names the port; what follows is read too, so that the program never waits for us.
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let address = log.find_map(|line| address(&line)).expect("the log names no address");
        std::thread::spawn(move || log.for_each(drop));
        Self { child, address }
    }

    /// Posts a form; returns the status of the answer.
    pub fn post(&self, form: &str) -> u16 {
        let length = form.len();
        self.call(
            format!(
                "POST /copernica HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
            )
            .as_bytes(),
        )
    }

    /// Makes a call that is written out; returns the status of the answer.
    pub fn call(&self, call: &[u8]) -> u16 {
        let mut socket = TcpStream::connect(self.address).unwrap();
        // A refusal may come before the body's end.
        drop(socket.write_all(call));
        let mut answer = Vec::new();
        drop(socket.read_to_end(&mut answer));
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("not an answer: {answer}"))
    }

    /// Ends the program; returns what it has printed.
    pub fn stop(&mut self) -> String {
        self.child.kill().unwrap();
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        printed
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Finds the address in a line of the log.
fn address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("127.0.0.1:")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some(SocketAddr::from(([127, 0, 0, 1], digits.parse().ok()?)))
}
