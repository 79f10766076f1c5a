//! Any body: never a panic, what is accepted survives a queue and a sender, smaller limits only
//! refuse, and a byte order mark before it changes nothing but offsets.

use crate::form::{carried, same_refusal};
use std::sync::LazyLock;
use webhook_core::decode::Format;
use webhook_core::testing::{Brackets, Encoder, InterestStyle};
use webhook_core::{CreateEvent, Limits, Receiver, Rejection, RejectionKind};

/// A receiver that refuses text that is not UTF-8, and one that replaces it.
type Receivers = LazyLock<[Receiver; 2]>;

static USUAL: Receivers = LazyLock::new(|| receivers(Limits::default()));
static FEW_PAIRS: Receivers = LazyLock::new(|| receivers(Limits::default().pairs(6)));
static SHALLOW: Receivers = LazyLock::new(|| receivers(Limits::default().depth(1)));

fn receivers(limits: Limits) -> [Receiver; 2] {
    let builder = || Receiver::builder().limits(limits);
    [builder().unverified(), builder().lossy_utf8().unverified()]
}

/// U+FEFF in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

type Decoded = Result<CreateEvent, Rejection>;

/// Checks the body after the first byte, which chooses: bit 0 the limit that is made smaller (pairs, or
/// depth where it is set), bit 1 lossy UTF-8, bit 2 a form with brackets as they are.
pub fn body(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let utf8 = usize::from(choice & 2 != 0);
    let receiver = &USUAL[utf8];
    let decoded = receiver.decode::<CreateEvent>(body);
    let small = if choice & 1 == 0 { &FEW_PAIRS[utf8] } else { &SHALLOW[utf8] };
    smaller_limits_only_refuse(&decoded, &small.decode(body));
    a_mark_changes_only_offsets(receiver, body, &decoded);
    let Ok(event) = decoded else { return };

    let json = serde_json::to_string(&event).expect("an event is JSON");
    let back: CreateEvent = serde_json::from_str(&json).expect("an event's JSON is an event");
    assert_eq!(serde_json::to_string(&back).expect("still JSON"), json);

    // What brackets can carry comes back; other names come out otherwise, but they come out.
    let encoder = Encoder::new().interests(InterestStyle::Map);
    let encoder = if choice & 4 == 0 { encoder } else { encoder.brackets(Brackets::Raw) };
    let body = encoder.encode(&event).expect("a form");
    let [strict, _] = &*USUAL;
    let decoded = strict.decode::<CreateEvent>(body.as_bytes());
    if carried(&serde_json::to_value(&event).expect("still JSON")) {
        assert_eq!(decoded.expect("a body of ours is accepted"), event);
    }
}

fn smaller_limits_only_refuse(usual: &Decoded, small: &Decoded) {
    match (usual, small) {
        (_, Err(refused)) if refused.kind() == RejectionKind::MalformedBody => {}
        (Ok(event), Ok(same)) => assert_eq!(event, same),
        (Err(refused), Err(same)) => same_refusal(refused, same, 0),
        _ => panic!("a smaller limit changed what a body is"),
    }
}

/// Checks what one more byte order mark changes.
///
/// The format stays, unless the body has a mark of its own, after white space or at its start: a
/// second mark is not skipped, so with one more it is a form, whatever it was. Where the format stays,
/// nothing but offsets changes, unless a form begins with a mark: that one is no longer skipped, and
/// part of the first name. (White space before a form's mark is part of that name already, and JSON
/// with a mark of its own does not stay JSON.)
fn a_mark_changes_only_offsets(receiver: &Receiver, body: &[u8], decoded: &Decoded) {
    let marked = [MARK, body].concat();
    let (format, marked_format) = (Format::of(body), Format::of(&marked));
    let white = body.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
    let expected = if body[white..].starts_with(MARK) { Format::Form } else { format };
    assert_eq!(marked_format, expected, "a byte order mark changed the format");
    if format != marked_format || body.starts_with(MARK) {
        return;
    }
    match (decoded, receiver.decode::<CreateEvent>(&marked)) {
        (Ok(event), Ok(marked)) => assert_eq!(*event, marked),
        (Err(refused), Err(marked)) => same_refusal(refused, &marked, MARK.len()),
        _ => panic!("a byte order mark changed what a body is"),
    }
}
