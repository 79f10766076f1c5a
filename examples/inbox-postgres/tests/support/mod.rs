//! What the tests have in common: a database of their own, the program as processes, a sender.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, clippy::print_stderr, reason = "tests")]

pub mod mix;
pub mod proxy;

use axum::body::{Body, Bytes};
use axum::http::{Request, Response, StatusCode};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use inbox::call::{Call, Identity};
use inbox::{Error, commands::status::Status};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, process};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};
use webhook_axum::testing::{self, Encoder, Signer};
use webhook_axum::{CreateEvent, Raw};

pub type Result<T> = std::result::Result<T, Error>;

pub const SOON: Duration = Duration::from_secs(20);
pub const FORM: &str = "application/x-www-form-urlencoded";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Says loudly that a test is skipped: the test harness captures what a macro prints.
pub fn skipped(why: &str) {
    let _ = writeln!(io::stderr(), "\n*** SKIPPED: {why}\n");
}

/// An empty database on the server of `DATABASE_URL`.
pub struct Database {
    server: String,
    pub url: String,
    name: String,
}

impl Database {
    /// Creates a database; `None`, with a loud notice, where there is no server.
    pub async fn create() -> Option<Self> {
        let Ok(server) = env::var("DATABASE_URL") else {
            skipped("DATABASE_URL names no PostgreSQL; ./test starts one");
            return None;
        };
        let name = format!("inbox_{}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&server).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let (address, options) = server.split_once('?').unwrap_or((&server, ""));
        let (address, _) = address.rsplit_once('/').unwrap();
        let url = format!("{address}/{name}?{options}");
        Some(Self { server, url, name })
    }

    pub async fn connect(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.url).await?)
    }

    pub async fn status(&self) -> Result<Status> {
        Ok(inbox::commands::status::status(&mut self.connect().await?).await?)
    }

    /// Waits until the status is as it should be.
    pub async fn until(&self, within: Duration, is: impl Fn(&Status) -> bool) -> Result<Status> {
        let end = Instant::now() + within;
        loop {
            match self.status().await {
                Ok(status) if is(&status) => return Ok(status),
                status if Instant::now() > end => {
                    return Err(format!("not within {within:?}: {status:?}").into());
                }
                _ => sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Returns one number, by SQL.
    pub async fn number(&self, sql: &'static str) -> Result<i64> {
        Ok(sqlx::query_scalar(sql).fetch_one(&mut self.connect().await?).await?)
    }

    pub async fn execute(&self, sql: &'static str) -> Result<()> {
        self.connect().await?.execute(sqlx::raw_sql(sql)).await?;
        Ok(())
    }

    /// Runs a command of an operator.
    pub async fn ask(&self, words: &[&str]) -> Result<Output> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inbox"));
        Ok(command.args(words).env("DATABASE_URL", &self.url).output().await?)
    }

    pub async fn drop(self) -> Result<()> {
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        PgConnection::connect(&self.server).await?.execute(sqlx::AssertSqlSafe(sql)).await?;
        Ok(())
    }
}

/// The program, as a process that can be killed and started again.
pub struct Program {
    command: Vec<String>,
    environment: Vec<(&'static str, String)>,
    child: Child,
    log: PathBuf,
}

impl Program {
    pub fn start(command: &str, environment: Vec<(&'static str, String)>) -> Result<Self> {
        let command: Vec<_> = command.split(' ').map(str::to_owned).collect();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let log = env::temp_dir().join(format!("inbox-{}-{number}.log", process::id()));
        let child = spawn(&command, &environment, &log)?;
        Ok(Self { command, environment, child, log })
    }

    /// Kills the program with SIGKILL, as the kernel does when memory is out.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    pub fn restart(&mut self) -> Result<()> {
        self.child = spawn(&self.command, &self.environment, &self.log)?;
        Ok(())
    }

    /// Stops the program by SIGTERM, and returns whether it ended well.
    pub async fn stop(&mut self) -> Result<bool> {
        self.signal("TERM").await?;
        self.ended(Duration::from_secs(20)).await
    }

    pub async fn signal(&self, signal: &str) -> Result<()> {
        let id = self.child.id().ok_or("it has ended already")?;
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(id.to_string()).status();
        if sent.await?.success() { Ok(()) } else { Err("kill failed".into()) }
    }

    /// Waits for its end; says whether it was a good one.
    pub async fn ended(&mut self, within: Duration) -> Result<bool> {
        Ok(timeout(within, self.child.wait()).await??.success())
    }

    pub fn running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if env::var_os("INBOX_TEST_LOG").is_some() {
            eprintln!("--- {:?}\n{}", self.command, self.log());
        }
        let _ = fs::remove_file(&self.log);
    }
}

fn spawn(command: &[String], more: &[(&'static str, String)], log: &PathBuf) -> Result<Child> {
    let log = fs::OpenOptions::new().create(true).append(true).open(log)?;
    let child = Command::new(env!("CARGO_BIN_EXE_inbox"))
        .args(command)
        .env_clear()
        .envs(more.iter().map(|(name, value)| (*name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()?;
    Ok(child)
}

/// Starts a receiver, and returns it with its sender and port.
pub async fn receiver(url: &str) -> Result<(Program, Sender, u16)> {
    receiver_with(url, "receive").await
}

pub async fn receiver_with(url: &str, command: &str) -> Result<(Program, Sender, u16)> {
    let (sender, port) = (Sender::new()?, free_port().await?);
    let program = Program::start(command, sender.receiver(url, port))?;
    listening(port).await?;
    Ok((program, sender, port))
}

/// Starts a receiver that verifies nothing, and returns it with its port.
pub async fn credulous(url: &str) -> Result<(Program, u16)> {
    let port = free_port().await?;
    let environment = vec![
        ("DATABASE_URL", url.to_owned()),
        ("COPERNICA_UNVERIFIED", "1".to_owned()),
        ("LISTEN", format!("127.0.0.1:{port}")),
    ];
    let program = Program::start("receive", environment)?;
    listening(port).await?;
    Ok((program, port))
}

/// Calls without a signature, and perhaps without a media type.
pub async fn call(
    port: u16,
    media_type: Option<&str>,
    body: impl Into<Body>,
) -> Result<StatusCode> {
    let mut call = Request::post(url(port));
    if let Some(media_type) = media_type {
        call = call.header("content-type", media_type);
    }
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    Ok(client.request(call.body(body.into())?).await?.status())
}

/// Returns what a worker needs.
pub fn worker(database_url: &str) -> Vec<(&'static str, String)> {
    vec![("DATABASE_URL", database_url.to_owned()), ("INBOX_REHEARSAL", "1".to_owned())]
}

/// Plays Copernica.
#[derive(Clone)]
pub struct Sender {
    signer: Signer,
    client: Client<HttpConnector, Body>,
    key_file: PathBuf,
}

impl Sender {
    pub fn new() -> Result<Self> {
        let signer = Signer::ephemeral()?;
        let record = signer.public_record();
        let (_, key) = record.split_once("p=").ok_or("no key in the record")?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let key_file = env::temp_dir().join(format!("inbox-{}-{number}.pem", process::id()));
        fs::write(
            &key_file,
            format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n"),
        )?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        Ok(Self { signer, client, key_file })
    }

    /// Returns what a receiver needs to believe this sender.
    pub fn receiver(&self, database_url: &str, port: u16) -> Vec<(&'static str, String)> {
        let key = format!("test._domainkey.copernica.com={}", self.key_file.display());
        vec![
            ("DATABASE_URL", database_url.to_owned()),
            ("COPERNICA_ACCOUNT", "1234".to_owned()),
            ("COPERNICA_KEY", key),
            ("LISTEN", format!("127.0.0.1:{port}")),
        ]
    }

    /// Sends an event that is signed now: an older signature is refused.
    pub async fn send(&self, port: u16, event: &CreateEvent) -> Result<Response<()>> {
        let call = self.signer.sign_event(&url(port), event)?.map(Body::from);
        let answer = timeout(Duration::from_secs(30), self.client.request(call));
        Ok(answer.await??.map(drop))
    }

    /// Sends a body of this media type, signed now.
    pub async fn send_body(
        &self,
        port: u16,
        media_type: &str,
        body: impl Into<Bytes>,
    ) -> Result<StatusCode> {
        let signer = self.signer.clone().content_type(media_type);
        self.call(signer.sign(&url(port), body)?.map(Body::from)).await
    }

    /// Sends until it is acknowledged, to one receiver after the other.
    pub async fn deliver(&self, ports: &[u16], first: usize, event: &CreateEvent) -> Result<()> {
        let end = Instant::now() + Duration::from_mins(1);
        for port in ports.iter().cycle().skip(first) {
            match self.send(*port, event).await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) if answer.status() != StatusCode::SERVICE_UNAVAILABLE => {
                    return Err(format!("answered {}", answer.status()).into());
                }
                Err(error) if Instant::now() > end => return Err(error),
                Ok(_) if Instant::now() > end => return Err("503 for a minute".into()),
                _ => sleep(Duration::from_millis(50)).await,
            }
        }
        Err("no receiver".into())
    }

    /// Sends a call of the mix until it is answered, to one receiver after the other. An event with a name
    /// of its own is signed anew each time; of another the same call is sent, which `signed` is.
    /// `false`: it was refused, and Copernica would never send it again.
    pub async fn report(
        &self,
        ports: &[u16],
        first: usize,
        body: &mix::Body,
        signed: &Signed,
    ) -> Result<bool> {
        let end = Instant::now() + Duration::from_mins(1);
        for port in ports.iter().cycle().skip(first) {
            let call = match body.fate {
                mix::Fate::Named => self.sign_body(*port, body)?.to(*port)?,
                _ => signed.to(*port)?,
            };
            let answer = timeout(Duration::from_secs(30), self.client.request(call)).await?;
            match answer.map(|answer| answer.status()) {
                Ok(status) if status.is_success() => return Ok(true),
                Ok(status) if status.is_client_error() && body.fate == mix::Fate::Undecodable => {
                    return Ok(false);
                }
                Ok(status) if status != StatusCode::SERVICE_UNAVAILABLE => {
                    return Err(format!("answered {status}").into());
                }
                Err(error) if Instant::now() > end => return Err(error.into()),
                Ok(_) if Instant::now() > end => return Err("503 for a minute".into()),
                _ => sleep(Duration::from_millis(50)).await,
            }
        }
        Err("no receiver".into())
    }

    /// Signs a call of the mix now.
    pub fn sign_body(&self, port: u16, body: &mix::Body) -> Result<Signed> {
        let signer = self.signer.clone().content_type(body.media_type);
        Ok(Signed(signer.sign(&url(port), body.bytes.clone())?))
    }

    pub fn sign(&self, port: u16, event: &CreateEvent) -> Result<Request<Body>> {
        Ok(self.signer.sign_event(&url(port), event)?.map(Body::from))
    }

    pub async fn call(&self, call: Request<Body>) -> Result<StatusCode> {
        Ok(self.client.request(call).await?.status())
    }
}

impl Sender {
    pub fn forget(&self) {
        let _ = fs::remove_file(&self.key_file);
    }
}

/// A signed call, which may be sent several times, and to another receiver than it was signed for: its
/// lines are the same.
pub struct Signed(Request<Bytes>);

impl Signed {
    fn to(&self, port: u16) -> Result<Request<Body>> {
        let mut call = self.0.clone();
        *call.uri_mut() = url(port).parse()?;
        Ok(call.map(Body::from))
    }
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/copernica")
}

/// Returns a creation; `rehearse` is what the effect is to make of it.
pub fn event(profile: u64, rehearse: &str) -> CreateEvent {
    told(profile, rehearse, "2026-01-02 03:04:05")
}

pub fn told(profile: u64, rehearse: &str, timestamp: &str) -> CreateEvent {
    serde_json::from_value(json!({
        "type": "create", "profile": profile, "database": 1, "timestamp": timestamp,
        "parameters": {"rehearse": rehearse},
        "fields": {"name": "Johny", "mail": format!("{profile}@example.com")},
        "interests": {"blue": 1},
    }))
    .unwrap()
}

/// Returns a creation's call, as a receiver that has proven it stores it.
pub async fn received(profile: u64, rehearse: &str) -> Result<Call> {
    let body = Encoder::new().encode(&event(profile, rehearse))?;
    let hook = testing::received::<Raw>(body).await?;
    let (mut call, decoded) = Call::new(hook.event, &hook.delivery);
    decoded?;
    call.account = Some(1234.into());
    call.event = call.event.map(|event| Identity { key: key(profile), ..event });
    Ok(call)
}

/// Returns the key that the receiver gives it.
pub fn key(profile: u64) -> String {
    format!("copernica:v1:account_1234:create:profile:1:{profile}")
}

pub async fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}

pub async fn listening(port: u16) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if Instant::now() > end {
            return Err("the receiver does not listen".into());
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Numbers that are random enough, and the same again for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: Option<u64>) -> (Self, u64) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let seed = seed.unwrap_or(u64::from(now.subsec_micros()));
        (Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1), seed)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }

    pub async fn pause(&mut self, longest_ms: u64) {
        sleep(Duration::from_millis(self.below(longest_ms))).await;
    }
}
