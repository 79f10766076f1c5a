//! Laws: encoding and decoding undo each other, nothing panics, and a slow decoder written
//! straight from the rules agrees with the fast one.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::format_push_string)]

use proptest::prelude::*;
use webhook_core::id::{CollectionId, DatabaseId, ProfileId, SubprofileId};
use webhook_core::testing::{Brackets, Encoder, InterestStyle, ListStyle};
use webhook_core::{
    CreateEvent, Fields, Interests, ProfileCreated, Receiver, RejectionKind, SubprofileCreated,
};

/// Names that the grammar can carry: not empty, and no `][` inside.
fn name() -> impl Strategy<Value = String> {
    let plain = "[a-zA-Z0-9_ .%+&=;\\[\\]é€😀\\x00-\\x1f-]{1,12}";
    prop_oneof![plain, any::<String>()]
        .prop_filter("ambiguous on the wire", |name| !name.is_empty() && !name.contains("]["))
}

fn map() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((name(), any::<String>()), 0..80)
}

/// Words and numbers: a database may have an interest called `2024`, or `0`.
fn interest() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9 \\[]{1,8}", "[0-3]"]
}

/// Returns whether these are the names of a map of interests that a form can't distinguish from a list:
/// exactly 0…n-1, in order.
fn reads_as_a_list<'a>(names: impl IntoIterator<Item = &'a str>) -> bool {
    let mut names = names.into_iter().enumerate().peekable();
    names.peek().is_some() && names.all(|(at, name)| name == at.to_string())
}

type Named = &'static [(&'static str, bool)];

/// Interests called by a number: those of a profile, written as a map, and what comes back.
const NUMBERED: &[(Named, Named)] = &[
    (&[("2024", true)], &[("2024", true)]),
    (&[("1", true), ("0", false)], &[("1", true), ("0", false)]),
    (&[("00", true), ("01", false)], &[("00", true), ("01", false)]),
    (&[("0", true), ("2", true)], &[("0", true), ("2", true)]),
    (&[("0", false), ("blue", true)], &[("0", false), ("blue", true)]),
    // Documented exception: this is how a list of two is sent, and lists hold names.
    (&[("0", true)], &[("1", true)]),
    (&[("0", false)], &[("0", true)]),
    (&[("0", true), ("1", false)], &[("1", true), ("0", true)]),
    (&[("0", true), ("1", true)], &[("1", true)]),
];

#[test]
fn interests_called_by_a_number() {
    for (sent, expected) in NUMBERED {
        let head = "type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23";
        let pairs = sent.iter().map(|(name, on)| format!("&interests[{name}]={}", u8::from(*on)));
        let body: String = std::iter::once(head.to_owned()).chain(pairs).collect();
        let event: ProfileCreated = Receiver::unverified().decode(body.as_bytes()).unwrap();
        let found: Vec<_> = event.interests.iter().map(|it| (it.name, it.is_active)).collect();
        assert_eq!(&found, expected, "{body}");
        let same = sent == expected;
        assert_eq!(same, !reads_as_a_list(sent.iter().map(|(name, _)| *name)), "{body}");
    }
}

fn event() -> impl Strategy<Value = CreateEvent> {
    let interests = prop::collection::vec((interest(), any::<bool>()), 0..6);
    let ids = (any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>());
    let at = (0i64..253_402_300_799).prop_map(|s| chrono::DateTime::from_timestamp(s, 0).unwrap());
    (any::<bool>(), ids, at, map(), map(), interests, any::<Option<u64>>()).prop_map(
        |(subprofile, ids, at, fields, parameters, interests, id)| {
            let fields = Fields::from_iter(fields);
            let parent = (DatabaseId::new(ids.0), ProfileId::new(ids.1));
            if subprofile {
                let child = (CollectionId::new(ids.2), SubprofileId::new(ids.3));
                let mut event = SubprofileCreated::new(
                    parent.0,
                    parent.1,
                    child.0,
                    child.1,
                    at.naive_utc(),
                    fields,
                );
                event.parameters = Fields::from_iter(parameters);
                event.time = Some(at);
                event.id = id;
                CreateEvent::Subprofile(event)
            } else {
                let mut event = ProfileCreated::new(parent.0, parent.1, at.naive_utc(), fields);
                event.parameters = Fields::from_iter(parameters);
                event.interests = Interests::from_iter(interests);
                event.modified = Some(at.naive_utc());
                event.id = id;
                CreateEvent::Profile(event)
            }
        },
    )
}

