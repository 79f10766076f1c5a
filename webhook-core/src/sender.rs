//! What the sender calls its things: the names that Copernica puts on the wire and into DNS.

/// The zone under which Copernica publishes its keys: `<selector>._domainkey.copernica.com`.
pub const COPERNICA_ZONE: &str = "copernica.com";
/// The label between the selector and the zone in the name of a key record (RFC 6376 §3.6.2.1).
pub(crate) const DOMAINKEY: &str = "_domainkey";
/// The header that names the account, in lower case.
pub(crate) const ACCOUNT_HEADER: &str = "x-copernica-id";
/// The header that makes each call another one, in lower case.
pub(crate) const NONCE_HEADER: &str = "x-nonce";
/// The media type of a form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";
/// The variables whose text is written by mail programs, mail servers and recipients anywhere: it may
/// be any bytes. All other text is UTF-8.
pub(crate) const BYTE_VARIABLES: [&str; 12] = [
    "mime",
    "data",
    "useragent",
    "referer",
    "original",
    "url",
    "description",
    "recipient",
    "rcptto",
    "envelope",
    "emailfrom",
    "mailfrom",
];
/// The prefix of every idempotency key.
pub(crate) const IDEMPOTENCY_PREFIX: &str = "copernica:v1";
/// The prefix of the name of every delivery in a store that others use too.
#[cfg(feature = "redis")]
pub(crate) const DELIVERY_PREFIX: &str = "copernica:v1:delivery:";
