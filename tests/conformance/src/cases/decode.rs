//! How forms decode: names, values, nesting.

use super::{PROFILE, profile, refused};
use crate::case::{Case, Expect};

pub(super) fn cases() -> Vec<Case> {
    let fields = FIELDS.iter().map(|(name, pairs, fields)| {
        Case::form(name, format!("{PROFILE}&{pairs}"), profile("{}", fields, "{}", ""))
    });
    let parameters = PARAMETERS.iter().map(|(name, pairs, parameters)| {
        Case::form(name, format!("{PROFILE}&{pairs}"), profile(parameters, "{}", "{}", ""))
    });
    let interests = INTERESTS.iter().map(|(name, pairs, interests)| {
        Case::form(name, format!("{PROFILE}&{pairs}"), profile("{}", "{}", interests, ""))
    });
    let refusals = REFUSED.iter().map(|(name, tail, code, detail)| {
        let status = if *code == "malformed_body" { 400 } else { 422 };
        let body = [PROFILE.as_bytes(), b"&", tail].concat();
        Case::form(name, body, refused(status, code, detail))
    });
    let kept = KEPT.iter().map(|(name, pairs, rest)| {
        let id = if pairs.contains("id=7") { r#""id":7,"# } else { "" };
        let least = r#""type":"create","profile":123,"database":1,"#;
        let event = format!("{{{least}{id}\"timestamp\":\"1979-02-12 12:49:23\",{rest}}}");
        Case::form(name, format!("{PROFILE}&{pairs}"), Expect::Event(event))
    });
    fields.chain(parameters).chain(interests).chain(kept).chain(refusals).collect()
}

/// Name, pairs, `fields`.
const FIELDS: &[(&str, &str, &str)] = &[
    ("raw brackets", "fields[a]=1", r#"{"a":"1"}"#),
    ("escaped brackets, upper case", "fields%5Ba%5D=1", r#"{"a":"1"}"#),
    ("escaped brackets, lower case", "fields%5ba%5d=1", r#"{"a":"1"}"#),
    ("brackets of both kinds", "fields%5ba]=1&fields[b%5D=2", r#"{"a":"1","b":"2"}"#),
    ("plus is a space", "fields[First+name]=J+D", r#"{"First name":"J D"}"#),
    ("%20 is a space", "fields[First%20name]=J%20D", r#"{"First name":"J D"}"#),
    ("an escaped plus is a plus", "fields[a%2Bb]=1%2B1", r#"{"a+b":"1+1"}"#),
    ("digits are a name", "fields[2024]=x&fields[name]=y", r#"{"2024":"x","name":"y"}"#),
    ("fields stay a map", "fields[0]=x&fields[1]=y", r#"{"0":"x","1":"y"}"#),
    ("leading zeros stay", "fields[00]=x&fields[01]=y", r#"{"00":"x","01":"y"}"#),
    ("dots stay", "fields[a.b]=1", r#"{"a.b":"1"}"#),
    ("a name in UTF-8", "fields[caf%C3%A9]=1", r#"{"café":"1"}"#),
    ("raw UTF-8", "fields[café]=naïve", r#"{"café":"naïve"}"#),
    ("four bytes a character", "fields[a]=%F0%9F%8D%B7", r#"{"a":"🍷"}"#),
    ("an open bracket in a name", "fields[a[b]=1", r#"{"a[b":"1"}"#),
    ("brackets in a name", "fields%5Ba%5Bb%5D%5D=1", r#"{"a[b]":"1"}"#),
    ("a closing bracket in a name", "fields[a]b]=1", r#"{"a]b":"1"}"#),
    ("the last one wins", "fields[a]=1&fields[a]=2", r#"{"a":"2"}"#),
    (
        "the last one wins, in the first's place",
        "fields[a]=1&fields[b]=2&fields[a]=3",
        r#"{"a":"3","b":"2"}"#,
    ),
    ("the last one wins in any hex", "fields%5Ba%5D=1&fields%5ba%5d=2", r#"{"a":"2"}"#),
    ("no equals sign", "fields[a]", r#"{"a":""}"#),
    ("no value", "fields[a]=", r#"{"a":""}"#),
    ("equals signs in a value", "fields[a]=b=c=", r#"{"a":"b=c="}"#),
    ("an escaped equals sign in a name", "fields[a%3Db]=c", r#"{"a=b":"c"}"#),
    ("an escaped ampersand", "fields[a]=b%26c=d", r#"{"a":"b&c=d"}"#),
    ("a lone percent sign", "fields[a]=50%", r#"{"a":"50%"}"#),
    ("a percent sign and a digit", "fields[a]=50%2", r#"{"a":"50%2"}"#),
    ("no hex digits", "fields[a]=%zz", r#"{"a":"%zz"}"#),
    ("percent by percent", "fields[a]=%%41%25", r#"{"a":"%A%"}"#),
    ("an escape is decoded once", "fields[a]=%2541", r#"{"a":"%41"}"#),
    ("a NUL", "fields[a]=%00", r#"{"a":"\u0000"}"#),
    ("line breaks", "fields[a]=1%0D%0A2", r#"{"a":"1\r\n2"}"#),
    ("empty pairs", "&&fields[a]=1&", r#"{"a":"1"}"#),
    ("a semicolon is data", "fields[a]=x;y", r#"{"a":"x;y"}"#),
    ("a nested field", "fields[a][b]=1", r#"{"a":{"b":"1"}}"#),
    ("wire order", "fields[b]=1&fields[a]=2&fields[c]=3", r#"{"b":"1","a":"2","c":"3"}"#),
    ("quotes in JSON", "fields[%22]=%5C", r#"{"\"":"\\"}"#),
    ("empty fields", "fields=", "{}"),
    ("no name", "fields[]=x", r#"{"0":"x"}"#),
    ("no name after a number below zero", "fields[-5]=x&fields[]=y", r#"{"-5":"x","-4":"y"}"#),
    (
        "no name after a number of 64 bits",
        "fields[9223372036854775000]=x&fields[]=y",
        r#"{"9223372036854775000":"x","9223372036854775001":"y"}"#,
    ),
];

/// Name, pairs, `parameters`.
const PARAMETERS: &[(&str, &str, &str)] = &[
    ("a nested map", "parameters[a][b]=1", r#"{"a":{"b":"1"}}"#),
    ("a nested list", "parameters[a][]=x&parameters[a][]=y", r#"{"a":["x","y"]}"#),
    ("a numbered list", "parameters[a][0]=x&parameters[a][1]=y", r#"{"a":["x","y"]}"#),
    (
        "numbers out of order are names",
        "parameters[a][1]=x&parameters[a][0]=y",
        r#"{"a":{"1":"x","0":"y"}}"#,
    ),
    (
        "numbers with a gap are names",
        "parameters[a][0]=x&parameters[a][2]=y",
        r#"{"a":{"0":"x","2":"y"}}"#,
    ),
    (
        "lists of maps",
        "parameters[a][0][b]=1&parameters[a][1][b]=2",
        r#"{"a":[{"b":"1"},{"b":"2"}]}"#,
    ),
    ("parameters stay a map", "parameters[]=x", r#"{"0":"x"}"#),
];

/// Name, pairs, `interests`.
const INTERESTS: &[(&str, &str, &str)] = &[
    ("interests as a list", "interests[]=blue&interests[]=red", r#"{"blue":1,"red":1}"#),
    ("interests as a numbered list", "interests[0]=blue&interests[1]=red", r#"{"blue":1,"red":1}"#),
    ("interests as a map", "interests[blue]=1&interests[red]=0", r#"{"blue":1,"red":0}"#),
    ("interests with digits for a name", "interests[]=2024", r#"{"2024":1}"#),
    ("an interest off by empty text", "interests[blue]=", r#"{"blue":0}"#),
    ("an interest twice", "interests[]=blue&interests[]=blue", r#"{"blue":1}"#),
    ("empty interests", "interests=", "{}"),
    (
        "interests listed by group",
        "interests[Sport][]=football&interests[Music][]=jazz",
        r#"{"Sport":["football"],"Music":["jazz"]}"#,
    ),
    (
        "interests on and off by group",
        "interests[Sport][football]=1&interests[Sport][golf]=0",
        r#"{"Sport":{"football":"1","golf":"0"}}"#,
    ),
    ("interests with their groups", "interests[football]=Sport", r#"{"football":"Sport"}"#),
    (
        "an interest in a group like an address",
        "interests[m@a.example]=9",
        r#"{"m@a.example":"9"}"#,
    ),
    (
        "interests described",
        "interests[0][ID]=7&interests[0][name]=football&interests[0][group]=Sport",
        r#"[{"ID":"7","name":"football","group":"Sport"}]"#,
    ),
    ("interests listed with gaps", "interests[0]=blue&interests[2]=red", r#"{"blue":1,"red":1}"#),
];

/// Optional variables in undocumented shapes, which refuse nothing: name, pairs, and what
/// follows the timestamp in JSON, where they stand once, as sent.
const KEPT: &[(&str, &str, &str)] = &[
    ("fields that are text", "fields=x", r#""parameters":{},"interests":{},"fields":"x""#),
    ("parameters that are text", "parameters=x", r#""fields":{},"interests":{},"parameters":"x""#),
    ("interests that are text", "interests=x", r#""parameters":{},"fields":{},"interests":"x""#),
    (
        "interests nested too deep for a group",
        "interests[Sport][ball][foot]=1",
        r#""parameters":{},"fields":{},"interests":{"Sport":{"ball":{"foot":"1"}}}"#,
    ),
    (
        "three that can't be read and one that can",
        "time=soon&fields=x&id=7&interests=0",
        r#""parameters":{},"time":"soon","fields":"x","interests":"0""#,
    ),
];

/// Name, pairs, code, detail.
const REFUSED: &[(&str, &[u8], &str, &str)] = &[
    ("Latin-1, escaped", b"fields[a]=%E9", "malformed_body", "fields[a]: not UTF-8"),
    ("Latin-1, raw", b"fields[a]=\xe9", "malformed_body", "fields[a]: not UTF-8"),
    ("Latin-1 says where", b"fields[a]=ab%E9", "malformed_body", "(at byte 77 of the body)"),
    ("a name that is not UTF-8", b"fields[%E9]=1", "malformed_body", "not UTF-8"),
    ("a character cut short", b"fields[a]=%C3&fields[b]=%A9", "malformed_body", "fields[a]: "),
    ("a surrogate", b"fields[a]=%ED%A0%80", "malformed_body", "not UTF-8"),
    ("an overlong NUL", b"fields[a]=%C0%80", "malformed_body", "not UTF-8"),
    (
        "no name after the largest number",
        b"fields[9223372036854775807]=x&fields[]=y",
        "malformed_body",
        "a name with [] comes after one with the largest number",
    ),
    (
        "text in the place of a name is not shown",
        b"{\"mail\":\"m@a.example\",\"iban\":\"NL91 ABNA\"}%FF",
        "malformed_body",
        "not UTF-8: send UTF-8, or accept losses with ReceiverBuilder::lossy_utf8 (at byte 106 of the body)",
    ),
];
