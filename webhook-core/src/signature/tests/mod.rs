//! Tests of the examination as a whole.

mod accepted;
mod details;
mod draft;
mod laws;
mod lines;
mod naive;
mod refused;
mod time;
mod vectors;

use super::{Policy, Signed, examine};
use crate::account::Account;
use crate::rejection::{Check, Fault, FaultKind};
use crate::request::{FieldLines, Head, Headers};
use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use chrono::{DateTime, Utc};

/// The moment of the plain call's `Date`.
const NOW: &str = "2014-01-05T21:31:40Z";
const BODY: &[u8] = br#"{"hello": "world"}"#;
const KEY_ID: &str = "one._domainkey.copernica.com";
const COVERED: &str = "(request-target) host date digest x-copernica-id";
const SHA256: &str = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=";
const SHA512: &str =
    "WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==";
const NONCE: &str = "fsd9f2";
const SIGNATURE: &str = "c2lnbmVk";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn signature(parameters: &str) -> String {
    format!(r#"keyId="{KEY_ID}",{parameters},signature="{SIGNATURE}""#)
}

fn covering(names: &str) -> String {
    signature(&format!(r#"algorithm="rsa-sha256",headers="{names}""#))
}

/// A call's head that may hold anything, also what no HTTP library lets through.
#[derive(Debug, Clone)]
struct Call {
    method: String,
    target: String,
    authority: Option<String>,
    headers: Vec<(String, Vec<u8>)>,
}

impl Headers for Call {
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a str, &'a [u8])) {
        self.headers.iter().for_each(|(name, value)| visit(name, value));
    }
}

impl Call {
    /// Makes a call that is accepted by [`policy`] at [`NOW`].
    fn plain() -> Self {
        let headers = [
            ("Host", "example.com".to_owned()),
            ("Date", "Sun, 05 Jan 2014 21:31:40 GMT".to_owned()),
            ("X-Copernica-ID", "account-1234".to_owned()),
            ("Digest", "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=".to_owned()),
            ("Content-Type", "application/json".to_owned()),
            ("Content-Length", "18".to_owned()),
            ("Signature", covering(COVERED)),
        ];
        Self {
            method: "POST".to_owned(),
            target: "/foo?param=value&pet=dog".to_owned(),
            authority: None,
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.into_bytes()))
                .to_vec(),
        }
    }

    fn add(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_lowercase(), value.into()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    fn set(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.without(name).add(name, value)
    }

    fn authority(self, authority: &str) -> Self {
        Self { authority: Some(authority.to_owned()), ..self }
    }

    fn target(self, target: &str) -> Self {
        Self { target: target.to_owned(), ..self }
    }

    fn examine(&self, policy: &Policy, now: &str) -> Result<Signed, Fault> {
        let head = Head {
            method: &self.method,
            target: &self.target,
            authority: self.authority.as_deref(),
            headers: self,
        };
        let mut host = self.authority.clone();
        self.each(&mut |name, value| {
            if name == "host" {
                host = Some(String::from_utf8_lossy(value).into_owned());
            }
        });
        examine(
            &head,
            &FieldLines::of(self),
            host.as_deref().map(str::to_lowercase).as_deref(),
            policy,
            at(now),
        )
    }
}

fn policy() -> Policy {
    Policy::new(vec![Account::new(1234), Account::environment(77)])
}

/// Returns the required names, filled up to so many covered ones.
fn names(count: usize) -> String {
    let more: Vec<_> = (COVERED.split(' ').count()..count).map(|n| format!("x-{n}")).collect();
    format!("{COVERED} {}", more.join(" "))
}

fn failed(fault: &Fault) -> (FaultKind, Check) {
    (fault.kind, fault.check)
}

/// Returns whether this key made this signature over these bytes.
fn is_signed(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, key)
        .verify(message, signature)
        .is_ok()
}
