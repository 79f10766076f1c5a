//! `fields` as the user's own struct.

#![allow(missing_docs, clippy::unwrap_used)]

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::str::FromStr;
use webhook_core::{Fields, FieldsError, ProfileCreated, Receiver, RejectionKind};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Size {
    Small,
    Large,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Address {
    street: String,
    number: u16,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Customer {
    name: String,
    #[serde(rename = "First name")]
    first_name: Option<String>,
    age: u8,
    balance: f64,
    offset: i32,
    newsletter: bool,
    born: NaiveDate,
    seen: NaiveDateTime,
    left: Option<NaiveDate>,
    absent: Option<u64>,
    size: Size,
    address: Address,
    tags: Vec<u8>,
    #[serde(flatten)]
    rest: HashMap<String, String>,
}

const HEAD: &str = "type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23";
const FIELDS: &str = "fields[name]=1979-02-12+12:49:23&fields[First+name]=&fields[age]=44\
    &fields[balance]=-1.5&fields[offset]=-3&fields[newsletter]=1&fields[born]=1979-02-12\
    &fields[seen]=1979-02-12+12:49:23&fields[left]=0000-00-00&fields[size]=large\
    &fields[address][street]=Main&fields[address][number]=7&fields[tags][]=1&fields[tags][]=2\
    &fields[other+one]=x";

fn decode<F: serde::de::DeserializeOwned + Send + 'static>(
    body: &str,
) -> Result<ProfileCreated<F>, webhook_core::Rejection> {
    Receiver::unverified().decode(body.as_bytes())
}

#[test]
fn every_type_reads_its_own_text() {
    let event: ProfileCreated<Customer> = decode(&format!("{HEAD}&{FIELDS}")).unwrap();
    let day = NaiveDate::from_ymd_opt(1979, 2, 12).unwrap();
    let expected = Customer {
        name: "1979-02-12 12:49:23".into(), // text stays text, whatever it looks like
        first_name: None,
        age: 44,
        balance: -1.5,
        offset: -3,
        newsletter: true,
        born: day,
        seen: day.and_hms_opt(12, 49, 23).unwrap(),
        left: None,
        absent: None,
        size: Size::Large,
        address: Address { street: "Main".into(), number: 7 },
        tags: vec![1, 2],
        rest: HashMap::from([("other one".into(), "x".into())]),
    };
    assert_eq!(event.fields, expected);

    let json = serde_json::to_string(&event).unwrap();
    let back: ProfileCreated<Customer> = serde_json::from_str(&json).unwrap();
    assert_eq!(back, event, "a typed event survives a queue");
}

#[test]
fn errors_name_the_field_and_keep_its_value() {
    let cases = [
        ("fields[age]=44", "fields[age]=SECRET", "fields[age]"),
        ("fields[age]=44", "fields[age]=300", "fields[age]"),
        ("fields[age]=44", "fields[age]=", "fields[age]"),
        ("fields[age]=44", "fields[age][SECRET]=1", "fields[age]"),
        ("fields[age]=44", "x=1", "fields[age]"),
        ("fields[balance]=-1.5", "fields[balance]=NaN", "fields[balance]"),
        ("fields[newsletter]=1", "fields[newsletter]=SECRET", "fields[newsletter]"),
        ("fields[born]=1979-02-12", "fields[born]=SECRET", "fields[born]"),
        ("fields[seen]=1979-02-12+12:49:23", "fields[seen]=1979-02-31+12:49:23", "fields[seen]"),
        ("fields[left]=0000-00-00", "fields[left]=SECRET", "fields[left]"),
        ("fields[size]=large", "fields[size]=SECRET", "fields[size]"),
        ("[number]=7", "[number]=SECRET", "fields[address][number]"),
        ("fields[tags][]=2", "fields[tags][]=SECRET", "fields[tags][1]"),
    ];
    for (good, bad, variable) in cases {
        let fields = FIELDS.replace(good, bad);
        assert_ne!(fields, FIELDS);
        let refused = decode::<Customer>(&format!("{HEAD}&{fields}")).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::InvalidFields, "{bad}");
        assert_eq!(refused.variable(), Some(variable), "{bad}");
        for text in [refused.problem(), format!("{refused} {refused:?}")] {
            assert!(!text.contains("SECRET"), "{text}");
        }
    }
}

