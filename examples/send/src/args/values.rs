//! Values of options.

use std::{io::Read as _, path::Path, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use http::{Uri, uri::Scheme};
use webhook_core::{
    Account,
    testing::fixtures::{self, Fixture},
};

use crate::message::Message;

/// When calls say that they were signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Date {
    At(DateTime<Utc>),
    FromNow(TimeDelta),
}

impl Date {
    /// Returns the moment, seen from now.
    pub(super) fn moment(self) -> DateTime<Utc> {
        match self {
            Self::At(date) => date,
            Self::FromNow(delta) => Utc::now() + delta,
        }
    }
}

/// What a kind was called when there were two of them, and is called.
const OLDER_NAMES: [(&str, &str); 2] =
    [("profile", "create-profile"), ("subprofile", "create-subprofile")];

/// Returns the test kit's fixture of this kind.
pub(super) fn kind(text: &str) -> Result<&'static Fixture, String> {
    let older = OLDER_NAMES.iter().find(|(older, _)| *older == text);
    let name = older.map_or(text, |(_, name)| name);
    fixtures::ALL.iter().find(|fixture| fixture.kind == name).ok_or_else(|| {
        let kinds: Vec<_> = fixtures::ALL.iter().map(|fixture| fixture.kind).collect();
        format!("must be one of {}", kinds.join(", "))
    })
}

/// Returns the bytes of a file; `-` is standard input.
pub(super) fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(path)
}

/// Returns the message in a file.
pub(super) fn message(path: &Path) -> Result<Message, String> {
    let bytes = read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Message::parse(bytes.into())
        .map_err(|error| format!("{} is not one HTTP/1.1 message: {error}", path.display()))
}

pub(super) fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("no `=` in it")?;
    if name.is_empty() {
        return Err("no name before the `=`");
    }
    Ok((name.into(), value.into()))
}

pub(super) fn endpoint(text: &str) -> Result<Uri, String> {
    let url: Uri = text.parse().map_err(|error: http::uri::InvalidUri| error.to_string())?;
    let known = [Some(&Scheme::HTTP), Some(&Scheme::HTTPS)].contains(&url.scheme());
    let user = url.authority().is_some_and(|authority| authority.as_str().contains('@'));
    if !known || user || url.host().is_none_or(str::is_empty) {
        return Err("not of the form http[s]://host[:port]/path".into());
    }
    Ok(url)
}

pub(super) fn account(text: &str) -> Result<Account, String> {
    match text.parse() {
        Ok(number) => Ok(Account::new(number)),
        Err(_) => text.parse().map_err(|error| format!("{error}")),
    }
}

pub(super) fn date(text: &str) -> Result<Date, &'static str> {
    if text.starts_with(['-', '+']) {
        let delta = text.parse().ok().and_then(TimeDelta::try_seconds);
        let near = delta.filter(|delta| delta.abs() <= TimeDelta::weeks(100 * 52));
        return near.map(Date::FromNow).ok_or("not a whole number of seconds in this century");
    }
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .map(|date| Date::At(date.to_utc()))
        .map_err(|_| "neither RFC 3339, nor as in a Date header, nor seconds from now")
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number")?;
    match Duration::try_from_secs_f64(number) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        Ok(_) => Err("must be more than 0".into()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_split_at_the_first_equals_sign() {
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(pair("a="), Ok(("a".into(), String::new())));
        assert!(pair("a").is_err());
        assert!(pair("=a").is_err());
    }

    #[test]
    fn urls_are_http_or_https_with_a_host() {
        assert!(endpoint("http://localhost:3000").is_ok());
        assert!(endpoint("https://localhost/").is_ok());
        let wrong = ["ftp://localhost/", "localhost:3000", "/copernica", "http://", "http://a@b/"];
        for wrong in wrong {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates_are_absolute_or_from_now() {
        let at = Date::At("2014-01-05T21:31:40Z".parse().unwrap());
        assert_eq!(date("2014-01-05T22:31:40+01:00"), Ok(at));
        assert_eq!(date("Sun, 05 Jan 2014 21:31:40 GMT"), Ok(at));
        assert_eq!(date("-90"), Ok(Date::FromNow(TimeDelta::seconds(-90))));
        assert_eq!(date("+60"), Ok(Date::FromNow(TimeDelta::seconds(60))));
        for wrong in ["", "60", "-", "-1.5", "+9223372036854775807", "yesterday"] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn accounts_are_numbers_or_named() {
        assert_eq!(account("1234"), account("account_1234"));
        assert_eq!(account("environment_5"), Ok(Account::environment(5)));
        for wrong in ["", "-1", "user_5", "1234 "] {
            assert!(account(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn timeouts_are_positive_and_finite() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["0", "-1", "inf", "NaN", "1s"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
