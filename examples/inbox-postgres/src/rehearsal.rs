//! For the tests, with `INBOX_REHEARSAL=1`: an event may name a fault, and `INBOX_DECODE_FIRST=1` has
//! the receiver refuse what it can't decode, and store nothing of it. Not for a copy of yours.

use crate::{Error, setup};
use std::{process, time::Duration};
use webhook_axum::Event;

fn is_on() -> bool {
    setup::var("INBOX_REHEARSAL").as_deref() == Some("1")
}

/// Returns whether a call that can't be decoded is refused, which loses it.
pub fn decode_first() -> bool {
    is_on() && setup::var("INBOX_DECODE_FIRST").as_deref() == Some("1")
}

/// Does what the event's parameter `rehearse` says, or its variable where it has no parameters.
#[expect(clippy::panic, reason = "what an effect may do, and the test is about")]
pub async fn act(event: &Event, attempt: i32) -> Result<(), Error> {
    if !is_on() {
        return Ok(());
    }
    let event = serde_json::to_value(event)?;
    let rehearse = event.pointer("/parameters/rehearse").or_else(|| event.get("rehearse"));
    match rehearse.and_then(|rehearse| rehearse.as_str()) {
        Some("fail") => Err("as rehearsed".into()),
        Some("fail-with-nul") => Err("as rehearsed: \0".into()),
        Some("fail-once") if attempt == 1 => Err("as rehearsed, once".into()),
        Some("panic") => panic!("as rehearsed"),
        Some("abort") => process::abort(),
        Some("slow") => {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Ok(())
        }
        _ => Ok(()),
    }
}
