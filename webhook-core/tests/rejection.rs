//! Every refusal of the table, provoked: its status, code and body; and that no text of it ever
//! repeats a value that was sent.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_executor::block_on;
use http::Request;
use serde::{Deserialize, Deserializer, de};
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::future::ready;
use std::time::Duration;
use webhook_core::adapter::{self, BodyError, Head};
use webhook_core::future::BoxFuture;
use webhook_core::key::{KeyName, KeySource, Keys, LookupError};
use webhook_core::replay::MemoryStore;
use webhook_core::testing::Signer;
use webhook_core::{
    CreateEvent, FromDelivery, Limits, ProfileCreated, Receiver, Rejection, RejectionKind,
    SubprofileCreated,
};

/// Stands in every value of every case; no text may show it.
const SECRET: &str = "S3CRET";

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Returns a good event, full of secrets.
fn good() -> String {
    format!(
        "type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23&fields[name]={SECRET}\
         &parameters[a][b]={SECRET}&interests[]={SECRET}&other={SECRET}&action={SECRET}&"
    )
}

fn receive<T: FromDelivery>(
    method: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Rejection> {
    let mut call = Request::builder().method(method).uri(format!("/hook?token={SECRET}"));
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    let limits = Limits::default().pairs(40).depth(3).body(2_000);
    let receiver = Receiver::builder().limits(limits).unverified();
    let call = call.body(Bytes::copy_from_slice(body)).unwrap();
    block_on(receiver.receive::<T>(call)).err()
}

fn form<T: FromDelivery>(rest: &str) -> Rejection {
    receive::<T>("POST", &[("content-type", FORM)], (good() + rest).as_bytes())
        .unwrap_or_else(|| panic!("accepted: {rest}"))
}

fn json(body: &str) -> Rejection {
    receive::<CreateEvent>("POST", &[("content-type", JSON)], body.as_bytes()).unwrap()
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Typed {
    #[serde(default)]
    age: u8,
    #[serde(default)]
    size: Size,
    #[serde(default, deserialize_with = "quotes_what_it_got")]
    custom: (),
    #[serde(default)]
    untagged: Option<Untagged>,
    #[serde(default)]
    born: Option<chrono::NaiveDate>,
    #[serde(default)]
    seen: Option<chrono::NaiveDateTime>,
    #[serde(default)]
    host: Option<std::net::IpAddr>,
    #[serde(default)]
    letter: Option<char>,
    #[serde(default)]
    nested: Option<Nested>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Nested {
    at: u8,
}

#[derive(Debug, Default, Deserialize)]
enum Size {
    #[default]
    Small,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[allow(dead_code)]
enum Untagged {
    Number(u8),
}

fn quotes_what_it_got<'de, D: Deserializer<'de>>(input: D) -> Result<(), D::Error> {
    let text = String::deserialize(input)?;
    Err(de::Error::custom(format!("what is {text}?")))
}

/// Returns each refusal with what it must be.
fn refusals() -> Vec<(RejectionKind, Rejection)> {
    use RejectionKind as K;
    type Profile = ProfileCreated<Typed>;
    let long = format!("fields[a]={}", SECRET.repeat(400));
    let json_good = r#""type":"create","profile":1,"database":1,"timestamp":"1979-02-12 12:49:23""#;
    let mut all = vec![
        (K::MethodNotAllowed, receive::<CreateEvent>("PUT", &[], good().as_bytes()).unwrap()),
        (K::UnsupportedMediaType, receive::<CreateEvent>("POST", &[], good().as_bytes()).unwrap()),
        (K::BodyTooLarge, form::<CreateEvent>(&long)),
        (K::BodyUnreadable, BodyError::broken(format!("read of {SECRET} failed")).into()),
        (K::BodyUnreadable, BodyError::Consumed.into()),
        (K::BodyTooLarge, BodyError::TooLarge.into()),
        (K::MalformedBody, form::<CreateEvent>(&format!("fields[a]={SECRET}%E9"))),
        (K::MalformedBody, form::<CreateEvent>(&format!("a={SECRET}&").repeat(40))),
        (K::MalformedBody, form::<CreateEvent>(&format!("fields[a][b][c][d]={SECRET}"))),
        (K::MalformedBody, json(&format!("{{{json_good},\"fields\":{{\"a\":\"{SECRET}\""))),
        (K::MalformedBody, json(&format!("{{{json_good},\"a\":{SECRET}}}"))),
        (K::MalformedBody, json(&format!("{{{json_good},\"a\":[[[[\"{SECRET}\"]]]]}}"))),
        (K::UnexpectedEvent, json(&format!("\"{SECRET}\""))),
        (K::MalformedBody, json(&format!("{{{json_good},\"a\":\"{SECRET}\\ud800\"}}"))),
        (K::UnexpectedEvent, form::<CreateEvent>(&format!("type={SECRET}"))),
        (K::UnexpectedEvent, form::<CreateEvent>(&format!("type[]={SECRET}"))),
        (K::UnexpectedEvent, json(&format!("{{\"a\":\"{SECRET}\"}}"))),
        (K::MalformedBody, json(&format!("[\"{SECRET}\"]"))),
        (K::UnexpectedEvent, form::<Profile>(&format!("subprofile={SECRET}"))),
        (K::UnexpectedEvent, form::<SubprofileCreated>("")),
        (K::Misconfigured, adapter::misconfigured("app_data is missing")),
    ];
    all.extend(proofs());
    for hosts in [&[("host", "a"), ("host", SECRET)][..], &[("host", "S3CRET S3CRET")]] {
        let headers = [&[("content-type", FORM)], hosts].concat();
        let refused = receive::<CreateEvent>("POST", &headers, good().as_bytes()).unwrap();
        all.push((K::MalformedRequest, refused));
    }
    for media in [format!("text/{SECRET}"), format!("{SECRET};charset={SECRET}")] {
        let headers = [("content-type", media.as_str())];
        all.push((
            K::UnsupportedMediaType,
            receive::<CreateEvent>("POST", &headers, b"x").unwrap(),
        ));
    }
    let coded = [("content-type", FORM), ("content-encoding", SECRET)];
    all.push((K::UnsupportedMediaType, receive::<CreateEvent>("POST", &coded, b"x").unwrap()));
    for variable in ["profile", "database", "timestamp", "subprofile=1&collection"] {
        all.push((K::InvalidVariable, form::<CreateEvent>(&format!("{variable}={SECRET}"))));
        let body = format!("{{{json_good},\"{variable}\":\"{SECRET}\"}}");
        if !variable.contains(['=', '[']) {
            all.push((K::InvalidVariable, json(&body)));
        }
    }
    all.push((K::Ignored, ignored()));
    all.push((K::InvalidFields, form::<Profile>(&format!("fields={SECRET}"))));
    for variable in ["profile", "timestamp"] {
        all.push((K::InvalidVariable, form::<CreateEvent>(&format!("{variable}[{SECRET}]=1"))));
    }
    for field in [
        "[age]",
        "[age][x]",
        "[size]",
        "[size][Small]",
        "[custom]",
        "[untagged]",
        "[born]",
        "[seen]",
        "[host]",
        "[letter]",
        "[nested]",
        "[nested][at]",
        "[nested][more]",
    ] {
        all.push((K::InvalidFields, form::<Profile>(&format!("fields{field}={SECRET}"))));
    }
    all
}

/// Returns what a receiver that verifies refuses: the proof's faults, and failures on its own side.
fn proofs() -> Vec<(RejectionKind, Rejection)> {
    use RejectionKind as K;
    let signer = Signer::ephemeral().unwrap().nonce(SECRET);
    let sign = |signer: &Signer| {
        signer.sign(&format!("https://a.example/hook?token={SECRET}"), good()).unwrap()
    };
    let receiver = || Receiver::builder().account(1234).keys(signer.keys());
    let refused = |receiver: &Receiver, call| block_on(receiver.receive::<CreateEvent>(call)).err();

    let usual = receiver().build().unwrap();
    let mut tampered = sign(&signer);
    *tampered.body_mut() = good().replace("123", "124").into();
    let mut unreadable = sign(&signer);
    unreadable.headers_mut().insert("date", SECRET.parse().unwrap());
    let taken = block_on(usual.receive::<CreateEvent>(sign(&signer))).unwrap();
    let in_flight = refused(&usual, sign(&signer)).unwrap();
    block_on(taken.delivery.commit()).unwrap();
    let full = receiver().replay(MemoryStore::bounded(0)).build().unwrap();
    let without_dns = receiver().keys(Away).build().unwrap();
    vec![
        (K::Unauthenticated, refused(&usual, tampered).unwrap()),
        (K::Unauthenticated, refused(&usual, sign(&signer.clone().account(5678))).unwrap()),
        (K::MalformedRequest, refused(&usual, unreadable).unwrap()),
        (K::InFlight, in_flight),
        (K::AlreadyHandled, refused(&usual, sign(&signer)).unwrap()),
        (K::ReplayUnavailable, refused(&full, sign(&signer)).unwrap()),
        (K::KeyUnavailable, refused(&without_dns, sign(&signer)).unwrap()),
        (K::Overloaded, overloaded(&signer)),
        (K::BodyTimeout, late(&usual, sign(&signer))),
    ]
}

/// Refuses an event that the handler does not take, where those are ignored.
fn ignored() -> Rejection {
    let receiver = Receiver::builder().ignore_unexpected().unverified();
    let body = Bytes::from(format!("type=open&id={SECRET}"));
    let call = Request::post("/").header("content-type", FORM).body(body).unwrap();
    block_on(receiver.receive::<CreateEvent>(call)).unwrap_err()
}

/// Sends a third body whose length was signed and taken away, where there is room for two.
fn overloaded(signer: &Signer) -> Rejection {
    let names = "(request-target) host date content-length digest x-copernica-id x-nonce";
    let receiver = Receiver::builder().account(1234).keys(signer.keys()).unproven_bytes(0);
    let receiver = receiver.limits(Limits::default().body(4)).build().unwrap();
    let signer = signer.clone().covering(names);
    let call = signer.sign(&format!("https://a.example/hook?token={SECRET}"), good()).unwrap();
    let (mut parts, _) = call.into_parts();
    parts.headers.remove("content-length");
    // Room for one body twice, for there are two buffers while one grows.
    let mut calls = [0; 3].map(|_| receiver.begin(&Head::of(&parts)).unwrap());
    calls[0].push(Bytes::from_static(b"S3CR")).unwrap();
    calls[1].push(Bytes::from_static(b"S3CR")).unwrap();
    calls[2].push(Bytes::from_static(b"S3CR")).unwrap_err()
}

/// Receives a body that never comes, by a timer that is over at once.
fn late(receiver: &Receiver, call: Request<Bytes>) -> Rejection {
    let mut call = receiver.begin(&Head::of(&call.into_parts().0)).unwrap();
    block_on(call.read(|_| std::task::Poll::Pending, |_| ready(()))).unwrap_err()
}

/// Keys that can't be looked up now.
#[derive(Debug)]
struct Away;

impl KeySource for Away {
    fn find<'a>(
        &'a self,
        _: &'a KeyName,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        let retry_after = Duration::from_millis(1500);
        Box::pin(ready(Err(LookupError::Unavailable { retry_after })))
    }
}

#[test]
fn what_an_answer_to_a_proof_says_next_to_its_body() {
    for (kind, refused) in proofs() {
        let answer = refused.to_response();
        let header = |name| answer.headers().get(name).map(|value| value.to_str().unwrap());
        let challenge = "Signature headers=\"(request-target) host date digest x-copernica-id\"";
        let (challenge, retry) = match kind {
            RejectionKind::Unauthenticated => (Some(challenge), None),
            RejectionKind::KeyUnavailable => (None, Some("2")),
            RejectionKind::InFlight
            | RejectionKind::ReplayUnavailable
            | RejectionKind::Overloaded => (None, Some("5")),
            _ => (None, None),
        };
        assert_eq!(
            (header("www-authenticate"), header("retry-after")),
            (challenge, retry),
            "{kind}"
        );
    }
}

#[test]
fn every_kind_is_provoked_and_is_what_the_table_says() {
    let mut seen = HashSet::new();
    for (kind, refused) in refusals() {
        assert_eq!(refused.kind(), kind, "{refused}");
        assert_eq!((refused.status(), refused.code()), (kind.status(), kind.code()));
        let answer = refused.to_response();
        assert_eq!(answer.status(), kind.status());
        if [RejectionKind::AlreadyHandled, RejectionKind::Ignored].contains(&kind) {
            assert!(answer.body().is_empty() && answer.headers().is_empty());
            seen.insert(kind);
            continue;
        }
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        let expected = serde_json::json!({
            "title": kind.title(),
            "status": kind.status().as_u16(),
            "code": kind.code(),
            "detail": refused.detail(),
        });
        assert_eq!(body, expected);
        assert_eq!(refused.to_string(), format!("{}: {}", refused.code(), refused.detail()));
        if let Some(variable) = refused.variable() {
            assert!(refused.detail().starts_with(variable), "{}", refused.detail());
        }
        seen.insert(kind);
    }
    for kind in RejectionKind::ALL {
        assert!(seen.contains(kind), "{kind} is not provoked");
    }
}

#[test]
fn the_table_has_every_code_and_status() {
    let table = [
        ("method_not_allowed", 405),
        ("unsupported_media_type", 415),
        ("body_too_large", 413),
        ("body_unreadable", 400),
        ("malformed_body", 400),
        ("malformed_request", 400),
        ("unexpected_event", 422),
        ("invalid_variable", 422),
        ("ignored", 204),
        ("unauthenticated", 401),
        ("already_handled", 200),
        ("key_unavailable", 503),
        ("replay_unavailable", 503),
        ("in_flight", 503),
        ("invalid_fields", 422),
        ("misconfigured", 500),
    ];
    for (code, status) in table {
        let kind = RejectionKind::ALL.iter().find(|kind| kind.code() == code).unwrap();
        assert_eq!(kind.status(), status, "{code}");
    }
}

#[test]
fn no_text_repeats_a_value() {
    for (kind, refused) in refusals() {
        let response = refused.to_response();
        let headers = format!("{:?}", response.headers());
        let body = String::from_utf8(response.body().to_vec()).unwrap();
        // A source is the framework's own error: only code that reads it sees it.
        let debug = match refused.source() {
            Some(_) => String::new(),
            None => format!("{refused:?} {refused:#?}"),
        };
        for text in [refused.detail(), refused.to_string(), debug, headers, body] {
            let named = refused.variable().is_some_and(|variable| variable.contains(SECRET));
            assert!(named || !text.contains(SECRET), "{kind}: {text}");
        }
    }
}

#[test]
fn events_show_no_values_when_printed() {
    let body = good() + "created=1979-02-12+12:49:23&fields[a][]=" + SECRET;
    let call = Request::post("/").header("content-type", FORM);
    let call = call.body(Bytes::from(body)).unwrap();
    let received = block_on(Receiver::unverified().receive::<CreateEvent>(call)).unwrap();
    let CreateEvent::Profile(profile) = &received.event else { unreachable!() };
    for text in [
        format!("{received:?} {received:#?}"),
        format!("{:?} {:?} {:?}", profile.fields, profile.parameters, profile.undocumented),
        format!("{:?} {:?}", profile.interests, profile.fields.value("a")),
    ] {
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[test]
fn a_source_is_next_to_the_text_not_in_it() {
    let refused = Rejection::from(BodyError::broken("connection reset by peer 10.1.2.3"));
    assert_eq!(refused.source().unwrap().to_string(), "connection reset by peer 10.1.2.3");
    assert!(!refused.to_string().contains("10.1.2.3") && !refused.problem().contains("10.1.2.3"));
    assert!(Rejection::from(BodyError::Consumed).source().is_none());
}

/// Text where a name should be: a form that is cut at the wrong places, or a body in another format.
#[test]
fn what_does_not_look_like_a_name_is_not_shown() {
    let json = r#"{"type":"create","profile":123,"fields":{"mail":"S3CRET@a.example"}}"#;
    let long = SECRET.repeat(11);
    let cases = [
        (format!("{json}%FF"), None),
        (format!("{json}[a][b][c][d]"), None),
        (format!("{long}%FF"), None),
        (format!("{long}[a][b][c][d]"), None),
        (format!("interests[{json}]=%FF"), Some("interests")),
        (format!("interests[{long}]=%FF"), Some("interests")),
        (format!("interests[{SECRET}\"\n]=%FF"), Some("interests")),
        (format!("fields[<{SECRET}>]=%FF"), Some("fields")),
        (format!("parameters[{SECRET},][b][c][d]"), Some("parameters")),
        (format!("fields[{SECRET},][at]=x"), Some("fields")),
    ];
    for (pair, variable) in cases {
        let at = good().len();
        let refused = if pair.ends_with("[at]=x") {
            form::<ProfileCreated<HashMap<String, Nested>>>(&format!("&fields[name][at]=1&{pair}"))
        } else {
            form::<CreateEvent>(&pair)
        };
        assert_eq!(refused.variable(), variable, "{pair}");
        assert!(refused.offset().is_some_and(|offset| offset >= at), "{pair}: {refused:?}");
        for text in [refused.to_string(), format!("{refused:?}"), refused.problem()] {
            assert!(!text.contains(SECRET) && !text.contains('\n'), "{text}");
        }
    }
    let shown = form::<CreateEvent>(&format!("interests[First {SECRET}-1.é_]=%FF"));
    assert_eq!(shown.variable(), Some("interests[First S3CRET-1.é_]"));
}

/// A body in another format is a name here, from its first byte on.
#[test]
fn events_show_no_text_in_the_place_of_names_when_printed() {
    let body = good()
        + &format!("{{\"mail\":\"{SECRET}\"}}=&x[{SECRET}@a.example]=1&fields[<{SECRET}>]=1");
    let event: CreateEvent = Receiver::unverified().decode(body.as_bytes()).unwrap();
    let CreateEvent::Profile(profile) = &event else { unreachable!() };
    let text = format!(
        "{event:?} {:?} {:?} {:?}",
        profile.fields,
        profile.undocumented,
        profile.undocumented.value("x")
    );
    assert!(!text.contains(SECRET) && text.contains("name"), "{text}");
}

/// The guide's list of refusals is the table, row by row.
#[test]
fn the_guide_lists_every_refusal_with_its_status() {
    let guide = include_str!("../src/guide/refusals.md");
    for kind in RejectionKind::ALL {
        let row = format!("| `{}` | {} |", kind.code(), kind.status().as_u16());
        assert_eq!(guide.matches(&row).count(), 1, "{row}");
    }
    assert_eq!(guide.matches("\n| `").count(), RejectionKind::ALL.len());
}
