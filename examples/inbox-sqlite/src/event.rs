//! What a call says, as the receiver and the worker read it: by the same rules.

use axum::body::Bytes;
use webhook_axum::{Account, CreateEvent, DeleteEvent, Event, Limits, Raw, UpdateEvent, delivery};

/// How much a call may hold, where it is received and where it is handled: whole mails come in some.
pub const LIMITS: Limits = Limits::mail();

/// What an event that has a name of its own is known by.
#[derive(Clone)]
pub struct Identity {
    pub key: String,
    /// When it happened, if it says so. Another one under the same key is no repetition.
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
pub fn raw(body: &Bytes, media_type: Option<&str>) -> Raw {
    let raw = Raw::new(body.clone()).limits(LIMITS);
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
