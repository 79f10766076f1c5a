//! A delivery is handled once: which deliveries are being handled, and which have been.
//!
//! A signed call can be sent again by anybody who saw it, and by the sender itself when an answer
//! got lost. Until its date is too old, its signature is as good as it was the first time. So a
//! delivery is claimed in a [`ReplayStore`] before its handler runs:
//!
//! - the first call gets the claim, and its handler runs;
//! - a copy while that handler runs is answered 503 with `Retry-After`;
//! - a copy after the handler succeeded is answered 200, and no handler runs;
//! - when the handler failed, panicked or was cancelled, the claim is released: a copy is handled.
//!
//! The store is the [memory of this process](MemoryStore) unless the receiver is given another
//! one, such as a Redis that several machines share (feature `redis`).
//!
//! What a store forgets early is handled twice, and what it can't write down is refused: there is
//! no third way, so a store that is full or away is a 503.

mod claim;
mod id;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod settlement;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use claim::{Claim, Claimed};
pub use id::DeliveryId;
pub use memory::MemoryStore;
#[cfg(feature = "redis")]
pub use redis::RedisStore;
pub use settlement::Settlement;
pub use store::{Begun, ReplayStore, StoreError, Token};
