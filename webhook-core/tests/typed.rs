//! `fields` as the user's own struct.

#![allow(missing_docs, clippy::unwrap_used)]

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use webhook_core::{Fields, Format, ProfileCreated, Receiver, RejectionKind};

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
    Receiver::unverified().decode(Format::Form, body.as_bytes())
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
