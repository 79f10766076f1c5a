//! Numbers, booleans, dates and options where serde finds text only: inside `#[serde(flatten)]`,
//! `#[serde(tag = …)]` and `#[serde(untagged)]`.
//!
//! `#[serde(with = "webhook_core::from_text")]` on a field reads what was sent as
//! [`Map::parse`](crate::map::Map::parse) reads it elsewhere, in whichever form it comes: text, and the numbers
//! and booleans of an event that was queued as JSON. Such a field has no default of its own any more,
//! so an `Option` that may be absent says so: `#[serde(default, with = "webhook_core::from_text")]`.
//!
//! ```
//! use chrono::NaiveDate;
//! use serde::{Deserialize, Serialize};
//! use webhook_core::Fields;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Customer {
//!     mail: String,
//!     #[serde(flatten)]
//!     orders: Orders,
//! }
//!
//! #[derive(Serialize, Deserialize)]
//! struct Orders {
//!     #[serde(with = "webhook_core::from_text")]
//!     count: u32,
//!     #[serde(default, with = "webhook_core::from_text")]
//!     last: Option<NaiveDate>,
//! }
//!
//! let fields = Fields::from_iter([("mail", "m@a.example"), ("count", "3"), ("last", "0000-00-00")]);
//! let customer: Customer = fields.parse()?;
//! assert_eq!((customer.orders.count, customer.orders.last), (3, None));
//! # Ok::<(), webhook_core::FieldsError>(())
//! ```

use super::Source;
use crate::limits::Limits;
use crate::map::Value;
use crate::tree::{Collector, Tree};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

/// Reads a value of any self-describing format as [`Map::parse`](crate::map::Map::parse) reads a field.
///
/// # Errors
/// The value does not fit the type.
pub fn deserialize<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    input: D,
) -> Result<T, D::Error> {
    let mut collector = Collector::new(Limits::unbounded(), 0);
    collector.value().deserialize(input)?;
    let tree = collector.finish();
    let slot = tree.find(Tree::ROOT, "").ok_or_else(|| D::Error::custom("there is no value"))?;
    T::deserialize(Source(Value::new(&tree, slot))).map_err(D::Error::custom)
}

/// Writes the value as its type does: the other half of `#[serde(with = …)]`.
///
/// # Errors
/// Those of the format.
pub fn serialize<T: Serialize, S: Serializer>(value: &T, output: S) -> Result<S::Ok, S::Error> {
    value.serialize(output)
}
