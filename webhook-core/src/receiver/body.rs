//! A body on its way in: bounded, and not copied when it comes in one piece.

use bytes::Bytes;
use std::fmt;

/// Chunks so far.
#[derive(Default)]
pub(super) enum Body {
    #[default]
    Empty,
    /// The usual case: handed on as it is.
    One(Bytes),
    Many(Vec<u8>),
}

impl Body {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::One(bytes) => bytes.len(),
            Self::Many(bytes) => bytes.len(),
        }
    }

    /// Returns the bytes of memory that are held.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Many(bytes) => bytes.capacity(),
            _ => self.len(),
        }
    }

    /// Returns the bytes of memory that will be held with `more` bytes of a body of at most `most`.
    ///
    /// A buffer grows with what comes, never with what was announced: that costs a sender nothing.
    /// It doubles, so that each byte is copied twice at most, and ends with `most`.
    pub(super) fn held_with(&self, more: usize, most: usize) -> usize {
        let (held, needed) = (self.held(), self.len().saturating_add(more));
        match self {
            _ if needed <= held => held,
            Self::Empty => more,
            _ => held.saturating_mul(2).min(most).max(needed),
        }
    }

    /// Appends a chunk of a body of at most `most` bytes.
    pub(super) fn push(&mut self, chunk: Bytes, most: usize) {
        let held = self.held_with(chunk.len(), most);
        *self = match std::mem::take(self) {
            Self::Empty => Self::One(chunk),
            Self::One(first) => {
                let mut all = Vec::with_capacity(held);
                all.extend_from_slice(&first);
                all.extend_from_slice(&chunk);
                Self::Many(all)
            }
            Self::Many(mut all) => {
                all.reserve_exact(held.saturating_sub(all.len()));
                all.extend_from_slice(&chunk);
                Self::Many(all)
            }
        };
    }

    pub(super) fn into_bytes(self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::One(bytes) => bytes,
            Self::Many(bytes) => bytes.into(),
        }
    }
}

/// Never the bytes: they are personal data.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}
