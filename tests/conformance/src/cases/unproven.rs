//! Calls whose head proves nothing: each fails by one check, and all are answered the same.

use super::refused;
use super::signature::call;
use crate::case::{Case, Expect};
use crate::setup::Setup;
use crate::sign::{KEY, PLAIN, Primitive, REQUIRED};
use webhook_core::signature::Check;

/// Name, the check that fails, what is done to a call that lacks only its signature.
pub(super) type Row = (&'static str, Check, fn(Case) -> Case);

pub(super) fn cases() -> Vec<Case> {
    of(UNPROVEN, &refused(401, "unauthenticated", UNPROVEN_DETAIL))
}

/// What every 401 says, whatever the check.
pub(super) const UNPROVEN_DETAIL: &str = "does not prove where the call is from";

/// Makes the rows' calls, with this expectation.
pub(super) fn of(rows: &[Row], expect: &Expect) -> Vec<Case> {
    let case = |(name, check, change): &Row| {
        let mut case = change(call(name)).failing(*check);
        case.expect = expect.clone();
        case.delivery = None;
        // Whether a call needs a host, servers have opinions of their own.
        case.on_sockets &= case.headers.iter().any(|(name, _)| name == "Host");
        case
    };
    rows.iter().map(case).collect()
}

const UNPROVEN: &[Row] = &[
    ("unsigned", Check::SignatureHeader, |case| case),
    ("signed, but not named", Check::SignatureHeader, |case| {
        case.signed().header("Authorization", "Signature x").without("Signature")
    }),
    ("no Date", Check::Date, |case| case.signed().without("Date")),
    ("no Digest", Check::Digest, |case| case.signed().without("Digest")),
    ("no X-Copernica-ID", Check::Account, |case| case.signed().without("X-Copernica-ID")),
    ("no host to prove", Check::Host, |case| case.signed().without("Host")),
    // The primitive is not the sender's to choose.
    ("hmac with the public key", Check::Algorithm, |case| {
        case.signed_by(Primitive::Hmac, REQUIRED, &PLAIN.replace("rsa-sha256", "hmac-sha256"))
    }),
    ("hmac with the public key, called RSA", Check::Signature, |case| {
        case.signed_by(Primitive::Hmac, REQUIRED, PLAIN)
    }),
    ("rsa-sha1", Check::Algorithm, |case| {
        case.signed_as(REQUIRED, &PLAIN.replace("rsa-sha256", "rsa-sha1"))
    }),
    ("rsa-md5", Check::Algorithm, |case| {
        case.signed_as(REQUIRED, &PLAIN.replace("rsa-sha256", "rsa-md5"))
    }),
    ("rsa-sha512 by its name", Check::Algorithm, |case| {
        case.signed_by(Primitive::Sha512, REQUIRED, &PLAIN.replace("rsa-sha256", "rsa-sha512"))
    }),
    ("rsa-sha512 by the name of hs2019", Check::Signature, |case| {
        case.signed_by(Primitive::Sha512, REQUIRED, &PLAIN.replace("rsa-sha256", "hs2019"))
    }),
    ("no algorithm at all", Check::Algorithm, |case| {
        case.signed_as(REQUIRED, &PLAIN.replace("rsa-sha256", "none"))
    }),
    // What is not covered can be changed.
    ("the target not covered", Check::Coverage, |case| {
        case.signed_over("host date digest x-copernica-id")
    }),
    ("the host not covered", Check::Coverage, |case| {
        case.signed_over("(request-target) date digest x-copernica-id")
    }),
    ("the date not covered", Check::Coverage, |case| {
        case.signed_over("(request-target) host digest x-copernica-id")
    }),
    ("the digest not covered", Check::Coverage, |case| {
        case.signed_over("(request-target) host date x-copernica-id")
    }),
    ("the account not covered", Check::Coverage, |case| {
        case.signed_over("(request-target) host date digest")
    }),
    ("the nonce not covered", Check::Coverage, |case| case.header("X-Nonce", "fsd9f2").signed()),
    ("an empty nonce not covered", Check::Coverage, |case| case.header("X-Nonce", "").signed()),
    ("a nonce added", Check::Coverage, |case| case.signed().header("X-Nonce", "fsd9f2")),
    ("an absent header covered as empty", Check::Coverage, |case| {
        case.signed_over(&format!("{REQUIRED} x-absent"))
    }),
    ("an absent header covered in capitals", Check::Coverage, |case| {
        case.signed_over(&format!("{REQUIRED} X-Absent"))
    }),
    ("an absent nonce covered", Check::Coverage, |case| {
        case.signed_over(&format!("{REQUIRED} x-nonce"))
    }),
    ("(created) covered but missing", Check::Created, |case| {
        case.signed_as(&format!("{REQUIRED} (created)"), &PLAIN.replace("rsa-sha256", "hs2019"))
    }),
    ("(created) too long ago", Check::Created, |case| {
        let template = PLAIN.replace("rsa-sha256\"", "hs2019\",created=1767648399");
        case.signed_as(&format!("{REQUIRED} (created)"), &template)
    }),
    ("(expires) over", Check::Expires, |case| {
        let template = PLAIN.replace("rsa-sha256\"", "hs2019\",expires=1767648699");
        case.signed_as(&format!("{REQUIRED} (expires)"), &template)
    }),
    // Whose key it is.
    ("a zone that ends alike", Check::KeyId, |case| by(case, "one._domainkey.evilcopernica.com")),
    ("a zone that begins alike", Check::KeyId, |case| {
        by(case, "one._domainkey.copernica.com.evil.com")
    }),
    ("a name that a customer controls", Check::KeyId, |case| {
        by(case, "one._domainkey.customer.copernica.com")
    }),
    ("a name below the selector", Check::KeyId, |case| by(case, "a.one._domainkey.copernica.com")),
    ("the zone itself", Check::KeyId, |case| by(case, "copernica.com")),
    ("a key that is not published", Check::KeyId, |case| {
        by(case, "nobody._domainkey.copernica.com")
    }),
    ("another key than it says", Check::Signature, |case| by(case, "two._domainkey.copernica.com")),
    ("a key that is too short here", Check::Signature, |case| case.to(Setup::LongKeys).signed()),
    // Whom it is for.
    ("another customer's account", Check::Account, |case| {
        case.header("X-Copernica-ID", "account_1235").signed()
    }),
    ("the number of an environment as an account's", Check::Account, |case| {
        case.header("X-Copernica-ID", "account_77").signed()
    }),
    ("the number of an account as an environment's", Check::Account, |case| {
        case.header("X-Copernica-ID", "environment_1234").signed()
    }),
    ("our account on another customer's call", Check::Signature, |case| {
        case.header("X-Copernica-ID", "account_1235")
            .signed()
            .header("X-Copernica-ID", "account_1234")
    }),
    ("our account written in another way", Check::Signature, |case| {
        case.signed().header("X-Copernica-ID", "account-1234")
    }),
    ("a host that was not named", Check::Host, |case| {
        case.to(Setup::Hosts).header("Host", "evil.example").signed()
    }),
    ("a port that was not named", Check::Host, |case| {
        case.to(Setup::Hosts).header("Host", "hooks.example.com:8443").signed()
    }),
    ("a host below the one that was named", Check::Host, |case| {
        case.to(Setup::Hosts).header("Host", "x.hooks.example.com").signed()
    }),
    // When it was.
    ("301 seconds old", Check::Date, |case| dated(case, "Mon, 05 Jan 2026 21:26:39 GMT")),
    ("61 seconds early", Check::Date, |case| dated(case, "Mon, 05 Jan 2026 21:32:41 GMT")),
    ("a year old", Check::Date, |case| dated(case, "Sun, 05 Jan 2025 21:31:40 GMT")),
    ("the same time in another zone", Check::Date, |case| {
        dated(case, "Mon, 05 Jan 2026 21:31:40 +0100")
    }),
    ("older than patience lasts", Check::Date, |case| {
        dated(case.to(Setup::Patient), "Mon, 05 Jan 2026 21:29:39 GMT")
    }),
];

fn by(case: Case, key: &str) -> Case {
    case.signed_as(REQUIRED, &PLAIN.replace(KEY, key))
}

pub(super) fn dated(case: Case, date: &str) -> Case {
    case.header("Date", date).signed()
}
