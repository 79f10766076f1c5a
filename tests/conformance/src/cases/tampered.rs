//! Calls that were signed, and are not what was signed: by body, by head, and by what routers and
//! proxies make of them.

use super::signature::{call, edited, public, rewritten};
use super::unproven::{self, Row, UNPROVEN_DETAIL};
use super::{PROFILE, refused};
use crate::case::Case;
use crate::setup::Setup;
use crate::sign::{REQUIRED, sha256, sha512};
use webhook_core::signature::Check;

pub(super) fn cases() -> Vec<Case> {
    unproven::of(TAMPERED, &refused(401, "unauthenticated", UNPROVEN_DETAIL))
}

const TAMPERED: &[Row] = &[
    // What the body adds up to.
    ("a digest that is too weak", Check::Digest, |case| {
        case.header("Digest", "MD5=Sd/dVLAcvNLSq16eXua5uQ==").signed()
    }),
    ("SHA-1 alone", Check::Digest, |case| {
        case.header("Digest", "SHA=07CavjDP4u3/TungoUHJO/Wzr4c=").signed()
    }),
    ("two digests that differ", Check::Digest, |case| {
        let digest = format!("{},{}", sha256(&case.body), sha256(b""));
        case.header("Digest", digest).signed()
    }),
    ("one right digest and one wrong", Check::Digest, |case| {
        let wrong = sha512(b"");
        let digest = format!("{},{wrong}", sha256(&case.body));
        case.header("Digest", digest).signed()
    }),
    ("another body", Check::Digest, |case| {
        let mut case = case.signed();
        case.body = PROFILE.replace("123", "124").into();
        case
    }),
    ("a byte more", Check::Digest, |case| {
        let mut case = case.signed();
        case.body.push(b'&');
        case
    }),
    ("a byte less", Check::Digest, |case| {
        let mut case = case.signed();
        case.body.pop();
        case
    }),
    ("no body", Check::Digest, |case| {
        let mut case = case.signed();
        case.body.clear();
        case
    }),
    ("another body with its digest", Check::Signature, |case| {
        let mut case = case.signed();
        case.body = PROFILE.replace("123", "124").into();
        let digest = sha256(&case.body);
        case.header("Digest", digest)
    }),
    // Any covered value changed on the way.
    ("another target", Check::Signature, |case| case.signed().target("/copernica/x")),
    ("a query added", Check::Signature, |case| case.signed().target("/copernica?x")),
    ("an empty query added", Check::Signature, |case| case.signed().target("/copernica?")),
    ("an empty query taken away", Check::Signature, |case| {
        case.target("/copernica?").signed().target("/copernica")
    }),
    ("the query's order changed", Check::Signature, |case| {
        case.target("/copernica?a=1&b=2").signed().target("/copernica?b=2&a=1")
    }),
    ("an escape undone", Check::Signature, |case| {
        case.target("/%7Ecopernica").signed().target("/~copernica")
    }),
    ("an escape's letters in another case", Check::Signature, |case| {
        case.target("/a%2Fb").signed().target("/a%2fb")
    }),
    ("dots undone", Check::Signature, |case| {
        case.target("/a/../copernica").signed().target("/copernica")
    }),
    ("a slash undone", Check::Signature, |case| {
        case.target("//copernica").signed().target("/copernica")
    }),
    ("a slash at the end undone", Check::Signature, |case| {
        case.target("/copernica/").signed().target("/copernica")
    }),
    ("another host", Check::Signature, |case| case.signed().header("Host", "other.example")),
    ("another port", Check::Signature, |case| {
        case.signed().header("Host", "hooks.example.com:8443")
    }),
    ("another date", Check::Signature, |case| {
        case.signed().header("Date", "Mon, 05 Jan 2026 21:31:41 GMT")
    }),
    ("the date written in another way", Check::Signature, |case| {
        case.signed().header("Date", "Mon, 05 Jan 2026 22:31:40 +0100")
    }),
    ("another type", Check::Signature, |case| {
        let case = case.signed_over(&format!("{REQUIRED} content-type"));
        case.header("Content-Type", "application/json")
    }),
    ("another nonce", Check::Signature, |case| {
        let case = case.header("X-Nonce", "fsd9f2").signed_over(&format!("{REQUIRED} x-nonce"));
        case.header("X-Nonce", "fsd9f3")
    }),
    ("covered values in another order", Check::Signature, |case| {
        let case = case.and_header("X-Tag", "a").and_header("X-Tag", "b");
        let case = case.signed_over(&format!("{REQUIRED} x-tag"));
        case.header("X-Tag", "b").and_header("X-Tag", "a")
    }),
    ("covered names in another order", Check::Signature, |case| {
        edited(case.signed(), "Signature", "host date", "date host")
    }),
    ("the signature cut short", Check::Signature, |case| {
        let case = case.signed();
        let (_, value) = case.headers.iter().find(|(name, _)| name == "Signature").unwrap();
        let value = String::from_utf8(value.clone()).unwrap();
        let (start, _) = value.rsplit_once("signature=\"").unwrap();
        let short = format!("{start}signature=\"{}\"", &value[start.len() + 11..][..80]);
        case.header("Signature", short)
    }),
    ("the signature of another call", Check::Signature, |case| {
        let other = call("another call").signed();
        let (_, value) = other.headers.into_iter().find(|(name, _)| name == "Signature").unwrap();
        case.header("Signature", value)
    }),
    // What routers and proxies make of the target.
    ("the target that a router sees", Check::Signature, |case| {
        case.to(Setup::Nested).target("/copernica").signed().target("/hooks/v1/copernica")
    }),
    ("the target that an inner router sees", Check::Signature, |case| {
        case.to(Setup::Nested).target("/v1/copernica").signed().target("/hooks/v1/copernica")
    }),
    ("a proxy that is not configured", Check::Signature, |case| {
        rewritten(public(case).signed(), "/inner/copernica").to(Setup::Signed)
    }),
    ("what the proxy calls, signed", Check::Signature, |case| {
        public(case).target("/inner/copernica").header("Host", "10.0.0.7:3000").signed()
    }),
    ("the public URL's path, another host", Check::Signature, |case| {
        let case = public(case).header("Host", "other.example").signed();
        rewritten(case, "/inner/copernica")
    }),
    ("what a proxy forwards is not believed", Check::Signature, |case| {
        let case = public(case).signed().header("X-Forwarded-Host", "hooks.example.com");
        rewritten(case, "/inner/copernica").to(Setup::Signed)
    }),
];
