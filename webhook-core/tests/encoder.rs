//! The test kit's encoder against what PHP's `http_build_query` writes.
#![allow(missing_docs, clippy::unwrap_used)]

use serde::Serialize;
use std::collections::BTreeMap;
use webhook_core::testing::{Brackets, Encoder, InterestStyle, ListStyle, documented_profile};
use webhook_core::{CreateEvent, Fields, Interests, Parameters, ProfileCreated};

/// Returns a profile with these fields and nothing else, and what is written of the fields.
fn encoded_by<F: Serialize + 'static>(encoder: Encoder, fields: F) -> String {
    let at = "1979-02-12T12:49:23".parse().unwrap();
    let event = CreateEvent::Profile(ProfileCreated::new(1.into(), 123.into(), at, fields));
    let body = encoder.encode(&event).unwrap();
    let head = "type=create&profile=123&database=1&timestamp=1979-02-12+12%3A49%3A23";
    body.strip_prefix(head).unwrap_or_else(|| unreachable!("{body}")).to_owned()
}

fn encoded(fields: impl Serialize + 'static) -> String {
    encoded_by(Encoder::new().brackets(Brackets::Raw), fields)
}

#[derive(Serialize)]
struct Typed {
    yes: bool,
    no: bool,
    word: &'static str,
    none: Option<bool>,
    some: Option<bool>,
    unit: (),
    list: Vec<u8>,
    map: BTreeMap<&'static str, BTreeMap<&'static str, u8>>,
    whole: f64,
    half: f64,
    letter: char,
    kind: Kind,
}

#[derive(Serialize, Clone, Copy)]
enum Kind {
    Big,
}

/// `php -r 'echo http_build_query(["fields" => ["yes" => true, "no" => false, …]]);'`, PHP 8.2.
#[test]
fn booleans_are_1_and_0_and_what_is_empty_is_left_out() {
    let typed = Typed {
        yes: true,
        no: false,
        word: "true",
        none: None,
        some: Some(false),
        unit: (),
        list: Vec::new(),
        map: BTreeMap::from([("inner", BTreeMap::new())]),
        whole: 1.0,
        half: 1.5,
        letter: '&',
        kind: Kind::Big,
    };
    assert_eq!(
        encoded(typed),
        "&fields[yes]=1&fields[no]=0&fields[word]=true&fields[some]=0&fields[whole]=1\
         &fields[half]=1.5&fields[letter]=%26&fields[kind]=Big"
    );
}

#[test]
fn empty_maps_are_not_sent() {
    assert_eq!(encoded(Fields::from_iter([("", ""); 0])), "");
    assert_eq!(encoded(BTreeMap::<bool, u8>::new()), "");
    let mut event = documented_profile();
    if let CreateEvent::Profile(profile) = &mut event {
        profile.parameters = Parameters::default();
        profile.interests = Interests::default();
    }
    for style in [InterestStyle::List, InterestStyle::Map] {
        let body = Encoder::new().interests(style).encode(&event).unwrap();
        assert!(!body.contains("parameters") && !body.contains("interests"), "{body}");
        assert!(body.contains("fields%5Bname%5D=Johny"), "{body}");
    }
}

/// `http_build_query(["fields" => ["a" => [[true, null], ["x" => 2]], "b[c]" => "~*-_. "]])`
#[test]
fn lists_and_names_are_as_php_writes_them() {
    #[derive(Serialize)]
    struct Nested {
        a: (Vec<Option<bool>>, BTreeMap<&'static str, u8>),
        #[serde(rename = "b[c]")]
        b: &'static str,
        c: Vec<&'static str>,
    }
    let nested = || Nested {
        a: (vec![Some(true), None, Some(false)], BTreeMap::from([("x", 2)])),
        b: "~*-_. ",
        c: vec!["p", "q"],
    };
    let php = "&fields%5Ba%5D%5B0%5D%5B0%5D=1&fields%5Ba%5D%5B0%5D%5B2%5D=0\
        &fields%5Ba%5D%5B1%5D%5Bx%5D=2&fields%5Bb%5Bc%5D%5D=%7E%2A-_.+\
        &fields%5Bc%5D%5B0%5D=p&fields%5Bc%5D%5B1%5D=q";
    assert_eq!(encoded_by(Encoder::new(), nested()), php);
    // Without numbers where an item is one pair, and with them where it is more.
    let encoder = Encoder::new().brackets(Brackets::Raw).lists(ListStyle::Empty);
    assert_eq!(
        encoded_by(encoder, nested()),
        "&fields[a][0][]=1&fields[a][0][]=0&fields[a][1][x]=2&fields[b%5Bc%5D]=%7E%2A-_.+\
         &fields[c][]=p&fields[c][]=q"
    );
}

#[test]
fn variants_and_keys_of_other_types_are_written() {
    #[derive(Serialize)]
    enum Shape {
        Named { a: u8 },
        Pair(u8, u8),
        One(bool),
    }
    let shapes = [Shape::Named { a: 1 }, Shape::Pair(2, 3), Shape::One(true)];
    assert_eq!(
        encoded(BTreeMap::from([(7, shapes)])),
        "&fields[7][0][Named][a]=1&fields[7][1][Pair][0]=2&fields[7][1][Pair][1]=3\
         &fields[7][2][One]=1"
    );
    assert_eq!(encoded(BTreeMap::from([(true, 'x'), (false, 'y')])), "&fields[0]=y&fields[1]=x");
}

#[test]
fn a_name_that_is_not_text_is_an_error_with_its_cause() {
    let at = "1979-02-12T12:49:23".parse().unwrap();
    let fields = BTreeMap::from([((1, 2), 3)]);
    let event = CreateEvent::Profile(ProfileCreated::new(1.into(), 123.into(), at, fields));
    let error = Encoder::new().encode(&event).unwrap_err();
    assert_eq!(error.to_string(), "the event can't be written as a form");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "a name that is not text");
}

#[test]
fn interests_that_are_off_are_left_out_of_a_list() {
    let body = Encoder::new().encode(&documented_profile()).unwrap();
    assert!(body.ends_with("&interests%5B0%5D=blue"), "{body}");
    let encoder = Encoder::new().lists(ListStyle::Empty);
    assert!(encoder.encode(&documented_profile()).unwrap().ends_with("&interests%5B%5D=blue"));
    let encoder = Encoder::new().interests(InterestStyle::Map).brackets(Brackets::Raw);
    let body = encoder.encode(&documented_profile()).unwrap();
    assert!(body.ends_with("&interests[blue]=1&interests[red]=0"), "{body}");
}
