//! A question on its way, whoever still waits for it.

use super::cache::Landed;
use super::desk::Desk;
use crate::key::KeyName;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// Tells what became of a question, when it has.
pub(super) type Ticket = watch::Receiver<Option<Landed>>;

/// A question on its way: a task of its own, so that it ends whoever has stopped waiting.
#[derive(Debug)]
pub(super) struct Flight {
    desk: Arc<Desk>,
    name: KeyName,
    number: u64,
    /// When it was asked, by the clock of the call that asked: what it brings counts from here,
    /// a few seconds too short rather than too long.
    now: DateTime<Utc>,
    sender: watch::Sender<Option<Landed>>,
}

impl Flight {
    pub(super) fn new(
        desk: Arc<Desk>,
        name: KeyName,
        number: u64,
        now: DateTime<Utc>,
    ) -> (Self, Ticket) {
        let (sender, ticket) = watch::channel(None);
        (Self { desk, name, number, now, sender }, ticket)
    }

    /// Not under the desk's lock: a runtime that is shutting down drops the task at once, and
    /// that locks.
    pub(super) fn depart(self) {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(self.fly());
        }
    }

    async fn fly(self) {
        let answer = self.desk.ask(&self.name).await;
        let landed = self.desk.land(&self.name, answer, self.now);
        self.sender.send_replace(Some(landed));
    }
}

/// Landed or lost: the next call may ask again.
impl Drop for Flight {
    fn drop(&mut self) {
        self.desk.give_up(&self.name, self.number);
    }
}
