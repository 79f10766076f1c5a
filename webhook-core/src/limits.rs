//! Every bound of this library, once.
//!
//! A bound that is exceeded is a clear refusal, never a silent cut: an event is whole or it is
//! refused. (PHP's own parser silently drops everything past 1000 variables.)

use chrono::TimeDelta;
use std::time::Duration;

/// Bytes of a body, by default: 2 MiB.
pub const DEFAULT_BODY_BYTES: usize = 2 * 1024 * 1024;
/// `name=value` pairs of a body, by default.
pub const DEFAULT_PAIRS: usize = 10_000;
/// Levels of brackets in a name, by default: `fields[a][b]` has two.
/// As deep as PHP's own parser goes; its encoder writes 17 levels without complaint.
pub const DEFAULT_DEPTH: usize = 64;
/// Time for a body to be complete, from its head on, by default.
pub const DEFAULT_BODY_TIME: Duration = Duration::from_secs(30);
/// Bytes of a body, by [`Limits::mail`]: 32 MiB.
pub const MAIL_BODY_BYTES: usize = 32 << 20;
/// Time for a body to be complete, by [`Limits::mail`].
pub const MAIL_BODY_TIME: Duration = Duration::from_secs(5 * 60);
/// Bytes of bodies that a receiver holds at a time of calls that are not proven yet, by default:
/// 64 MiB.
pub const DEFAULT_UNPROVEN_BYTES: usize = 64 << 20;
/// Deliveries that a [`MemoryStore`](crate::replay::MemoryStore) remembers at a time, by default:
/// each for some 340 s with the default freshness, so 3,000 calls a second, all the time.
pub const DEFAULT_REPLAY_ENTRIES: usize = 1 << 20;

/// Handlers that outlive their connections at a time, by default.
pub const DEFAULT_MAX_DETACHED: usize = 1024;
/// Time that a handler has to end after its connection is gone.
pub const DETACHED_TIME: Duration = Duration::from_secs(5 * 60);

/// Offsets into a decoded body are 32 bits wide, and decoding never makes text longer by more
/// than the digits of `[]` keys; this keeps both well inside.
pub(crate) const MAX_BODY_BYTES: usize = 1 << 30;
/// Nesting that no configuration goes beyond (PHP's own limit): what walks an event recurses.
pub(crate) const MAX_DEPTH: usize = 64;
/// Time for a body that no configuration goes beyond: handled deliveries are remembered for as long.
pub(crate) const MAX_BODY_TIME: Duration = Duration::from_secs(60 * 60);
/// Decimal digits that always fit in 64 bits: a longer number of JSON is kept as it was written.
pub(crate) const EXACT_DIGITS: usize = 18;

/// What `Retry-After` says when a copy is being handled, or the replay store fails.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(5);
/// A delivery is remembered for this much longer than its date is fresh: the clocks of machines
/// that share a store differ a little, and a clock that was ahead may be set back.
pub(crate) const REPLAY_MARGIN: TimeDelta = TimeDelta::seconds(10);

/// Bytes of a key record's name (RFC 1035 §2.3.4: 255 on the wire, which is 253 as text).
pub(crate) const MAX_KEY_NAME: usize = 253;
/// Bits of the shortest RSA key that can be read at all (RFC 8301 §3.2: verifiers must not take
/// shorter ones).
pub const MIN_KEY_BITS: u32 = 1024;
/// Bits of the longest RSA key: verifying costs grow with the square of the length.
pub const MAX_KEY_BITS: u32 = 8192;
/// Bits below which a key is taken with a warning (RFC 8301 §3.2: signers should use as many).
pub const RECOMMENDED_KEY_BITS: u32 = 2048;
/// Keys under one name, and so TXT records of it that are tried.
pub const MAX_KEYS: usize = 4;
/// Bytes of a key record: one with the longest key has some 1,500.
pub(crate) const MAX_RECORD_BYTES: usize = 4096;
/// Tags of a key record: RFC 6376 §3.6.1 knows eight.
pub(crate) const MAX_RECORD_TAGS: usize = 32;

/// Time for one try of a query to a name server, by default.
#[cfg(feature = "dns")]
pub(crate) const DEFAULT_DNS_TRY_TIMEOUT: Duration = Duration::from_secs(1);
/// Time for all tries of a query, by default: a call waits for a key no longer than this.
#[cfg(feature = "dns")]
pub(crate) const DEFAULT_DNS_TIMEOUT: Duration = Duration::from_secs(3);
/// Time for which a key may be used stale while DNS fails, by default.
#[cfg(feature = "dns")]
pub(crate) const DEFAULT_STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// How old a call's `Date` may be, by default.
/// A queue in a proxy or a clock must not cost a genuine call, and the replay memory covers it all.
pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(300);
/// How far ahead of this machine's clock a call's `Date` may be, by default.
pub const DEFAULT_MAX_AHEAD: Duration = Duration::from_secs(60);
/// Bytes of a header that is part of a proof: 8 KiB, what most servers take at all.
pub(crate) const MAX_PROOF_HEADER: usize = 8 * 1024;

