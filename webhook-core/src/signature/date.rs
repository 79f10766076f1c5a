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
    const MONTHS: [&[u8; 3]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
        b"Dec",
    ];
    const DAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    let &[
        w0,
        w1,
        w2,
        b',',
        b' ',
        d0,
        d1,
        b' ',
        m0,
        m1,
        m2,
        b' ',
        y0,
        y1,
        y2,
        y3,
        b' ',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        b' ',
        b'G',
        b'M',
        b'T',
    ] = value
    else {
        return None;
    };
    let month = (1..).zip(MONTHS).find(|(_, name)| **name == [m0, m1, m2])?.0;
    let year = i32::try_from(number(&[y0, y1, y2, y3])?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, month, number(&[d0, d1])?)?;
    let weekday = usize::try_from(day.weekday().num_days_from_monday()).ok()?;
    if DAYS.get(weekday).is_none_or(|name| **name != [w0, w1, w2]) {
        return None;
    }
    // A leap second is the first second of the next minute.
    let second = number(&[s0, s1])?;
    let leap = u32::from(second == 60);
    let time = day.and_hms_opt(number(&[h0, h1])?, number(&[n0, n1])?, second - leap)?;
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

/// With the fraction that decided.
fn seconds(delta: TimeDelta) -> f64 {
    delta.as_seconds_f64()
}
