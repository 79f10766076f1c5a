//! For the tests: what goes wrong on purpose. Leave this file and its calls out of your copy.
//!
//! With `INBOX_FAULTS=1` in the environment the event's field `fault` (where it has no fields, its
//! variable `fault`) says what: `outside` and `fail` fail always, `fail-once` the first time, `hang` never
//! ends, `panic` panics and `abort` takes the process down. All but `outside` and `hang` do it after the
//! effect was written. `INBOX_SLOW_COMMIT_MS` says how long each commit takes before it is written.
//! `INBOX_DECODE_FIRST=1` refuses what can't be decoded, and stores nothing of it.

use crate::inbox::{Claimed, Failure};
use rusqlite::Connection;
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::Duration;
use webhook_axum::Event;

static ON: LazyLock<bool> =
    LazyLock::new(|| crate::setup::var("INBOX_FAULTS").as_deref() == Some("1"));
static DECODE_FIRST: LazyLock<bool> =
    LazyLock::new(|| *ON && crate::setup::var("INBOX_DECODE_FIRST").as_deref() == Some("1"));

fn fault(event: &Event) -> Option<String> {
    if !*ON {
        return None;
    }
    let event = serde_json::to_value(event).ok()?;
    let fault = event.pointer("/fields/fault").or_else(|| event.get("fault"))?;
    fault.as_str().map(str::to_owned)
}

/// Returns whether a call that can't be decoded is refused, which loses it.
pub fn decode_first() -> bool {
    *DECODE_FIRST
}

/// Slows each commit down. kill -9 loses nothing that was given to the kernel, so an answer that comes
/// before its commit is caught only between the two: microseconds, unless the commit is slow.
pub fn slow_commits(db: &mut Connection) -> rusqlite::Result<()> {
    let pause = crate::setup::var("INBOX_SLOW_COMMIT_MS").and_then(|ms| ms.parse().ok());
    let Some(pause) = pause.filter(|_| *ON).map(Duration::from_millis) else { return Ok(()) };
    let wait = move || {
        sleep(pause);
        false
    };
    db.commit_hook(Some(wait))
}

pub async fn outside(_: &Claimed, event: &Event) -> Result<(), Failure> {
    match fault(event).as_deref() {
        Some("outside") => Err("a fault on purpose, outside".into()),
        Some("hang") => std::future::pending().await,
        _ => Ok(()),
    }
}

#[expect(clippy::panic, reason = "that is what it is for")]
pub fn inside(claimed: &Claimed, event: &Event) -> Result<(), Failure> {
    match fault(event).as_deref() {
        Some("fail") => Err("a fault on purpose".into()),
        Some("fail-once") if claimed.attempt == 1 => Err("a fault on purpose, once".into()),
        Some("panic") => panic!("a fault on purpose"),
        Some("abort") => std::process::abort(),
        _ => Ok(()),
    }
}
