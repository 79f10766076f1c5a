//! Every bound of this library, once.
//!
//! A bound that is exceeded is a clear refusal, never a silent cut: an event is whole or it is
//! not there. (PHP's own parser drops everything past 1000 variables without a word.)

/// Bytes of a body, by default: 2 MiB.
pub const DEFAULT_BODY_BYTES: usize = 2 * 1024 * 1024;
/// `name=value` pairs of a body, by default.
pub const DEFAULT_PAIRS: usize = 10_000;
/// Levels of brackets in a name, by default: `fields[a][b]` has two.
pub const DEFAULT_DEPTH: usize = 16;

/// Offsets into a decoded body are 32 bits wide, and decoding never makes text longer by more
/// than the digits of `[]` keys; this keeps both well inside.
pub(crate) const MAX_BODY_BYTES: usize = 1 << 30;
/// Nesting that no configuration goes beyond (PHP's own limit): what walks an event recurses.
pub(crate) const MAX_DEPTH: usize = 64;
/// The name that a detail repeats is cut here, in characters: names come from the network.
pub(crate) const MAX_NAME_CHARS: usize = 120;
/// From this many keys on, a level of a map is indexed by hash instead of searched in order.
pub(crate) const LINEAR_KEYS: u32 = 48;

/// Bytes of a key record's name (RFC 1035 §2.3.4: 255 on the wire, which is 253 as text).
pub(crate) const MAX_KEY_NAME: usize = 253;
/// Bits of the shortest RSA key that can be read at all (RFC 8301 §3.2: verifiers must not take
/// shorter ones).
pub const MIN_KEY_BITS: u32 = 1024;
/// Bits of the longest RSA key: verifying costs grow with the square of the length.
pub const MAX_KEY_BITS: u32 = 8192;
/// Bits below which a key is taken with a warning (RFC 8301 §3.2: signers should use as many).
pub const SOUND_KEY_BITS: u32 = 2048;
/// Keys under one name, and so TXT records of it that are tried.
pub const MAX_KEYS: usize = 4;
/// Bytes of a key record: one with the longest key has some 1,500.
pub(crate) const MAX_RECORD_BYTES: usize = 4096;
/// Tags of a key record: RFC 6376 §3.6.1 knows eight.
pub(crate) const MAX_RECORD_TAGS: usize = 32;

/// How much of a body a [`Receiver`](crate::Receiver) is willing to take.
///
/// ```
/// use webhook_core::{Limits, Receiver};
///
/// // An account with `big` fields: up to 64 MiB a call.
/// let receiver = Receiver::unverified().with_limits(Limits::default().body(64 << 20));
/// # let _ = receiver;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Most bytes in a body, as received. Over it: `body_too_large`, 413.
    pub body: usize,
    /// Most `name=value` pairs (in JSON: entries, at every level). Over it: `malformed_body`, 400.
    pub pairs: usize,
    /// Most levels of brackets in a name (in JSON: of nesting). Over it: `malformed_body`, 400.
    pub depth: usize,
}

impl Limits {
    /// For input that is trusted already. The depth still bounds recursion.
    pub(crate) const fn unbounded() -> Self {
        Self { body: MAX_BODY_BYTES, pairs: usize::MAX, depth: MAX_DEPTH }
    }

    /// The same limits with another body size, in bytes; at most 1 GiB.
    #[must_use]
    pub const fn body(mut self, bytes: usize) -> Self {
        self.body = if bytes < MAX_BODY_BYTES { bytes } else { MAX_BODY_BYTES };
        self
    }

    /// The same limits with another number of pairs.
    #[must_use]
    pub const fn pairs(mut self, pairs: usize) -> Self {
        self.pairs = pairs;
        self
    }

    /// The same limits with another depth, in levels of brackets; at most 64 (PHP's own limit),
    /// so that nothing that walks an event needs a deep stack.
    #[must_use]
    pub const fn depth(mut self, levels: usize) -> Self {
        self.depth = if levels < MAX_DEPTH { levels } else { MAX_DEPTH };
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: DEFAULT_BODY_BYTES, pairs: DEFAULT_PAIRS, depth: DEFAULT_DEPTH }
    }
}
