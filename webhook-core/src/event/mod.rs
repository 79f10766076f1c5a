//! What a handler receives: a trigger's event, typed.
//!
//! A trigger is one file: its struct, whose serde attributes are how it is written, and its `read`,
//! which is how it is read. What `read` does not take is undocumented, and kept.

mod abuse;
mod any;
mod arrived;
mod bounce;
mod click;
mod created;
mod deleted;
mod delivered;
mod failure;
mod identity;
mod kind;
mod label;
mod open;
mod other;
#[cfg(feature = "schema")]
mod schema;
mod smtp;
mod unsubscribe;
mod updated;
mod variables;

pub use abuse::Abuse;
pub use any::Event;
pub(crate) use arrived::Arrived;
pub use bounce::Bounce;
pub use click::Click;
pub use created::{CreateEvent, ProfileCreated, SubprofileCreated};
pub use deleted::{DeleteEvent, ProfileDeleted, SubprofileDeleted};
pub use delivered::Delivered;
pub use failure::Failure;
pub(crate) use identity::hex;
pub(crate) use label::{EventLabel, event_of};
pub use open::Open;
pub use other::OtherEvent;
pub use unsubscribe::Unsubscribe;
pub use updated::{ProfileUpdated, SubprofileUpdated, UpdateEvent};

use crate::map::collect_variables;
use crate::rejection::Refusal;
use serde::de::{Deserializer, Error};
use variables::{FromVariables, Variables};

/// What a handler can take: [`Event`] (all of the sender's), one trigger such as [`CreateEvent`] or
/// [`Click`], one entity of it such as [`ProfileCreated`], or [`Raw`](crate::Raw), which is proven and
/// not decoded.
///
/// An event of another trigger or entity is refused with `unexpected_event`, 422.
///
/// Sealed: the sender's other triggers will join here.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of Copernica",
    label = "take `Event`, `CreateEvent`, `Click`, … or `Raw`",
    note = "your own struct of fields goes inside: `CreateEvent<{Self}>`; it needs `Deserialize`"
)]
pub trait FromDelivery: FromArrived + Send + 'static {
    /// Returns what happened to what, which stays the same when the same event is reported again:
    /// `create:profile:1:123` (database, profile), say. `None` for what can happen many times, such
    /// as a click. [`Delivery::idempotency_key`](crate::Delivery::idempotency_key) lists them.
    fn identity(&self) -> Option<String>;
}

/// What can be made of a body that arrived: the sealed half of [`FromDelivery`].
pub trait FromArrived: Sized {
    /// Makes it of the body.
    #[doc(hidden)]
    fn from_arrived(arrived: &Arrived<'_>) -> Result<Self, Refusal>;
}

impl<T: FromVariables> FromArrived for T {
    #[inline]
    fn from_arrived(arrived: &Arrived<'_>) -> Result<Self, Refusal> {
        arrived.decode()
    }
}

/// Reads an event that was queued, by the rules of a JSON body.
fn deserialize<'de, D: Deserializer<'de>, T: FromVariables>(input: D) -> Result<T, D::Error> {
    let mut variables = Variables::of_queued(collect_variables(input)?);
    T::from_variables(&mut variables).map_err(D::Error::custom)
}
