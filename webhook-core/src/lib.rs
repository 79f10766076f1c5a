//! Copernica webhooks as typed events: decoding, limits and refusals, without a framework.
//!
//! Copernica calls its customers' servers when a profile or subprofile is created: a POST with a
//! PHP-style form body (`fields[name]=…`). This crate turns such a call into a [`CreateEvent`];
//! `webhook-axum`, `webhook-actix` and `webhook-warp` hand it to a handler of theirs, and
//! [`Receiver::receive`] does without a framework.
//!
//! ```
//! use webhook_core::{CreateEvent, Format, Receiver};
//!
//! let body = b"type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23\
//!     &fields%5Bname%5D=Johny&interests%5B%5D=blue";
//! let event = Receiver::unverified().decode::<CreateEvent>(Format::Form, body)?;
//!
//! let CreateEvent::Profile(profile) = event else { unreachable!() };
//! assert_eq!(profile.fields.get("name"), Some("Johny"));
//! assert!(profile.interests.is_active("blue"));
//! # Ok::<(), webhook_core::Rejection>(())
//! ```
//!
//! The modules point one way: form → event → receiver → adapters.

mod clock;
mod datetime;
mod delivery;
mod event;
mod form;
mod id;
mod interests;
mod json;
pub mod key;
pub mod limits;
mod map;
mod map_serde;
mod receiver;
mod rejection;
pub mod replay;
pub mod signature;
#[cfg(feature = "testing")]
pub mod testing;
mod tree;
mod typed;

pub use clock::{Clock, SystemClock};
pub use delivery::{Delivery, Proven};
pub use event::{CreateEvent, Event, ProfileCreated, SubprofileCreated};
pub use id::{CollectionId, DatabaseId, ProfileId, SubprofileId};
pub use interests::Interests;
pub use limits::Limits;
pub use map::{Fields, Iter, Map, Nested, Parameters, Value};
pub use receiver::{
    BuildError, Call, Explanation, Format, Head, Headers, Received, Receiver, ReceiverBuilder,
};
pub use rejection::{PROBLEM_JSON, Rejection, RejectionKind};
pub use signature::Account;
pub use typed::FieldsError;

/// A future behind a pointer: what traits that are used as objects return.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