proptest! {
    #[test]
    fn decoding_undoes_encoding(event in event(), raw in any::<bool>(), empty in any::<bool>()) {
        let encoder = Encoder::new()
            .interests(InterestStyle::Map)
            .brackets(if raw { Brackets::Raw } else { Brackets::Escaped })
            .lists(if empty { ListStyle::Empty } else { ListStyle::Indexed });
        let body = encoder.encode(&event).unwrap();
        let mut decoded: CreateEvent =
            Receiver::unverified().decode(body.as_bytes()).unwrap();
        if let (CreateEvent::Profile(decoded), CreateEvent::Profile(event)) = (&mut decoded, &event)
            && reads_as_a_list(event.interests.iter().map(|interest| interest.name))
        {
            let text = |is_active| if is_active { "1" } else { "0" };
            let listed = event.interests.iter().map(|it| (text(it.is_active), true));
            prop_assert_eq!(&decoded.interests, &listed.collect::<Interests>());
            decoded.interests = event.interests.clone();
        }
        prop_assert_eq!(to_json(&decoded), to_json(&event));
        prop_assert_eq!(&decoded, &event);

        let listed = encoder.interests(InterestStyle::List).encode(&event).unwrap();
        let decoded: CreateEvent =
            Receiver::unverified().decode(listed.as_bytes()).unwrap();
        if let (CreateEvent::Profile(decoded), CreateEvent::Profile(event)) = (decoded, event) {
            let active: Vec<_> = event.interests.iter().filter(|it| it.is_active).collect();
            prop_assert_eq!(decoded.interests.iter().collect::<Vec<_>>(), active);
        }
    }

    #[test]
    fn an_event_survives_a_queue(event in event()) {
        let json = to_json(&event);
        prop_assert_eq!(&serde_json::from_str::<CreateEvent>(&json).unwrap(), &event);
        let decoded: CreateEvent =
            Receiver::unverified().decode(json.as_bytes()).unwrap();
        prop_assert_eq!(to_json(&decoded), json);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for receiver in [Receiver::unverified(), Receiver::builder().lossy_utf8().unverified()] {
            let _ = receiver.decode::<CreateEvent>(&bytes);
            let _ = receiver.decode::<CreateEvent>(&[b"{", &bytes[..]].concat());
        }
    }

    #[test]
    fn the_slow_decoder_agrees(
        body in "(fields|parameters|fie)?((%5B|%5b|\\[|\\]|%5D|%|\\+|=|&|;|5|B|a|b|0|1|07|é|%C3%A9|%41|fields%5B|fields\\[){0,40})(&fields(\\[|%5B)[ab01]{0,2}(\\]|%5D)(\\[[a01]?\\])?=[a-z+%]{0,20}){0,30}(&(%5B|[ab=&%\\[\\]]){0,60})"
    ) {
        let head = "&type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23&fields[end]=";
        // What begins with a bracket is JSON.
        let before = if body.starts_with('[') { "&" } else { "" };
        let body = [before, &body, head].concat();
        let decoded = Receiver::unverified().decode::<CreateEvent>(body.as_bytes());
        let slow = slow::decode(&body);
        match decoded {
            Err(refused) if refused.kind() == RejectionKind::MalformedBody => {
                prop_assert!(!slow.utf8, "{body}: {refused}");
            }
            Ok(event) => {
                prop_assert!(slow.utf8, "{body}");
                let json = to_json(&event);
                let fields = json.split_once("\"fields\":").unwrap().1;
                prop_assert!(fields.starts_with(&slow.fields), "{body}\n{fields}\n{}", slow.fields);
            }
            Err(refused) => prop_assert!(slow.odd, "{body}: {refused}"),
        }
    }

    #[test]
    fn the_slow_decoder_agrees_on_many_names(
        pairs in prop::collection::vec(("[ab]{1,2}[0-9]{1,3}", "[a-z]{0,3}", any::<bool>()), 0..400)
    ) {
        let mut body = "type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23".to_owned();
        for (name, value, raw) in &pairs {
            body += &if *raw { format!("&fields[{name}]={value}") } else { format!("&fields%5B{name}%5D={value}") };
        }
        let event: CreateEvent = Receiver::unverified().decode(body.as_bytes()).unwrap();
        let json = to_json(&event);
        let fields = json.split_once("\"fields\":").unwrap().1;
        prop_assert!(fields.starts_with(&slow::decode(&body).fields));
    }
}

