//! For the tests: what goes wrong on purpose. Leave this file and its two calls out of your copy.
//!
//! With `INBOX_FAULTS=1` in the environment the event's field `fault` says what: `outside` and
//! `fail` fail always, `fail-once` the first time, `panic` panics and `abort` takes the process
//! down. All but `outside` do it after the effect was written.

use crate::inbox::{Claimed, Failure};
use std::sync::LazyLock;
use webhook_axum::CreateEvent;

static ON: LazyLock<bool> =
    LazyLock::new(|| crate::setup::var("INBOX_FAULTS").as_deref() == Some("1"));

fn fault(event: &CreateEvent) -> Option<&str> {
    let fields = match event {
        CreateEvent::Profile(p) => &p.fields,
        CreateEvent::Subprofile(s) => &s.fields,
    };
    fields.get("fault").filter(|_| *ON)
}

pub fn outside(_: &Claimed, event: &CreateEvent) -> Result<(), Failure> {
    match fault(event) {
        Some("outside") => Err("a fault on purpose, outside".into()),
        _ => Ok(()),
    }
}

#[expect(clippy::panic, reason = "that is what it is for")]
pub fn inside(claimed: &Claimed, event: &CreateEvent) -> Result<(), Failure> {
    match fault(event) {
        Some("fail") => Err("a fault on purpose".into()),
        Some("fail-once") if claimed.attempt == 1 => Err("a fault on purpose, once".into()),
        Some("panic") => panic!("a fault on purpose"),
        Some("abort") => std::process::abort(),
        _ => Ok(()),
    }
}
