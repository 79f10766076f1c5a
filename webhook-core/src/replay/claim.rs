//! A delivery that is being handled, here and nowhere else.

use super::{Begun, DeliveryId, ReplayStore, StoreError, Token};
use crate::clock::Clock;
use crate::limits::REPLAY_MARGIN;
use chrono::{DateTime, Utc};
use std::fmt;
use std::sync::Arc;

/// What became of the attempt to claim a delivery.
#[derive(Debug)]
pub(crate) enum Claimed {
    /// It is ours.
    Fresh(Claim),
    /// Another call is handling it: 503.
    InFlight,
    /// It was handled: 200.
    Done,
}

/// A replay store, and the clock by which it forgets: what a claim needs.
pub(crate) struct ClockedStore {
    store: Arc<dyn ReplayStore>,
    clock: Arc<dyn Clock>,
}

/// A claim on a delivery. Dropped without a commit, it is released.
pub(crate) struct Claim {
    store: Arc<ClockedStore>,
    id: DeliveryId,
    until: DateTime<Utc>,
    /// Taken by a commit: then nothing is left to release.
    token: Option<Token>,
}

impl ClockedStore {
    pub(crate) fn new(store: Arc<dyn ReplayStore>, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { store, clock })
    }

    /// Claims a delivery whose head came at `now`, and of which copies may come up to and including
    /// `until`.
    ///
    /// No delivery is refused for its age here: its date was looked at when its head came. Nor is the
    /// clock looked at again: to take an earlier time than it is forgets nothing too early.
    pub(crate) async fn claim(
        self: &Arc<Self>,
        id: DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Claimed, StoreError> {
        let until = until.max(now).checked_add_signed(REPLAY_MARGIN).unwrap_or(until);
        let begun = match self.store.try_begin(&id, now, until) {
            Some(begun) => begun,
            None => self.store.begin(&id, now, until).await,
        };
        Ok(match begun? {
            Begun::Fresh(token) => {
                Claimed::Fresh(Claim { store: Arc::clone(self), id, until, token: Some(token) })
            }
            Begun::InFlight => Claimed::InFlight,
            Begun::Done => Claimed::Done,
        })
    }
}

impl Claim {
    /// Returns what is claimed.
    pub(super) const fn id(&self) -> DeliveryId {
        self.id
    }

    /// Commits the delivery.
    ///
    /// From the call on, even before the future is polled: the effect has happened, so whatever
    /// interrupts this leaves the claim in flight until it expires, and never releases it.
    pub(crate) fn commit(
        mut self,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + 'static {
        self.token = None;
        async move {
            let ClockedStore { store, clock } = &*self.store;
            let now = clock.now();
            match store.try_commit(&self.id, now, self.until) {
                Some(committed) => committed,
                None => store.commit(&self.id, now, self.until).await,
            }
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(token) = self.token.take() {
            self.store.store.release(&self.id, token);
        }
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("id", &self.id)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ClockedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}
