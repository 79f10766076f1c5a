//! The built program on a port of its own, and who calls it.

#![allow(dead_code, reason = "each test file uses a part")]

pub mod mix;
pub mod sender;

use axum::body::Bytes;
use axum::http::Request;
use rusqlite::Connection;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub const INBOX: &str = env!("CARGO_BIN_EXE_inbox");
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns an empty folder of this test's own.
pub fn folder(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("{name}-{}-{count}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Waits until something is so.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        sleep(Duration::from_millis(20));
    }
}

/// Returns the profiles whose creation had its effect, as often as it had it.
pub fn effects(setup: &Setup) -> Vec<u64> {
    let db = Connection::open(setup.database()).unwrap();
    let mut all = db.prepare("SELECT profile FROM created ORDER BY profile").unwrap();
    all.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// How the server is started, again and again.
pub struct Setup {
    pub folder: PathBuf,
    pub address: SocketAddr,
    pub options: Vec<String>,
    pub environment: Vec<(String, String)>,
    /// Where the database is, when not in the folder itself.
    pub disk: Option<PathBuf>,
    /// Whether the server gets the database's path.
    pub own_database: bool,
    /// A program and its first arguments that run the server, instead of the server itself.
    pub under: Vec<String>,
}

impl Setup {
    /// Verifies nothing, and looks at faults.
    pub fn new(name: &str, options: &[&str]) -> Self {
        // A port that was free a moment ago, and the same for every start.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let environment = [("COPERNICA_UNVERIFIED", "1"), ("INBOX_FAULTS", "1")];
        Self {
            folder: folder(name),
            address,
            options: options.iter().map(ToString::to_string).collect(),
            environment: environment.map(|(n, v)| (n.to_owned(), v.to_owned())).into(),
            disk: None,
            own_database: true,
            under: Vec::new(),
        }
    }

    pub fn database(&self) -> PathBuf {
        self.disk.as_ref().unwrap_or(&self.folder).join("inbox.db")
    }

    /// Starts it; what it logs is added to one file.
    pub fn spawn(&self) -> Server {
        let mut words = self.under.clone();
        words.push(INBOX.to_owned());
        let log = File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        words.push("serve".to_owned());
        if self.own_database {
            words.extend(["--database".to_owned(), self.database().display().to_string()]);
        }
        let child = Command::new(&words[0])
            .args(&words[1..])
            .args(&self.options)
            .envs(self.environment.clone())
            .env("LISTEN", self.address.to_string())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Server { child }
    }

    /// Starts it and waits until it answers.
    pub fn start(&self) -> Server {
        let mut server = self.spawn();
        until("the server listens", || {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none(), "ended: {ended:?}\n{}", self.log());
            TcpStream::connect(self.address).is_ok()
        });
        server
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap()
    }

    /// Runs a command of the inbox, such as `inbox status` or `inbox retry`.
    pub fn ask(&self, words: &[&str]) -> Output {
        Command::new(INBOX).arg("--database").arg(self.database()).args(words).output().unwrap()
    }

    /// Returns the numbers of `inbox status`: waiting, running, done, dead, duplicates, changed.
    pub fn counts(&self) -> [u64; 6] {
        let status = self.ask(&["status"]);
        ["waiting", "running", "done", "dead", "duplicates", "changed"]
            .map(|title| number(&status, title))
    }

    /// Returns the number that `inbox status` has under this title.
    pub fn column(&self, title: &str) -> u64 {
        number(&self.ask(&["status"]), title)
    }

    /// Reports a new profile, and returns the status.
    pub fn tell(&self, profile: u64, more: &str) -> u16 {
        Client::new(self.address).send(&form(profile, more)).unwrap().0
    }

    /// Calls with this body, and returns the status.
    pub fn call(&self, media_type: Option<&str>, body: &[u8]) -> u16 {
        Client::new(self.address).send(&unsigned(media_type, body)).unwrap().0
    }

    /// Reports it with this timestamp.
    pub fn tell_at(&self, profile: u64, timestamp: &str) -> u16 {
        Client::new(self.address).send(&form_at(profile, timestamp, "")).unwrap().0
    }
}

fn number(status: &Output, title: &str) -> u64 {
    let lines: Vec<_> = text(&status.stdout).lines().collect();
    assert!(lines.len() > 1, "no status: {status:?}");
    let at = lines[0].split_whitespace().position(|one| one == title).unwrap();
    // Each number but those of seconds is one word.
    let mut numbers = lines[1].split_whitespace().filter(|word| *word != "s");
    numbers.nth(at).unwrap().parse().unwrap()
}

/// Returns an unsigned call that reports that a profile was created.
pub fn form(profile: u64, more: &str) -> Vec<u8> {
    form_at(profile, "1979-02-12+12:49:23", more)
}

fn form_at(profile: u64, timestamp: &str, more: &str) -> Vec<u8> {
    let body = format!(
        "type=create&profile={profile}&database=1&timestamp={timestamp}&fields[mail]=a{more}"
    );
    unsigned(Some("application/x-www-form-urlencoded"), body.as_bytes())
}

/// Returns a call with this body, unsigned.
pub fn unsigned(media_type: Option<&str>, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut head =
        format!("POST /copernica HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n");
    if let Some(media_type) = media_type {
        write!(head, "Content-Type: {media_type}\r\n").unwrap();
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// Returns a signed call as it goes over the wire.
pub fn wire(call: &Request<Bytes>) -> Vec<u8> {
    let mut head = format!("POST {} HTTP/1.1\r\n", call.uri().path());
    for (name, value) in call.headers() {
        write!(head, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
    }
    [head.as_bytes(), b"\r\n", call.body()].concat()
}

/// A process that does not outlive its test.
pub struct Server {
    pub child: Child,
}

impl Server {
    /// Kills the program with SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops the program by SIGTERM, and waits for its end.
    pub fn stop(&mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.ended()
    }

    /// Waits for its end, and not for ever.
    pub fn ended(&mut self) -> ExitStatus {
        let mut ended = None;
        until("the server ends", || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        });
        ended.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection, made when it is needed.
pub struct Client {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, connection: None }
    }

    fn connect(&self) -> io::Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(BufReader::new(stream))
    }

    /// Sends a call; the status and head of the answer.
    pub fn send(&mut self, call: &[u8]) -> io::Result<(u16, String)> {
        let mut connection = self.connection.take().map_or_else(|| self.connect(), Ok)?;
        connection.get_mut().write_all(call)?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if connection.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        head.make_ascii_lowercase();
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        connection.read_exact(&mut body)?;
        self.connection = Some(connection);
        Ok((status.ok_or(io::ErrorKind::InvalidData)?, head))
    }
}
