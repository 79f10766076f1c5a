//! The moments that the `Signature` header itself may name (draft-cavage-http-signatures §2.3).

use super::coverage::Covered;
use super::date::Window;
use super::fault::{Check, Fault};
use super::header::Parameters;
use chrono::{DateTime, Utc};

/// What covered `(created)` and `(expires)` say. Where they are not covered, anybody may have
/// written them: they say nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    created: Option<DateTime<Utc>>,
    expires: Option<DateTime<Utc>>,
}

impl Moments {
    /// Reads them; `old` says that the algorithm's name is one with which they are an error.
    pub(super) fn parse(
        covered: &Covered<'_>,
        parameters: &Parameters<'_>,
        old: bool,
    ) -> Result<Self, Fault> {
        let read = |covered: bool, check, text| covered.then(|| moment(check, old, text));
        Ok(Self {
            created: read(covered.created, Check::Created, parameters.created).transpose()?,
            expires: read(covered.expires, Check::Expires, parameters.expires).transpose()?,
        })
    }

    /// The last moment that they leave, having checked both.
    pub(super) fn check(self, window: Window, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
        let mut until = DateTime::<Utc>::MAX_UTC;
        if let Some(created) = self.created {
            until = until.min(window.check(Check::Created, created, now)?);
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

/// Seconds since 1970, in decimal digits.
fn moment(check: Check, old: bool, text: Option<&str>) -> Result<DateTime<Utc>, Fault> {
    if old {
        return Err(Fault::malformed(check, "it can't be covered with algorithm rsa-sha256"));
    }
    let text = text.ok_or_else(|| Fault::unproven(check, "it is covered but not there"))?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| digits);
    let moment = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    moment.ok_or_else(|| Fault::malformed(check, "it is no whole number of seconds"))
}
