//! Any body as every event of the sender's: every handler gets the same one, and it survives a
//! queue and a sender.

use crate::form::{carried, same_refusal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::LazyLock;
use webhook_core::testing::{Brackets, Encoder, InterestStyle};
use webhook_core::{
    Abuse, Bounce, Click, CreateEvent, DeleteEvent, Delivered, Event, Failure, FromDelivery, Open,
    OtherEvent, ProfileCreated, ProfileDeleted, ProfileUpdated, Receiver, Rejection, RejectionKind,
    SubprofileCreated, SubprofileDeleted, SubprofileUpdated, Unsubscribe, UpdateEvent,
};

/// A receiver that refuses text that is not UTF-8, and one that replaces it.
static RECEIVERS: LazyLock<[Receiver; 2]> =
    LazyLock::new(|| [Receiver::unverified(), Receiver::builder().lossy_utf8().unverified()]);

type Decode = fn(&Receiver, &[u8]) -> Result<String, Rejection>;

/// Every event is one of these.
const TRIGGERS: [Decode; 11] = [
    decode::<CreateEvent>,
    decode::<UpdateEvent>,
    decode::<DeleteEvent>,
    decode::<Click>,
    decode::<Open>,
    decode::<Delivered>,
    decode::<Bounce>,
    decode::<Failure>,
    decode::<Unsubscribe>,
    decode::<Abuse>,
    decode::<OtherEvent>,
];

const ENTITIES: [Decode; 6] = [
    decode::<ProfileCreated>,
    decode::<SubprofileCreated>,
    decode::<ProfileUpdated>,
    decode::<SubprofileUpdated>,
    decode::<ProfileDeleted>,
    decode::<SubprofileDeleted>,
];

/// Decodes a body, and reads back what was written; returns that.
fn decode<T>(receiver: &Receiver, body: &[u8]) -> Result<String, Rejection>
where
    T: FromDelivery + Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let event = receiver.decode::<T>(body)?;
    let json = serde_json::to_string(&event).expect("an event is JSON");
    let back: T = serde_json::from_str(&json).expect("an event's JSON is an event");
    assert_eq!(serde_json::to_string(&back).expect("still JSON"), json);
    // What is not debugged is compared.
    assert!(back == event, "what is read back is another event: {json}");
    assert_eq!(back.identity(), event.identity(), "what is read back is called otherwise");
    Ok(json)
}

/// Checks the body after the first byte, which chooses: bit 0 lossy UTF-8, bit 1 a form with brackets as
/// they are.
pub fn event(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let receiver = &RECEIVERS[usize::from(choice & 1 != 0)];
    let any = decode::<Event>(receiver, body);
    assert!(!any.as_ref().is_err_and(is_unexpected), "an event is never unexpected");

    let taken = TRIGGERS.iter().filter(|decode| is_taken(&any, &decode(receiver, body))).count();
    let is_undecoded =
        any.as_ref().is_err_and(|refused| refused.kind() == RejectionKind::MalformedBody);
    assert!(is_undecoded || taken == 1, "{taken} triggers take it");
    let taken = ENTITIES.iter().filter(|decode| is_taken(&any, &decode(receiver, body))).count();
    assert!(is_undecoded || taken <= 1, "{taken} entities take it");

    let Ok(json) = any else { return };
    // What brackets can carry comes back; other names come out otherwise, but they come out.
    let event: Event = serde_json::from_str(&json).expect("it was read back");
    let encoder = Encoder::new().interests(InterestStyle::Map);
    let encoder = if choice & 2 == 0 { encoder } else { encoder.brackets(Brackets::Raw) };
    let form = encoder.encode(&event).expect("a form");
    let again = Receiver::unverified().decode::<Event>(form.as_bytes());
    if carried(&serde_json::from_str(&json).expect("still JSON")) {
        assert!(again.expect("a body of ours is accepted") == event, "{json} became {form}");
    }
}

fn is_unexpected(refused: &Rejection) -> bool {
    refused.kind() == RejectionKind::UnexpectedEvent
}

/// Returns whether a handler of this event alone takes the body, and checks that it gets the same.
fn is_taken(any: &Result<String, Rejection>, alone: &Result<String, Rejection>) -> bool {
    match (any, alone) {
        (_, Err(refused)) if is_unexpected(refused) => return false,
        (Ok(any), Ok(alone)) => assert_eq!(any, alone, "taken alone, it is another"),
        (Err(any), Err(alone)) => same_refusal(any, alone, 0),
        _ => panic!("taken alone, it is refused, or not: {any:?}, {alone:?}"),
    }
    true
}
