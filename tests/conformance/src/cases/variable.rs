//! The documented variables: there, absent, wrong.

use super::{PROFILE, SUBPROFILE, profile, refused, subprofile};
use crate::case::{Case, Expect};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::form("the least of a profile", PROFILE, profile("{}", "{}", "{}", "")),
        Case::form("the least of a subprofile", SUBPROFILE, subprofile("{}", "{}", "")),
        Case::form(
            "the documented profile",
            DOCUMENTED_PROFILE,
            Expect::Event(PROFILE_EVENT.into()),
        ),
        Case::form(
            "the documented subprofile",
            DOCUMENTED_SUBPROFILE,
            Expect::Event(SUBPROFILE_EVENT.into()),
        ),
        Case::form(
            "a subprofile has no interests",
            format!("{SUBPROFILE}&interests[]=blue"),
            subprofile("{}", "{}", r#","interests":["blue"]"#),
        ),
        Case::form(
            "action stands for type",
            PROFILE.replace("type=", "action="),
            profile("{}", "{}", "{}", ""),
        ),
        Case::form(
            "type wins over action",
            format!("{PROFILE}&action=update"),
            profile("{}", "{}", "{}", r#","action":"update""#),
        ),
        Case::form(
            "type wins over action, the other way",
            format!("{PROFILE}&action=create").replace("type=create", "type=update"),
            refused(422, "unexpected_event", "the type is `update`, not `create`"),
        ),
        Case::form(
            "an empty subprofile makes a profile",
            SUBPROFILE.replace("subprofile=12", "subprofile="),
            profile("{}", "{}", "{}", r#","collection":"2""#),
        ),
        Case::form(
            "a subprofile of 0 makes a profile",
            format!("{PROFILE}&subprofile=0&interests[]=blue"),
            profile("{}", "{}", r#"{"blue":1}"#, ""),
        ),
        Case::form(
            "a form after a byte order mark",
            format!("\u{feff}{PROFILE}"),
            profile("{}", "{}", "{}", ""),
        ),
        Case::form(
            "a form after a byte order mark says where",
            format!("\u{feff}{PROFILE}").replace("=123", "=abc"),
            refused(422, "invalid_variable", "(at byte 15 of the body)"),
        ),
        Case::form("an empty form", "", refused(422, "unexpected_event", "no variable `type`")),
        Case::form("nothing but ampersands", "&&&", refused(422, "unexpected_event", "")),
    ];
    cases.extend(REST.iter().map(|(name, pairs, rest)| {
        Case::form(name, format!("{PROFILE}&{pairs}"), profile("{}", "{}", "{}", rest))
    }));
    cases.extend(DATES.iter().map(|(name, pairs, dates)| {
        let Expect::Event(event) = profile("{}", "{}", "{}", "") else { unreachable!() };
        let event = event.replacen(":23\"", &format!(":23\"{dates}"), 1);
        Case::form(name, format!("{PROFILE}&{pairs}"), Expect::Event(event))
    }));
    cases.extend(["update", "delete", "click"].map(|other| {
        let detail = format!("the type is `{other}`, not `create` (at byte 0");
        let body = PROFILE.replace("create", other);
        let name = format!("another trigger: {other}");
        Case::form(&name, body, refused(422, "unexpected_event", &detail))
    }));
    cases.extend(WRONG.iter().map(|(name, from, to, code, detail)| {
        let body = SUBPROFILE.replacen(from, to, 1);
        assert_ne!(body, SUBPROFILE, "{name} changes nothing");
        Case::form(name, body, refused(422, code, detail))
    }));
    cases
}

const DOCUMENTED_PROFILE: &str = "type=create&profile=123&parameters%5Bname%5D=Johny\
    &parameters%5Bmail%5D=johny%40example.com&parameters%5Bblue%5D=1&parameters%5Bred%5D=0\
    &timestamp=1979-02-12+12%3A49%3A23&id=123&database=1&fields%5Bname%5D=Johny\
    &fields%5Bmail%5D=johny%40example.com&interests%5Bblue%5D=1&interests%5Bred%5D=0\
    &created=1979-02-12+12%3A49%3A23&modified=1979-02-12+12%3A49%3A23";
const PROFILE_EVENT: &str = concat!(
    r#"{"type":"create","profile":123,"database":1,"id":123,"#,
    r#""timestamp":"1979-02-12 12:49:23","created":"1979-02-12 12:49:23","#,
    r#""modified":"1979-02-12 12:49:23","#,
    r#""parameters":{"name":"Johny","mail":"johny@example.com","blue":"1","red":"0"},"#,
    r#""fields":{"name":"Johny","mail":"johny@example.com"},"interests":{"blue":1,"red":0}}"#
);
const DOCUMENTED_SUBPROFILE: &str = "type=create&subprofile=123&parameters%5Bname%5D=Johny\
    &parameters%5Bmail%5D=johny%40example.com&timestamp=1979-02-12+12%3A49%3A23&id=12&database=1\
    &collection=2&profile=123&fields%5Bname%5D=Johny&fields%5Bmail%5D=johny%40example.com\
    &created=1979-02-12+12%3A49%3A23&modified=1979-02-12+12%3A49%3A23";
const SUBPROFILE_EVENT: &str = concat!(
    r#"{"type":"create","profile":123,"subprofile":123,"database":1,"collection":2,"id":12,"#,
    r#""timestamp":"1979-02-12 12:49:23","created":"1979-02-12 12:49:23","#,
    r#""modified":"1979-02-12 12:49:23","#,
    r#""parameters":{"name":"Johny","mail":"johny@example.com"},"#,
    r#""fields":{"name":"Johny","mail":"johny@example.com"}}"#
);

/// Name, pairs, what comes after the interests.
const REST: &[(&str, &str, &str)] = &[
    ("an undocumented variable", "shoe=42", r#","shoe":"42""#),
    ("undocumented maps and lists", "a[b]=1&c[]=2", r#","a":{"b":"1"},"c":["2"]"#),
    ("a time in words", "time=now", r#","time":"now""#),
    ("a time as a date", "time=1979-02-12+12:49:23", r#","time":"1979-02-12 12:49:23""#),
    ("a time past 64 bits", "time=9223372036854775808", r#","time":"9223372036854775808""#),
    ("a time that is a list", "time[]=1", r#","time":["1"]"#),
    ("an id in letters", "id=b4icbaqjswyrb7tc", r#","id":"b4icbaqjswyrb7tc""#),
    (
        "a created that is no date",
        "created=2024-13-01+10:00:00",
        r#","created":"2024-13-01 10:00:00""#,
    ),
    (
        "a modified in ISO 8601",
        "modified=2024-01-01T10:00:00Z",
        r#","modified":"2024-01-01T10:00:00Z""#,
    ),
    ("a created that is a map", "created[a]=b", r#","created":{"a":"b"}"#),
    ("a collection without a subprofile", "collection=2", r#","collection":"2""#),
    ("no name at all", "=x", r#","":"x""#),
    ("a bracket that is never closed", "fields[a=1", r#","fields[a":"1""#),
    ("a variable like an object's insides", "__proto__[x]=1", r#","__proto__":{"x":"1"}"#),
];

/// Name, pairs, what comes after the timestamp.
const DATES: &[(&str, &str, &str)] = &[
    ("time", "time=287671763", r#","time":287671763"#),
    ("a time before 1970", "time=-1", r#","time":-1"#),
    ("an empty time", "time=", ""),
    ("created", "created=2000-01-01+00:00:00", r#","created":"2000-01-01 00:00:00""#),
    ("a date that is not set", "modified=0000-00-00+00:00:00", ""),
    ("a day that is not set", "modified=0000-00-00", ""),
    ("an empty date", "created=&modified=", ""),
    ("a date of zeros by PHP's calendar", "modified=-0001-11-30+00:00:00", ""),
    ("dates that are 0 or false", "created=0&modified=false", ""),
];

/// Name, what is replaced in a subprofile's least, by what, code, detail.
const WRONG: &[(&str, &str, &str, &str, &str)] = &[
    (
        "a profile that is no number",
        "profile=123",
        "profile=abc",
        "invalid_variable",
        "profile: must be a whole number (at byte 12 of the body)",
    ),
    (
        "a profile that is a list",
        "profile=123",
        "profile[]=123",
        "invalid_variable",
        "profile: must be one value",
    ),
    ("a negative profile", "profile=123", "profile=-123", "invalid_variable", "profile: "),
    ("a profile with a sign", "profile=123", "profile=%2B123", "invalid_variable", "profile: "),
    ("a profile with a space", "profile=123", "profile=+123", "invalid_variable", "profile: "),
    (
        "a profile past 64 bits",
        "profile=123",
        "profile=18446744073709551616",
        "invalid_variable",
        "profile: ",
    ),
    ("an empty profile", "profile=123", "profile=", "invalid_variable", "profile: "),
    ("no profile", "&profile=123", "", "invalid_variable", "profile: missing"),
    ("no database", "&database=1", "", "invalid_variable", "database: missing"),
    ("no collection", "&collection=2", "", "invalid_variable", "collection: missing"),
    (
        "no timestamp",
        "&timestamp=1979-02-12+12:49:23",
        "",
        "invalid_variable",
        "timestamp: missing",
    ),
    ("a subprofile in words", "subprofile=12", "subprofile=no", "invalid_variable", "subprofile: "),
    (
        "a timestamp in ISO 8601",
        "12+12:49:23",
        "12T12:49:23Z",
        "invalid_variable",
        "timestamp: must be YYYY-MM-DD HH:MM:SS",
    ),
    (
        "a timestamp that is not set",
        "1979-02-12+12:49:23",
        "0000-00-00+00:00:00",
        "invalid_variable",
        "timestamp: ",
    ),
    ("the 30th of February", "02-12", "02-30", "invalid_variable", "timestamp: "),
    ("a type that is a list", "type=create", "type[]=create", "unexpected_event", "a list"),
    (
        "a type in capitals",
        "type=create",
        "type=CREATE",
        "unexpected_event",
        "the type is not `create`",
    ),
    ("no type", "type=create&", "", "unexpected_event", "there is no variable `type`"),
];
