//! Calls that prove nothing: each fails by one check, and all are answered the same.

use super::signature::{call, edited, public, rewritten};
use super::{PROFILE, refused};
use crate::case::Case;
use crate::setup::Setup;
use crate::sign::{PLAIN, Primitive, REQUIRED, sha256};
use webhook_core::signature::Check;

type Row = (&'static str, Check, fn(Case) -> Case);

pub(super) fn cases() -> Vec<Case> {
    let unproven = UNPROVEN.iter().map(|(name, check, change)| {
        let mut case = change(call(name)).failing(*check);
        case.expect = refused(401, "unauthenticated", "does not prove where the call is from");
        case.delivery = None;
        case
    });
    let malformed = MALFORMED.iter().map(|(name, check, change)| {
        let mut case = change(call(name)).failing(*check);
        case.expect = refused(400, "malformed_request", "the proof can't be read: ");
        case
    });
    let mut cases: Vec<_> = unproven.chain(malformed).collect();
    // Hosts are what servers have opinions on.
    for case in &mut cases {
        case.on_sockets &= case.headers.iter().any(|(name, _)| name == "Host");
    }
    cases
}

const UNPROVEN: &[Row] = &[
    ("unsigned", Check::SignatureHeader, |case| case),
    ("signed, but not said", Check::SignatureHeader, |case| {
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
    ("(created) covered but not said", Check::Created, |case| {
        case.signed_as(&format!("{REQUIRED} (created)"), &PLAIN.replace("rsa-sha256", "hs2019"))
    }),
    ("(created) too long ago", Check::Created, |case| {
        let template = PLAIN.replace("rsa-sha256\"", "hs2019\",created=1767648639");
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
    ("61 seconds old", Check::Date, |case| dated(case, "Mon, 05 Jan 2026 21:30:39 GMT")),
    ("31 seconds early", Check::Date, |case| dated(case, "Mon, 05 Jan 2026 21:32:11 GMT")),
    ("a year old", Check::Date, |case| dated(case, "Sun, 05 Jan 2025 21:31:40 GMT")),
    ("the same time in another zone", Check::Date, |case| {
        dated(case, "Mon, 05 Jan 2026 21:31:40 +0100")
    }),
    ("older than patience lasts", Check::Date, |case| {
        dated(case.to(Setup::Patient), "Mon, 05 Jan 2026 21:29:39 GMT")
    }),
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
        let wrong = crate::sign::sha512(b"");
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
    ("a proxy that nobody told of", Check::Signature, |case| {
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

/// Wrong whatever the configuration.
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
        let more: Vec<_> = (0..28).map(|number| format!(" x-{number}")).collect();
        let more = more.concat();
        case.signed_over(&format!("{REQUIRED}{more}"))
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

fn by(case: Case, key: &str) -> Case {
    case.signed_as(REQUIRED, &PLAIN.replace(crate::sign::KEY, key))
}

fn dated(case: Case, date: &str) -> Case {
    case.header("Date", date).signed()
}

fn twice(case: Case, name: &str) -> Case {
    let value = case.headers.iter().find(|(other, _)| other == name).unwrap().1.clone();
    case.and_header(name, value)
}
