//! Events of the triggers that have no options: the test kit's, each call with an id of its own.

use bytes::Bytes;
use clap::ValueEnum as _;
use webhook_core::testing::{Encoder, InterestStyle, fixtures};
use webhook_core::{DeleteEvent, Event, MessageId, Raw, UnsubscribeId, UpdateEvent};

use crate::args::Kind;

/// Returns the body of a call: the fixture of its kind, about entity, message or unsubscription
/// `number`.
///
/// # Errors
/// The test kit can't read or write its own fixture.
pub(crate) fn body(kind: Kind, number: u64) -> Result<Bytes, String> {
    let value = kind.to_possible_value();
    let name = value.as_ref().map_or("", |value| value.get_name());
    let fixture = fixtures::ALL.iter().find(|fixture| fixture.kind == name);
    let fixture = fixture.ok_or_else(|| format!("the test kit has no {name}"))?;
    let mut event = Raw::new(fixture.form).decode().map_err(|error| error.to_string())?;
    set_number(&mut event, number);
    let encoder = Encoder::new().interests(InterestStyle::Map);
    Ok(encoder.encode(&event).map_err(|error| error.to_string())?.into())
}

fn set_number(event: &mut Event, number: u64) {
    match event {
        Event::Update(UpdateEvent::Profile(event)) => event.profile = number.into(),
        Event::Update(UpdateEvent::Subprofile(event)) => event.subprofile = number.into(),
        Event::Delete(DeleteEvent::Profile(event)) => event.profile = number.into(),
        Event::Delete(DeleteEvent::Subprofile(event)) => event.subprofile = number.into(),
        Event::Click(event) => event.id = message(number),
        Event::Open(event) => event.id = message(number),
        Event::Delivered(event) => event.id = message(number),
        Event::Bounce(event) => event.id = message(number),
        Event::Failure(event) => event.id = message(number),
        Event::Abuse(event) => event.id = message(number),
        Event::Unsubscribe(event) => {
            event.id = Some(UnsubscribeId::from(number.to_string().as_str()));
        }
        // Create events are written by this program, and no fixture is of another kind.
        _ => {}
    }
}

/// A message id as the sender writes one: 16 letters and digits.
fn message(number: u64) -> MessageId {
    format!("b4icb{number:011}").as_str().into()
}
