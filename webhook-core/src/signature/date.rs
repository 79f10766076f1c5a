//! When a call was sent.

mod forms;

use crate::rejection::{Check, Fault};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc, Weekday};

/// Reads a `Date`: in one of the three forms of RFC 9110 §5.6.7, or in that of RFC 5322 §3.3, which
/// PHP calls `DATE_RFC2822`. One reader takes all of them, so a form does not decide what else is
/// forgiven. A weekday must be the date's. Names of zones other than those of UTC are ambiguous,
/// and are refused.
pub(super) fn parse(value: &[u8]) -> Result<DateTime<Utc>, Fault> {
    fixed(value)
        .or_else(|| forms::read(value))
        .ok_or_else(|| Fault::malformed(Check::Date, "Date is not in a form of RFC 9110"))
}

/// Reads the fixed form, `Sun, 05 Jan 2014 21:31:40 GMT`: every character has its place. Nearly all
/// dates have this form, and [`forms::read`] takes it too, at a higher price.
#[rustfmt::skip] // a part of the form a line
fn fixed(value: &[u8]) -> Option<DateTime<Utc>> {
    let &[
        w1, w2, w3, b',', b' ',
        d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ',
        h1, h2, b':', n1, n2, b':', s1, s2, b' ', b'G', b'M', b'T',
    ] = value else { return None };
    let month = match &[m1, m2, m3] {
        b"Jan" => 1, b"Feb" => 2, b"Mar" => 3, b"Apr" => 4, b"May" => 5, b"Jun" => 6,
        b"Jul" => 7, b"Aug" => 8, b"Sep" => 9, b"Oct" => 10, b"Nov" => 11, b"Dec" => 12,
        _ => return None,
    };
    let year = number(&[y1, y2, y3, y4])?;
    let day = NaiveDate::from_ymd_opt(year.try_into().ok()?, month, number(&[d1, d2])?)?;
    let weekday = match day.weekday() {
        Weekday::Mon => b"Mon", Weekday::Tue => b"Tue", Weekday::Wed => b"Wed", Weekday::Thu => b"Thu",
        Weekday::Fri => b"Fri", Weekday::Sat => b"Sat", Weekday::Sun => b"Sun",
    };
    let time = [number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?];
    if weekday != &[w1, w2, w3] { return None }
    moment(day, time).map(|moment| moment.and_utc())
}

/// Puts a day and a time of it together. A leap second is the first second of the next minute.
fn moment(day: NaiveDate, [hour, minute, second]: [u32; 3]) -> Option<NaiveDateTime> {
    if second == 60 {
        return day.and_hms_opt(hour, minute, 59)?.checked_add_signed(TimeDelta::seconds(1));
    }
    day.and_hms_opt(hour, minute, second)
}

