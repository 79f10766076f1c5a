//! How many names that were never heard of may be asked for.

use super::span::{after, until};
use crate::limits::{STRANGERS_BURST, STRANGERS_INTERVAL};
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
        // No more than empty, wherever the clock stood before.
        let full = self.full.clamp(now, after(now, STRANGERS_INTERVAL * STRANGERS_BURST));
        let next = after(full, STRANGERS_INTERVAL);
        let empty = after(now, STRANGERS_INTERVAL * STRANGERS_BURST);
        if next > empty {
            return Err(until(empty, next));
        }
        self.full = next;
        Ok(())
    }
}
