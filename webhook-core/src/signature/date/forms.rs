//! Dates in every form that a header may have them in.
//!
//! ```text
//! date    = [ weekday [","] ] ( day sep month sep year time zone | month day time year ) *comment
//! sep     = 1*WSP / "-"
//! time    = 2DIGIT ":" 2DIGIT [ ":" 2DIGIT ]
//! zone    = "GMT" / "UT" / "UTC" / "Z" / ( "+" / "-" ) 4DIGIT
//! ```
//!
//! This is IMF-fixdate, RFC 850's form and that of asctime (RFC 9110 §5.6.7) and RFC 5322 §3.3 in
//! one grammar. Names are read in either case; white space and comments go where RFC 5322 lets them.

use super::{moment, number};
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc, Weekday};

const MONTHS: [&[u8]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// Reads a date in any of the forms; `None` for what is in none of them.
pub(super) fn read(value: &[u8]) -> Option<DateTime<Utc>> {
    let mut text = DateText(value);
    text.space();
    // A word that is no weekday may be the month of asctime's form without one.
    let weekday = match text.peek(DateText::word) {
        Some(word) => weekday(word),
        None => None,
    };
    if weekday.is_some() {
        text.word();
        text.space();
        text.take(b',');
        text.space();
    }
    let (day, time, zone) = if text.peek(DateText::digits).is_some() {
        let day = text.digits().filter(|day| day.len() <= 2)?;
        text.separator()?;
        let month = month(text.word()?)?;
        text.separator()?;
        let year = text.digits()?;
        text.some_space()?;
        let time = text.time()?;
        text.some_space()?;
        (date(year, month, number(day)?, weekday)?, time, text.zone()?)
    } else {
        let month = month(text.word()?)?;
        text.some_space()?;
        let day = text.digits().filter(|day| day.len() <= 2)?;
        text.some_space()?;
        let time = text.time()?;
        text.some_space()?;
        let year = text.digits().filter(|year| year.len() == 4)?;
        (date(year, month, number(day)?, weekday)?, time, FixedOffset::east_opt(0)?)
    };
    text.space();
    while text.comment()? {
        text.space();
    }
    if !text.0.is_empty() {
        return None;
    }
    Some(moment(day, time)?.and_local_timezone(zone).single()?.to_utc())
}

/// Returns the day, whose weekday must be this one where there is one.
///
/// Two digits of a year do not say the century, and RFC 9110 lets the clock decide; a weekday says
/// it without one, because the same day a hundred years on falls on another. Without a weekday the
/// rule is that of RFC 5322 §4.3, and so it is for three digits.
fn date(year: &[u8], month: u32, day: u32, weekday: Option<Weekday>) -> Option<NaiveDate> {
    let digits = year.len();
    let year = i32::try_from(number(year)?).ok()?;
    let fits = |year: i32| {
        let date = NaiveDate::from_ymd_opt(year, month, day)?;
        weekday.is_none_or(|weekday| date.weekday() == weekday).then_some(date)
    };
    match digits {
        1 => None,
        2 if weekday.is_none() => fits(if year < 50 { 2000 + year } else { 1900 + year }),
        2 => fits(2000 + year).or_else(|| fits(1900 + year)),
        3 => fits(1900 + year),
        _ => fits(year),
    }
}

/// Returns the month that a name of three letters stands for, from 1 on.
fn month(name: &[u8]) -> Option<u32> {
    (1..).zip(MONTHS).find(|(_, month)| name.eq_ignore_ascii_case(month)).map(|(month, _)| month)
}

/// Returns the weekday that its name or the first three letters of it stand for.
fn weekday(name: &[u8]) -> Option<Weekday> {
    const DAYS: [(Weekday, &[u8]); 7] = [
        (Weekday::Mon, b"monday"),
        (Weekday::Tue, b"tuesday"),
        (Weekday::Wed, b"wednesday"),
        (Weekday::Thu, b"thursday"),
        (Weekday::Fri, b"friday"),
        (Weekday::Sat, b"saturday"),
        (Weekday::Sun, b"sunday"),
    ];
    let stands = |day: &[u8]| {
        name.eq_ignore_ascii_case(day)
            || day.get(..3).is_some_and(|short| name.eq_ignore_ascii_case(short))
    };
    DAYS.into_iter().find(|(_, day)| stands(day)).map(|(weekday, _)| weekday)
}

/// What is left to read.
#[derive(Clone, Copy)]
struct DateText<'a>(&'a [u8]);

