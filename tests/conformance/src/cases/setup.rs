//! What depends on what the handler takes and on how its receiver is set up.

use super::{PROFILE, SUBPROFILE, profile, refused, subprofile};
use crate::case::{Case, Expect};
use crate::setup::Setup;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        form("a profile for profiles", PROFILE, profile("{}", "{}", "{}", "")).to(Setup::Profiles),
        form(
            "a subprofile for profiles",
            SUBPROFILE,
            refused(422, "unexpected_event", "this handler takes profiles only"),
        )
        .to(Setup::Profiles),
        form("a subprofile for subprofiles", SUBPROFILE, subprofile("{}", "{}", ""))
            .to(Setup::Subprofiles),
        form(
            "a profile for subprofiles",
            PROFILE,
            refused(422, "unexpected_event", "this handler takes subprofiles only"),
        )
        .to(Setup::Subprofiles),
        form(
            "a subprofile for typed profiles",
            SUBPROFILE,
            refused(422, "unexpected_event", "this handler takes profiles only"),
        )
        .to(Setup::Typed),
        Case::json(
            "typed fields of JSON",
            r#"{"type":"create","profile":123,"database":1,"timestamp":"1979-02-12 12:49:23",
                "fields":{"First name":"J D","newsletter":true,"visits":7,"score":1.5}}"#,
            profile("{}", &customer("true", "7", "1.5", "null", "[]"), "{}", ""),
        )
        .to(Setup::Typed),
        Case::json(
            "half a surrogate pair, replaced",
            r#"{"type":"create","profile":123,"database":1,"timestamp":"1979-02-12 12:49:23",
                "fields":{"a":"x\ud800"}}"#,
            profile("{}", "{\"a\":\"x\u{fffd}\"}", "{}", ""),
        )
        .to(Setup::Lossy),
        form("no receiver", PROFILE, missing()).to(Setup::Missing),
        form("no receiver and no POST", PROFILE, missing()).to(Setup::Missing).method("PUT"),
        form("no receiver and no event", "x", missing()).to(Setup::Missing),
    ];
    cases.extend(TYPED.iter().map(|(name, pairs, [newsletter, visits, score, born, tags])| {
        let fields = customer(newsletter, visits, score, born, tags);
        form(name, format!("{PROFILE}&{pairs}"), profile("{}", &fields, "{}", "")).to(Setup::Typed)
    }));
    cases.extend(UNTYPED.iter().map(|(name, pairs, detail)| {
        let expect = refused(422, "invalid_fields", detail);
        form(name, format!("{PROFILE}&{pairs}"), expect).to(Setup::Typed)
    }));
    cases.extend(LOSSY.iter().map(|(name, tail, fields)| {
        let body = [PROFILE.as_bytes(), b"&", tail].concat();
        form(name, body, profile("{}", fields, "{}", "")).to(Setup::Lossy)
    }));
    cases.extend(HANDLED.iter().map(|(name, body, text)| {
        form(name, *body, Expect::Handled((*text).to_owned())).to(Setup::Results)
    }));
    cases.extend([
        form("a handler of results, an event", PROFILE, profile("{}", "{}", "{}", ""))
            .to(Setup::Results),
        form(
            "a handler of results, a GET",
            "",
            Expect::Handled("method_not_allowed: send a POST request".into()),
        )
        .to(Setup::Results)
        .method("GET"),
        form(
            "a handler of results, a wrong type",
            PROFILE,
            Expect::Handled(
                "unsupported_media_type: Content-Type must be application/x-www-form-urlencoded \
                 or application/json"
                    .into(),
            ),
        )
        .to(Setup::Results)
        .header("Content-Type", "text/plain"),
        form(
            "a handler of results, too large",
            super::limit::padded(webhook_core::limits::DEFAULT_BODY_BYTES + 1),
            Expect::Handled(
                "body_too_large: the body is over the limit of 2097152 bytes: raise it with \
                 Limits::body"
                    .into(),
            ),
        )
        .to(Setup::Results),
    ]);
    cases
}

fn form(name: &str, body: impl Into<Vec<u8>>, expect: Expect) -> Case {
    Case::form(name, body, expect)
}

fn missing() -> Expect {
    refused(500, "misconfigured", "add it with .app_data(receiver.clone())")
}

fn customer(newsletter: &str, visits: &str, score: &str, born: &str, tags: &str) -> String {
    format!(
        r#"{{"First name":"J D","newsletter":{newsletter},"visits":{visits},"score":{score},"born":{born},"tags":{tags}}}"#
    )
}

/// Name, pairs, and what the struct has next to the name.
const TYPED: &[(&str, &str, [&str; 5])] = &[
    (
        "typed fields",
        "fields[First+name]=J+D&fields[newsletter]=1&fields[visits]=007&fields[score]=-1.5\
         &fields[born]=1979-02-12&fields[tags][]=a&fields[tags][]=b",
        ["true", "7", "-1.5", r#""1979-02-12""#, r#"["a","b"]"#],
    ),
    (
        "typed fields that are not set",
        "fields[First+name]=J+D&fields[newsletter]=0&fields[visits]=0&fields[score]=\
         &fields[born]=0000-00-00&fields[unknown]=x",
        ["false", "0", "null", "null", "[]"],
    ),
    (
        "typed fields as the sender's API writes them",
        "fields[First+name]=J+D&fields[newsletter]=&fields[visits]=0\
         &fields[born]=1979-02-12+00:00:00",
        ["false", "0", "null", r#""1979-02-12""#, "[]"],
    ),
    (
        "typed fields, a date that is false",
        "fields[First+name]=J+D&fields[newsletter]=&fields[visits]=0&fields[born]=false",
        ["false", "0", "null", "null", "[]"],
    ),
];

/// Name, pairs, detail.
const UNTYPED: &[(&str, &str, &str)] = &[
    ("no typed fields", "x=y", "fields[First name]: "),
    (
        "a typed field that is no number",
        "fields[First+name]=J+D&fields[newsletter]=1&fields[visits]=many",
        "fields[visits]: ",
    ),
    (
        "a typed field that is no boolean",
        "fields[First+name]=J+D&fields[newsletter]=maybe&fields[visits]=1",
        "fields[newsletter]: ",
    ),
    (
        "a typed field that is no date",
        "fields[First+name]=J+D&fields[newsletter]=1&fields[visits]=1&fields[born]=1979-02-30",
        "fields[born]: ",
    ),
    (
        "a typed field that is a map",
        "fields[First+name][x]=J+D&fields[newsletter]=1&fields[visits]=1",
        "fields[First name]: ",
    ),
];

/// Name, pairs, fields.
const LOSSY: &[(&str, &[u8], &str)] = &[
    ("lossy, an escaped byte", b"fields[a]=Ren%E9", "{\"a\":\"Ren\u{fffd}\"}"),
    ("lossy, a raw byte", b"fields[a]=Ren\xe9!", "{\"a\":\"Ren\u{fffd}!\"}"),
    ("lossy, a name", b"fields[%FFa]=1", "{\"\u{fffd}a\":\"1\"}"),
    ("lossy, nothing is lost", b"fields[a]=caf%C3%A9", r#"{"a":"café"}"#),
];

/// Name, body, what the handler answers.
const HANDLED: &[(&str, &str, &str)] = &[
    (
        "a handler of results, another trigger",
        "type=update",
        "unexpected_event: the type is `update`, not `create` (at byte 0 of the body)",
    ),
    (
        "a handler of results, no profile",
        "type=create&database=1",
        "invalid_variable: profile: missing",
    ),
];
