//! What an event costs in memory. A process of its own, whose allocations are counted.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use std::alloc::System;
use webhook_core::testing::fixtures;
use webhook_core::{Event, Limits, Receiver};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn cost(body: &[u8]) -> (Event, Stats) {
    let receiver = Receiver::builder().limits(Limits::mail()).unverified();
    let region = Region::new(ALLOCATOR);
    let event = receiver.decode(body).unwrap();
    let change = region.change();
    (event, change)
}

/// In one test: another thread's allocations would count too.
#[test]
fn an_event_costs_few_allocations_and_its_mail_one_copy() {
    for fixture in fixtures::ALL {
        let (_, change) = cost(fixture.form.as_bytes());
        let allocations = change.allocations + change.reallocations;
        assert!(allocations <= 6, "{}: {allocations}", fixture.kind);
    }
    let mail = "This is a line of a mail that came back. =C3=A9\r\n".repeat(80_000);
    for mail in [mail.clone().into_bytes(), (mail + "\u{e9}").into_bytes(), {
        let mut bytes = vec![b'a'; 4 << 20];
        bytes.extend(*b"caf\xe9");
        bytes
    }] {
        let mut body = b"type=bounce&id=a&mime=".to_vec();
        body.extend(form_urlencoded::byte_serialize(&mail).collect::<String>().bytes());
        let (event, change) = cost(&body);
        let Event::Bounce(bounce) = event else { panic!("a bounce") };
        assert_eq!(bounce.mime(), Some(&mail[..]));
        // Next to the one copy some nodes of the tree.
        let (allocated, limit) = (change.bytes_allocated, body.len() / 10 * 11);
        assert!(allocated < limit, "{allocated} bytes for {}", body.len());
    }
}
