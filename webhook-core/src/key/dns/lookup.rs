//! One look-up, from its start to its outcome.

use super::lookups::{Lookups, Outcome, Started};
use super::resolver::Resolver;
use crate::metrics;
use std::sync::Arc;
use tokio::sync::watch;

/// A look-up, which runs as a task of its own: it ends even when every call that joined it is
/// dropped.
#[derive(Debug)]
pub(super) struct Lookup {
    lookups: Arc<Lookups>,
    started: Started,
}

impl Lookup {
    /// Runs a look-up, and returns where its outcome will be.
    ///
    /// Must not be called under the lock of the look-ups: a runtime that is shutting down drops the
    /// task at once, and that locks.
    pub(super) fn spawn(
        lookups: &Arc<Lookups>,
        resolver: &Arc<Resolver>,
        started: Started,
    ) -> watch::Receiver<Outcome> {
        let (outcome, runtime) = (started.outcome.subscribe(), started.runtime.clone());
        let lookup = Self { lookups: Arc::clone(lookups), started };
        runtime.spawn(lookup.run(Arc::clone(resolver)));
        outcome
    }

    async fn run(self, resolver: Arc<Resolver>) {
        let Started { name, now, outcome, .. } = &self.started;
        let answer = resolver.query(name).await;
        metrics::dns_lookup(answer.word());
        outcome.send_replace(Some(self.lookups.complete(name, answer, *now)));
    }
}

/// Abandons the look-up unless it was completed, as when its runtime ends: the next call may start
/// another.
impl Drop for Lookup {
    fn drop(&mut self) {
        self.lookups.abandon(&self.started.name, self.started.id);
    }
}
