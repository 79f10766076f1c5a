//! The examination: from a call's head to a claim that only a key is missing for.

use super::coverage::{self, Covered};
use super::date;
use super::digest::Digests;
use super::freshness::{Freshness, Moments};
use super::parameters::SignatureParameters;
use super::policy::Policy;
use super::public_url::PublicUrl;
use super::required::RequiredHeaders;
use super::signing_string::{SigningString, Sources};
use crate::account::Account;
use crate::crypto::{Digest, Hashed, sha256};
use crate::key::KeyName;
use crate::rejection::{Check, Fault, Shown};
use crate::request::{FieldLines, Head};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;

/// A call whose head passed every check; its key and its body decide whether it is proven.
#[derive(Clone)]
pub(crate) struct Signed {
    key: KeyName,
    account: Account,
    date: DateTime<Utc>,
    until: DateTime<Utc>,
    nonce: Option<Box<str>>,
    string: SigningString,
    /// The hash of the signing string, where that is complete: made once.
    hash: Option<Digest>,
    digests: Digests,
    content_type: bool,
}

/// Checks everything that a head determines, in the order of the [module](super)'s list.
///
/// `host` is the one that was called, as the head has it. A [public URL](PublicUrl) takes its
/// place: after a proxy that rewrites it, it says nothing.
pub(crate) fn examine(
    head: &Head<'_>,
    lines: &FieldLines<'_>,
    host: Option<&str>,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Signed, Fault> {
    let gathered = RequiredHeaders::of(lines)?;
    let nonce = gathered.nonce.map(str::from_utf8).transpose();
    let nonce = nonce.map_err(|_| Fault::malformed(Check::Nonce, "X-Nonce is not text"))?;
    let parameters = SignatureParameters::parse(gathered.signature)?;
    let is_old = is_rsa_sha256(parameters.algorithm)?;
    let headers = coverage::lower(parameters.headers);
    let covered = Covered::parse(&headers, nonce.is_some())?;
    let moments = Moments::parse(&covered, &parameters, is_old)?;
    let account = account(gathered.account)?;
    let date = date::parse(gathered.date)?;
    let digests = Digests::parse(gathered.digest)?;

    let public_url = policy.public_url.as_ref();
    let host = public_url.map(PublicUrl::host).or(host);
    let host = host.ok_or_else(|| Fault::unproven(Check::Host, "the call has no host"))?;
    let created = parameters.created.filter(|_| covered.created);
    let expires = parameters.expires.filter(|_| covered.expires);
    let sources = Sources { head, lines, public_url, created, expires };
    let string = SigningString::build(parameters.signature, &covered, &sources)?;

    // From here on the settings decide, and whatever fails is a 401: a 400 after one of these
    // would reveal to an attacker that they had passed it.
    let key = key(parameters.key_id, policy)?;
    check_account(account, policy)?;
    let freshness = Freshness { oldest: delta(policy.oldest), ahead: delta(policy.ahead) };
    let until = freshness.check(Check::Date, date, now)?.min(moments.check(freshness, now)?);
    check_host(host, policy)?;
    let nonce = nonce.map(Box::from);
    let content_type = covered.names().any(|name| name == "content-type");
    let hash = string.complete().map(sha256);
    Ok(Signed { key, account, date, until, nonce, string, hash, digests, content_type })
}

impl Signed {
    /// Returns the key that it claims to be signed with.
    pub(crate) fn key(&self) -> &KeyName {
        &self.key
    }

    /// Returns the account that it claims to be about; a configured one.
    pub(crate) fn account(&self) -> Account {
        self.account
    }

    /// Returns the `Date`.
    pub(crate) fn date(&self) -> DateTime<Utc> {
        self.date
    }

    /// Returns the last moment at which this very call would still be accepted: a replay must be
    /// remembered until then.
    pub(crate) fn until(&self) -> DateTime<Utc> {
        self.until
    }

    /// Returns the `X-Nonce`, where there is one.
    #[cfg(test)]
    pub(crate) fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// Takes the `X-Nonce`, where there is one.
    pub(crate) fn take_nonce(&mut self) -> Option<Box<str>> {
        self.nonce.take()
    }

    /// Reports whether `Content-Type` is covered. Where it is not, an on-path attacker may have written it.
    pub(crate) fn covers_content_type(&self) -> bool {
        self.content_type
    }

    /// Returns what is covered, in lower case and in order.
    #[cfg(test)]
    pub(crate) fn covered(&self) -> impl Iterator<Item = &str> {
        self.string.names()
    }

    /// Returns the signature, to be verified with RSASSA-PKCS1-v1_5 and SHA-256.
    pub(crate) fn signature(&self) -> &[u8] {
        self.string.signature()
    }

    /// Returns what was signed, hashed, if the body has `body_len` bytes.
    pub(crate) fn hashed(&self, body_len: usize) -> Hashed<'_> {
        let message = self.string.finish(body_len);
        Hashed { hash: self.hash.unwrap_or_else(|| sha256(&message)), message }
    }

    /// Returns what was signed, hashed, where the head alone determines it.
    pub(crate) fn hashed_head(&self) -> Option<Hashed<'_>> {
        let (message, hash) = self.string.complete().zip(self.hash)?;
        Some(Hashed { message: message.into(), hash })
    }

    /// Returns the bytes that were signed, if the body has `body_len` of them.
    #[cfg(test)]
    pub(crate) fn signing_string(&self, body_len: usize) -> std::borrow::Cow<'_, [u8]> {
        self.string.finish(body_len)
    }

    /// Compares the body, as it was received, with each digest.
    pub(crate) fn check_body(&self, body: &[u8]) -> Result<(), Fault> {
        self.digests.check(body)
    }

    /// Returns the fault when the key does not verify the signature: what was compared is what to
    /// look at.
    pub(crate) fn unproven(&self) -> Fault {
        let detail = format!("{} did not sign this: {self}", self.key);
        Fault::unproven(Check::Signature, detail)
    }
}

