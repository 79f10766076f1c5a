//! A counting semaphore, and the event that no permit is out.

use crate::metrics;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// How many handlers may go on without their connection at a time, and how many do.
///
/// Not tokio's semaphore: this crate has no runtime in its default path, and a semaphore does not
/// report when all its permits are back.
pub(crate) struct Permits {
    max: usize,
    state: Mutex<PermitCount>,
}

#[derive(Default)]
struct PermitCount {
    /// Permits that are out.
    taken: usize,
    /// Futures that wait for no permit to be out, each by a number of its own, so that one that is
    /// dropped takes its waker away with it.
    waiting: Vec<(u64, Waker)>,
    next: u64,
}

impl Permits {
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, state: Mutex::default() })
    }

    /// Takes a permit; `None` when all are out.
    pub(super) fn take(self: &Arc<Self>) -> Option<Permit> {
        let mut state = self.lock();
        if state.taken >= self.max {
            return None;
        }
        state.taken += 1;
        metrics::detached(0, 1);
        Some(Permit(Arc::clone(self)))
    }

    /// Returns the most permits that are out at a time.
    pub(super) const fn max(&self) -> usize {
        self.max
    }

    fn lock(&self) -> MutexGuard<'_, PermitCount> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Permits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = self.lock().taken;
        f.debug_struct("Permits")
            .field("max", &self.max)
            .field("taken", &taken)
            .finish_non_exhaustive()
    }
}

/// A permit, which is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit(Arc<Permits>);

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.taken -= 1;
        metrics::detached(1, 0);
        if state.taken == 0 {
            let waiting = std::mem::take(&mut state.waiting);
            // Outside the lock: a waker is code of the application's.
            drop(state);
            for (_, waker) in waiting {
                waker.wake();
            }
        }
    }
}

/// A future that is ready when no permit is out.
///
/// Whether any is out is read under the lock under which the waker is left, so no wake-up is lost
/// between the two.
#[derive(Debug)]
#[must_use = "futures do nothing until they are polled"]
pub(crate) struct Idle {
    /// `None` where there are no permits at all.
    permits: Option<Arc<Permits>>,
    /// The number under which its waker waits.
    number: Option<u64>,
}

impl Idle {
    pub(crate) const fn new(permits: Option<Arc<Permits>>) -> Self {
        Self { permits, number: None }
    }
}

impl Future for Idle {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { permits, number } = self.get_mut();
        let Some(permits) = permits else { return Poll::Ready(()) };
        let mut state = permits.lock();
        if state.taken == 0 {
            return Poll::Ready(());
        }
        let mine = *number.get_or_insert_with(|| {
            state.next += 1;
            state.next
        });
        match state.waiting.iter_mut().find(|(number, _)| *number == mine) {
            Some((_, waker)) => waker.clone_from(context.waker()),
            None => state.waiting.push((mine, context.waker().clone())),
        }
        Poll::Pending
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        let (Some(permits), Some(mine)) = (&self.permits, self.number) else { return };
        let mut state = permits.lock();
        let at = state.waiting.iter().position(|(number, _)| *number == mine);
        let waker = at.map(|at| state.waiting.swap_remove(at));
        // Outside the lock, like every waker.
        drop(state);
        drop(waker);
    }
}