fn to_json(event: &CreateEvent) -> String {
    serde_json::to_string(event).unwrap()
}

/// The rules, written down once more as simply as they can be.
mod slow {
    pub(super) struct Decoded {
        /// As JSON.
        pub(super) fields: String,
        /// The body may rightly be refused: a documented variable was overwritten, say.
        pub(super) odd: bool,
        pub(super) utf8: bool,
    }

    /// Stands for any text that is not UTF-8; no generator makes it.
    pub(super) const NOT_UTF8: &str = "not utf-8!";

    enum Tree {
        Text(String),
        Level(Vec<(String, Tree)>),
    }

    pub(super) fn decode(body: &str) -> Decoded {
        let (mut root, mut utf8) = (Vec::new(), true);
        for pair in body.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (unescape(name), unescape(value));
            utf8 &= name != NOT_UTF8 && value != NOT_UTF8;
            insert(&mut root, &path(&name), value, true);
        }
        let fields = root.iter().find(|(name, _)| name == "fields");
        let odd = root.iter().any(|(name, tree)| match (name.as_str(), tree) {
            ("fields" | "parameters" | "interests", Tree::Text(text)) => !text.is_empty(),
            _ => false,
        });
        let fields = match fields {
            Some((_, Tree::Level(entries))) => object(entries),
            _ => "{}".to_owned(),
        };
        Decoded { fields, odd, utf8 }
    }

    fn unescape(text: &str) -> String {
        let bytes = text.as_bytes();
        let (mut out, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            let digits =
                bytes.get(at + 1..at + 3).map(|digits| std::str::from_utf8(digits).unwrap_or("zz"));
            match (bytes[at], digits) {
                (b'%', Some(digits)) if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                    out.push(u8::from_str_radix(digits, 16).unwrap());
                    at += 2;
                }
                (b'+', _) => out.push(b' '),
                (byte, _) => out.push(byte),
            }
            at += 1;
        }
        String::from_utf8(out).unwrap_or_else(|_| NOT_UTF8.to_owned())
    }

    fn path(name: &str) -> Vec<String> {
        match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            Some((root, inner)) if !root.is_empty() => {
                std::iter::once(root).chain(inner.split("][")).map(str::to_owned).collect()
            }
            _ => vec![name.to_owned()],
        }
    }

    fn insert(level: &mut Vec<(String, Tree)>, path: &[String], value: String, root: bool) {
        let (first, rest) = path.split_first().unwrap();
        let number = |key: &str| key.parse::<u64>().ok().filter(|number| number.to_string() == key);
        let next = level.iter().filter_map(|(key, _)| number(key)).max().map_or(0, |max| max + 1);
        // A plain name may be empty; a segment that is means "the next".
        let key = if first.is_empty() && !root { next.to_string() } else { first.clone() };
        let at = level.iter().position(|(found, _)| *found == key).unwrap_or_else(|| {
            level.push((key, Tree::Text(String::new())));
            level.len() - 1
        });
        if rest.is_empty() {
            level[at].1 = Tree::Text(value);
            return;
        }
        if let Tree::Text(_) = level[at].1 {
            level[at].1 = Tree::Level(Vec::new());
        }
        if let Tree::Level(inner) = &mut level[at].1 {
            insert(inner, rest, value, false);
        }
    }

    fn json(tree: &Tree) -> String {
        match tree {
            Tree::Text(text) => serde_json::to_string(text).unwrap(),
            Tree::Level(entries)
                if entries.iter().enumerate().all(|(at, (key, _))| *key == at.to_string()) =>
            {
                let items: Vec<_> = entries.iter().map(|(_, tree)| json(tree)).collect();
                format!("[{}]", items.join(","))
            }
            Tree::Level(entries) => object(entries),
        }
    }

    fn object(entries: &[(String, Tree)]) -> String {
        let entries = entries
            .iter()
            .map(|(key, tree)| format!("{}:{}", serde_json::to_string(key).unwrap(), json(tree)));
        format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
    }
}
