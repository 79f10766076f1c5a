//! Any body that is taken as it is: it survives a queue, and decoded later it is what it would have
//! been at once.

use crate::form::same_refusal;
use webhook_core::{Event, Limits, Raw, Receiver, RejectionKind};

/// Checks the body after the first line, which is its media type; the byte before that chooses: bit 0
/// lossy UTF-8, bit 1 few pairs, bit 2 few levels, bit 3 few bytes, bit 4 no media type.
pub fn raw(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return };
    let (media_type, body) = (&rest[..end], &rest[end + 1..]);
    let mut limits = Limits::default();
    if choice & 2 != 0 {
        limits = limits.pairs(6);
    }
    if choice & 4 != 0 {
        limits = limits.depth(1);
    }
    if choice & 8 != 0 {
        limits = limits.body(64);
    }
    let mut raw = Raw::new(body.to_vec()).limits(limits);
    let mut builder = Receiver::builder().limits(limits);
    if choice & 1 != 0 {
        raw = raw.lossy_utf8();
        builder = builder.lossy_utf8();
    }
    let media_type = String::from_utf8_lossy(media_type);
    let is_typed = choice & 16 == 0;
    if is_typed {
        raw = raw.content_type(&media_type);
        assert_eq!(raw.media_type(), Some(&*media_type));
    }
    assert_eq!(raw.body(), body);

    let json = serde_json::to_string(&raw).expect("a raw call is JSON");
    let back: Raw = serde_json::from_str(&json).expect("and is read back");
    assert!(back == raw, "what is read back is another: {json}");
    assert_eq!(serde_json::to_string(&back).expect("still JSON"), json);

    let later = raw.decode::<Event>();
    match (&later, back.decode::<Event>()) {
        (Ok(later), Ok(back)) => assert!(*later == back, "read back, it is another event"),
        (Err(later), Err(back)) => same_refusal(later, &back, 0),
        _ => panic!("read back, it is refused, or not"),
    }
    match (later, builder.unverified().decode::<Event>(body)) {
        (Ok(later), Ok(once)) => assert!(later == once, "decoded later, it is another event"),
        (Err(later), _) if later.kind() == RejectionKind::UnsupportedMediaType => {
            assert!(is_typed, "no media type refuses");
        }
        (Err(later), Err(once)) => same_refusal(&later, &once, 0),
        _ => panic!("decoded later, it is refused, or not"),
    }
}
