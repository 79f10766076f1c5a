//! JSON bodies: the same shape.

use super::{profile, refused};
use crate::case::Case;

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = ACCEPTED
        .iter()
        .map(|(name, rest, maps)| {
            let [parameters, fields, interests] = maps;
            let body = format!("{{{LEAST}{rest}}}");
            Case::json(name, body, profile(parameters, fields, interests, ""))
        })
        .collect();
    cases.extend(REFUSED.iter().map(|(name, body, code, detail)| {
        let status = if *code == "malformed_body" { 400 } else { 422 };
        Case::json(name, *body, refused(status, code, detail))
    }));
    for before in ["\u{feff}", "\u{feff}\r\n", " \t\u{feff} "] {
        let name = format!("JSON after {}", before.escape_unicode());
        let body = format!("{before}{{{LEAST}}}");
        cases.push(Case::json(&name, body, profile("{}", "{}", "{}", "")));
    }
    cases.push(Case::json(
        "a form that is labelled JSON",
        super::PROFILE,
        profile("{}", "{}", "{}", ""),
    ));
    cases.push(Case::form(
        "JSON that is labelled a form",
        format!("{{{LEAST}}}"),
        profile("{}", "{}", "{}", ""),
    ));
    cases
}

const LEAST: &str =
    r#""type":"create","profile":123,"database":"1","timestamp":"1979-02-12 12:49:23""#;

/// Name, what comes after the least, the three maps.
const ACCEPTED: &[(&str, &str, [&str; 3])] = &[
    ("JSON, the least", "", ["{}", "{}", "{}"]),
    ("JSON, whitespace", " \r\n\t", ["{}", "{}", "{}"]),
    (
        "JSON, numbers and booleans",
        r#","fields":{"a":1,"b":-1.5,"c":true,"d":false,"e":null}"#,
        ["{}", r#"{"a":"1","b":"-1.5","c":"1","d":"0","e":""}"#, "{}"],
    ),
    (
        "JSON, nested",
        r#","parameters":{"a":{"b":["x","y"]}}"#,
        [r#"{"a":{"b":["x","y"]}}"#, "{}", "{}"],
    ),
    ("JSON, interests as a list", r#","interests":["blue"]"#, ["{}", "{}", r#"{"blue":1}"#]),
    (
        "JSON, interests as a map",
        r#","interests":{"blue":true,"red":0}"#,
        ["{}", "{}", r#"{"blue":1,"red":0}"#],
    ),
    (
        "JSON, empty arrays of PHP",
        r#","parameters":[],"fields":[],"interests":[]"#,
        ["{}", "{}", "{}"],
    ),
    (
        "JSON, escapes",
        r#","fields":{"\u0063af\u00e9":"\ud83c\udf77\n"}"#,
        ["{}", r#"{"café":"🍷\n"}"#, "{}"],
    ),
    (
        "JSON, brackets in names",
        r#","fields":{"a[b]":"1","":"2"}"#,
        ["{}", r#"{"a[b]":"1","":"2"}"#, "{}"],
    ),
    (
        "JSON, numbers past 64 bits",
        r#","fields":{"a":123456789012345678901234567890,"b":1.10}"#,
        ["{}", r#"{"a":"123456789012345678901234567890","b":"1.10"}"#, "{}"],
    ),
    (
        "JSON, variables that are null",
        r#","subprofile":null,"fields":null,"interests":null,"shoe":null"#,
        ["{}", "{}", "{}"],
    ),
    ("JSON, a subprofile that is false", r#","subprofile":false"#, ["{}", "{}", "{}"]),
    ("JSON, a subprofile that is 0", r#","subprofile":0"#, ["{}", "{}", "{}"]),
    ("JSON, dates that are false or 0", r#","created":false,"modified":0"#, ["{}", "{}", "{}"]),
    (
        "JSON, interests with groups",
        r#","interests":[{"ID":7,"name":"football","group":"Sport"}]"#,
        ["{}", "{}", r#"[{"ID":"7","name":"football","group":"Sport"}]"#],
    ),
    ("JSON, a name twice", r#","fields":{"a":"1","a":"2"}"#, ["{}", r#"{"a":"2"}"#, "{}"]),
];

/// Name, body, code, detail.
const REFUSED: &[(&str, &[u8], &str, &str)] = &[
    // The bytes say what a body is: without a brace or bracket it is a form.
    ("JSON, empty", b"", "unexpected_event", "no variable `type`"),
    ("JSON, cut short", br#"{"type":"create","#, "malformed_body", "the JSON ends too early"),
    (
        "JSON, a list, as PHP writes an empty array",
        b"[]",
        "malformed_body",
        "must be one object of variables (at byte 0",
    ),
    ("JSON, a number", b"1", "unexpected_event", "no variable `type`"),
    ("JSON, null", b"null", "unexpected_event", "no variable `type`"),
    ("JSON, a text", br#""create""#, "unexpected_event", "no variable `type`"),
    ("JSON, two", b"{}{}", "malformed_body", "not valid JSON"),
    ("JSON, no quotes", b"{type:1}", "malformed_body", "not valid JSON"),
    ("JSON, not UTF-8", b"{\"type\":\"\xe9\"}", "malformed_body", ""),
    (
        "JSON, half a surrogate",
        br#"{"type":"\ud83c"}"#,
        "malformed_body",
        "half a surrogate pair in an escape: send both halves, or accept losses with \
         ReceiverBuilder::lossy_utf8 (at byte 9 of the body)",
    ),
    (
        "JSON, half a surrogate after a byte order mark",
        b"\xef\xbb\xbf {\"type\":\"\\udf77\"}",
        "malformed_body",
        "(at byte 13 of the body)",
    ),
    (
        "JSON, a profile that is true",
        br#"{"type":"create","profile":true,"database":1,"timestamp":"1979-02-12 12:49:23"}"#,
        "invalid_variable",
        "profile: must be a whole number",
    ),
    (
        "JSON, a database that is false",
        br#"{"type":"create","profile":1,"database":false,"timestamp":"1979-02-12 12:49:23"}"#,
        "invalid_variable",
        "database: must be a whole number",
    ),
    (
        "JSON, a subprofile that is true",
        br#"{"type":"create","profile":1,"subprofile":true,"database":1,"collection":1,"timestamp":"1979-02-12 12:49:23"}"#,
        "invalid_variable",
        "subprofile: must be a whole number",
    ),
    ("JSON, an empty object", b"{}", "unexpected_event", "no variable `type`"),
    ("JSON, update", br#"{"type":"update"}"#, "unexpected_event", "the type is `update`"),
    ("JSON, no profile", br#"{"type":"create"}"#, "invalid_variable", "profile: missing"),
    (
        "JSON, a profile that is a map",
        br#"{"type":"create","profile":{}}"#,
        "invalid_variable",
        "profile: must be one value",
    ),
];
