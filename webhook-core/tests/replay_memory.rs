//! What a full memory costs, in bytes.

#![allow(missing_docs, clippy::unwrap_used)]

use chrono::{DateTime, TimeDelta, Utc};
use futures_executor::block_on;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use webhook_core::replay::{DeliveryId, MemoryStore, ReplayStore};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// As documented at `MemoryStore`.
const BYTES: usize = 192;

/// Ids are hashes: these are spread as those are.
fn id(number: u64) -> DeliveryId {
    let mut bytes = [0; 32];
    for (at, part) in bytes.chunks_exact_mut(8).enumerate() {
        let seed = number.wrapping_mul(4).wrapping_add(at as u64 + 1);
        let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        part.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes());
    }
    bytes.into()
}

/// The worst sizes are those just after the table doubled; a power of two is as the default size.
#[test]
fn a_full_memory_stays_within_the_documented_bytes() {
    let now = DateTime::<Utc>::UNIX_EPOCH;
    for capacity in [1 << 10, 14_337, 28_673, 57_345] {
        for together in [false, true] {
            let region = Region::new(ALLOCATOR);
            let store = MemoryStore::bounded(capacity);
            for number in 0..capacity as u64 {
                let later = if together { 60_000 } else { i64::try_from(number).unwrap() };
                let until = now + TimeDelta::milliseconds(later);
                block_on(store.begin(&id(number), now, until)).unwrap();
            }
            let change = region.change();
            let held = change.bytes_allocated - change.bytes_deallocated;
            let each = held / capacity;
            assert!(each <= BYTES, "{capacity} {together}: {each} bytes each");
        }
    }
}
