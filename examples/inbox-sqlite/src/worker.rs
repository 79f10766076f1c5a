//! Takes calls out of the inbox, decodes them and runs their effect.

use crate::event::{self, Identity};
use crate::inbox::{Claimed, Handled, Outcome, UnderWay};
use crate::queue::{Inbox, Unavailable};
use crate::{effect, monitor};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use webhook_axum::{Account, Event};

/// How often the worker looks whether a pause or a lease has ended.
const LOOK: Duration = Duration::from_millis(200);
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Works until it is to stop; what was claimed is finished first.
pub async fn run(inbox: Inbox, mut stop: watch::Receiver<bool>) {
    // Side by side, they also share their commits, and one that takes long delays no other.
    let mut attempts = JoinSet::new();
    let held = Arc::new(AtomicUsize::new(0));
    while !*stop.borrow() {
        let mut pause = LOOK;
        let under_way = UnderWay { attempts: attempts.len(), bytes: held.load(Relaxed) };
        match inbox.claim(under_way).await {
            Ok(claimed) => {
                let alone = claimed.iter().any(|claimed| claimed.suspect);
                for claimed in claimed {
                    let held = Held::new(&held, claimed.size());
                    attempts.spawn(attempt(inbox.clone(), claimed, held));
                }
                if alone {
                    finish(&mut attempts).await;
                    continue;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "can't look for work");
                pause = STORE_PAUSE;
            }
        }
        tokio::select! {
            () = inbox.arrived.notified() => {}
            () = sleep(pause) => {}
            Some(ended) = attempts.join_next() => {
                check(ended);
                while let Some(ended) = attempts.try_join_next() {
                    check(ended);
                }
            }
            _ = stop.changed() => {}
        }
    }
    finish(&mut attempts).await;
}

async fn finish(attempts: &mut JoinSet<()>) {
    while let Some(ended) = attempts.join_next().await {
        check(ended);
    }
}

/// Logs an attempt that panicked. It stays claimed, so it is tried again when its lease has ended.
fn check(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "an attempt panicked");
    }
}

/// What an attempt holds of memory; given back when it ends, also by a panic.
struct Held {
    all: Arc<AtomicUsize>,
    bytes: usize,
}

impl Held {
    fn new(all: &Arc<AtomicUsize>, bytes: usize) -> Self {
        all.fetch_add(bytes, Relaxed);
        Self { all: Arc::clone(all), bytes }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Relaxed);
    }
}

async fn attempt(inbox: Inbox, claimed: Claimed, held: Held) {
    let (key, attempt) = (claimed.key.clone(), claimed.attempt);
    let mut trigger = "other";
    let ended = handle(&inbox, claimed, &mut trigger).await;
    monitor::attempted(trigger, ended.as_ref().map_or("unknown", Outcome::label));
    match ended {
        Ok(Outcome::Done) => tracing::debug!(key, attempt, "done"),
        Ok(Outcome::Duplicate(of)) => tracing::info!(key, of, "done: its event was known"),
        Ok(Outcome::SetAside(why)) => tracing::warn!(key, why, "set aside"),
        Ok(Outcome::Again(why)) => tracing::warn!(key, attempt, why, "failed, will be tried again"),
        Ok(Outcome::Dead(why)) => tracing::error!(key, attempt, why, "dead: no attempts are left"),
        Ok(Outcome::Lost) => tracing::warn!(key, attempt, "the lease ended before the attempt did"),
        Err(error) => tracing::warn!(key, attempt, %error, "will be tried again after its lease"),
    }
    drop(held);
}

/// Makes an attempt at a call, and sets `trigger` when it is decoded.
async fn handle(
    inbox: &Inbox,
    mut claimed: Claimed,
    trigger: &mut &'static str,
) -> Result<Outcome, Unavailable> {
    let (event, account) = match read(&claimed) {
        Ok(read) => read,
        Err(why) => return inbox.set_aside(claimed, why).await,
    };
    *trigger = event::trigger(&event);
    // It could not be decoded when it was received, or its row has its key.
    let identity = Some(&event).filter(|_| !claimed.has_event_key);
    let identity = identity.and_then(|event| Identity::of(event, account));
    if let Some(identity) = &identity {
        // Before the effect outside, which no transaction takes back.
        let duplicate = inbox.duplicate(claimed.clone(), identity.clone()).await?;
        if let Some(outcome) = duplicate {
            return Ok(outcome);
        }
        claimed.key.clone_from(&identity.key);
    }
    match timeout(inbox.lease(), effect::outside(&claimed, &event)).await {
        Ok(Ok(Handled::Done)) => {}
        Ok(Ok(Handled::Unknown(why))) => return inbox.set_aside(claimed, why).await,
        Ok(Err(failure)) => return inbox.failed(claimed, failure.to_string()).await,
        Err(_) => return inbox.failed(claimed, "took longer than its lease".to_owned()).await,
    }
    let this = claimed.clone();
    inbox.done(claimed, identity, move |db| effect::inside(db, &this, &event)).await
}

/// Decodes what was stored of a call, or returns why it can't be decoded: never by a value of it.
fn read(claimed: &Claimed) -> Result<(Event, Option<Account>), String> {
    let Some(body) = &claimed.body else { return Err("its payload was pruned".to_owned()) };
    let account = claimed.account.as_deref().map(str::parse::<Account>).transpose();
    let account = account.map_err(|_| "the row's account can't be read".to_owned())?;
    let raw = event::raw(body, claimed.media_type.as_deref());
    let event = raw.decode().map_err(|rejection| rejection.to_string())?;
    Ok((event, account))
}
