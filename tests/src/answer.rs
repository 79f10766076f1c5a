//! What came back.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use webhook_core::{Delivery, Event, Proven, Rejection};

/// Where the handlers say how a call arrived, beside the event in the body.
pub(crate) const DELIVERY: &str = "x-delivery";

/// The headers that have a meaning; the others are the servers' own business.
const HEADERS: [&str; 7] = [
    "content-type",
    "allow",
    "accept",
    "accept-encoding",
    "www-authenticate",
    "retry-after",
    DELIVERY,
];

/// An answer, as far as implementations must agree on it.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers with a meaning, by lower-case name.
    pub headers: BTreeMap<&'static str, String>,
    /// The body, byte by byte.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer with those headers that `header` finds by their name.
    pub fn new(status: u16, header: impl Fn(&str) -> Option<String>, body: Vec<u8>) -> Self {
        let headers = HEADERS.iter().filter_map(|name| Some((*name, header(name)?))).collect();
        Self { status, headers, body }
    }

    /// An `http` response.
    pub fn of(response: http::Response<bytes::Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let header =
            |name: &str| Some(String::from_utf8_lossy(parts.headers.get(name)?.as_bytes()).into());
        Self::new(parts.status.as_u16(), header, body.into())
    }

    /// The problem's code; `None` when this is no refusal.
    pub fn code(&self) -> Option<String> {
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
pub(crate) struct Told {
    pub(crate) event: Vec<u8>,
    pub(crate) delivery: String,
}

impl Told {
    pub(crate) fn new<T: Event + Serialize>(event: &T, delivery: &Delivery) -> Self {
        let told = format!(
            "{} {} {} {} {}",
            delivery.target(),
            delivery.host().unwrap_or("-"),
            delivery.body().len(),
            delivery.idempotency_key(event),
            delivery.proven().map_or_else(|| "-".to_owned(), proven),
        );
        Self {
            event: serde_json::to_vec(event).unwrap(),
            delivery: told.escape_default().to_string(),
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

/// What a handler that takes a `Result` answers a refusal: its code and detail.
pub(crate) fn handled(refused: &Rejection) -> http::Response<bytes::Bytes> {
    let answer = http::Response::builder().status(HANDLED).header("content-type", "text/plain");
    answer.body(refused.to_string().into()).unwrap()
}
