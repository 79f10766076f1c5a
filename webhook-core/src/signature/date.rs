//! When a call was sent.

use super::fault::{Check, Fault};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

/// Reads a `Date`: the fixed form of RFC 9110 §5.6.7 (`Sun, 05 Jan 2014 21:31:40 GMT`), or that of
/// RFC 5322 §3.3 with the zone in digits, which PHP calls `DATE_RFC2822`. The weekday must be the
/// date's. Names of zones other than GMT are ambiguous, and are refused.
pub(super) fn parse(value: &[u8]) -> Result<DateTime<Utc>, Fault> {
    let date = fixed(value).or_else(|| {
        let text = str::from_utf8(value).ok().filter(|text| has_numeric_zone(text))?;
        Some(DateTime::parse_from_rfc2822(text).ok()?.to_utc())
    });
    date.ok_or_else(|| Fault::malformed(Check::Date, "Date is not in the form of RFC 9110"))
}

/// The fixed form: every character has its place.
fn fixed(value: &[u8]) -> Option<DateTime<Utc>> {
    const FORM: &[u8; 29] = b"***, ** *** **** **:**:** GMT";
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    const DAYS: &[u8] = b"MonTueWedThuFriSatSun";
    let mut places = value.iter().zip(FORM);
    if value.len() != FORM.len() || !places.all(|(is, must)| *must == b'*' || is == must) {
        return None;
    }
    let part = |range| value.get(range).unwrap_or_default();
    let digits = |range| number(part(range));
    let month = (1..).zip(MONTHS.chunks(3)).find(|(_, name)| *name == part(8..11))?.0;
    let day = NaiveDate::from_ymd_opt(digits(12..16)?.try_into().ok()?, month, digits(5..7)?)?;
    let weekday = usize::try_from(day.weekday().num_days_from_monday()).ok()?;
    if DAYS.chunks(3).nth(weekday) != Some(part(0..3)) {
        return None;
    }
    // A leap second is the first second of the next minute.
    let second = digits(23..25)?;
    let leap = u32::from(second == 60);
    let time = day.and_hms_opt(digits(17..19)?, digits(20..22)?, second - leap)?;
    time.and_utc().checked_add_signed(TimeDelta::seconds(i64::from(leap)))
}

/// Decimal digits and nothing else.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
    })
}

/// Whether a text ends with a space, a sign and four digits.
fn has_numeric_zone(text: &str) -> bool {
    let zone = text.as_bytes().last_chunk::<6>();
    zone.is_some_and(
        |zone| matches!(zone, [b' ', b'+' | b'-', digits @ ..] if number(digits).is_some()),
    )
}

/// How far a date may be from the receiver's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) oldest: TimeDelta,
    pub(super) ahead: TimeDelta,
}

impl Window {
    /// The last moment at which a date is still taken, when it is taken now.
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

/// To the millisecond, rounded up: what is over a bound is never shown as equal to it.
fn seconds(delta: TimeDelta) -> f64 {
    (delta.as_seconds_f64() * 1000.0).ceil() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let cases = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00Z"),
            ("Sat, 30 Jun 2012 23:59:60 GMT", "2012-07-01T00:00:00Z"),
            ("Sun, 06 Nov 1994 08:49:37 +0000", "1994-11-06T08:49:37Z"),
            ("Sun, 6 Nov 1994 08:49:37 -0000", "1994-11-06T08:49:37Z"),
            ("6 Nov 1994 08:49 +0100", "1994-11-06T07:49:00Z"),
            ("sun, 06 nov 1994 08:49:37 -1130", "1994-11-06T20:19:37Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                parse(text.as_bytes()).map(|date| date.to_rfc3339()),
                Ok(expected.replace('Z', "+00:00")),
                "{text}"
            );
        }
    }
}
