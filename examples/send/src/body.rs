//! What the calls carry.

use bytes::Bytes;
use webhook_core::Event;

use crate::event;

/// The number of what the first call is about.
const FIRST: u64 = 123;

/// What the calls carry.
#[derive(Debug)]
pub(crate) enum Body {
    /// The same bytes in every call.
    Raw(Bytes),
    /// These events in turn, each call about something of its own.
    Events(Vec<Event>),
}

impl Body {
    /// Returns the body of call `index`, counted from 0.
    ///
    /// # Errors
    /// The test kit can't write the event.
    pub(crate) fn of_call(&self, index: u64) -> Result<Bytes, String> {
        let events = match self {
            Self::Raw(bytes) => return Ok(bytes.clone()),
            Self::Events(events) => events,
        };
        let each = self.each();
        let event = usize::try_from(index % each).ok().and_then(|at| events.get(at));
        let event = event.ok_or("no event to send")?;
        event::encode(event, FIRST.saturating_add(index / each)).map(Bytes::from)
    }

    /// Returns how many calls it takes to send each event once.
    pub(crate) fn each(&self) -> u64 {
        match self {
            Self::Raw(_) => 1,
            Self::Events(events) => events.len().max(1) as u64,
        }
    }
}
