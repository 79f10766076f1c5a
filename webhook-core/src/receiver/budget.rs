//! What calls that are not proven yet may hold of memory, all together.

use crate::limits::RETRY_AFTER;
use crate::metrics;
use crate::rejection::{Refusal, RejectionKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes of unproven bodies that a receiver holds at a time.
///
/// An attacker who knows account, host and the name of a key can send bodies that prove nothing:
/// where the signature covers a `Content-Length` that was not sent, only the end of the body decides.
/// However many connections they open, this bounds what they get.
#[derive(Debug)]
pub(super) struct Budget {
    most: usize,
    held: AtomicUsize,
}

/// What one call holds of a budget; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    pub(super) fn new(most: usize) -> Self {
        Self { most, held: AtomicUsize::new(0) }
    }
}

impl Share {
    pub(super) fn of(budget: &Arc<Budget>) -> Self {
        Self { budget: Arc::clone(budget), bytes: 0 }
    }

    /// Takes `bytes` more.
    ///
    /// # Errors
    /// Others hold what is left: `overloaded`, 503.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Refusal> {
        let Budget { most, held } = &*self.budget;
        // Only the number counts: no other memory is read by it.
        let room = |held: usize| held.checked_add(bytes).filter(|held| held <= most);
        match held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room) {
            Ok(_) => {
                self.bytes += bytes;
                metrics::unproven_bytes(0, bytes);
                Ok(())
            }
            Err(_) => Err(Refusal::new(
                RejectionKind::Overloaded,
                format!(
                    "calls that are not proven yet hold {most} bytes: a proxy that buffers keeps \
                     Content-Length, and so calls are proven before their body"
                ),
            )
            .retry_after(RETRY_AFTER)),
        }
    }
}

impl Share {
    /// Gives `bytes` back, of those that were taken.
    pub(super) fn shrink(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        self.budget.held.fetch_sub(bytes, Ordering::Relaxed);
        metrics::unproven_bytes(bytes, 0);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shrink(self.bytes);
    }
}
