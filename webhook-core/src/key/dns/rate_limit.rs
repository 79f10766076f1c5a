//! How many names may be looked up.

use super::span::{after, until};
use crate::limits::CLOCK_SLACK;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// A token bucket, as the moment at which it will be full again: a burst, and then one token an
/// interval.
#[derive(Debug)]
pub(super) struct RateLimit {
    interval: TimeDelta,
    burst: i32,
    full: DateTime<Utc>,
}

impl RateLimit {
    pub(super) fn new(interval: TimeDelta, burst: i32) -> Self {
        Self { interval, burst, full: DateTime::UNIX_EPOCH }
    }

    /// Takes a token, or says when there will be one.
    pub(super) fn admit(&mut self, now: DateTime<Utc>) -> Result<(), Duration> {
        let empty = after(now, self.interval * self.burst);
        // A clock that was set back locks nothing out until it has caught up.
        let believed = self.full <= after(empty, CLOCK_SLACK);
        let full = if believed { self.full.max(now) } else { now };
        let next = after(full, self.interval);
        if next > empty {
            return Err(until(empty, next));
        }
        self.full = next;
        Ok(())
    }
}
