//! All of the sender's events.

use super::kind::EventKind;
use super::variables::{FromVariables, Variables};
use super::{
    Abuse, Bounce, Click, CreateEvent, DeleteEvent, Delivered, Failure, FromDelivery, Open,
    OtherEvent, Unsubscribe, UpdateEvent, deserialize,
};
use crate::map::Fields;
use crate::rejection::Refusal;
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};

/// Any event of the sender's: for one URL that takes all webhooks of an account.
///
/// `F` is what fields become, as in [`CreateEvent`]. What is known is refused only where it lacks what
/// names it; what is not known is [`Other`](Self::Other), whole.
///
/// ```
/// use webhook_core::{Event, Receiver};
///
/// let receiver = Receiver::unverified();
/// let event: Event = receiver.decode(b"type=click&id=b4icbaqjswyrb7tc&original=https://example.com/")?;
/// match event {
///     Event::Create(created) => println!("new: {created:?}"),
///     Event::Click(click) => assert_eq!(click.original.unwrap().text(), "https://example.com/"),
///     Event::Other(other) => println!("{:?} is not known yet", other.kind()),
///     _ => {}
/// }
/// # Ok::<(), webhook_core::Rejection>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged, bound(serialize = "F: Serialize + 'static"))]
#[non_exhaustive]
// A handler's argument is moved a few times; a box would cost each event an allocation.
#[allow(clippy::large_enum_variant)]
pub enum Event<F = Fields> {
    /// A profile or a subprofile was created: `create`.
    Create(CreateEvent<F>),
    /// A profile or a subprofile was changed: `update`.
    Update(UpdateEvent<F>),
    /// A profile or a subprofile was deleted: `delete`.
    Delete(DeleteEvent<F>),
    /// A link in a mail was clicked: `click`.
    Click(Click),
    /// A mail was opened: `open`.
    Open(Open),
    /// A mail was delivered: `delivery`.
    Delivered(Delivered),
    /// A mail came back: `bounce`.
    Bounce(Bounce),
    /// A mail could not be delivered: `failure`.
    Failure(Failure),
    /// A profile was unsubscribed: `unsubscribe`.
    Unsubscribe(Unsubscribe),
    /// A mail was reported as abuse: `abuse`.
    Abuse(Abuse),
    /// A `type` that is not known here, or none.
    Other(OtherEvent),
}

impl<F: DeserializeOwned + Send + 'static> FromVariables for Event<F> {
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal> {
        let Some(kind) = EventKind::of(variables)? else {
            return Ok(Self::Other(OtherEvent::read(variables)));
        };
        Ok(match kind {
            EventKind::Create => Self::Create(CreateEvent::read(variables)?),
            EventKind::Update => Self::Update(UpdateEvent::read(variables)?),
            EventKind::Delete => Self::Delete(DeleteEvent::read(variables)?),
            EventKind::Click => Self::Click(Click::read(variables)?),
            EventKind::Open => Self::Open(Open::read(variables)?),
            EventKind::Delivery => Self::Delivered(Delivered::read(variables)?),
            EventKind::Bounce => Self::Bounce(Bounce::read(variables)?),
            EventKind::Failure => Self::Failure(Failure::read(variables)?),
            EventKind::Unsubscribe => Self::Unsubscribe(Unsubscribe::read(variables)?),
            EventKind::Abuse => Self::Abuse(Abuse::read(variables)?),
        })
    }
}

impl<F: DeserializeOwned + Send + 'static> FromDelivery for Event<F> {
    fn identity(&self) -> Option<String> {
        match self {
            Self::Create(event) => event.identity(),
            Self::Update(event) => event.identity(),
            Self::Delete(event) => event.identity(),
            Self::Click(event) => event.identity(),
            Self::Open(event) => event.identity(),
            Self::Delivered(event) => event.identity(),
            Self::Bounce(event) => event.identity(),
            Self::Failure(event) => event.identity(),
            Self::Unsubscribe(event) => event.identity(),
            Self::Abuse(event) => event.identity(),
            Self::Other(event) => event.identity(),
        }
    }
}

impl<'de, F: DeserializeOwned + Send + 'static> Deserialize<'de> for Event<F> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input)
    }
}
