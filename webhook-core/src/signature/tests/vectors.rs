//! Calls that other implementations signed: accepted as they are, and in no other way.

use super::*;
use crate::base64::decode;
use bytes::Bytes;
use http::Request;
use serde::Deserialize;

const FILES: [&str; 2] = [
    include_str!("../../../../tests/vectors/http-signature.jsonl"),
    include_str!("../../../../tests/vectors/httpsig.jsonl"),
];
const KEY: &str = include_str!("../../../../tests/vectors/public.pem");

#[derive(Deserialize)]
struct Vector {
    signer: String,
    name: String,
    now: i64,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Vector {
    fn request(&self) -> Request<Bytes> {
        let mut request = Request::builder().method(&*self.method).uri(&self.target);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(Bytes::from(self.body.clone())).unwrap()
    }

    fn set(mut self, name: &str, change: impl Fn(&str) -> String) -> Self {
        let header = self.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some((_, value)) = header {
            *value = change(value);
        }
        self
    }
}

fn vectors() -> impl Iterator<Item = Vector> {
    FILES.iter().flat_map(|file| file.lines()).map(|line| serde_json::from_str(line).unwrap())
}

fn key() -> Vec<u8> {
    decode(KEY.lines().filter(|line| !line.starts_with('-')).collect::<String>().as_bytes())
        .unwrap()
}

/// Makes every check, in the receiver's order.
fn accept(vector: &Vector, key: &[u8]) -> Result<Signed, String> {
    let (parts, body) = vector.request().into_parts();
    let host = parts.headers.get("host").map(|host| host.to_str().unwrap().to_lowercase());
    let now = DateTime::from_timestamp(vector.now, 0).unwrap();
    let signed = examine(
        &Head::of(&parts),
        &FieldLines::of(&parts.headers),
        host.as_deref(),
        &policy(),
        now,
    );
    let signed = signed.map_err(|fault| fault.to_string())?;
    signed.check_body(&body).map_err(|fault| fault.to_string())?;
    let string = signed.signing_string(body.len());
    if !is_signed(key, &string, signed.signature()) {
        return Err(signed.unproven().to_string());
    }
    Ok(signed)
}

#[test]
fn calls_of_other_implementations_are_accepted() {
    let key = key();
    for vector in vectors() {
        let Vector { signer, name, .. } = &vector;
        let signed = accept(&vector, &key).unwrap_or_else(|why| panic!("{signer}, {name}: {why}"));
        let environment = name.contains("environment");
        let account = if environment { Account::environment(77) } else { Account::new(1234) };
        assert_eq!(signed.account(), account);
        assert_eq!(signed.date().timestamp(), vector.now);
        assert_eq!(signed.nonce().is_some(), signed.covered().any(|n| n == "x-nonce"));
    }
    assert_eq!(vectors().count(), 82);
}

/// A server that takes HTTP/2 or chunks knows the length from the body.
#[test]
fn without_content_length_the_body_proves_a_call() {
    let key = key();
    let mut covered = 0;
    for mut vector in vectors() {
        vector.headers.retain(|(name, _)| name != "Content-Length");
        let signed = accept(&vector, &key).unwrap_or_else(|why| panic!("{}: {why}", vector.name));
        covered += usize::from(signed.covered().any(|name| name == "content-length"));
    }
    assert_eq!(covered, 8);
}

/// What is changed, which calls it applies to, and the check that notices.
type Change = (&'static str, fn(Vector) -> Vector, &'static str);

#[test]
fn a_changed_call_is_refused() {
    let key = key();
    let changes: &[Change] = &[
        ("target", |v| Vector { target: v.target.clone() + "x", ..v }, "signature"),
        ("method", |v| Vector { method: "PUT".to_owned(), ..v }, "signature"),
        ("host", |v| v.set("host", |host| format!("x{host}")), "signature"),
        ("date", |v| v.set("date", |date| date.replace(":40 ", ":41 ")), "signature"),
        ("account", |v| v.set("x-copernica-id", |_| "account_1234 ".repeat(2)), "account"),
        ("body", |v| Vector { body: v.body.clone() + " ", ..v }, "digest"),
        (
            "digest and body",
            |v| {
                let digest = "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
                let digest = format!("{digest}{}", if v.body.is_empty() { ",x=" } else { "" });
                Vector { body: String::new(), ..v }.set("digest", move |_| digest.clone())
            },
            "signature",
        ),
        (
            "order",
            |v| {
                v.set("signature", |value| {
                    let (before, rest) = value.split_once("headers=\"").unwrap();
                    let (names, after) = rest.split_once('"').unwrap();
                    let (first, names) = names.split_once(' ').unwrap();
                    format!("{before}headers=\"{names} {first}\"{after}")
                })
            },
            "signature",
        ),
        ("a name less", |v| v.set("signature", |value| value.replace("digest ", "")), "coverage"),
    ];
    for (what, change, expected) in changes {
        for vector in vectors() {
            let name = vector.name.clone();
            // Names in other letters, or last in the list: nothing is changed by the rule above.
            if *what == "a name less" && !has(&vector, "digest ") {
                continue;
            }
            let why = accept(&change(vector), &key).map(|_| ()).unwrap_err();
            assert!(why.starts_with(&format!("{expected}: ")), "{what}, {name}: {why}");
        }
    }
}

fn has(vector: &Vector, text: &str) -> bool {
    vector.headers.iter().any(|(name, value)| name == "Signature" && value.contains(text))
}
