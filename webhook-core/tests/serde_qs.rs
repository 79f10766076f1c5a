//! The second opinion: every body of a small grammar through `serde_qs` too. Where it reads a form
//! as PHP does, we agree; where it does not is the list below, which is why it does not decode here.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing
)]

use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use webhook_core::{ProfileCreated, Receiver};

const HEAD: &str = "type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23";

/// What a user would try first, and second.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    fields: BTreeMap<String, Text>,
}

#[derive(Deserialize)]
struct Whatever {
    #[serde(default)]
    fields: Option<Text>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Nothing(()),
    Leaf(String),
    List(Vec<Text>),
    Map(BTreeMap<String, Text>),
}

fn value(text: Text) -> Value {
    match text {
        Text::Nothing(()) => json!(""),
        Text::Leaf(text) => Value::String(text),
        Text::List(items) => items.into_iter().map(value).collect(),
        Text::Map(map) => map.into_iter().map(|(name, text)| (name, value(text))).collect(),
    }
}

/// Returns the fields as JSON; `None` for a body that is refused.
fn ours(body: &str) -> Option<Value> {
    let body = format!("{HEAD}&{body}");
    let event = Receiver::unverified().decode::<ProfileCreated>(body.as_bytes());
    event.ok().map(|event| serde_json::to_value(event.fields).unwrap())
}

/// Returns the better of two tries.
fn theirs(body: &str) -> Option<Value> {
    let body = format!("{HEAD}&{body}");
    let config = serde_qs::Config::new().use_form_encoding(true).max_depth(16);
    let named = config.deserialize_str::<Named>(&body).map(|form| Text::Map(form.fields));
    let read = named.or_else(|_| {
        let form = config.deserialize_str::<Whatever>(&body)?;
        Ok::<_, serde_qs::Error>(form.fields.unwrap_or(Text::Nothing(())))
    });
    match value(read.ok()?) {
        Value::Array(items) => {
            Some(items.into_iter().zip(0..).map(|(item, at)| (at.to_string(), item)).collect())
        }
        Value::String(text) => text.is_empty().then(|| json!({})),
        map => Some(map),
    }
}

/// A kind of body that the two read differently: which bodies have the ingredient (the first class
/// that fits counts), one of them, and what each makes of it.
struct Class {
    what: &'static str,
    has: fn(&str) -> bool,
    example: &'static str,
    ours: &'static str,
    theirs: &'static str,
}

const REFUSED: &str = "null";

const CLASSES: &[Class] = &[
    Class {
        what: "escapes in lower case are no brackets to it, and the field is lost without a word; \
               PHP decodes names first, and hex digits have no case (RFC 3986 §2.1)",
        has: |body| body.contains("%5b") || body.contains("%5d"),
        example: "fields%5ba%5d=1",
        ours: r#"{"a":"1"}"#,
        theirs: "{}",
    },
    Class {
        what: "names with brackets in them are refused; customers choose names, and PHP's own \
               encoder sends a field called `a[b]` so",
        has: |body| names(body).any(|name| has_odd_brackets(&name)),
        example: "fields%5Ba%5Bb%5D%5D=1",
        ours: r#"{"a[b]":"1"}"#,
        theirs: REFUSED,
    },
    Class {
        what: "a number's leading zeros are lost; names are kept verbatim, and PHP's keys `00` and \
               `0` are two",
        has: |body| names(body).any(|name| name.contains("[00]")),
        example: "fields[00]=1",
        ours: r#"{"00":"1"}"#,
        theirs: r#"{"0":"1"}"#,
    },
    Class {
        what: "text where a map must be becomes a field without a name; there are no fields, and it \
               stands as it was sent",
        has: |body| {
            let event = Receiver::unverified().decode(format!("{HEAD}&{body}").as_bytes());
            event.is_ok_and(|event: ProfileCreated| event.undocumented.get("fields").is_some())
        },
        example: "fields=x",
        ours: "{}",
        theirs: r#"{"":"x"}"#,
    },
    Class {
        what: "an empty variable (PHP's empty array) next to its own entries becomes an entry or an \
               error; it is a value like any other, and the last one wins",
        has: |body| names(body).any(|name| name == "fields"),
        example: "fields=&fields[a]=1",
        ours: r#"{"a":"1"}"#,
        theirs: REFUSED,
    },
    Class {
        what: "`[]` below or next to another key is refused or read otherwise; in PHP it is the next \
               number, everywhere",
        has: |body| names(body).any(|name| name.contains("[]")),
        example: "fields[a]=1&fields[]=x",
        ours: r#"{"a":"1","0":"x"}"#,
        theirs: REFUSED,
    },
    Class {
        what: "numbers that do not count up from 0 are refused where the type is open, as it must \
               be for `parameters`; they are names",
        has: |body| names(body).any(|name| has_later_number(&name)),
        example: "fields[a][5]=1",
        ours: r#"{"a":{"5":"1"}}"#,
        theirs: REFUSED,
    },
    Class {
        what: "a name that comes twice becomes a list where the type is open; in PHP the last one \
               wins",
        has: |body| names(body).count() > distinct(body),
        example: "fields[a]=1&fields[a]=2",
        ours: r#"{"a":"2"}"#,
        theirs: r#"{"a":["1","2"]}"#,
    },
    Class {
        what: "a name that is text and then a level, or the reverse, is refused or read otherwise; \
               in PHP the last one wins",
        has: |body| names(body).any(|name| names(body).any(|other| is_below(&other, &name))),
        example: "fields[a]=1&fields[a][k]=s",
        ours: r#"{"a":{"k":"s"}}"#,
        theirs: REFUSED,
    },
];

