//! A call as it came, and what its event is known by: the receiver and the worker read by the same
//! rules.

use webhook_axum::{
    Account, CreateEvent, DeleteEvent, Delivery, Event, Limits, Raw, Rejection, UpdateEvent,
    delivery,
};

/// How much a call may hold, where it is received and where it is handled: some hold a whole mail.
pub const LIMITS: Limits = Limits::mail();

/// A call as it came.
#[derive(Debug, Clone)]
pub struct Call {
    /// The call's own key, which exact copies share.
    pub delivery: String,
    /// What its event is known by, where it can be decoded and has a name of its own.
    pub event: Option<Identity>,
    /// Whose call it is; `None` without a proof.
    pub account: Option<Account>,
    /// The path and query that were called.
    pub target: String,
    pub host: Option<String>,
    pub raw: Raw,
}

impl Call {
    /// Returns the call, and why its body can't be decoded where that is so: for the event's key, which
    /// the call may lack.
    pub fn new(raw: Raw, delivery: &Delivery) -> (Self, Result<(), Rejection>) {
        let account = delivery.proven().map(|proven| proven.account);
        let decoded = raw.decode::<Event>().map(|event| Identity::of(&event, account));
        let (event, decoded) = match decoded {
            Ok(event) => (event, Ok(())),
            Err(rejection) => (None, Err(rejection)),
        };
        let call = Self {
            delivery: delivery.idempotency_key(&raw),
            event,
            account,
            target: delivery.target().to_owned(),
            host: delivery.host().map(str::to_owned),
            raw,
        };
        (call, decoded)
    }

    /// Returns what the log calls it.
    pub fn name(&self) -> &str {
        self.event.as_ref().map_or(&self.delivery, |event| &event.key)
    }
}

/// What an event is known by that has a name of its own.
#[derive(Debug, Clone)]
pub struct Identity {
    pub key: String,
    /// When it happened, if it says so: with another one, the same key is no repeat.
    pub timestamp: Option<String>,
}

impl Identity {
    /// Returns what an event is known by, or `None` where the sender gives such events no name.
    pub fn of(event: &Event, account: Option<Account>) -> Option<Self> {
        let key = delivery::event_key(account, event)?;
        Some(Self { key, timestamp: timestamp(event) })
    }
}

/// Puts a call together from what was stored of it.
pub fn raw(body: Vec<u8>, media_type: Option<&str>) -> Raw {
    let raw = Raw::new(body).limits(LIMITS);
    match media_type {
        Some(media_type) => raw.content_type(media_type),
        None => raw,
    }
}

/// Returns the word by which an event's trigger is counted.
pub fn trigger(event: &Event) -> &'static str {
    match event {
        Event::Create(_) => "create",
        Event::Update(_) => "update",
        Event::Delete(_) => "delete",
        Event::Click(_) => "click",
        Event::Open(_) => "open",
        Event::Delivered(_) => "delivery",
        Event::Bounce(_) => "bounce",
        Event::Failure(_) => "failure",
        Event::Unsubscribe(_) => "unsubscribe",
        Event::Abuse(_) => "abuse",
        _ => "other",
    }
}

fn timestamp(event: &Event) -> Option<String> {
    let timestamp = match event {
        Event::Create(CreateEvent::Profile(event)) => Some(event.timestamp),
        Event::Create(CreateEvent::Subprofile(event)) => Some(event.timestamp),
        Event::Update(UpdateEvent::Profile(event)) => Some(event.timestamp),
        Event::Update(UpdateEvent::Subprofile(event)) => Some(event.timestamp),
        Event::Delete(DeleteEvent::Profile(event)) => event.timestamp,
        Event::Delete(DeleteEvent::Subprofile(event)) => event.timestamp,
        Event::Click(event) => event.timestamp,
        Event::Open(event) => event.timestamp,
        Event::Delivered(event) => event.timestamp,
        Event::Bounce(event) => event.timestamp,
        Event::Failure(event) => event.timestamp,
        Event::Unsubscribe(event) => event.timestamp,
        Event::Abuse(event) => event.timestamp,
        _ => None,
    };
    timestamp.map(|timestamp| timestamp.to_string())
}
