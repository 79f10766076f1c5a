//! Any fields into a struct with every supported type: never a panic, and a refusal that shows no
//! value.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::Deserialize;
use std::collections::HashMap;
use webhook_core::{CreateEvent, Fields, Receiver, Rejection};

#[derive(Deserialize)]
#[allow(dead_code)]
struct Everything {
    a: Option<u64>,
    b: Option<i8>,
    c: Option<f64>,
    d: Option<bool>,
    e: Option<NaiveDate>,
    f: Option<NaiveDateTime>,
    g: Option<Choice>,
    h: Option<Vec<u8>>,
    i: Option<HashMap<String, i32>>,
    j: Option<Box<Everything>>,
    k: Option<(u8, String)>,
    l: Option<char>,
    m: Option<Fields>,
    n: Option<DateTime<Utc>>,
    o: Option<Vec<Option<NaiveDate>>>,
    #[serde(default)]
    p: u32,
    #[serde(default)]
    q: NaiveDate,
    #[serde(default)]
    r: bool,
    s: Option<Tagged>,
    #[serde(flatten)]
    rest: HashMap<String, Rest>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
enum Choice {
    One,
    Two(u8),
    Three { x: u8 },
}

#[derive(Deserialize)]
#[serde(tag = "t")]
#[allow(dead_code)]
enum Tagged {
    Plain {
        x: u8,
        y: Option<NaiveDate>,
    },
    Text {
        #[serde(with = "webhook_core::from_text")]
        x: u8,
        #[serde(default, with = "webhook_core::from_text")]
        y: Option<NaiveDateTime>,
    },
}

/// What is at fault here, serde does not say: a second look finds it.
#[derive(Deserialize)]
#[allow(dead_code)]
struct Buffered {
    a: Option<u64>,
    #[serde(flatten)]
    rest: Tagged,
}

#[derive(Deserialize)]
#[serde(untagged)]
#[allow(dead_code)]
enum Rest {
    Text(String),
    List(Vec<Rest>),
    Map(HashMap<String, Rest>),
}

/// Checks the pairs that follow the required ones of a profile.
pub fn typed(data: &[u8]) {
    let mut body = b"type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23&".to_vec();
    body.extend_from_slice(data);
    let receiver = Receiver::unverified();
    if let Err(refused) = receiver.decode::<CreateEvent<Everything>>(&body) {
        shows_names_only(&refused);
    }
    if let Err(refused) = receiver.decode::<CreateEvent<Buffered>>(&body) {
        shows_names_only(&refused);
    }
}

fn shows_names_only(refused: &Rejection) {
    assert!(refused.to_response().body().starts_with(b"{\"title\":"));
    let is_odd = |char: char| !char.is_alphanumeric() && !"_.-[] ".contains(char);
    let variable = refused.variable().unwrap_or_default();
    assert!(!variable.contains(is_odd), "{refused}");
    let is_about_fields = refused.code() == "invalid_fields";
    assert!(!is_about_fields || !refused.detail().contains("::"), "{refused}");
}
