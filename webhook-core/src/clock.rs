//! Where the time comes from: tests use a fake clock.

use chrono::{DateTime, Utc};
use std::fmt;

/// A source of the time.
///
/// Closures are clocks:
///
/// ```
/// use chrono::{DateTime, Utc};
/// use webhook_core::clock::Clock;
///
/// let stopped = || DateTime::<Utc>::UNIX_EPOCH;
/// assert_eq!(stopped.now(), DateTime::UNIX_EPOCH);
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Returns the time in UTC.
    fn now(&self) -> DateTime<Utc>;
}

impl<F: Fn() -> DateTime<Utc> + Send + Sync + 'static> Clock for F {
    fn now(&self) -> DateTime<Utc> {
        self()
    }
}

/// The machine's own clock: keep it set by NTP, signatures are fresh for minutes.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

impl fmt::Debug for dyn Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
