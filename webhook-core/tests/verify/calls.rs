//! A call for each way to prove nothing.

use super::sources::Source;
use super::support::*;
use bytes::Bytes;
use http::Request;
use webhook_core::Receiver;
use webhook_core::key::LookupError;

/// Calls that prove nothing, one for each check, each with a receiver that refuses it.
pub(crate) fn unproven_calls() -> Vec<(&'static str, Receiver, Request<Bytes>)> {
    let mut elsewhere = call();
    *elsewhere.uri_mut() = "/elsewhere".parse().unwrap();
    let swapped = || call().map(|body| Bytes::from(vec![b'x'; body.len()]));
    let by = |source: Source| builder().keys(source).build().unwrap();
    let of = |call| (receiver(), call);
    let cases = [
        ("no signature", of(without(call(), "signature"))),
        ("no date", of(without(call(), "date"))),
        ("no digest", of(without(call(), "digest"))),
        ("no account", of(without(call(), "x-copernica-id"))),
        ("no host", of(without(call(), "host"))),
        ("algorithm", of(respell(call(), "rsa-sha256", "hmac-sha256"))),
        ("coverage", of(respell(call(), " digest", ""))),
        ("name of the key", of(respell(call(), "one._d", "one.x._d"))),
        ("account", of(set(call(), "x-copernica-id", "account_4321"))),
        ("old", of(call_of(&signer().date(at(-301))))),
        ("ahead", of(call_of(&signer().date(at(61))))),
        ("host", of(set(call(), "host", "evil.example"))),
        ("weak digest", of(set(call(), "digest", "md5=xyz"))),
        ("absent and covered", of(without(call(), "x-nonce"))),
        ("nonce", of(set(call(), "x-nonce", "another"))),
        ("target", of(elsewhere)),
        ("body", of(swapped())),
        ("body, before the key is known", (by(Source::finding(Ok(key()))), swapped())),
        ("unknown key", of(respell(call(), "one._d", "two._d"))),
        ("revoked key", (by(Source::renewing(Err(LookupError::NotFound))), call())),
        ("another key at hand", (by(Source::cached(other_key().into())), call())),
        ("another key found", (by(Source::finding(Ok(other_key().into()))), call())),
        ("another key after a renewal", (by(Source::renewing(Ok(None))), call())),
        ("short key", (builder().min_key_bits(4096).build().unwrap(), call())),
    ];
    cases.into_iter().map(|(what, (receiver, call))| (what, receiver, call)).collect()
}