#[test]
fn unknown_fields_and_flattened_rests() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Strict {
        a: Option<u8>,
    }
    #[derive(Debug, Deserialize)]
    struct Rest {
        a: u8,
        #[serde(flatten)]
        rest: Fields,
    }
    let body = format!("{HEAD}&fields[a]=1&fields[b][]=2");
    let refused = decode::<Strict>(&body).unwrap_err();
    assert_eq!(refused.variable(), Some("fields[b]"));
    let fields = decode::<Rest>(&body).unwrap().fields;
    assert_eq!(fields.a, 1);
    assert_eq!(serde_json::to_string(&fields.rest).unwrap(), r#"{"b":["2"]}"#);
}

/// Reads one field called `a`, as `T`.
fn one<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, FieldsError> {
    #[derive(Deserialize)]
    struct One<T> {
        a: T,
    }
    Fields::from_iter([("a", text)]).parse::<One<T>>().map(|one| one.a)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// What the wire writes for a date that is not set: zeros, what PHP's calendar makes of them, false.
const NO_DATES: [&str; 8] = [
    "",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "-0001-11-30",
    "-0001-11-30 00:00:00",
    "-0001-11-30T00:00:00+00:00",
    "0",
    "false",
];

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapped<T>(T);

#[test]
fn dates_are_read_with_and_without_a_time() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Many {
        list: Vec<NaiveDate>,
        moments: Vec<Option<NaiveDateTime>>,
        map: HashMap<String, NaiveDate>,
    }
    let moment = day("1979-02-12").and_hms_opt(12, 49, 23).unwrap();
    let midnight = day("1979-02-12").and_hms_opt(0, 0, 0).unwrap();
    for text in ["1979-02-12", "1979-02-12 00:00:00"] {
        assert_eq!(one(text), Ok(day("1979-02-12")), "{text}");
        assert_eq!(one(text), Ok(Some(day("1979-02-12"))), "{text}");
        assert_eq!(one(text), Ok(Wrapped(Box::new(day("1979-02-12")))), "{text}");
        assert_eq!(one(text), Ok(midnight), "{text}");
        assert_eq!(one(text), Ok(Some(Wrapped(midnight))), "{text}");
    }
    assert_eq!(one("1979-02-12 12:49:23"), Ok(moment));
    assert_eq!(one("1979-02-12T12:49:23"), Ok(moment));
    assert!(one::<NaiveDate>("1979-02-12 12:49:23").is_err(), "a time would be lost");
    assert!(one::<NaiveDateTime>("1979-02-30").is_err());
    assert_eq!(one("12:49:23"), NaiveTime::from_hms_opt(12, 49, 23).ok_or_else(|| unreachable!()));
    // Its zone is not on the wire, and is not guessed.
    assert!(one::<DateTime<Utc>>("1979-02-12 12:49:23").is_err());
    assert_eq!(one("1979-02-12T12:49:23Z"), Ok(moment.and_utc()));

    let body = format!(
        "{HEAD}&fields[list][]=1979-02-12+00:00:00&fields[list][]=1979-02-13\
         &fields[moments][]=0&fields[moments][]=1979-02-12&fields[map][x]=1979-02-12+00:00:00"
    );
    let many = decode::<Many>(&body).unwrap().fields;
    assert_eq!(many.list, [day("1979-02-12"), day("1979-02-13")]);
    assert_eq!(many.moments, [None, Some(midnight)]);
    assert_eq!(many.map["x"], day("1979-02-12"));
}

#[test]
fn dates_that_are_not_set_are_none() {
    for text in NO_DATES {
        assert_eq!(one::<Option<NaiveDate>>(text), Ok(None), "{text}");
        assert_eq!(one::<Option<NaiveDateTime>>(text), Ok(None), "{text}");
        assert_eq!(one::<Option<DateTime<Utc>>>(text), Ok(None), "{text}");
        assert_eq!(one::<Option<Wrapped<NaiveDate>>>(text), Ok(None), "{text}");
        assert_eq!(one::<Option<Box<NaiveDateTime>>>(text), Ok(None), "{text}");
        assert!(one::<NaiveDate>(text).is_err(), "{text}");
    }
    // Where no date is due, those are a number and a text.
    assert_eq!(one("0"), Ok(Some(0u8)));
    assert_eq!(one("0"), Ok(Some("0".to_owned())));
    assert_eq!(one("false"), Ok(Some("false".to_owned())));
    assert_eq!(one::<Option<String>>("-0001-11-30 00:00:00"), Ok(None));
    assert_eq!(one("-0001-11-30 and more"), Ok(Some("-0001-11-30 and more".to_owned())));
}

