//! A period between two moments of a clock that may be set.

use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// The time by which a clock may be set back before what it stamped is no longer trusted.
pub(super) const CLOCK_SLACK: Duration = Duration::from_secs(60);

/// A period from one moment to before another.
///
/// A wrong clock's stamps are not trusted once it is set right: a moment well before the start is
/// outside, or a machine that booted in 2099 would keep its answers for decades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
}

impl Period {
    pub(super) fn starting_at(start: DateTime<Utc>, length: Duration) -> Self {
        Self { start, end: after(start, length) }
    }

    /// Returns whether the period contains `now`. Concurrent calls may see times that differ a
    /// little, hence the slack.
    pub(super) fn contains(&self, now: DateTime<Utc>) -> bool {
        now < self.end && duration(now, self.start) <= CLOCK_SLACK
    }

    /// Returns the time from `now` to the end, or `None` outside of the period.
    pub(super) fn remaining(&self, now: DateTime<Utc>) -> Option<Duration> {
        self.contains(now).then(|| duration(now, self.end))
    }
}

/// Returns the moment `time` after another, or the last one that chrono has.
pub(super) fn after(moment: DateTime<Utc>, time: Duration) -> DateTime<Utc> {
    let time = TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
    moment.checked_add_signed(time).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Returns the time from one moment to a later one, or zero if it is not later.
pub(super) fn duration(from: DateTime<Utc>, to: DateTime<Utc>) -> Duration {
    to.signed_duration_since(from).to_std().unwrap_or_default()
}
