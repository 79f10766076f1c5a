//! Interests and tags in any shape: they are read or kept, and refuse nothing.

use std::collections::HashSet;
use webhook_core::{Click, Interests, ProfileUpdated, Receiver, Tags, Value};

const PROFILE: &[u8] = b"type=update&profile=1&timestamp=1979-02-12+12:49:23";
const CLICK: &[u8] = b"type=click&id=1";

/// Checks the lines after the first byte, each what follows `interests` in a pair, or `tags` where the
/// lowest bit of that byte is set.
pub fn shapes(data: &[u8]) {
    let Some((choice, lines)) = data.split_first() else { return };
    let is_tags = choice & 1 != 0;
    let name: &[u8] = if is_tags { b"tags" } else { b"interests" };
    let mut body = if is_tags { CLICK } else { PROFILE }.to_vec();
    for line in lines.split(|byte| *byte == b'\n') {
        body.push(b'&');
        body.extend_from_slice(name);
        body.extend(line.iter().filter(|byte| **byte != b'&'));
    }
    let receiver = Receiver::builder().lossy_utf8().unverified();
    if is_tags {
        match receiver.decode::<Click>(&body) {
            Ok(click) => tags(&click),
            Err(refused) => is_no_shape(refused.code()),
        }
    } else {
        match receiver.decode::<ProfileUpdated>(&body) {
            Ok(updated) => interests(&updated),
            Err(refused) => is_no_shape(refused.code()),
        }
    }
}

/// Asserts that a refusal is for nesting that is too deep or for numbers that end; what they would have
/// meant is not compared.
fn is_no_shape(code: &str) {
    assert_eq!(code, "malformed_body");
}

fn interests(updated: &ProfileUpdated) {
    let json = serde_json::to_string(updated).expect("an event is JSON");
    let back: ProfileUpdated = serde_json::from_str(&json).expect("and is read back");
    assert!(back == *updated, "{json} is read back as another");
    assert_eq!(back.interests, updated.interests, "{json}");

    let interests: &Interests = &updated.interests;
    let mut seen = HashSet::new();
    for interest in interests.iter() {
        assert!(seen.insert((interest.name, interest.group)), "twice in {json}");
        assert!(interests.get(interest.name).is_some());
        assert!(!interest.is_active || interests.is_active(interest.name));
    }
    assert_eq!(seen.len(), interests.len());
    // What was not read was kept.
    let kept = updated.undocumented.value("interests").is_some();
    assert!(!kept || interests.is_empty(), "read and kept: {json}");
}

fn tags(click: &Click) {
    let json = serde_json::to_string(click).expect("an event is JSON");
    let back: Click = serde_json::from_str(&json).expect("and is read back");
    assert!(back == *click, "{json} is read back as another");

    let tags: &Tags = &click.tags;
    assert!(tags.iter().all(|tag| !tag.is_empty() && tags.contains(tag)), "{json}");
    assert_eq!(tags.is_empty(), tags.iter().next().is_none());
    let kept = click.undocumented.value("tags");
    assert!(kept.is_none() || tags.is_empty(), "read and kept: {json}");
    assert!(!matches!(kept, Some(Value::Text(_))), "one text is always tags: {json}");
}