/// Says the same as chrono of what it expects, and is not chrono.
#[derive(Debug, PartialEq)]
struct Own(String);

impl FromStr for Own {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Own {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Own;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a formatted date and time string")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Own, E> {
                text.parse().map_err(E::custom)
            }
        }
        input.deserialize_str(Visitor)
    }
}

/// Reads a date by the program's own rule.
fn backwards<'de, D: serde::Deserializer<'de>>(input: D) -> Result<NaiveDate, D::Error> {
    struct Visitor;
    impl serde::de::Visitor<'_> for Visitor {
        type Value = NaiveDate;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a formatted date string")
        }
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<NaiveDate, E> {
            NaiveDate::parse_from_str(text, "%Y-%m-%d 00:00:00").map_err(E::custom)
        }
    }
    input.deserialize_str(Visitor)
}

#[test]
fn a_custom_type_sees_its_own_text() {
    #[derive(Deserialize)]
    struct Custom {
        own: Own,
        #[serde(deserialize_with = "backwards")]
        backwards: NaiveDate,
    }
    for text in ["1979-02-12 12:49:23", "1979-02-12", "0000-00-00", "0", ""] {
        assert_eq!(one(text), Ok(Own(text.to_owned())), "{text}");
    }
    let fields =
        Fields::from_iter([("own", "1979-02-12 12:49:23"), ("backwards", "1979-02-12 00:00:00")]);
    let custom: Custom = fields.parse().unwrap();
    assert_eq!(custom.own, Own("1979-02-12 12:49:23".to_owned()));
    assert_eq!(custom.backwards, day("1979-02-12"));
}

#[test]
fn an_empty_text_is_false() {
    assert_eq!((one(""), one("0"), one("1")), (Ok(false), Ok(false), Ok(true)));
    assert_eq!(one::<Option<bool>>(""), Ok(None));
    for text in ["2", "true", " ", "on"] {
        assert!(one::<bool>(text).is_err(), "{text}");
    }
}

#[test]
fn a_field_with_a_default_takes_it_for_a_text_that_is_not_set() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Defaults {
        #[serde(default)]
        age: u8,
        #[serde(default = "seven", alias = "number")]
        count: u32,
        #[serde(default)]
        born: NaiveDate,
        #[serde(default)]
        size: Sized,
        #[serde(default)]
        inner: Vec<Inner>,
        #[serde(default)]
        name: String,
        needed: u8,
    }
    #[derive(Debug, Default, PartialEq, Deserialize)]
    enum Sized {
        Small,
        #[default]
        Large,
    }
    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Inner {
        #[serde(default)]
        at: f64,
    }
    fn seven() -> u32 {
        7
    }
    let body = |pairs: &str| format!("{HEAD}&fields[needed]=1&{pairs}");
    let read = |pairs: &str| decode::<Defaults>(&body(pairs)).map(|event| event.fields);
    let all = read(
        "fields[age]=&fields[number]=&fields[born]=0&fields[size]=&fields[inner][0][at]=\
         &fields[inner][1][at]=1.5&fields[name]=",
    );
    let expected = Defaults {
        age: 0,
        count: 7,
        born: NaiveDate::default(),
        size: Sized::Large,
        inner: vec![Inner { at: 0.0 }, Inner { at: 1.5 }],
        name: String::new(),
        needed: 1,
    };
    assert_eq!(all.unwrap(), expected);
    for (pairs, variable) in [
        ("fields[age]=&fields[needed]=", "fields[needed]"),
        ("fields[age]=&fields[born]=&fields[count]=x", "fields[count]"),
        ("fields[age]=+", "fields[age]"),
        ("fields[count]=0000-00-00+x", "fields[count]"),
        ("fields[inner][0][at]=&fields[inner][1][at]=x", "fields[inner][1][at]"),
    ] {
        let refused = read(pairs).unwrap_err();
        assert_eq!(refused.variable(), Some(variable), "{pairs}: {refused}");
    }
    let refused = read("fields[age]=&fields[needed]=").unwrap_err();
    assert!(refused.detail().contains("from 0 to 255"), "{refused}");

    // An entry of a map is never left out.
    assert!(Fields::from_iter([("a", "")]).parse::<HashMap<String, u8>>().is_err());
    let without = Fields::from_iter([("a", "1")]).parse::<Defaults>().unwrap_err();
    assert_eq!(without.field(), Some("needed"));
}

