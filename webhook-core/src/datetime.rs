//! Dates as the wire writes them: `YYYY-MM-DD HH:MM:SS`, no zone.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use serde::de::Expected;
use std::fmt;

/// Texts that stand for a date that is not set.
const UNSET: [&str; 3] = ["", "0000-00-00 00:00:00", "0000-00-00"];

/// Whether `text` stands for a date that is not set.
pub(crate) fn is_unset(text: &str) -> bool {
    UNSET.contains(&text)
}

/// Reads `YYYY-MM-DD HH:MM:SS`; nothing else.
pub(crate) fn parse(text: &str) -> Option<NaiveDateTime> {
    let bytes: &[u8; 19] = text.as_bytes().try_into().ok()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b' ', h1, h2, b':', i1, i2, b':', s1, s2] =
        *bytes
    else {
        return None;
    };
    let year = number([y1, y2])? * 100 + number([y3, y4])?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number([m1, m2])?, number([d1, d2])?)?
        .and_hms_opt(number([h1, h2])?, number([i1, i2])?, number([s1, s2])?)
}

/// Whether a visitor is chrono's for `NaiveDateTime`, by the one thing that it tells of itself.
pub(crate) fn is_chrono(visitor: &dyn Expected) -> bool {
    visitor.to_string() == "a formatted date and time string"
}

fn number(digits: [u8; 2]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
    })
}

/// A moment in the wire's text.
pub(crate) struct Wire(NaiveDateTime);

impl Wire {
    /// `None` for what the wire can't say: fractions of a second, years past 9999 or before 0.
    pub(crate) fn new(moment: NaiveDateTime) -> Option<Self> {
        (moment.nanosecond() == 0 && (0..=9999).contains(&moment.year())).then_some(Self(moment))
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(at) = self;
        write!(f, "{:04}-{:02}-{:02} ", at.year(), at.month(), at.day())?;
        write!(f, "{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        for text in ["1979-02-12 12:49:23", "0000-01-01 00:00:00", "9999-12-31 23:59:59"] {
            assert_eq!(Wire::new(parse(text).unwrap()).unwrap().to_string(), text);
        }
        for text in [
            "1979-02-12",
            "1979-02-12T12:49:23",
            "1979-02-30 00:00:00",
            "1979-13-01 00:00:00",
            "1979-02-12 24:00:00",
            "1979-02-12 12:49:60",
            "+979-02-12 12:49:23",
            "",
            "0000-00-00 00:00:00",
            "1979-02-12 12:49:23Z",
            "１979-02-12 12:49",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
