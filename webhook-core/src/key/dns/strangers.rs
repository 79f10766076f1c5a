//! How many names that were never heard of may be asked for.

use super::span::{after, until};
use crate::limits::{CLOCK_SLACK, STRANGERS_BURST, STRANGERS_INTERVAL};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// A token bucket, as the moment at which it will be full again: a stranger who makes up names
/// gets a burst of questions out of us, and then one in a while.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    full: DateTime<Utc>,
}

impl Strangers {
    /// Takes a token, or says when there will be one.
    pub(super) fn admit(&mut self, now: DateTime<Utc>) -> Result<(), Duration> {
        let empty = after(now, STRANGERS_INTERVAL * STRANGERS_BURST);
        // A clock that was set back does not lock strangers out until it has caught up.
        let believed = self.full <= after(empty, CLOCK_SLACK);
        let full = if believed { self.full.max(now) } else { now };
        let next = after(full, STRANGERS_INTERVAL);
        if next > empty {
            return Err(until(empty, next));
        }
        self.full = next;
        Ok(())
    }
}
