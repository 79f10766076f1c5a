//! Each check of a proof by itself, for the operator.
//!
//! [`examine`](super::examine) ends at the first check that fails, and decides. This looks at the same
//! things by the same functions, goes on after a failure as far as the call can be read, and decides
//! nothing.

use super::coverage::{self, Covered};
use super::date;
use super::digest::Digests;
use super::examine::{account, check_account, check_host, delta, is_rsa_sha256, key};
use super::freshness::{Freshness, Moments};
use super::host;
use super::parameters::SignatureParameters;
use super::policy::Policy;
use super::public_url::PublicUrl;
use super::required::{REQUIRED, required};
use super::signing_string::{SigningString, Sources};
use crate::rejection::{Check, Fault, Shown};
use crate::request::{FieldLines, Head};
use crate::sender::{ACCOUNT_HEADER, NONCE_HEADER};
use chrono::{DateTime, Utc};
use std::fmt;

/// What became of one check of a call's proof.
///
/// For the operator's logs and consoles; [`Explanation::checks`](crate::Explanation::checks) has one for
/// each check.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckOutcome {
    /// Which check it is.
    pub check: Check,
    /// What became of it.
    pub verdict: CheckVerdict,
    /// What was compared with what, or what to change. It names headers, hosts, keys and accounts, and
    /// never holds a signature, a nonce or a body.
    pub compared: String,
}

/// Whether a check of a call's proof passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckVerdict {
    /// What it compares is as it must be.
    Passed,
    /// What it compares is not as it must be.
    Failed,
    /// It needs what another check did not get, so nothing was compared.
    NotReached,
}

impl CheckVerdict {
    /// Returns the name: `passed`, `failed` or `not_reached`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotReached => "not_reached",
        }
    }
}

impl fmt::Display for CheckVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `host: passed: hooks.example.com is one of hooks.example.com`
impl fmt::Display for CheckOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.check, self.verdict, self.compared)
    }
}

/// What is compared: a call that is complete, and what is required of it.
pub(crate) struct Compared<'a> {
    pub(crate) head: &'a Head<'a>,
    pub(crate) body: &'a [u8],
    pub(crate) policy: &'a Policy,
    pub(crate) now: DateTime<Utc>,
}

/// The outcomes of a call's checks.
#[derive(Debug, Default)]
pub(crate) struct CheckOutcomes(Vec<CheckOutcome>);

/// What a check says that was not reached.
const NOT_REACHED: &str = "it needs what another check did not get";

impl CheckOutcomes {
    /// Compares everything but the signature, whose key has to be looked up: that is not reached until
    /// [`passed`](Self::passed) or [`failed`](Self::failed) says what became of it.
    pub(crate) fn of(compared: &Compared<'_>) -> Self {
        let Compared { head, body, policy, now } = *compared;
        let lines = &FieldLines::of(head.headers);
        let must = |name, check| required(lines, name, check);
        let mut outcomes = Self::default();

        let signature =
            must("signature", Check::SignatureHeader).and_then(SignatureParameters::parse);
        let signature = outcomes.add(Check::SignatureHeader, Some(signature), |_| {
            "one header that can be read, with a keyId and a signature".to_owned()
        });
        let signature = signature.as_ref();
        let algorithm = signature.map(|it| is_rsa_sha256(it.algorithm).map(|_| it.algorithm));
        outcomes.add(Check::Algorithm, algorithm, |name| match name {
            Some(name) => format!("{} is rsa-sha256 or hs2019", Shown(name)),
            None => "it is not named: RSA with SHA-256".to_owned(),
        });
        outcomes.nonce(lines);
        let has_nonce = lines.named(NONCE_HEADER).is_some_and(|line| line.count > 0);
        let headers = signature.map(|it| coverage::lower(it.headers));
        let covered = headers.as_ref().map(|names| Covered::parse(names, has_nonce));
        let covered = outcomes.add(Check::Coverage, covered, |covered| {
            let names: Vec<_> = covered.names().map(|name| Shown(name).to_string()).collect();
            let nonce = if has_nonce { [" ", NONCE_HEADER] } else { [""; 2] };
            let must = [REQUIRED.join(" ").as_str(), &nonce.concat()].concat();
            format!("{} has all of {must}", names.join(" "))
        });

        let freshness = Freshness { oldest: delta(policy.oldest), ahead: delta(policy.ahead) };
        if let (Some(covered), Some(signature)) = (&covered, signature) {
            outcomes.moments(covered, signature, freshness, now);
        }
        let dated = must("date", Check::Date).and_then(|value| {
            let date = date::parse(value)?;
            freshness.check(Check::Date, date, now).map(|_| date)
        });
        outcomes.add(Check::Date, Some(dated), |date| {
            let age = now.signed_duration_since(*date).num_seconds();
            let (oldest, ahead) = (policy.oldest.as_secs(), policy.ahead.as_secs());
            format!("the call is {age} s old, {oldest} s and {ahead} s ahead are accepted")
        });
        let account = must(ACCOUNT_HEADER, Check::Account).and_then(|value| {
            let account = account(value)?;
            check_account(account, policy).map(|()| account)
        });
        outcomes.add(Check::Account, Some(account), |it| format!("{it} is configured"));
        outcomes.host(head, lines, policy);

        let sources = signature.map(|it| Sources {
            head,
            lines,
            public_url: policy.public_url.as_ref(),
            created: it.created,
            expires: it.expires,
        });
        let string = covered.as_ref().zip(sources.as_ref());
        let string =
            string.map(|(covered, sources)| SigningString::build(Vec::new(), covered, sources));
        outcomes.add(Check::Header, string, |string| {
            let target = string.line("(request-target)").unwrap_or_default();
            format!("each covered name has a value; {}", Shown(&String::from_utf8_lossy(target)))
        });
        let digest = must("digest", Check::Digest).and_then(Digests::parse);
        outcomes.add(Check::Digest, Some(digest.and_then(|it| it.check(body))), |()| {
            format!("Digest is that of the body of {} bytes as received", body.len())
        });
        let name = signature.map(|it| key(it.key_id, policy));
        outcomes.add(Check::KeyId, name, |name| {
            format!("{name} is in a trusted zone: {}", policy.zones.join(", "))
        });
        outcomes.add(Check::Signature, None::<Result<(), Fault>>, |()| String::new());
        outcomes
    }

