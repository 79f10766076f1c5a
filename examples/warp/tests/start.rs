//! The program as it is built.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_example-warp");

#[test]
fn without_an_account_it_refuses_to_start() {
    let mut program = Command::new(PROGRAM);
    program.env_remove("COPERNICA_ACCOUNT").env_remove("COPERNICA_UNVERIFIED");
    let output = program.output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("set COPERNICA_ACCOUNT"));
}

#[test]
fn a_trigger_that_the_handler_does_not_take_is_answered_204_and_not_printed() {
    let mut service = Service::start();
    for other in ["type=click&id=b4icbaqjswyrb7tc", "type=delete&profile=123", "type=tomorrow"] {
        assert_eq!(service.post(other), 204, "{other}");
    }
    // What the handler does take, but lacks what names it, is refused all the same.
    assert_eq!(service.post("type=create&profile=&database=1"), 422);
    let create = "type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23";
    assert_eq!(service.post(create), 204);
    let printed = service.stop();
    assert_eq!(printed.lines().count(), 1, "{printed}");
    assert!(printed.starts_with(r#"{"type":"create""#), "{printed}");
}

/// The program on a free port, unverified.
struct Service {
    child: Child,
    address: SocketAddr,
}

impl Service {
    fn start() -> Self {
        let mut command = Command::new(PROGRAM);
        command.env_remove("COPERNICA_ACCOUNT").env_remove("RUST_LOG");
        command.env("COPERNICA_UNVERIFIED", "1").env("LISTEN", "127.0.0.1:0");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // The log names the port; what follows is read too, so that the program never waits for us.
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let address = log.find_map(|line| address(&line)).expect("the log names no address");
        std::thread::spawn(move || log.for_each(drop));
        Self { child, address }
    }

    /// Posts a form; returns the status of the answer.
    fn post(&self, form: &str) -> u16 {
        let mut socket = TcpStream::connect(self.address).unwrap();
        let length = form.len();
        let call = format!(
            "POST /copernica HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
        );
        socket.write_all(call.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("not an answer: {answer}"))
    }

    /// Ends the program; returns what it has printed.
    fn stop(&mut self) -> String {
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
