//! Any body, of any trigger: the trigger's own type agrees with `Event`, what is stored raw is decoded the
//! same later, and what is accepted survives a queue and a sender.

use crate::body::carried;
use serde_json::{Map, Value};
use std::fmt::Debug;
use std::sync::LazyLock;
use webhook_core::testing::{Encoder, InterestStyle};
use webhook_core::{
    Abuse, Bounce, Click, CreateEvent, DeleteEvent, Delivered, Event, Failure, FromDelivery, Open,
    OtherEvent, ProfileCreated, ProfileDeleted, ProfileUpdated, Raw, Receiver, Rejection,
    RejectionKind, SubprofileCreated, SubprofileDeleted, SubprofileUpdated, Unsubscribe,
    UpdateEvent,
};

static STRICT: LazyLock<Receiver> = LazyLock::new(Receiver::unverified);
static LOSSY: LazyLock<Receiver> = LazyLock::new(|| Receiver::builder().lossy_utf8().unverified());

/// Checks the body after the first byte, whose bit 0 chooses lossy UTF-8.
pub fn event(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let is_lossy = choice & 1 != 0;
    let receiver = if is_lossy { &LOSSY } else { &STRICT };
    let decoded = receiver.decode::<Event>(body);
    stored_it_is_the_same(body, is_lossy, &decoded);
    let Ok(event) = decoded else { return };
    its_own_type_agrees(receiver, body, &event);

    let json = serde_json::to_string(&event).expect("an event is JSON");
    let back: Event = serde_json::from_str(&json).expect("an event's JSON is an event");
    assert_eq!(back, event, "{json}");
    assert_eq!(serde_json::to_string(&back).expect("still JSON"), json);

    let form = Encoder::new().interests(InterestStyle::Map).encode(&event).expect("a form");
    let sent = STRICT.decode::<Event>(form.as_bytes());
    let value = serde_json::to_value(&event).expect("still JSON");
    // A form has no way to say that fields are there and empty: PHP sends nothing then.
    let says_none = ["fields", "interests"].iter().any(|name| is_empty(&value[name]));
    if carried(&value) && !(matches!(event, Event::Delete(_)) && says_none) {
        assert_eq!(sent.expect("a body of ours is accepted"), event, "{form}");
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

fn stored_it_is_the_same(body: &[u8], is_lossy: bool, decoded: &Result<Event, Rejection>) {
    let raw = Raw::new(body.to_vec());
    let raw = if is_lossy { raw.lossy_utf8() } else { raw };
    let queued = serde_json::to_string(&raw).expect("a raw call is JSON");
    let queued: Raw = serde_json::from_str(&queued).expect("its JSON is a raw call");
    assert_eq!(queued, raw);
    match (queued.decode::<Event>(), decoded) {
        (Ok(later), Ok(event)) => assert_eq!(later, *event),
        (Err(later), Err(refused)) => assert_eq!(later.to_string(), refused.to_string()),
        _ => panic!("a stored call is another one"),
    }
}

fn its_own_type_agrees(receiver: &Receiver, body: &[u8], event: &Event) {
    let own = Own { receiver, body };
    match event {
        Event::Create(event) => {
            own.is(event);
            match event {
                CreateEvent::Profile(event) => own.is::<ProfileCreated>(event),
                CreateEvent::Subprofile(event) => own.is::<SubprofileCreated>(event),
            }
        }
        Event::Update(event) => {
            own.is(event);
            match event {
                UpdateEvent::Profile(event) => own.is::<ProfileUpdated>(event),
                UpdateEvent::Subprofile(event) => own.is::<SubprofileUpdated>(event),
            }
        }
        Event::Delete(event) => {
            own.is(event);
            match event {
                DeleteEvent::Profile(event) => own.is::<ProfileDeleted>(event),
                DeleteEvent::Subprofile(event) => own.is::<SubprofileDeleted>(event),
            }
        }
        Event::Click(event) => own.is(event),
        Event::Open(event) => own.is(event),
        Event::Delivered(event) => own.is(event),
        Event::Bounce(event) => own.is(event),
        Event::Failure(event) => own.is(event),
        Event::Unsubscribe(event) => own.is(event),
        Event::Abuse(event) => own.is(event),
        Event::Other(event) => own.is(event),
        _ => panic!("a variant that is not checked"),
    }
    let is_one = [
        own.reads::<CreateEvent>(),
        own.reads::<UpdateEvent>(),
        own.reads::<DeleteEvent>(),
        own.reads::<Click>(),
        own.reads::<Open>(),
        own.reads::<Delivered>(),
        own.reads::<Bounce>(),
        own.reads::<Failure>(),
        own.reads::<Unsubscribe>(),
        own.reads::<Abuse>(),
        own.reads::<OtherEvent>(),
    ];
    assert_eq!(is_one.iter().filter(|reads| **reads).count(), 1, "an event is of one trigger");
}

/// A body, to be decoded as one trigger.
struct Own<'a> {
    receiver: &'a Receiver,
    body: &'a [u8],
}

impl Own<'_> {
    fn is<T: FromDelivery + PartialEq + Debug>(&self, event: &T) {
        assert_eq!(
            self.receiver.decode::<T>(self.body).expect("as an Event it was accepted"),
            *event
        );
    }

    /// Whether it is an event of this trigger; if not, that is what the refusal says.
    fn reads<T: FromDelivery>(&self) -> bool {
        match self.receiver.decode::<T>(self.body) {
            Ok(_) => true,
            Err(refused) => {
                let kind = refused.kind();
                assert!(
                    matches!(kind, RejectionKind::UnexpectedEvent | RejectionKind::MalformedBody),
                    "{refused}"
                );
                false
            }
        }
    }
}
