//! For the tests, with `INBOX_REHEARSAL=1`: an event may ask for trouble. Not for a copy of yours.

use crate::{Error, setup};
use std::{process, time::Duration};
use webhook_axum::CreateEvent;

/// Does what the event's parameter `rehearse` says.
#[expect(clippy::panic, reason = "what an effect may do, and the test is about")]
pub async fn act(event: &CreateEvent, attempt: i32) -> Result<(), Error> {
    if setup::var("INBOX_REHEARSAL").as_deref() != Some("1") {
        return Ok(());
    }
    let parameters = match event {
        CreateEvent::Profile(profile) => &profile.parameters,
        CreateEvent::Subprofile(subprofile) => &subprofile.parameters,
    };
    match parameters.get("rehearse") {
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
