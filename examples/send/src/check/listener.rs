//! The service's place: keeps what arrives of the check's calls, and gives others 503.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncWriteExt as _, split},
    net::{TcpListener, TcpStream},
};

use crate::{
    head::Head,
    wire::{Framing, Reader},
};

/// More than the longest body that is tried.
const MAX_BODY: usize = 40 << 20;
/// Where in a body the marker stands.
const MARKED: usize = 256;

/// A call as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) head: Head,
    pub(super) body: Bytes,
}

#[derive(Debug)]
pub(super) struct Listener {
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    /// No other call has this in its nonce or its body.
    marker: String,
    calls: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    arrived: HashMap<usize, Vec<Arrival>>,
    /// After how long to answer which call.
    delays: HashMap<usize, Duration>,
    others: usize,
}

impl Listener {
    /// Listens from now on, for as long as the runtime runs.
    pub(super) async fn start(address: SocketAddr, marker: String) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let state = Arc::new(State { marker, calls: Mutex::default() });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                // A connection that was given up before it was accepted, or too many open files.
                let Ok((stream, _)) = listener.accept().await else {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                };
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    // What ends in the middle of a call did not arrive.
                    let _ = state.serve(stream).await;
                });
            }
        });
        Ok(Self { state })
    }

    pub(super) fn marker(&self) -> &str {
        &self.state.marker
    }

    /// Sets after how long this call is answered.
    pub(super) fn delay(&self, number: usize, delay: Duration) {
        self.state.calls().delays.insert(number, delay);
    }

    /// Returns what arrived of this call, and forgets it.
    pub(super) fn take(&self, number: usize) -> Vec<Arrival> {
        self.state.calls().arrived.remove(&number).unwrap_or_default()
    }

    /// Returns how many calls of others came.
    pub(super) fn others(&self) -> usize {
        self.state.calls().others
    }
}

impl State {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one call: a proxy opens another connection for the next.
    async fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let (reader, mut writer) = split(stream);
        let mut reader = Reader::new(reader);
        let Some(head) = reader.head().await? else { return Ok(()) };
        if head.value("expect").is_some() {
            writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let framing = Framing::of(&head).unwrap_or(Framing::Length(0));
        let body = reader.body(framing, MAX_BODY).await?;
        let number = head.value("x-nonce").and_then(|nonce| self.number(nonce.as_bytes()));
        let number = number.or_else(|| self.number(body.get(..MARKED).unwrap_or(&body)));
        let Some(number) = number else {
            self.calls().others += 1;
            let answer = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\n\
                Content-Length: 0\r\nConnection: close\r\n\r\n";
            writer.write_all(answer).await?;
            return writer.shutdown().await;
        };
        let delay = self.calls().delays.get(&number).copied();
        if let Some(arrival) = Arrival::new(head, body) {
            self.calls().arrived.entry(number).or_default().push(arrival);
        }
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
        // Without a Date: that of the answer is the proxy's.
        writer
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .await?;
        writer.shutdown().await
    }

    /// Returns the number of the call whose mark is in this text.
    fn number(&self, text: &[u8]) -> Option<usize> {
        let marker = self.marker.as_bytes();
        let at = text.windows(marker.len()).position(|window| window == marker)?;
        let digits = text.get(at + marker.len()..)?;
        let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
        std::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
    }
}

impl Arrival {
    fn new(head: Head, body: Bytes) -> Option<Self> {
        let mut parts = head.start.split(' ').map(str::to_owned);
        let (method, target) = (parts.next()?, parts.next()?);
        Some(Self { method, target, head, body })
    }
}
