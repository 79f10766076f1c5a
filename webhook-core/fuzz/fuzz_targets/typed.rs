//! Any fields into a struct with every supported type: never a panic, and a refusal that shows no
//! value.
#![no_main]

use chrono::{NaiveDate, NaiveDateTime};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use std::collections::HashMap;
use webhook_core::{CreateEvent, Fields, Format, Receiver};

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
#[serde(untagged)]
#[allow(dead_code)]
enum Rest {
    Text(String),
    List(Vec<Rest>),
    Map(HashMap<String, Rest>),
}

fuzz_target!(|data: &[u8]| {
    let mut body = b"type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23&".to_vec();
    body.extend_from_slice(data);
    let receiver = Receiver::unverified();
    if let Err(refused) = receiver.decode::<CreateEvent<Everything>>(Format::Form, &body) {
        assert!(refused.to_response().body().starts_with(b"{\"title\":"));
    }
});