    /// Says that the key signed this, `words` being what was proven.
    pub(crate) fn passed(&mut self, words: &str) {
        self.set(Check::Signature, CheckVerdict::Passed, words);
    }

    /// Says which check decided that the call is refused: the last word, whatever was found here.
    pub(crate) fn failed(&mut self, fault: &Fault) {
        self.set(fault.check, CheckVerdict::Failed, &fault.detail);
    }

    /// Says why the signature could not be verified.
    pub(crate) fn unreached(&mut self, why: &str) {
        self.set(Check::Signature, CheckVerdict::NotReached, why);
    }

    /// Returns the outcomes, in the order in which they are looked at.
    pub(crate) fn as_slice(&self) -> &[CheckOutcome] {
        &self.0
    }

    /// Adds the outcome of a check, and returns what it yields to those that need it; `None` was not
    /// reached.
    fn add<T>(
        &mut self,
        check: Check,
        found: Option<Result<T, Fault>>,
        compared: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        let (verdict, compared, found) = match found {
            Some(Ok(found)) => (CheckVerdict::Passed, compared(&found), Some(found)),
            // A check of another name may have found it: the name that is added is the one to look at.
            Some(Err(fault)) => (CheckVerdict::Failed, fault.detail.into_owned(), None),
            None => (CheckVerdict::NotReached, NOT_REACHED.to_owned(), None),
        };
        self.0.push(CheckOutcome { check, verdict, compared });
        found
    }

    fn set(&mut self, check: Check, verdict: CheckVerdict, compared: &str) {
        let outcome = CheckOutcome { check, verdict, compared: compared.to_owned() };
        match self.0.iter_mut().find(|known| known.check == check) {
            Some(known) => *known = outcome,
            None => self.0.push(outcome),
        }
    }

    /// Looks at a nonce where there is one. No text shows it.
    fn nonce(&mut self, lines: &FieldLines<'_>) {
        if lines.named(NONCE_HEADER).is_none_or(|line| line.count == 0) {
            return;
        }
        let text = required(lines, NONCE_HEADER, Check::Nonce).and_then(|value| {
            str::from_utf8(value).map_err(|_| Fault::malformed(Check::Nonce, "X-Nonce is not text"))
        });
        self.add(Check::Nonce, Some(text), |_| "one X-Nonce, which is text".to_owned());
    }

    /// Looks at `(created)` and `(expires)`, each where it is covered.
    fn moments(
        &mut self,
        covered: &Covered<'_>,
        parameters: &SignatureParameters<'_>,
        freshness: Freshness,
        now: DateTime<Utc>,
    ) {
        let old = is_rsa_sha256(parameters.algorithm).unwrap_or_default();
        for check in [Check::Created, Check::Expires] {
            let mut one = covered.clone();
            one.created &= check == Check::Created;
            one.expires &= check == Check::Expires;
            if one.created || one.expires {
                let moments = Moments::parse(&one, parameters, old);
                let until = moments.and_then(|moments| moments.check(freshness, now));
                self.add(check, Some(until), |until| format!("covered, and good until {until}"));
            }
        }
    }

    fn host(&mut self, head: &Head<'_>, lines: &FieldLines<'_>, policy: &Policy) {
        let called = host::called(lines, head.authority)
            .map_err(|refusal| Fault::malformed(Check::Host, refusal.detail()));
        let public = policy.public_url.as_ref().map(PublicUrl::host);
        let host = called.and_then(|called| {
            let host = public.or(called);
            let host = host.ok_or_else(|| Fault::unproven(Check::Host, "the call has no host"))?;
            check_host(host, policy).map(|()| host)
        });
        self.add(Check::Host, Some(host), |host| match (public, policy.hosts.is_empty()) {
            (Some(_), _) => format!("{} is that of the public URL", Shown(host)),
            (None, true) => format!("{}; no host is configured, so any is taken", Shown(host)),
            (None, false) => {
                format!("{} is one of {}", Shown(host), Shown(&policy.hosts.join(", ")))
            }
        });
    }
}
