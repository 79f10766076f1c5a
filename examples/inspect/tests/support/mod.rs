//! The program on free ports, with a key of its own, and requests to it as they stand on the wire.

#![allow(dead_code)] // Each test needs a part of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use webhook_axum::testing::Signer;

const PROGRAM: &str = env!("CARGO_BIN_EXE_example-inspect");
const KEY_NAME: &str = "one._domainkey.copernica.com";

static FOLDERS: AtomicU32 = AtomicU32::new(0);

pub struct Inspect {
    child: Child,
    /// Where calls come in.
    pub calls: SocketAddr,
    /// Where the page is.
    pub page: SocketAddr,
    pub signer: Signer,
    folder: PathBuf,
}

/// What a request was answered.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

impl Inspect {
    pub fn start() -> Self {
        Self::start_with(&[], &[])
    }

    pub fn start_with(args: &[&str], variables: &[(&str, &str)]) -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = format!("inspect-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        fs::create_dir_all(&folder).unwrap();
        let (private, public) = (folder.join("private.pem"), folder.join("public.pem"));
        openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
            .arg(&private)
            .status()
            .map(|status| assert!(status.success()))
            .unwrap();
        let made =
            openssl(&["pkey", "-pubout", "-in"]).arg(&private).arg("-out").arg(&public).status();
        assert!(made.unwrap().success());
        let signer = Signer::from_pem(&fs::read_to_string(&private).unwrap()).unwrap();

        let mut command = Command::new(PROGRAM);
        command.args(args).env_clear().stdout(Stdio::null()).stderr(Stdio::piped());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LISTEN", "127.0.0.1:0").env("INSPECT_LISTEN", "127.0.0.1:0");
        command.env("COPERNICA_ACCOUNT", "1234").env("COPERNICA_SIGN_KEY", &private);
        command.env("COPERNICA_KEY", format!("{KEY_NAME}={}", public.display()));
        command.envs(variables.iter().copied());
        let mut child = command.spawn().unwrap();
        // The log names the ports; what follows is read too, so that the program never waits for us.
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut next =
            || log.by_ref().find_map(|line| address(&line)).expect("no address in the log");
        let (calls, page) = (next(), next());
        std::thread::spawn(move || log.for_each(drop));
        Self { child, calls, page, signer: signer.key_name(KEY_NAME).account(1234), folder }
    }

    /// Posts a form that is signed, as an HTTP/1.1 message; returns the status.
    pub fn post_signed(&self, form: &str) -> u16 {
        send(self.calls, &self.signed(form)).status
    }

    /// Returns a signed call as it stands on the wire.
    pub fn signed(&self, form: &str) -> Vec<u8> {
        let url = format!("http://{}/copernica", self.calls);
        let call = self.signer.sign(&url, form.to_owned()).unwrap();
        let mut message = b"POST /copernica HTTP/1.1\r\n".to_vec();
        for (name, value) in call.headers() {
            message.extend_from_slice(name.as_str().as_bytes());
            message.extend_from_slice(b": ");
            message.extend_from_slice(value.as_bytes());
            message.extend_from_slice(b"\r\n");
        }
        message.extend_from_slice(b"\r\n");
        message.extend_from_slice(call.body());
        message
    }

    /// Posts a form that is not signed; returns the status.
    pub fn post_forged(&self, form: &str) -> u16 {
        send(self.calls, &forged(form)).status
    }

    /// Returns the most bytes of memory that the program has held, as Linux counts them.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Requests something of the page, with its own Host.
    pub fn get(&self, path: &str) -> Answer {
        send(self.page, &self.request("GET", path, ""))
    }

    /// Returns a request to the page, with further lines.
    pub fn request(&self, method: &str, path: &str, lines: &str) -> Vec<u8> {
        format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{lines}\r\n", self.page).into_bytes()
    }

    /// Returns the token that the page has.
    pub fn csrf(&self) -> String {
        let page = self.get("/").body;
        let (_, rest) = page.split_once("name=\"csrf\" content=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// Returns an opened call.
    pub fn opened(&self, id: u64, values: bool) -> serde_json::Value {
        let values = if values { "/values" } else { "" };
        let answer = self.get(&format!("/calls/{id}{values}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }
}

impl Drop for Inspect {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Returns a call that is not signed.
pub fn forged(form: &str) -> Vec<u8> {
    let length = form.len();
    format!(
        "POST /copernica HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
    .into_bytes()
}

/// Returns the form of a creation.
pub fn created(profile: u64, fields: &str) -> String {
    format!("type=create&profile={profile}&database=1&timestamp=1979-02-12+12:49:23{fields}")
}

/// Sends a message and reads its answer.
pub fn send(address: SocketAddr, message: &[u8]) -> Answer {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.write_all(message).unwrap();
    read(&mut socket)
}

/// Reads one answer, by its length.
pub fn read(socket: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 << 10];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let head_length = head.len() + 4;
            let lower = head.to_ascii_lowercase();
            let length = lower.split("\r\ncontent-length: ").nth(1);
            let length = length.and_then(|rest| rest.split("\r\n").next()?.parse::<usize>().ok());
            if bytes.len() >= head_length + length.unwrap_or(0) {
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                let body = String::from_utf8_lossy(&bytes[head_length..]).into_owned();
                return Answer { status, head: lower, body };
            }
        }
        let count = socket.read(&mut buffer).unwrap();
        assert!(count > 0, "no answer: {text}");
        bytes.extend_from_slice(&buffer[..count]);
    }
}

fn openssl(args: &[&str]) -> Command {
    let mut command = Command::new("openssl");
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://127.0.0.1:")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some(SocketAddr::from(([127, 0, 0, 1], digits.parse().ok()?)))
}
