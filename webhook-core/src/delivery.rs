//! How an event arrived, beside what it says.

use crate::event::Event;
use bytes::Bytes;
use std::fmt;

/// How an event arrived: the raw body, and where it was sent to.
#[derive(Clone)]
pub struct Delivery {
    body: Bytes,
    target: String,
    host: Option<String>,
}

impl Delivery {
    pub(crate) fn new(body: Bytes, target: String, host: Option<String>) -> Self {
        Self { body, target, host }
    }

    /// The body exactly as it was received.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The path and query that were called, before any router took a prefix off.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The host that was called, in lower case.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// A key under which a creation is handled once, however often it is told: one
    /// (sub)profile is created once. Nothing in it changes when a call is repeated later.
    ///
    /// ```
    /// # use webhook_core::*;
    /// # let call = http::Request::post("/").header("content-type", "application/json")
    /// #     .body(r#"{"type":"create","profile":123,"database":1,"timestamp":"1979-02-12 12:49:23"}"#.into())?;
    /// # let received = futures_executor::block_on(Receiver::unverified().receive::<CreateEvent>(call))?;
    /// let Received { event, delivery, .. } = received;
    /// assert_eq!(delivery.idempotency_key(&event), "copernica:v1:unverified:create:profile:1:123");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn idempotency_key<T: Event>(&self, event: &T) -> String {
        format!("copernica:v1:unverified:{}", event.identity())
    }
}

/// Never the body: it is personal data.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("target", &self.target)
            .field("host", &self.host)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}
