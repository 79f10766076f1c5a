//! A call whose trigger is not known here.

use super::variables::{FromVariables, Variables};
use super::{FromDelivery, deserialize};
use crate::map::Map;
use crate::rejection::Refusal;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer};

/// A call whose `type` is not known here, or that has no `type`: whole, as it was sent.
///
/// It is what an [`Event`](crate::Event) is then: a trigger that the sender adds tomorrow, or the call of
/// its test button, which may be empty. Text in it may be any bytes
/// ([`Value::Bytes`](crate::Value::Bytes)).
///
/// ```
/// use webhook_core::{Event, Receiver};
///
/// let body = b"type=forwarded&id=b4icbaqjswyrb7tc";
/// let Event::Other(other) = Receiver::unverified().decode::<Event>(body)? else { unreachable!() };
/// assert_eq!(other.kind(), Some("forwarded"));
/// assert_eq!(other.variables.get("id"), Some("b4icbaqjswyrb7tc"));
/// # Ok::<(), webhook_core::Rejection>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct OtherEvent {
    /// All variables, `type` among them.
    pub variables: Map,
}

impl OtherEvent {
    /// Makes an event of variables, for tests.
    #[must_use]
    pub fn new(variables: Map) -> Self {
        Self { variables }
    }

    /// Returns the `type`, unless there is none or it is empty.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.variables.get("type").filter(|kind| !kind.is_empty())
    }

    /// Takes all variables.
    pub(super) fn read(variables: &mut Variables) -> Self {
        Self { variables: variables.undocumented() }
    }
}

impl FromVariables for OtherEvent {
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal> {
        super::kind::expect_unknown(variables)?;
        Ok(Self::read(variables))
    }
}

impl FromDelivery for OtherEvent {
    fn identity(&self) -> Option<String> {
        None
    }
}

impl<'de> Deserialize<'de> for OtherEvent {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input)
    }
}
