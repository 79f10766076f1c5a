//! What came back.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use webhook_core::adapter::PROBLEM_JSON;
use webhook_core::delivery::Proven;
use webhook_core::{Delivery, Event, FromDelivery, Raw, Rejection};

/// Where the handlers say how a call arrived, next to the event in the body.
pub(crate) const DELIVERY: &str = "x-delivery";

/// The headers that are the servers' own business; all others are ours.
const SERVERS: [&str; 6] =
    ["connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"];

/// An answer, as far as implementations must agree on it.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// All headers but the server's own, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body, byte by byte.
    pub body: Vec<u8>,
}

impl Answer {
    /// Makes an answer; values of the same name are joined.
    pub fn new(
        status: u16,
        sent: impl IntoIterator<Item = (String, String)>,
        body: Vec<u8>,
    ) -> Self {
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in sent {
            if SERVERS.contains(&name.as_str()) {
                continue;
            }
            let joined = headers.get(&name).map(|first| format!("{first}, {value}"));
            headers.insert(name, joined.unwrap_or(value));
        }
        Self { status, headers, body }
    }

    /// Makes an answer of an `http` response.
    pub fn of(response: http::Response<bytes::Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let headers = parts.headers.iter();
        let headers = headers.map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Self::new(parts.status.as_u16(), headers, body.into())
    }

    /// Returns a short name: the refusal's code, `a copy`, or the status.
    pub fn name(&self) -> String {
        let bare = self.body.is_empty() && self.headers.is_empty();
        match self.code() {
            Some(code) => code,
            None if self.status == 200 && bare => "a copy".to_owned(),
            None => self.status.to_string(),
        }
    }

    /// Returns the problem's code; `None` when this is no refusal.
    pub fn code(&self) -> Option<String> {
        // An event may have a variable of that name.
        self.headers.get("content-type").filter(|media_type| *media_type == PROBLEM_JSON)?;
        let problem: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        Some(problem.get("code")?.as_str()?.to_owned())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        let shown: String = body.chars().take(2000).collect();
        write!(f, "{} {:?} {shown}", self.status, self.headers)
    }
}

/// What every handler answers: the event as JSON, and how it arrived in a header.
pub(crate) struct Reported {
    pub(crate) event: Vec<u8>,
    pub(crate) delivery: String,
}

impl Reported {
    pub(crate) fn new<T: FromDelivery + Serialize>(event: &T, delivery: &Delivery) -> Self {
        let reported = format!(
            "{} {} {} {} {}",
            delivery.target(),
            delivery.host().unwrap_or("-"),
            delivery.body().len(),
            delivery.idempotency_key(event),
            delivery.proven().map_or_else(|| "-".to_owned(), proven),
        );
        Self {
            event: serde_json::to_vec(event).unwrap(),
            delivery: reported.escape_default().to_string(),
        }
    }

    pub(crate) fn into_response(self) -> http::Response<bytes::Bytes> {
        http::Response::builder()
            .header("content-type", "application/json")
            .header(DELIVERY, self.delivery)
            .body(self.event.into())
            .unwrap()
    }
}

fn proven(proven: &Proven) -> String {
    let Proven { account, date, nonce, key, id, .. } = proven;
    format!("{account} {} {} {key} {id}", date.to_rfc3339(), nonce.as_deref().unwrap_or("-"))
}

/// The status by which a handler says that it answers a refusal itself.
pub(crate) const HANDLED: u16 = 202;

/// Returns what a handler answers that takes a raw call and decodes it itself.
pub(crate) fn decoded_later(raw: &Raw, delivery: &Delivery) -> http::Response<bytes::Bytes> {
    match raw.decode::<Event>() {
        Ok(event) => Reported::new(&event, delivery).into_response(),
        Err(refused) => refused.to_response(),
    }
}

/// Returns what a handler that takes a `Result` answers a refusal: its code and detail.
pub(crate) fn handled(refused: &Rejection) -> http::Response<bytes::Bytes> {
    let answer = http::Response::builder().status(HANDLED).header("content-type", "text/plain");
    answer.body(refused.to_string().into()).unwrap()
}
