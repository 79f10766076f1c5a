//! Lines of the log that an attacker can cause at will: few a second, and how many were left out.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Lines of one kind in a second.
const LINES_PER_SECOND: u64 = 5;

/// A limit for lines of one kind. Without a lock: two words that change when something is refused.
#[derive(Debug)]
pub(crate) struct LogLimit {
    /// The second of the last line, and in the lower half how many lines it has.
    second: AtomicU64,
    left_out: AtomicU64,
}

impl LogLimit {
    pub(crate) const fn new() -> Self {
        Self { second: AtomicU64::new(0), left_out: AtomicU64::new(0) }
    }

    /// Takes a line, and returns how many were left out before it; `None` leaves this one out.
    pub(crate) fn line(&self) -> Option<LeftOut> {
        static START: OnceLock<Instant> = OnceLock::new();
        self.line_at(START.get_or_init(Instant::now).elapsed().as_secs())
    }

    fn line_at(&self, second: u64) -> Option<LeftOut> {
        let now = (second & u64::from(u32::MAX)) << 32;
        let taken = self.second.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
            let lines = if last & !u64::from(u32::MAX) == now { last - now } else { 0 };
            (lines < LINES_PER_SECOND).then_some(now + lines + 1)
        });
        if taken.is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(LeftOut(self.left_out.swap(0, Ordering::Relaxed)))
    }
}

/// How many lines were left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeftOut(u64);

impl LeftOut {
    /// Returns a field's value, which is not written when no line was left out.
    pub(crate) fn field(self) -> Option<u64> {
        (self.0 > 0).then_some(self.0)
    }
}

/// Logs an event as `tracing`'s macros do, at most five times a second at this place.
///
/// Only what a subscriber takes is counted.
#[cfg(feature = "dns")]
macro_rules! limited {
    ($level:ident, $($event:tt)*) => {{
        static LIMIT: $crate::log_limit::LogLimit = $crate::log_limit::LogLimit::new();
        if tracing::enabled!(tracing::Level::$level)
            && let Some(left_out) = LIMIT.line()
        {
            tracing::event!(tracing::Level::$level, left_out = left_out.field(), $($event)*);
        }
    }};
}

#[cfg(feature = "dns")]
pub(crate) use limited;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_lines_a_second_and_the_next_one_counts_the_others() {
        let limit = LogLimit::new();
        for second in [0, 1, 7, u64::from(u32::MAX), u64::from(u32::MAX) + 9] {
            let lines: Vec<_> = (0..20).filter_map(|_| limit.line_at(second)).collect();
            let left_out = if second == 0 { 0 } else { 15 };
            assert_eq!(lines, [left_out, 0, 0, 0, 0].map(LeftOut), "{second}");
        }
        assert_eq!((LeftOut(0).field(), LeftOut(7).field()), (None, Some(7)));
    }
}