impl<'a> DateText<'a> {
    /// Reads the longest run of such bytes; `None` when the next byte is not one.
    fn run(&mut self, is_part: impl Fn(&u8) -> bool) -> Option<&'a [u8]> {
        let len = self.0.iter().take_while(|byte| is_part(byte)).count();
        let (run, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        (!run.is_empty()).then_some(run)
    }

    fn digits(&mut self) -> Option<&'a [u8]> {
        self.run(u8::is_ascii_digit)
    }

    fn word(&mut self) -> Option<&'a [u8]> {
        self.run(u8::is_ascii_alphabetic)
    }

    /// Reads nothing yet.
    fn peek(&self, read: impl Fn(&mut Self) -> Option<&'a [u8]>) -> Option<&'a [u8]> {
        read(&mut self.clone())
    }

    fn some_space(&mut self) -> Option<()> {
        self.run(|byte| matches!(byte, b' ' | b'\t')).map(|_| ())
    }

    fn space(&mut self) {
        let _ = self.some_space();
    }

    /// Reads this byte where it is next.
    fn take(&mut self, byte: u8) -> bool {
        let rest = self.0.strip_prefix(&[byte]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Reads what stands between day, month and year.
    fn separator(&mut self) -> Option<()> {
        if self.take(b'-') { Some(()) } else { self.some_space() }
    }

    /// Reads hour, minute and perhaps second: two digits each.
    fn time(&mut self) -> Option<[u32; 3]> {
        let mut time = [0; 3];
        for (at, part) in time.iter_mut().enumerate() {
            if at > 0 {
                let mut ahead = *self;
                ahead.space();
                if !ahead.take(b':') {
                    // Only the second may be left out.
                    return (at == 2).then_some(time);
                }
                ahead.space();
                *self = ahead;
            }
            *part = number(self.digits().filter(|digits| digits.len() == 2)?)?;
        }
        Some(time)
    }

    fn zone(&mut self) -> Option<FixedOffset> {
        if let Some(name) = self.word() {
            let is_utc = ["gmt", "ut", "utc", "z"]
                .iter()
                .any(|utc| name.eq_ignore_ascii_case(utc.as_bytes()));
            return if is_utc { FixedOffset::east_opt(0) } else { None };
        }
        let sign = if self.take(b'-') { -1 } else { i32::from(self.take(b'+')) };
        let digits = self.digits().filter(|digits| digits.len() == 4 && sign != 0)?;
        let digits = i32::try_from(number(digits)?).ok()?;
        let (hours, minutes) = (digits / 100, digits % 100);
        // An offset of a day or more does not exist, and `east_opt` says so.
        if minutes < 60 { FixedOffset::east_opt(sign * (hours * 60 + minutes) * 60) } else { None }
    }

    /// Reads a comment in parentheses, which may hold others and escaped characters; `None` when it
    /// is not closed.
    fn comment(&mut self) -> Option<bool> {
        let mut depth = 0usize;
        let mut bytes = self.0.iter();
        loop {
            match (bytes.next(), depth) {
                (Some(b'('), _) => depth += 1,
                (_, 0) => return Some(false),
                (Some(b')'), 1) => break,
                (Some(b')'), _) => depth -= 1,
                (Some(b'\\'), _) => drop(bytes.next()),
                (Some(_), _) => {}
                (None, _) => return None,
            }
        }
        self.0 = bytes.as_slice();
        Some(true)
    }
}
