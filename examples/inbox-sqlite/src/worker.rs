//! Takes events out of the inbox and runs their effect.

use crate::effect;
use crate::inbox::{Claimed, Outcome};
use crate::queue::{Inbox, Unavailable};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use webhook_axum::CreateEvent;

/// How often somebody looks whether a pause or a lease has ended.
const LOOK: Duration = Duration::from_millis(200);
const STORE_TROUBLE: Duration = Duration::from_secs(1);

/// Works until it is to stop; what was claimed is finished first.
pub async fn run(inbox: Inbox, mut stop: watch::Receiver<bool>) {
    // Side by side, they also share their commits, and one that takes long delays no other.
    let mut attempts = JoinSet::new();
    while !*stop.borrow() {
        let mut pause = LOOK;
        match inbox.claim(attempts.len()).await {
            Ok(claimed) => {
                let alone = claimed.iter().any(|claimed| claimed.suspect);
                for claimed in claimed {
                    attempts.spawn(attempt(inbox.clone(), claimed));
                }
                if alone {
                    finish(&mut attempts).await;
                    continue;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "can't look for work");
                pause = STORE_TROUBLE;
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

async fn attempt(inbox: Inbox, claimed: Claimed) {
    let (key, attempt) = (claimed.key.clone(), claimed.attempt);
    match handle(&inbox, claimed).await {
        Ok(Outcome::Done) => tracing::debug!(key, attempt, "done"),
        Ok(Outcome::Again(why)) => tracing::warn!(key, attempt, why, "failed, will be tried again"),
        Ok(Outcome::Dead(why)) => tracing::error!(key, attempt, why, "dead: no attempts are left"),
        Ok(Outcome::Lost) => tracing::warn!(key, attempt, "the lease ended before the attempt did"),
        Err(error) => tracing::warn!(key, attempt, %error, "will be tried again after its lease"),
    }
}

async fn handle(inbox: &Inbox, claimed: Claimed) -> Result<Outcome, Unavailable> {
    let event: CreateEvent = match serde_json::from_str(&claimed.event) {
        Ok(event) => event,
        // Not the error's own text: it quotes what it read.
        Err(error) => {
            let why = format!("can't be read back: {:?} at {}", error.classify(), error.column());
            return inbox.failed(claimed, why).await;
        }
    };
    match timeout(inbox.lease(), effect::outside(&claimed, &event)).await {
        Ok(Ok(())) => {}
        Ok(Err(failure)) => return inbox.failed(claimed, failure.to_string()).await,
        Err(_) => return inbox.failed(claimed, "took longer than its lease".to_owned()).await,
    }
    let this = claimed.clone();
    inbox.done(claimed, move |db| effect::inside(db, &this, &event)).await
}
