//! Calls, signed in several ways, and a receiver with a fake clock.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaEncoding};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_executor::block_on;
use http::{HeaderName, HeaderValue, Request};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use webhook_core::adapter::{Call, Head};
use webhook_core::clock::Clock;
use webhook_core::key::{COPERNICA_ZONE, KeyName, Keys, PublicKey, StaticKeys};
use webhook_core::signature::Check;
use webhook_core::testing::Signer;
use webhook_core::{CreateEvent, Received, Receiver, ReceiverBuilder, Rejection, RejectionKind};

pub(crate) const PRIVATE: &str = include_str!("../../../tests/vectors/private.pem");
pub(crate) const PUBLIC: &str = include_str!("../../../tests/vectors/public.pem");
pub(crate) const KEY_NAME: &str = "one._domainkey.copernica.com";
pub(crate) const HOST: &str = "hooks.example.com";
pub(crate) const TARGET: &str = "/copernica?list=7";
pub(crate) const BODY: &str =
    "type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23&fields%5Bname%5D=Johny";

/// Of draft-cavage-http-signatures, appendix C; 1024 bits.
pub(crate) const DRAFT_KEY: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C\
    36rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+FUR45\
    uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB";

/// Returns the moment so many seconds after the date of the calls.
pub(crate) fn at(second: i64) -> DateTime<Utc> {
    "2026-01-05T21:31:40Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(second)
}

pub(crate) fn name(text: &str) -> KeyName {
    KeyName::under(&[COPERNICA_ZONE], text).unwrap()
}

pub(crate) fn key() -> Keys {
    PublicKey::from_pem(PUBLIC).unwrap().into()
}

/// Returns a key that signs nothing here: the draft's.
pub(crate) fn other_key() -> PublicKey {
    PublicKey::from_record(&format!("p={DRAFT_KEY}")).unwrap()
}

pub(crate) fn signer() -> Signer {
    Signer::from_pem(PRIVATE).unwrap().key_name(KEY_NAME).date(at(0)).nonce("fsd9f2")
}

/// Returns what the signer signs, as a server hands it on: without scheme and authority.
pub(crate) fn call_of(signer: &Signer) -> Request<Bytes> {
    call_with(signer, BODY)
}

pub(crate) fn call_with(signer: &Signer, body: &str) -> Request<Bytes> {
    let mut call = signer.sign(&format!("https://{HOST}{TARGET}"), body.to_owned()).unwrap();
    *call.uri_mut() = TARGET.parse().unwrap();
    call
}

pub(crate) fn call() -> Request<Bytes> {
    call_of(&signer())
}

pub(crate) fn builder() -> ReceiverBuilder {
    let keys = StaticKeys::new().pem(name(KEY_NAME), PUBLIC).unwrap();
    Receiver::builder().account(1234).host(HOST).keys(keys).clock(|| at(0))
}

pub(crate) fn receiver() -> Receiver {
    builder().build().unwrap()
}

pub(crate) fn receive(
    receiver: &Receiver,
    call: Request<Bytes>,
) -> Result<Received<CreateEvent>, Rejection> {
    block_on(receiver.receive(call))
}

pub(crate) fn begin(receiver: &Receiver, call: Request<Bytes>) -> Result<Call, Rejection> {
    receiver.begin(&Head::of(&call.into_parts().0))
}

/// Returns a call over HTTP/2 or in chunks, which has no length in its head, and whose signature covers none.
pub(crate) fn unannounced() -> Request<Bytes> {
    let names = "(request-target) host date digest x-copernica-id x-nonce";
    without(call_of(&signer().covering(names)), "content-length")
}

/// Returns a call whose signed length a proxy took away.
pub(crate) fn unmeasured() -> Request<Bytes> {
    unmeasured_of(&signer())
}

pub(crate) fn unmeasured_of(signer: &Signer) -> Request<Bytes> {
    let names = "(request-target) host date content-length digest x-copernica-id x-nonce";
    without(call_of(&signer.clone().covering(names)), "content-length")
}

/// Asserts that the call proves nothing, by this check.
#[track_caller]
pub(crate) fn unproven(receiver: &Receiver, call: Request<Bytes>, check: Check, what: &str) {
    let refused = receive(receiver, call).expect_err(what);
    assert_eq!(
        (refused.kind(), refused.check()),
        (RejectionKind::Unauthenticated, Some(check)),
        "{what}"
    );
}

pub(crate) fn set(
    mut call: Request<Bytes>,
    name: &'static str,
    value: impl AsRef<[u8]>,
) -> Request<Bytes> {
    let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
    call.headers_mut().insert(HeaderName::from_static(name), value);
    call
}

pub(crate) fn without(mut call: Request<Bytes>, name: &str) -> Request<Bytes> {
    call.headers_mut().remove(name);
    call
}

pub(crate) fn header<'a>(call: &'a Request<Bytes>, name: &str) -> &'a str {
    call.headers()[name].to_str().unwrap()
}

/// Rewrites the `Signature` of a call.
pub(crate) fn respell(call: Request<Bytes>, from: &str, to: &str) -> Request<Bytes> {
    let spelled = header(&call, "signature");
    assert!(spelled.contains(from), "{from}");
    let spelled = spelled.replace(from, to);
    set(call, "signature", spelled)
}

/// Signs a message as the owner of the private key can.
pub(crate) fn sign(scheme: &'static dyn RsaEncoding, message: &[u8]) -> String {
    let text: String = PRIVATE.lines().filter(|line| !line.starts_with('-')).collect();
    let pair = KeyPair::from_pkcs8(&BASE64.decode(text).unwrap()).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(scheme, &SystemRandom::new(), message, &mut signature).unwrap();
    BASE64.encode(signature)
}

/// Signs these lines under these names: what a signer does that no sane one would.
pub(crate) fn sign_lines(
    call: Request<Bytes>,
    names: &str,
    value: impl Fn(&str) -> String,
) -> Request<Bytes> {
    let line = |name: &str| format!("{}: {}", name.to_ascii_lowercase(), value(name));
    let string = names.split(' ').map(line).collect::<Vec<_>>().join("\n");
    let signature = sign(&RSA_PKCS1_SHA256, string.as_bytes());
    set(
        call,
        "signature",
        format!(r#"keyId="{KEY_NAME}",headers="{names}",signature="{signature}""#),
    )
}

/// Returns the value that a name stands for, of a call as it is.
pub(crate) fn value_of(call: &Request<Bytes>, name: &str) -> String {
    match name {
        "(request-target)" => format!("post {}", call.uri()),
        _ => header(call, name).to_owned(),
    }
}

/// A fake clock.
#[derive(Clone, Default)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn turn(&self, second: i64) {
        self.0.store(second, Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        at(self.0.load(Ordering::Relaxed))
    }
}
