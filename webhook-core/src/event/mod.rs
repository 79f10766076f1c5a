//! What a handler receives: a trigger's event, typed.
//!
//! A trigger is one file: its struct, whose serde attributes are how it is written, and its `read`,
//! which is how it is read. What `read` does not ask for is undocumented, and kept.

mod created;
mod kind;
mod variables;

pub use created::{CreateEvent, ProfileCreated, SubprofileCreated};
use variables::FromVariables;
pub(crate) use variables::Variables;

use crate::map::collect_variables;
use serde::de::{Deserializer, Error};

/// What a webhook can carry: [`CreateEvent`], or one of its entities when a handler takes no
/// other (the other is refused with `unexpected_event`, 422).
///
/// Sealed: the sender's other triggers will join here.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of Copernica",
    label = "ask for `CreateEvent`, `ProfileCreated` or `SubprofileCreated`",
    note = "your own struct of fields goes inside: `CreateEvent<{Self}>`; it needs `Deserialize`"
)]
pub trait FromDelivery: FromVariables + Send + 'static {
    /// Returns what happened to what, which stays the same when the same creation is reported
    /// again: `create:profile:1:123` (database, profile) or `create:subprofile:2:123` (collection,
    /// subprofile).
    fn identity(&self) -> String;
}

/// Reads an event that was queued, by the rules of a JSON body.
fn deserialize<'de, D: Deserializer<'de>, T: FromVariables>(input: D) -> Result<T, D::Error> {
    T::from_variables(&mut Variables::of(collect_variables(input)?)).map_err(D::Error::custom)
}