/// Returns the names of a body, with their brackets decoded.
fn names(body: &str) -> impl Iterator<Item = String> {
    let names = body.split('&').filter(|pair| !pair.is_empty());
    let names = names.map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    names.map(|name| {
        let opened = name.replace("%5B", "[").replace("%5b", "[");
        opened.replace("%5D", "]").replace("%5d", "]")
    })
}

fn distinct(body: &str) -> usize {
    names(body).collect::<std::collections::BTreeSet<_>>().len()
}

/// Returns whether a name is not `name[…][…]` with no bracket between the brackets.
fn has_odd_brackets(name: &str) -> bool {
    let Some((_, inner)) = name.split_once('[') else { return name.contains(']') };
    let Some(inner) = inner.strip_suffix(']') else { return true };
    inner.split("][").any(|segment| segment.contains(['[', ']']))
}

/// Returns whether a name has a number other than 0 below the first level.
fn has_later_number(name: &str) -> bool {
    name.split("][").skip(1).any(|segment| {
        let digits = segment.trim_end_matches(']');
        digits != "0" && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn is_below(name: &str, other: &str) -> bool {
    name.strip_prefix(other).is_some_and(|rest| rest.starts_with('['))
}

const NAMES: &[&str] = &[
    "a",
    "0",
    "1",
    "2024",
    "00",
    "-1",
    "",
    "a.b",
    "First+name",
    "%20a",
    "caf%C3%A9",
    "é",
    "%E9",
    "a%5Bb",
    "a[b",
    "a]b",
    "a%5Bb%5D",
    "%2541",
    "a%26b",
    "a%3Db",
    "50%",
    "%zz",
];
const VALUES: &[&str] = &[
    "", "=", "=1", "=x+y", "=x%20y", "=%2B", "=50%", "=%zz", "=%41", "=%E9", "=%C3%A9", "=a=b",
    "=x;y", "=%00", "=[a]", "=%26", "=%2541",
];
const BRACKETS: &[(&str, &str)] =
    &[("[", "]"), ("%5B", "%5D"), ("%5b", "%5d"), ("[", "%5D"), ("%5B", "]")];
const SEGMENTS: &[&str] = &["", "[", "]", "[]", "[a]", "[b]", "[0]", "[1]", "[5]"];
const PAIRS: &[&str] = &[
    "",
    "other[x]=1",
    "fields",
    "fields=",
    "fields=x",
    "fields[a]=1",
    "fields[a]=2",
    "fields[b]=1",
    "fields[]=x",
    "fields[0]=y",
    "fields[1]=z",
    "fields[a][]=p",
    "fields[a][0]=q",
    "fields[a][1]=r",
    "fields[a][3]=r",
    "fields[a][k]=s",
    "fields[a][k][l]=t",
];

/// Returns every name in every kind of bracket, every value, three segments of every kind, three pairs of
/// every kind: some 6,000.
fn bodies() -> Vec<String> {
    let mut all = Vec::new();
    for (open, close) in BRACKETS {
        all.extend(NAMES.iter().map(|name| format!("fields{open}{name}{close}=1")));
    }
    all.extend(VALUES.iter().map(|value| format!("fields[a]{value}")));
    for one in SEGMENTS {
        for two in SEGMENTS {
            all.extend(SEGMENTS.iter().map(|three| format!("fields{one}{two}{three}=1")));
        }
    }
    for one in PAIRS {
        for two in PAIRS {
            all.extend(PAIRS.iter().map(|three| format!("{one}&{two}&{three}")));
        }
    }
    all
}

/// Each example is what the two do today: when one fails, `serde_qs` has learned something.
#[test]
fn each_difference_has_an_example() {
    for Class { what, example, ours: us, theirs: them, has } in CLASSES {
        assert!(has(example), "{what}: {example}");
        let [us, them] = [us, them].map(|json| serde_json::from_str::<Value>(json).unwrap());
        assert_eq!(ours(example).unwrap_or_default(), us, "{what}: {example}");
        assert_eq!(theirs(example).unwrap_or_default(), them, "{what}: {example}");
    }
}

#[test]
fn every_difference_is_of_a_class() {
    let bodies = bodies();
    let mut counts = vec![0; CLASSES.len()];
    let mut agreed = 0;
    for body in &bodies {
        let (us, them) = (ours(body), theirs(body));
        if us == them {
            agreed += 1;
            continue;
        }
        let Some(class) = CLASSES.iter().position(|class| (class.has)(body)) else {
            panic!("a new difference: {body}: {us:?}, {them:?}");
        };
        counts[class] += 1;
    }
    for (class, count) in CLASSES.iter().zip(&counts) {
        eprintln!("{count:6} {}", class.what);
        assert!(*count > 0, "not found any more: {}", class.what);
    }
    eprintln!("{agreed:6} of {} alike", bodies.len());
    assert!(agreed > 900, "only {agreed} alike: the comparison itself is broken");
}
