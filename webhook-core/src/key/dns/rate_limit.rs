//! How many names may be looked up in a second.

use super::period::{CLOCK_SLACK, after, duration};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Unknown names that may be looked up at once.
pub(super) const UNKNOWN_NAMES_BURST: u32 = 50;
/// Time after which one more unknown name may be looked up: 50 a second. How many of these look-ups
/// may be in flight is bounded where they start, by `MAX_UNKNOWN_LOOKUPS`.
const UNKNOWN_NAMES_INTERVAL: Duration = Duration::from_millis(20);

/// Known names that may be looked up at once.
const KNOWN_NAMES_BURST: u32 = 256;
/// Time after which one more known name may be looked up. Each is queried once in some seconds at
/// most, so this bounds what a name server gets when very many are in use.
const KNOWN_NAMES_INTERVAL: Duration = Duration::from_millis(20);

/// A token bucket, held as the moment at which it will be full again.
///
/// The bucket is that of the generic cell rate algorithm (ITU-T I.371), as in the governor crate,
/// which is not used: it locks out for the whole difference when the clock is set back.
#[derive(Debug)]
pub(super) struct RateLimit {
    /// Time in which the bucket gains a token.
    interval: Duration,
    /// Tokens of a full bucket.
    burst: u32,
    full_at: DateTime<Utc>,
}

impl RateLimit {
    pub(super) fn of_unknown_names() -> Self {
        Self::new(UNKNOWN_NAMES_INTERVAL, UNKNOWN_NAMES_BURST)
    }

    pub(super) fn of_known_names() -> Self {
        Self::new(KNOWN_NAMES_INTERVAL, KNOWN_NAMES_BURST)
    }

    fn new(interval: Duration, burst: u32) -> Self {
        Self { interval, burst, full_at: DateTime::UNIX_EPOCH }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// The bucket is empty: the time after which it has a token.
    pub(super) fn admit(&mut self, now: DateTime<Utc>) -> Result<(), Duration> {
        // When the bucket would be full if it were empty now.
        let empty = after(now, self.interval * self.burst);
        // A clock that was set back locks nothing out until it has caught up.
        let is_trusted = self.full_at <= after(empty, CLOCK_SLACK);
        let full_at = if is_trusted { self.full_at.max(now) } else { now };
        let next = after(full_at, self.interval);
        if next > empty {
            return Err(duration(empty, next));
        }
        self.full_at = next;
        Ok(())
    }
}
