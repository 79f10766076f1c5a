//! Proofs that can't be read: wrong whatever the configuration.

use super::refused;
use super::signature::edited;
use super::unproven::{self, Row, dated};
use crate::case::Case;
use crate::sign::{PLAIN, REQUIRED};
use webhook_core::signature::Check;

pub(super) fn cases() -> Vec<Case> {
    unproven::of(MALFORMED, &refused(400, "malformed_request", "the proof can't be read: "))
}

const MALFORMED: &[Row] = &[
    ("two Signatures", Check::SignatureHeader, |case| twice(case.signed(), "Signature")),
    ("two Dates", Check::Date, |case| twice(case.signed(), "Date")),
    ("two Digests", Check::Digest, |case| twice(case.signed(), "Digest")),
    ("two X-Copernica-IDs", Check::Account, |case| twice(case.signed(), "X-Copernica-ID")),
    ("two X-Nonces", Check::Nonce, |case| {
        let case = case.header("X-Nonce", "fsd9f2").signed_over(&format!("{REQUIRED} x-nonce"));
        twice(case, "X-Nonce")
    }),
    ("a Signature of 8193 bytes", Check::SignatureHeader, |case| {
        case.header("Signature", "a".repeat(8193))
    }),
    ("a Digest of 8193 bytes", Check::Digest, |case| {
        case.signed().header("Digest", "a".repeat(8193))
    }),
    ("an empty Signature", Check::SignatureHeader, |case| case.header("Signature", "")),
    ("a Signature with a scheme", Check::SignatureHeader, |case| {
        edited(case.signed(), "Signature", "keyId", "Signature keyId")
    }),
    ("no keyId", Check::SignatureHeader, |case| edited(case.signed(), "Signature", "keyId", "key")),
    ("no headers", Check::SignatureHeader, |case| {
        edited(case.signed(), "Signature", "headers", "names")
    }),
    ("no signature", Check::SignatureHeader, |case| {
        edited(case.signed(), "Signature", "signature", "sig")
    }),
    ("two keyIds", Check::SignatureHeader, |case| {
        edited(case.signed(), "Signature", "algorithm=", "KeyID=x,algorithm=")
    }),
    ("two algorithms", Check::SignatureHeader, |case| {
        edited(case.signed(), "Signature", "algorithm=", "algorithm=hs2019,algorithm=")
    }),
    ("an open quote", Check::SignatureHeader, |case| {
        case.signed_as(REQUIRED, PLAIN.trim_end_matches('"'))
    }),
    ("a signature that is no base64", Check::SignatureHeader, |case| {
        edited(case.signed(), "Signature", "signature=\"", "signature=\"*")
    }),
    ("seventeen parameters", Check::SignatureHeader, |case| {
        case.signed_as(REQUIRED, &format!("{PLAIN}{}", ",a=b".repeat(13)))
    }),
    ("nothing covered", Check::Coverage, |case| case.signed_over("")),
    ("a name covered twice", Check::Coverage, |case| case.signed_over(&format!("{REQUIRED} Date"))),
    ("thirty-three names covered", Check::Coverage, |case| {
        let more: Vec<_> = (0..28).map(|number| format!("x-{number}")).collect();
        case.signed_over(&format!("{REQUIRED} {}", more.join(" ")))
    }),
    ("(created) with rsa-sha256", Check::Created, |case| {
        let template = PLAIN.replace("rsa-sha256\"", "rsa-sha256\",created={created}");
        case.signed_as(&format!("{REQUIRED} (created)"), &template)
    }),
    ("(expires) that is no number", Check::Expires, |case| {
        let template = PLAIN.replace("rsa-sha256\"", "hs2019\",expires=1767648701.5");
        case.signed_as(&format!("{REQUIRED} (expires)"), &template)
    }),
    ("an account without a kind", Check::Account, |case| {
        case.header("X-Copernica-ID", "1234").signed()
    }),
    ("two accounts", Check::Account, |case| {
        case.header("X-Copernica-ID", "account_1234, account_1235").signed()
    }),
    ("a date of 1970", Check::Date, |case| dated(case, "1767648700")),
    ("a date with the wrong weekday", Check::Date, |case| {
        dated(case, "Tue, 05 Jan 2026 21:31:40 GMT")
    }),
    ("a date without a zone", Check::Date, |case| dated(case, "Mon, 05 Jan 2026 21:31:40")),
    ("a digest that is no base64", Check::Digest, |case| {
        case.header("Digest", "SHA-256=:x:").signed()
    }),
    ("a digest of the wrong length", Check::Digest, |case| {
        case.header("Digest", "SHA-256=AAAA").signed()
    }),
    ("a digest without a name", Check::Digest, |case| case.header("Digest", "SHA-256").signed()),
    ("a nonce that is no text", Check::Nonce, |case| {
        let case = case.header("X-Nonce", vec![0xff]);
        case.signed_over(&format!("{REQUIRED} x-nonce"))
    }),
];

fn twice(case: Case, name: &str) -> Case {
    let value = case.headers.iter().find(|(other, _)| other == name).unwrap().1.clone();
    case.and_header(name, value)
}