/// Reads decimal digits and nothing else, at most nine of them.
fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        parse(text.as_bytes()).ok().map(|date| date.format("%FT%TZ").to_string())
    }

    #[test]
    fn every_form_is_read() {
        let cases = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00Z"),
            ("Sat, 30 Jun 2012 23:59:60 GMT", "2012-07-01T00:00:00Z"),
            ("Sat, 30 Jun 2012 23:59:60 +0000", "2012-07-01T00:00:00Z"),
            // RFC 9110 §5.6.7, the two obsolete forms.
            ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Monday, 04-May-20 08:48:10 GMT", "2020-05-04T08:48:10Z"),
            ("Friday, 04-May-68 08:48:10 GMT", "2068-05-04T08:48:10Z"),
            ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
            ("Mon May 14 08:48:10 2018", "2018-05-14T08:48:10Z"),
            // RFC 5322 §3.3 and §4.3.
            ("Sun, 06 Nov 1994 08:49:37 +0000", "1994-11-06T08:49:37Z"),
            ("Sun, 6 Nov 1994 08:49:37 -0000", "1994-11-06T08:49:37Z"),
            ("6 Nov 1994 08:49 +0100", "1994-11-06T07:49:00Z"),
            ("sun, 06 nov 1994 08:49:37 -1130", "1994-11-06T20:19:37Z"),
            ("6 Nov 94 08:49 +0000", "1994-11-06T08:49:00Z"),
            ("6 Nov 24 08:49 +0000", "2024-11-06T08:49:00Z"),
            ("Sun, 6 Nov 094 08:49 +0000", "1994-11-06T08:49:00Z"),
            ("Sun, 6 Nov 1994 08 : 49 : 37 +0000 (a (very) fine \\) day)", "1994-11-06T08:49:37Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    /// What a form forgives next to its zone, each with every way to write UTC.
    #[test]
    fn the_zone_decides_nothing_else() {
        for zone in ["GMT", "UT", "UTC", "Z", "gmt", "utc", "+0000", "-0000"] {
            for (form, minute_only) in [
                ("Mon, 4 May 2020 08:48:10", false),
                ("Mon, 04 May 2020 08:48:10", false),
                ("mon, 04 may 2020 08:48:10", false),
                ("Monday, 04-May-20 08:48:10", false),
                ("Mon, 04-May-2020 08:48:10", false),
                ("Mon 4 May 2020 08:48:10", false),
                ("4 May 2020 08:48:10", false),
                ("  Mon,4  May\t2020 08:48:10", false),
                ("Mon, 4 May 2020 08:48", true),
            ] {
                let expected =
                    if minute_only { "2020-05-04T08:48:00Z" } else { "2020-05-04T08:48:10Z" };
                let text = format!("{form} {zone}");
                assert_eq!(read(&text).as_deref(), Some(expected), "{text}");
            }
            for form in [
                "Tue, 4 May 2020 08:48:10",
                "Wednesday, 04-May-20 08:48:10",
                "Mon, 4 May 2020 8:48:10",
                "Mon, 4 May 2020 08:48:61",
                "Mon, 4 May 2020 24:48:10",
                "Mon, 31 Apr 2020 08:48:10",
                "Mon, 4May 2020 08:48:10",
                "Mon, 4 May 2020",
                "Mond, 4 May 2020 08:48:10",
                "Mon, -4 May 2020 08:48:10",
            ] {
                let text = format!("{form} {zone}");
                assert_eq!(read(&text), None, "{text}");
            }
        }
    }

    #[test]
    fn what_is_in_no_form_is_refused() {
        for text in [
            "",
            "Mon, 4 May 2020 08:48:10",
            "Mon, 4 May 2020 08:48:10 EST",
            "Mon, 4 May 2020 08:48:10 A",
            "Mon, 4 May 2020 08:48:10 GMT+0100",
            "Mon, 4 May 2020 08:48:10 +01:00",
            "Mon, 4 May 2020 08:48:10 +2400",
            "Mon, 4 May 2020 08:48:10 +0060",
            "Mon, 4 May 2020 08:48:10GMT",
            "Mon, 4 May 2020 08:48:10 GMT x",
            "Mon, 4 May 2020 08:48:10 GMT (open",
            "Mon May  4 08:48:10 2020 GMT",
            "Mon May  4 08:48:10 20",
            "Mon, 4 May 99999999999999999999 08:48:10 GMT",
            "99999999999 May 2020 08:48:10 GMT",
            "2020-05-04T08:48:10Z",
            "1588582090",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    /// The fast path takes a part of what the slow one takes.
    #[test]
    fn the_fixed_form_reads_the_same_either_way() {
        for second in (0..4_000_000_000i64).step_by(7_654_321) {
            let date = DateTime::from_timestamp(second, 0).unwrap();
            let text = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            assert_eq!(fixed(text.as_bytes()), Some(date), "{text}");
            assert_eq!(forms::read(text.as_bytes()), Some(date), "{text}");
            for form in ["%A, %d-%b-%y %H:%M:%S UTC", "%a %b %e %H:%M:%S %Y", "%e %b %Y %T Z"] {
                let text = date.format(form).to_string();
                let in_reach = !form.contains("%y") || (1970..2070).contains(&date.year());
                assert!(!in_reach || forms::read(text.as_bytes()) == Some(date), "{text}");
            }
        }
    }
}