/// How much of a body a [`Receiver`](crate::Receiver) takes, and how long it waits for it.
///
/// Every setter keeps to a ceiling, so no settings make a receiver unsound.
///
/// ```
/// use std::time::Duration;
/// use webhook_core::{Limits, Receiver};
///
/// // An account with `big` fields, over a slow line: up to 64 MiB a call, in two minutes.
/// let limits = Limits::default().body(64 << 20).body_time(Duration::from_secs(120));
/// let receiver = Receiver::builder().limits(limits).unverified();
/// assert_eq!(receiver.limits().max_body(), 67_108_864);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    body: usize,
    pairs: usize,
    depth: usize,
    body_time: Duration,
}

impl Limits {
    /// Returns limits for input that is trusted already. The depth still bounds recursion.
    pub(crate) const fn unbounded() -> Self {
        Self { body: MAX_BODY_BYTES, pairs: usize::MAX, depth: MAX_DEPTH, body_time: MAX_BODY_TIME }
    }

    /// Returns the limits of a receiver that takes mail events too: 32 MiB, five minutes.
    ///
    /// A `bounce` and an `abuse` carry a whole mail, whose bytes a form writes as up to three each.
    ///
    /// ```
    /// use std::time::Duration;
    /// use webhook_core::{Limits, Receiver};
    ///
    /// let receiver = Receiver::builder().limits(Limits::mail()).unverified();
    /// assert_eq!(receiver.limits().max_body(), 33_554_432);
    /// assert_eq!(receiver.limits().max_body_time(), Duration::from_secs(300));
    /// ```
    #[must_use]
    pub const fn mail() -> Self {
        Self {
            body: MAIL_BODY_BYTES,
            pairs: DEFAULT_PAIRS,
            depth: DEFAULT_DEPTH,
            body_time: MAIL_BODY_TIME,
        }
    }

    /// Sets the most bytes of a body, as received; at most 1 GiB. Over it: `body_too_large`, 413.
    #[must_use]
    pub const fn body(mut self, bytes: usize) -> Self {
        self.body = if bytes < MAX_BODY_BYTES { bytes } else { MAX_BODY_BYTES };
        self
    }

    /// Sets the most `name=value` pairs (in JSON: entries, at every level). Over it:
    /// `malformed_body`, 400.
    #[must_use]
    pub const fn pairs(mut self, pairs: usize) -> Self {
        self.pairs = pairs;
        self
    }

    /// Sets the most levels of brackets in a name (in JSON: of nesting); at most 64 (PHP's own
    /// limit), so that nothing that walks an event needs a deep stack. Over it: `malformed_body`,
    /// 400.
    #[must_use]
    pub const fn depth(mut self, levels: usize) -> Self {
        self.depth = if levels < MAX_DEPTH { levels } else { MAX_DEPTH };
        self
    }

    /// Sets the time in which a body must be complete, from the moment its head came; at most an
    /// hour. Over it: `body_timeout`, 408, or 401 where nothing was proven by the head.
    ///
    /// A handled delivery is remembered for this much longer than its date is fresh.
    #[must_use]
    pub const fn body_time(mut self, time: Duration) -> Self {
        self.body_time =
            if time.as_nanos() < MAX_BODY_TIME.as_nanos() { time } else { MAX_BODY_TIME };
        self
    }

    /// Returns the most bytes of a body, as received.
    #[must_use]
    pub const fn max_body(&self) -> usize {
        self.body
    }

    /// Returns the most `name=value` pairs of a body.
    #[must_use]
    pub const fn max_pairs(&self) -> usize {
        self.pairs
    }

    /// Returns the most levels of brackets in a name.
    #[must_use]
    pub const fn max_depth(&self) -> usize {
        self.depth
    }

    /// Returns the time in which a body must be complete, from the moment its head came.
    #[must_use]
    pub const fn max_body_time(&self) -> Duration {
        self.body_time
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: DEFAULT_BODY_BYTES,
            pairs: DEFAULT_PAIRS,
            depth: DEFAULT_DEPTH,
            body_time: DEFAULT_BODY_TIME,
        }
    }
}
