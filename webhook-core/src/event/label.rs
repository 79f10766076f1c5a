//! What the log calls an event: its kind and its ids, and nothing else of it.

use super::any::Event;
use super::kind::EventKind;
use super::variables::{FromVariables, Variables};
use crate::decode::{Format, Reading};
use crate::id::MessageId;

/// Kind and ids of an event, as far as they can be read.
///
/// Numbers, a word of ours, and an id of letters and digits: what was sent in the place of one is not
/// shown.
#[derive(Debug, Default)]
pub(crate) struct EventLabel {
    pub(crate) kind: Option<&'static str>,
    pub(crate) profile: Option<u64>,
    pub(crate) subprofile: Option<u64>,
    pub(crate) database: Option<u64>,
    pub(crate) collection: Option<u64>,
    /// The id of a message, or of an unsubscription.
    pub(crate) id: Option<MessageId>,
}

impl EventLabel {
    /// Reads the label of the event in a body. A second reading, for the log only: events are typed as
    /// handlers want them, and what is refused has no event.
    #[cold]
    pub(crate) fn of(body: &[u8], reading: Reading) -> Self {
        let Some(mut variables) = variables(body, reading) else { return Self::default() };
        let variables = &mut variables;
        Self {
            // Refused, and so without a kind here, where text is not UTF-8.
            kind: EventKind::of(variables).ok().flatten().map(EventKind::name),
            profile: variables.optional_id_of(["profile", "profileid"]),
            subprofile: variables.optional_id("subprofile"),
            database: variables.optional_id("database"),
            collection: variables.optional_id("collection"),
            id: variables.optional_text_id("id").filter(looks_like_an_id),
        }
    }
}

/// Reads the event in a body for the log only: what can't be read of it is not warned of.
#[cold]
pub(crate) fn event_of(body: &[u8], reading: Reading) -> Option<Event> {
    Event::from_variables(&mut variables(body, reading)?).ok()
}

fn variables(body: &[u8], reading: Reading) -> Option<Variables> {
    Variables::decode(reading, Format::of(body), body).ok()
}

/// Characters of an id that the log shows; Copernica's have 16.
const MAX_ID_CHARS: usize = 64;

/// Returns whether a text looks like an id: ASCII letters, digits, `-` and `_`. No address does.
fn looks_like_an_id(id: &MessageId) -> bool {
    let id = id.as_str();
    id.len() <= MAX_ID_CHARS
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Utf8;
    use crate::limits::Limits;

    fn label(body: &str) -> String {
        let reading = Reading { limits: Limits::default(), utf8: Utf8::Strict };
        format!("{:?}", EventLabel::of(body.as_bytes(), reading))
    }

    #[test]
    fn a_label_has_the_kind_and_the_ids() {
        let shown = label("type=create&profile=1&subprofile=2&database=3&collection=4&fields[a]=b");
        let ids = "profile: Some(1), subprofile: Some(2), database: Some(3), collection: Some(4)";
        assert_eq!(shown, format!("EventLabel {{ kind: Some(\"create\"), {ids}, id: None }}"));
        let shown = label("type=click&id=b4icbaqjswyrb7tc&profileid=7");
        assert!(shown.contains("Some(\"click\")") && shown.contains("profile: Some(7)"), "{shown}");
        assert!(shown.contains("b4icbaqjswyrb7tc"), "{shown}");
    }

    #[test]
    fn what_stands_in_the_place_of_an_id_is_not_shown() {
        let long = format!("type=open&id={}", "secret".repeat(20));
        let bodies = [
            "type=secret&id=secret%40example.com&profile=secret&database=-1",
            "type=open&id=secret%20name",
            "type=open&id=secret%0a",
            "type=open&id[secret]=secret",
            "type=open&id=s%C3%A9cret",
            "{\"type\":\"secret\"",
            "secret",
            &long,
        ];
        for body in bodies {
            let shown = label(body);
            assert!(!shown.contains("secret") && !shown.contains("cret\""), "{body}: {shown}");
            assert!(shown.ends_with("id: None }"), "{body}: {shown}");
        }
    }
}