mod buffered {
    use super::*;
    use webhook_core::from_text;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Flattened {
        name: String,
        #[serde(flatten)]
        rest: Rest,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Rest {
        #[serde(with = "from_text")]
        count: u32,
        #[serde(with = "from_text")]
        active: bool,
        #[serde(with = "from_text")]
        born: NaiveDate,
        #[serde(default, with = "from_text")]
        seen: Option<NaiveDateTime>,
        #[serde(with = "from_text")]
        tags: Vec<u8>,
        note: Option<String>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        Small(Rest),
        Large {
            #[serde(with = "from_text")]
            count: u32,
        },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Rest(Rest),
        Other(HashMap<String, String>),
    }

    const REST: &str = "fields[count]=3&fields[active]=&fields[born]=1979-02-12+00:00:00\
        &fields[seen]=0&fields[tags][]=1&fields[note]=x&fields[name]=n&fields[kind]=Small";

    fn queued<F>(body: &str) -> F
    where
        F: Serialize + serde::de::DeserializeOwned + Send + PartialEq + std::fmt::Debug + 'static,
    {
        let event = decode::<F>(&format!("{HEAD}&{body}")).unwrap();
        let json = serde_json::to_string(&event).unwrap();
        let back: ProfileCreated<F> = serde_json::from_str(&json).unwrap();
        assert_eq!(back.fields, event.fields, "{json}");
        event.fields
    }

    #[test]
    fn everything_reads_with_from_text_and_survives_a_queue() {
        let rest = || Rest {
            count: 3,
            active: false,
            born: day("1979-02-12"),
            seen: None,
            tags: vec![1],
            note: Some("x".to_owned()),
        };
        let flattened = Flattened { name: "n".to_owned(), rest: rest() };
        assert_eq!(queued::<Flattened>(REST), flattened);
        assert_eq!(queued::<Tagged>(REST), Tagged::Small(rest()));
        assert_eq!(
            queued::<Tagged>("fields[kind]=Large&fields[count]=3"),
            Tagged::Large { count: 3 }
        );
        assert_eq!(queued::<Untagged>(REST), Untagged::Rest(rest()));
        let other = HashMap::from([("a".to_owned(), "1".to_owned())]);
        assert_eq!(queued::<Untagged>("fields[a]=1"), Untagged::Other(other));
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Plain {
        count: u32,
        active: Option<bool>,
        born: Option<NaiveDate>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct PlainFlattened {
        name: String,
        #[serde(flatten)]
        rest: Plain,
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind")]
    #[allow(dead_code)]
    enum PlainTagged {
        Small(Plain),
        Large { born: Option<NaiveDate>, x: Option<String> },
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct FlattenedTagged {
        name: String,
        #[serde(flatten)]
        inner: PlainTagged,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct PlainUntagged {
        #[serde(flatten)]
        inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[allow(dead_code)]
    enum Inner {
        One { born: Option<NaiveDate> },
    }

    fn refused<F: serde::de::DeserializeOwned + Send + std::fmt::Debug + 'static>(
        pairs: &str,
        variable: Option<&str>,
    ) {
        let refused = decode::<F>(&format!("{HEAD}&{pairs}")).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::InvalidFields, "{pairs}");
        assert_eq!(refused.variable(), variable, "{pairs}: {refused}");
        let detail = refused.detail();
        assert!(
            !["core::", "chrono::", "Option<", "struct", "u32"]
                .iter()
                .any(|it| detail.contains(it)),
            "{detail}"
        );
        if let Some(variable) = variable.filter(|variable| variable.contains('[')) {
            let at = HEAD.len() + 1 + pairs.find(variable).unwrap();
            assert_eq!(refused.offset(), Some(at), "{pairs}");
        }
    }

    #[test]
    fn what_only_text_reads_is_named() {
        refused::<PlainFlattened>("fields[name]=n&fields[count]=3", Some("fields[count]"));
        let both = "fields[name]=n&fields[x]=1&fields[count]=3&fields[active]=1";
        refused::<PlainFlattened>(both, Some("fields[count]"));
        refused::<PlainTagged>("fields[kind]=Small&fields[count]=3", Some("fields[count]"));
        refused::<PlainTagged>("fields[count]=3&fields[kind]=Small", Some("fields[count]"));
        let date = "fields[x]=y&fields[born]=0000-00-00&fields[kind]=Large";
        refused::<PlainTagged>(date, Some("fields[born]"));
        refused::<PlainTagged>("fields[x]=y&fields[kind]=None", Some("fields[kind]"));
        let inside = "fields[name]=n&fields[kind]=Small&fields[x]=1&fields[count]=3";
        refused::<FlattenedTagged>(inside, Some("fields[count]"));
        refused::<PlainUntagged>("fields[x]=y&fields[born]=0000-00-00", Some("fields[born]"));
        let many = (0..4_000).map(|at| format!("&fields[n{at}]={at}")).collect::<Vec<_>>().concat();
        refused::<PlainFlattened>(
            &format!("fields[name]=n{many}&fields[count]=3{}", many.replace("[n", "[m")),
            Some("fields[count]"),
        );
        refused::<Untyped>("fields[x]=y&fields[a]=1", Some("fields"));
    }

    /// Fits nothing, whatever is left out.
    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[allow(dead_code)]
    enum Untyped {
        One { a: u8 },
    }
}

#[test]
fn no_type_of_rust_is_in_an_answer() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Types {
        pair: Option<(u8, u8)>,
        born: Option<NaiveDate>,
        nonzero: Option<std::num::NonZeroU8>,
        host: Option<std::net::IpAddr>,
        letter: Option<char>,
        size: Option<Size>,
        address: Option<Address>,
        wrapped: Option<Wrapped<(u8, u8)>>,
        unit: Option<Unit>,
        number: Option<i128>,
        map: Option<HashMap<u8, bool>>,
    }
    #[derive(Debug, Deserialize)]
    struct Unit;
    for pairs in [
        "[pair][]=1",
        "[pair]=x",
        "[born]=x",
        "[born][]=x",
        "[nonzero]=0",
        "[host]=x",
        "[letter]=xy",
        "[letter][]=xy",
        "[size]=x",
        "[size][]=x",
        "[address]=x",
        "[address][street]=x",
        "[wrapped]=x",
        "[wrapped][0]=1",
        "[unit]=x",
        "[number]=x",
        "[map][x]=1",
        "[map][1]=2",
    ] {
        let refused = decode::<Types>(&format!("{HEAD}&fields{pairs}")).unwrap_err();
        let detail = refused.detail();
        let rust = ["::", "<", "struct", "enum", "tuple", "u8", "i128", "Option", "unit struct"];
        assert!(!rust.iter().any(|rust| detail.contains(rust)), "{detail}");
        assert!(refused.variable().unwrap().starts_with("fields["), "{refused}");
    }
}

#[test]
fn names_are_shown_where_they_are_the_struct_s_or_look_like_one() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Odd {
        #[serde(rename = "E-mail (\u{201c}privé\u{201d})", default)]
        mail: u8,
        #[serde(default)]
        map: HashMap<String, u8>,
    }
    let cases = [
        ("fields[E-mail+(\u{201c}privé\u{201d})]=x", "fields[E-mail (\u{201c}privé\u{201d})]"),
        ("fields[map][First name]=x", "fields[map][First name]"),
        ("fields[map][johny@example.com]=x", "fields[map]"),
        ("fields[johny@example.com]=x", "fields"),
        ("fields[other]=x", "fields[other]"),
    ];
    for (pairs, variable) in cases {
        let refused = decode::<Odd>(&format!("{HEAD}&{pairs}")).unwrap_err();
        assert_eq!(refused.variable(), Some(variable), "{pairs}");
        assert_eq!(refused.offset(), Some(HEAD.len() + 1), "{pairs}");
        assert!(!format!("{refused} {refused:?} {}", refused.problem()).contains("johny@"));
    }
    let map = Fields::from_iter([("johny@example.com", "x")]);
    let error = map.parse::<HashMap<String, u8>>().unwrap_err();
    assert!(!format!("{error} {error:?} {map:?}").contains("johny@"), "{error}");
}
