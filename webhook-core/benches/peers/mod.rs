//! What a team would decode with otherwise.

use super::bodies::{Body, Shape};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::hint::black_box;
use webhook_core::{CreateEvent, Event, Receiver};

/// What a service would write with serde_qs or serde_json: the same variables, in maps.
#[derive(Deserialize)]
#[allow(dead_code)]
struct ByHand<I = HashMap<String, u8>> {
    r#type: String,
    profile: u64,
    database: u64,
    timestamp: String,
    #[serde(default)]
    parameters: HashMap<String, String>,
    #[serde(default)]
    fields: HashMap<String, String>,
    #[serde(default)]
    interests: I,
}

#[derive(Deserialize)]
struct KindByHand {
    r#type: String,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct UpdateByHand {
    r#type: String,
    profile: u64,
    database: u64,
    timestamp: String,
    time: Option<i64>,
    #[serde(default)]
    parameters: HashMap<String, String>,
    #[serde(default)]
    fields: HashMap<String, String>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct ClickByHand {
    r#type: String,
    id: String,
    timestamp: String,
    time: Option<i64>,
    recipient: String,
    ip: String,
    original: String,
    useragent: Option<String>,
    referer: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    profile: Option<u64>,
    mailing: Option<u64>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct BounceByHand {
    r#type: String,
    id: String,
    timestamp: String,
    time: Option<i64>,
    recipient: String,
    envelope: Option<String>,
    mime: String,
    #[serde(default)]
    tags: Vec<String>,
}

pub(crate) type Decode = fn(&Receiver, &[u8]);
pub(crate) type Decoder = (&'static str, Decode);

pub(crate) const OURS: &str = "webhook-core";
pub(crate) const SERDE_QS: &str = "serde_qs";
const ONE_TRIGGER: &str = "serde_qs, one trigger";
const CREATE: [Decoder; 4] = [(OURS, create), (SERDE_QS, by_hand::<ByHand>), PAIRS[0], PAIRS[1]];
const GROUPED: [Decoder; 4] = [
    (OURS, create),
    (SERDE_QS, by_hand::<ByHand<HashMap<String, HashMap<String, u8>>>>),
    PAIRS[0],
    PAIRS[1],
];
const UPDATE: [Decoder; 5] = other(by_hand::<UpdateByHand>);
const CLICK: [Decoder; 5] = other(by_hand::<ClickByHand>);
const BOUNCE: [Decoder; 5] = other(by_hand::<BounceByHand>);

/// Returns decoders of any trigger: ours finds out which. With `serde_qs` that takes another pass,
/// because a tagged enum of it reads no numbers; the row after it is the struct alone, of a route that
/// has one trigger.
const fn other(one_trigger: Decode) -> [Decoder; 5] {
    [
        (OURS, |receiver, body| {
            black_box(receiver.decode::<Event>(body).unwrap());
        }),
        (SERDE_QS, any_by_hand),
        (ONE_TRIGGER, one_trigger),
        PAIRS[0],
        PAIRS[1],
    ]
}

/// They make pairs of names and values, and nothing more.
const PAIRS: [Decoder; 2] = [
    ("serde_html_form, pairs", |_, body| {
        black_box(serde_html_form::from_bytes::<Vec<(String, String)>>(body).unwrap());
    }),
    ("form_urlencoded, pairs", |_, body| {
        black_box(form_urlencoded::parse(body).into_owned().collect::<Vec<_>>());
    }),
];
const JSON: [Decoder; 2] = [
    (OURS, create),
    ("serde_json", |_, body| {
        black_box(serde_json::from_slice::<ByHand>(body).unwrap());
    }),
];

fn create(receiver: &Receiver, body: &[u8]) {
    black_box(receiver.decode::<CreateEvent>(body).unwrap());
}

fn any_by_hand(receiver: &Receiver, body: &[u8]) {
    let config = serde_qs::Config::new().use_form_encoding(true);
    let kind = config.deserialize_bytes::<KindByHand>(body).unwrap().r#type;
    let read = match kind.as_str() {
        "click" => by_hand::<ClickByHand>,
        "bounce" => by_hand::<BounceByHand>,
        _ => by_hand::<UpdateByHand>,
    };
    read(receiver, body);
}

fn by_hand<T: DeserializeOwned>(_: &Receiver, body: &[u8]) {
    let config = serde_qs::Config::new().use_form_encoding(true);
    black_box(config.deserialize_bytes::<T>(body).unwrap());
}

pub(crate) fn decoders(body: &Body) -> &'static [Decoder] {
    match body.shape {
        Shape::Create => &CREATE,
        Shape::Grouped => &GROUPED,
        Shape::Update => &UPDATE,
        Shape::Click => &CLICK,
        Shape::Bounce => &BOUNCE,
        Shape::Json => &JSON,
    }
}
