//! How old or early a call may be: by its `Date`, and by the moments that the `Signature` header itself
//! may name (draft-cavage-http-signatures §2.3).

use super::coverage::Covered;
use super::parameters::SignatureParameters;
use crate::rejection::{Check, Fault};
use chrono::{DateTime, TimeDelta, Utc};

/// What covered `(created)` and `(expires)` say. Where they are not covered, an on-path
/// attacker may have written them: they say nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    created: Option<DateTime<Utc>>,
    expires: Option<DateTime<Utc>>,
}

impl Moments {
    /// Reads them; `old` says that the algorithm's name is one with which they are an error.
    pub(super) fn parse(
        covered: &Covered<'_>,
        parameters: &SignatureParameters<'_>,
        old: bool,
    ) -> Result<Self, Fault> {
        let read = |covered: bool, check, text| covered.then(|| moment(check, old, text));
        Ok(Self {
            created: read(covered.created, Check::Created, parameters.created).transpose()?,
            expires: read(covered.expires, Check::Expires, parameters.expires).transpose()?,
        })
    }

    /// Returns the last moment that they leave, having checked both.
    pub(super) fn check(
        self,
        freshness: Freshness,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, Fault> {
        let mut until = DateTime::<Utc>::MAX_UTC;
        if let Some(created) = self.created {
            until = until.min(freshness.check(Check::Created, created, now)?);
        }
        if let Some(expires) = self.expires {
            if expires < now {
                let late = now.signed_duration_since(expires).num_seconds();
                let detail = format!("the signature ended {late} s ago");
                return Err(Fault::unproven(Check::Expires, detail));
            }
            until = until.min(expires);
        }
        Ok(until)
    }
}

/// Reads seconds since 1970, in decimal digits.
fn moment(check: Check, old: bool, text: Option<&str>) -> Result<DateTime<Utc>, Fault> {
    if old {
        return Err(Fault::malformed(check, "it can't be covered with algorithm rsa-sha256"));
    }
    let text = text.ok_or_else(|| Fault::unproven(check, "it is covered but missing"))?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| digits);
    let moment = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    moment.ok_or_else(|| Fault::malformed(check, "it is not a whole number of seconds"))
}

/// How far a date may be from the receiver's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Freshness {
    pub(super) oldest: TimeDelta,
    pub(super) ahead: TimeDelta,
}

impl Freshness {
    /// Returns the last moment at which a date is still taken, when it is taken now.
    pub(super) fn check(
        self,
        check: Check,
        date: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, Fault> {
        let age = now.signed_duration_since(date);
        if age > self.oldest {
            let (age, oldest) = (seconds(age), seconds(self.oldest));
            let detail = format!("the call is {age} s old, {oldest} s are accepted");
            return Err(Fault::unproven(check, detail));
        }
        if -age > self.ahead {
            let (early, ahead) = (seconds(-age), seconds(self.ahead));
            let detail = format!(
                "the call is dated {early} s ahead of this machine's clock, {ahead} s are accepted"
            );
            return Err(Fault::unproven(check, detail));
        }
        Ok(date.checked_add_signed(self.oldest).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

/// Returns seconds to the millisecond, rounded up: what is over a bound is never shown as equal to
/// it.
fn seconds(delta: TimeDelta) -> f64 {
    (delta.as_seconds_f64() * 1000.0).ceil() / 1000.0
}
