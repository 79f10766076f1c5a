//! A delivery is handled once: which deliveries are being handled, and which have been.
//!
//! A signed call can be sent again by an attacker who saw it, and by the sender itself when an answer
//! got lost. Until its date is too old, its signature is as good as it was the first time. So a
//! delivery is claimed in a [`ReplayStore`] before its handler runs:
//!
//! - the first call gets the claim, and its handler runs;
//! - a copy while that handler runs is answered 503 with `Retry-After`;
//! - a copy after the handler succeeded is answered 200, and no handler runs;
//! - when the handler failed or panicked, the claim is released: a copy is handled.
//!
//! A sender may be gone before its answer. Under the adapters' `once` the handler of a proven
//! delivery goes on without it, in a task of the runtime, and settles the delivery at its end: at
//! most [`DEFAULT_MAX_DETACHED`](crate::limits::DEFAULT_MAX_DETACHED) a receiver at a time, each for
//! [`DETACHED_TIME`](crate::limits::DETACHED_TIME). Past either the handler is dropped, and without
//! `once` always: the claim is released, with a warning that names the delivery.
//! [`Receiver::idle`](crate::Receiver::idle) waits for them when a service stops.
//!
//! The store is the [memory of this process](MemoryStore) unless the receiver is given another
//! one, such as a Redis that several machines share (feature `redis`).
//!
//! What a store forgets early is handled twice, and what it can't write down is refused: there is
//! no third way, so a store that is full or unreachable is a 503.

mod claim;
mod detached;
mod handling;
mod id;
mod memory;
mod permits;
#[cfg(feature = "redis")]
mod redis;
mod settlement;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use claim::{Claim, Claimed, ClockedStore};
#[doc(hidden)]
pub use detached::Detached;
#[doc(hidden)]
pub use handling::Handling;
pub use id::DeliveryId;
pub use memory::MemoryStore;
pub(crate) use permits::{Idle, Permits};
#[cfg(feature = "redis")]
pub use redis::RedisStore;
pub(crate) use settlement::{Description, RefusalReport, SPAN_TARGET};
#[doc(hidden)]
pub use settlement::{Settlement, WeakSettlement};
pub use store::{Begun, ReplayStore, StoreError, Token};