/// What an operator compares with what should have been called; never a nonce, a signature or
/// another header's value.
impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |name| String::from_utf8_lossy(self.string.line(name).unwrap_or_default());
        let (target, host) = (line("(request-target)"), line("host"));
        write!(f, "{} to host {}, {}", Shown(&target), Shown(&host), self.account)?;
        f.write_str(", covered:")?;
        self.string.names().try_for_each(|name| write!(f, " {}", Shown(name)))
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("key", &self.key)
            .field("account", &self.account)
            .field("date", &self.date)
            .field("until", &self.until)
            .field("covered", &self.string.names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Reports whether the algorithm has its old name, of two for what is done anyway: the name never chooses
/// the primitive. Draft §2.3: with one that starts with rsa, `(created)` and `(expires)` are an error.
///
/// # Errors
/// It has neither name.
pub(super) fn is_rsa_sha256(algorithm: Option<&str>) -> Result<bool, Fault> {
    let is = |known| algorithm.is_some_and(|name| name.eq_ignore_ascii_case(known));
    let is_old = is("rsa-sha256");
    match algorithm {
        Some(name) if !is_old && !is("hs2019") => {
            let detail = format!("{} is neither rsa-sha256 nor hs2019", Shown(name));
            Err(Fault::unproven(Check::Algorithm, detail))
        }
        _ => Ok(is_old),
    }
}

pub(super) fn key(key_id: &str, policy: &Policy) -> Result<KeyName, Fault> {
    if let Some(name) = policy.proven_keys.get(key_id) {
        return Ok(name);
    }
    let Some(name) = KeyName::under(&policy.zones, key_id) else {
        let detail = format!("{} is not the name of a key in a trusted zone", Shown(key_id));
        return Err(Fault::unproven(Check::KeyId, detail));
    };
    Ok(name)
}

pub(super) fn account(value: &[u8]) -> Result<Account, Fault> {
    let account = str::from_utf8(value).ok().and_then(|text| text.parse().ok());
    account.ok_or_else(|| {
        Fault::malformed(Check::Account, "X-Copernica-ID is neither account_N nor environment_N")
    })
}

pub(super) fn check_account(account: Account, policy: &Policy) -> Result<(), Fault> {
    if policy.knows_account(account) {
        return Ok(());
    }
    Err(Fault::unproven(Check::Account, format!("{account} is not configured")))
}

pub(super) fn check_host(host: &str, policy: &Policy) -> Result<(), Fault> {
    if policy.knows_host(host) {
        return Ok(());
    }
    let detail = format!("{} is not one of {}", Shown(host), Shown(&policy.hosts.join(", ")));
    Err(Fault::unproven(Check::Host, detail))
}

/// Converts a time; one longer than chrono can hold has no end.
pub(super) fn delta(duration: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
