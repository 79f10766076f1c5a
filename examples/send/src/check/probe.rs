//! Calls of the check, and what became of them.

use std::{
    fmt,
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Uri;
use tokio::time::timeout;
use webhook_core::{Account, testing::Signer};

use super::listener::{Arrival, Listener};
use crate::{
    args::CheckPlan,
    message,
    wire::{Answer, Endpoint, Unanswered, Unreachable},
};

/// Header names as Copernica's documentation writes them, in the order in which they are sent.
const NAMES: [&str; 8] = [
    "Host",
    "Date",
    "Content-Length",
    "Content-Type",
    "X-Copernica-ID",
    "Digest",
    "X-Nonce",
    "Signature",
];
/// Two lines of this name are sent, each with a value of its own.
pub(super) const TWICE: (&str, [&str; 2]) = ("X-Check", ["a", "b"]);

/// Makes calls and sends them.
#[derive(Debug)]
pub(super) struct Prober {
    pub(super) url: Uri,
    pub(super) listener: Listener,
    pub(super) account: Account,
    pub(super) signer: Signer,
    endpoint: Endpoint,
    patience: Duration,
    next: AtomicUsize,
}

/// What is special about a call.
#[derive(Debug, Default, Clone)]
pub(super) struct Shape {
    /// Another target than the URL's.
    pub(super) target: Option<String>,
    /// A body of so many bytes, instead of one with every byte.
    pub(super) size: Option<usize>,
    /// Whether `Signature` is folded, as the vendor prints it.
    pub(super) folded: bool,
    /// After how long it is answered.
    pub(super) delay: Duration,
    /// Time for many bytes, on top of the usual.
    pub(super) extra: Duration,
}

/// What was sent, and what came of it.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) target: String,
    /// Its header lines, without the host.
    pub(super) lines: Vec<(&'static str, Vec<u8>)>,
    pub(super) host: String,
    pub(super) body: Bytes,
    pub(super) arrived: Vec<Arrival>,
    pub(super) answer: Result<Answer, Failure>,
    pub(super) peer: Option<SocketAddr>,
    /// Whether the peer is this machine, by whatever address of it.
    pub(super) same_machine: bool,
    pub(super) took: Duration,
    /// What this machine's clock was at the answer.
    pub(super) clock: DateTime<Utc>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The call could not be made.
    Unsent(String),
    Unreachable(Unreachable),
    /// No connection in time.
    Unconnected,
    Unanswered(Unanswered),
    TimedOut,
}

/// Returns a text that no other call has in it.
///
/// # Errors
/// There is no randomness.
pub(super) fn marker() -> Result<String, String> {
    let signer = Signer::ephemeral().map_err(|error| error.to_string())?;
    // Of which each has a nonce of its own.
    let call = signer.sign("http://localhost/", "").map_err(|error| error.to_string())?;
    let nonce = call.headers().get("x-nonce").and_then(|nonce| nonce.to_str().ok());
    Ok(format!("check-{}-", nonce.ok_or("no nonce was made")?))
}

impl Prober {
    pub(super) fn new(plan: &CheckPlan, listener: Listener) -> Result<Self, String> {
        let signer = Signer::ephemeral().map_err(|error| error.to_string())?.account(plan.account);
        Ok(Self {
            url: plan.url.clone(),
            listener,
            account: plan.account,
            signer,
            endpoint: plan.endpoint.clone(),
            patience: plan.patience,
            next: AtomicUsize::new(0),
        })
    }

    /// Sends a call and waits for its answer.
    pub(super) async fn call(&self, shape: Shape) -> Sent {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut sent = self.make(number, &shape);
        if matches!(sent.answer, Err(Failure::Unsent(_))) {
            return sent;
        }
        self.listener.delay(number, shape.delay);
        let bytes = write(&sent, shape.folded);
        let started = Instant::now();
        let patience = self.patience + shape.delay + shape.extra;
        sent.answer = match timeout(self.patience, self.endpoint.connect()).await {
            Err(_) => Err(Failure::Unconnected),
            Ok(Err(error)) => Err(Failure::Unreachable(error)),
            Ok(Ok(mut connection)) => {
                sent.peer = Some(connection.peer);
                // What a machine sends to an address of its own comes from that address.
                sent.same_machine = connection.own.ip() == connection.peer.ip();
                match timeout(patience, connection.exchange(&bytes)).await {
                    Err(_) => Err(Failure::TimedOut),
                    Ok(Err(error)) => Err(Failure::Unanswered(error)),
                    Ok(Ok(answer)) => Ok(answer),
                }
            }
        };
        sent.took = started.elapsed();
        sent.clock = Utc::now();
        sent.arrived = self.listener.take(number);
        sent
    }

    /// Makes a call that was not sent yet.
    fn make(&self, number: usize, shape: &Shape) -> Sent {
        let target = shape.target.clone().unwrap_or_else(|| message::target(&self.url));
        let mark = format!("{}{number}", self.listener.marker());
        let mut body = format!("type=check&mark={mark}&fill=").into_bytes();
        match shape.size {
            Some(size) => body.resize(size.max(body.len()), b'a'),
            None => body.extend(0..=u8::MAX),
        }
        let body = Bytes::from(body);
        let mut sent = Sent {
            target,
            lines: Vec::new(),
            host: String::new(),
            body,
            arrived: Vec::new(),
            answer: Err(Failure::TimedOut),
            peer: None,
            same_machine: false,
            took: Duration::ZERO,
            clock: Utc::now(),
        };
        let scheme = self.url.scheme_str().unwrap_or("http");
        let authority = self.url.authority().map_or("", |authority| authority.as_str());
        let url = format!("{scheme}://{authority}{}", sent.target);
        let call = match self.signer.clone().nonce(mark).sign(&url, sent.body.clone()) {
            Ok(call) => call,
            Err(error) => {
                sent.answer = Err(Failure::Unsent(error.to_string()));
                return sent;
            }
        };
        for name in NAMES {
            let Some(value) = call.headers().get(name) else { continue };
            match name {
                "Host" => sent.host = String::from_utf8_lossy(value.as_bytes()).into_owned(),
                name => sent.lines.push((name, value.as_bytes().to_vec())),
            }
        }
        sent
    }
}

fn write(sent: &Sent, folded: bool) -> Vec<u8> {
    let start = format!("POST {} HTTP/1.1\r\nHost: {}\r\n", sent.target, sent.host);
    let mut bytes = start.into_bytes();
    for (name, value) in &sent.lines {
        let value = match value.windows(9).position(|part| part == b"signature").filter(|_| folded)
        {
            // Between two parameters, as in Copernica's documentation.
            Some(at) if *name == "Signature" => {
                let (before, after) = value.split_at(at);
                [before, b"\r\n  ", after].concat()
            }
            _ => value.clone(),
        };
        bytes.extend([name.as_bytes(), b": ", &value, b"\r\n"].concat());
    }
    for value in TWICE.1 {
        bytes.extend(format!("{}: {value}\r\n", TWICE.0).into_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(&sent.body);
    bytes
}

impl Sent {
    /// Returns the call as it arrived.
    pub(super) fn arrival(&self) -> Option<&Arrival> {
        self.arrived.first()
    }

    /// Returns whether it arrived and was answered as the service answers.
    pub(super) fn passed(&self) -> bool {
        let answered = self.answer.as_ref().is_ok_and(|answer| answer.status == 200);
        answered && self.arrival().is_some_and(|arrival| arrival.body.len() == self.body.len())
    }

    /// Returns what the sender saw, such as "413 from nginx".
    pub(super) fn seen(&self) -> String {
        match &self.answer {
            Ok(answer) => format!("{} from {}", answer.status.as_u16(), self.who()),
            Err(failure) => failure.to_string(),
        }
    }

    /// Returns what the server that answered calls itself.
    pub(super) fn who(&self) -> String {
        let server = self.answer.as_ref().ok().and_then(|answer| answer.head.value("server"));
        server.map_or("the proxy".to_owned(), |server| server.chars().take(60).collect())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsent(why) => f.write_str(why),
            Self::Unreachable(error) => error.fmt(f),
            Self::Unconnected => f.write_str("no connection in time"),
            Self::Unanswered(error) => error.fmt(f),
            Self::TimedOut => f.write_str("no answer in time"),
        }
    }
}
