//! A time from one moment to another, by a clock that may be set.

use crate::limits::CLOCK_SLACK;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// A time from one moment to before another.
///
/// What a wrong clock stamped is not believed once it is set right: a moment well before the
/// start is outside, or a machine that booted in 2099 would remember for decades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) since: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
}

impl Span {
    pub(super) fn of(since: DateTime<Utc>, length: TimeDelta) -> Self {
        Self { since, until: after(since, length) }
    }

    /// Calls that stand side by side may see times that differ a little, hence the slack.
    pub(super) fn holds(&self, now: DateTime<Utc>) -> bool {
        now < self.until && self.since.signed_duration_since(now) <= CLOCK_SLACK
    }

    /// What is left of it.
    pub(super) fn rest(&self, now: DateTime<Utc>) -> Option<Duration> {
        self.holds(now).then(|| until(now, self.until))
    }
}

/// A moment later, or the last one that there is.
pub(super) fn after(moment: DateTime<Utc>, time: TimeDelta) -> DateTime<Utc> {
    moment.checked_add_signed(time).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The time from one moment to another; none if that has passed.
pub(super) fn until(now: DateTime<Utc>, moment: DateTime<Utc>) -> Duration {
    moment.signed_duration_since(now).to_std().unwrap_or_default()
}
