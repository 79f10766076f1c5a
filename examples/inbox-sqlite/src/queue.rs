//! The way to the inbox for who waits for an answer: what is to be written goes to the writer, and
//! has been committed when the answer comes.

use crate::call::{Call, Stored};
use crate::duplicate;
use crate::event::Identity;
use crate::inbox::{self, Claimed, Failure, Handled, Outcome, Patience, UnderWay};
use crate::writer::{Job, job};
use rusqlite::{Connection, Transaction};
use std::{fmt, sync::Arc, time::Duration};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::{Notify, Semaphore};

/// Nothing was written: the store failed, or more waits for it than it can take.
#[derive(Debug)]
pub struct Unavailable(pub &'static str);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The way to the writer; cheap to clone.
#[derive(Clone)]
pub struct Inbox {
    jobs: mpsc::Sender<Job>,
    patience: Patience,
    /// A permit a byte that may wait to be written.
    room: Arc<Semaphore>,
    most_bytes: u32,
    /// Wakes the worker.
    pub arrived: Arc<Notify>,
}

impl Inbox {
    /// Calls that wait to be written have at most so many bytes together.
    pub fn new(jobs: mpsc::Sender<Job>, patience: Patience, most_bytes: u32) -> Self {
        let room = usize::try_from(most_bytes).unwrap_or(Semaphore::MAX_PERMITS);
        let room = Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS)));
        Self { jobs, patience, room, most_bytes, arrived: Arc::default() }
    }

    pub fn lease(&self) -> Duration {
        Duration::from_millis(self.patience.lease_ms.unsigned_abs())
    }

    /// Waits until the writer has ended: from then on nothing can be received.
    pub async fn closed(&self) {
        self.jobs.closed().await;
    }

    /// Writes a call down. It is on the disk when this returns, new or known.
    pub async fn receive(&self, call: Call) -> Result<Stored, Unavailable> {
        // One that is larger than all the room there is has it for itself.
        let size = u32::try_from(call.size()).unwrap_or(u32::MAX).min(self.most_bytes);
        let room = Arc::clone(&self.room).try_acquire_many_owned(size);
        let room = room.map_err(|_| Unavailable("the queue is full"))?;
        let (job, stored) = job(move |tx| {
            let stored = call.store(tx);
            drop((call, room));
            stored
        });
        // A sender is better off with a quick refusal than in a queue that only grows.
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Unavailable("the queue is full"),
            TrySendError::Closed(_) => Unavailable("the store is closed"),
        })?;
        let stored = stored.await.map_err(|_| Unavailable("the store failed"))?;
        self.arrived.notify_one();
        Ok(stored)
    }

    /// Writes a row and removes it, in one commit: what fails here fails for calls, too. The table is there
    /// already: one that comes and goes would have every statement prepared again.
    pub async fn probe(&self) -> Result<(), Unavailable> {
        let write = |tx: &mut Transaction<'_>| {
            tx.execute_batch("INSERT INTO probe VALUES (zeroblob(16384)); DELETE FROM probe;")
        };
        let (job, told) = job(write);
        self.jobs.try_send(job).map_err(|_| Unavailable("the queue is full"))?;
        told.await.map_err(|_| Unavailable("the store failed"))
    }

    /// Takes calls that are due, in addition to those that are under way; they are ours when this returns.
    pub async fn claim(&self, under_way: UnderWay) -> Result<Vec<Claimed>, Unavailable> {
        let patience = self.patience;
        let claim = move |tx: &mut Transaction<'_>| {
            let now = inbox::now();
            let brought_back = inbox::bring_back(tx, patience, now)?;
            Ok((brought_back, inbox::claim(tx, patience, now, under_way)?))
        };
        let (brought_back, (dead, claimed)) = self.write(claim).await?;
        if brought_back > 0 {
            tracing::warn!(
                brought_back,
                "due further ahead than any pause, so the clock was ahead; due now"
            );
        }
        for key in dead {
            tracing::error!(key, "dead: its last attempt did not end");
        }
        Ok(claimed)
    }

    /// Commits the effect and "done" in one transaction, and the event's identity with them.
    pub async fn done(
        &self,
        claimed: Claimed,
        identity: Option<Identity>,
        effect: impl FnOnce(&Connection) -> Result<Handled, Failure> + Send + 'static,
    ) -> Result<Outcome, Unavailable> {
        let patience = self.patience;
        self.write(move |tx| inbox::done(tx, patience, &claimed, identity.as_ref(), effect)).await
    }

    /// Ends the attempt where another call brought the event; `None` where no other did.
    pub async fn duplicate(
        &self,
        claimed: Claimed,
        identity: Identity,
    ) -> Result<Option<Outcome>, Unavailable> {
        self.write(move |tx| duplicate::settle(tx, &claimed, &identity)).await
    }

    /// Sets a call aside.
    pub async fn set_aside(&self, claimed: Claimed, why: String) -> Result<Outcome, Unavailable> {
        self.write(move |tx| inbox::set_aside(tx, &claimed, why)).await
    }

    /// Records that the attempt failed.
    pub async fn failed(&self, claimed: Claimed, why: String) -> Result<Outcome, Unavailable> {
        let patience = self.patience;
        self.write(move |tx| inbox::failed(tx, patience, &claimed, why)).await
    }

    /// Waits for its turn when there is a queue: the worker has time.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let (job, told) = job(work);
        self.jobs.send(job).await.map_err(|_| Unavailable("the store is closed"))?;
        told.await.map_err(|_| Unavailable("the store failed"))
    }
}
