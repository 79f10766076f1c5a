//! Dates as the wire writes them: `YYYY-MM-DD HH:MM:SS`, no zone.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use serde::ser::{Error, Serializer};
use std::fmt;

/// The days that stand for no day: the zeros themselves, and what PHP's calendar makes of them.
const NO_DAYS: [&[u8]; 2] = [b"0000-00-00", b"-0001-11-30"];

/// Returns whether `text` stands for a date that is not set, whatever it was meant to be: it is
/// empty, or a day of zeros, with or without a time.
pub(crate) fn is_unset(text: impl AsRef<[u8]>) -> bool {
    let text = text.as_ref();
    let is_time = |rest: &[u8]| {
        matches!(rest, [] | [b' ' | b'T', ..])
            && rest.iter().skip(1).all(|byte| b"0123456789:.+-Z".contains(byte))
    };
    text.is_empty() || NO_DAYS.iter().any(|day| text.strip_prefix(*day).is_some_and(is_time))
}

/// Returns whether `text` stands for a date that is not set where a date is due: `0` and `false` do,
/// too.
pub(crate) fn is_no_date(text: impl AsRef<[u8]>) -> bool {
    matches!(text.as_ref(), b"0" | b"false") || is_unset(text)
}

/// Reads `YYYY-MM-DD HH:MM:SS`; nothing else.
pub(crate) fn parse(text: impl AsRef<[u8]>) -> Option<NaiveDateTime> {
    let bytes: &[u8; 19] = text.as_ref().try_into().ok()?;
    let [century, _, year, _, _, month, _, _] = pairs(*bytes.first_chunk()?, *b"0000-00-")?;
    let [day, ..] = pairs(*bytes.get(8..)?.first_chunk()?, *b"00 00:00")?;
    let [hour, _, _, minute, _, _, second, _] = pairs(*bytes.last_chunk()?, *b"00:00:00")?;
    let year = i32::from(century) * 100 + i32::from(year);
    NaiveDate::from_ymd_opt(year, month.into(), day.into())?.and_hms_opt(
        hour.into(),
        minute.into(),
        second.into(),
    )
}

/// Compares eight bytes at once (a SWAR range check): where `shape` has a `0` there must be a
/// digit, else the same byte. Where two digits begin, the number that they are.
#[inline]
fn pairs(text: [u8; 8], shape: [u8; 8]) -> Option<[u8; 8]> {
    // What a byte may not be more than, as what is missing from there to the upper bit.
    let room = shape.map(|byte| if byte == b'0' { 0x7f - 9 } else { 0x7f });
    let digits = u64::from_le_bytes(text) ^ u64::from_le_bytes(shape);
    let over = digits | digits.wrapping_add(u64::from_le_bytes(room));
    let upper_bits = u64::from_le_bytes([0x80; 8]);
    (over & upper_bits == 0).then(|| (digits * 10 + (digits >> 8)).to_le_bytes())
}

/// A moment in the wire's text.
struct Wire(NaiveDateTime);

impl Wire {
    /// Makes one; `None` for what the wire can't say: fractions of a second, years past 9999 or
    /// before 0.
    fn new(moment: NaiveDateTime) -> Option<Self> {
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

/// Returns a date as the wire writes it; `None` for one that the wire can't say.
pub(crate) fn written(date: NaiveDateTime) -> Option<String> {
    Wire::new(date).map(|wire| wire.to_string())
}

/// Writes a date as the wire does, for `#[serde(serialize_with = …)]`.
pub(crate) fn serialize<S: Serializer>(date: &NaiveDateTime, output: S) -> Result<S::Ok, S::Error> {
    match Wire::new(*date) {
        Some(wire) => output.collect_str(&wire),
        None => Err(S::Error::custom("a date: the wire has whole seconds of the years 0 to 9999")),
    }
}

/// Writes a date that is set; one that is not is left out before.
#[allow(clippy::ref_option)] // serde's signature
pub(crate) fn serialize_set<S: Serializer>(
    date: &Option<NaiveDateTime>,
    output: S,
) -> Result<S::Ok, S::Error> {
    match date {
        Some(date) => serialize(date, output),
        None => output.serialize_none(),
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
    #[test]
    fn what_is_read_is_what_is_written() {
        let mut read = 0;
        for at in 0..19 {
            for byte in 0..0x80 {
                let mut text = *b"2023-11-17 13:17:15";
                text[at] = byte;
                let text = str::from_utf8(&text).unwrap();
                if let Some(date) = parse(text) {
                    assert_eq!(Wire::new(date).unwrap().to_string(), text);
                    read += 1;
                }
            }
        }
        // Ten at each digit of the year, then of the month two and three, and so on.
        let digits = [10, 10, 10, 10, 2, 3, 3, 10, 3, 10, 6, 10, 6, 10];
        assert_eq!(read, digits.iter().sum::<u32>() + 5);
    }
}
