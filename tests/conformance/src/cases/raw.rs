//! What is not decoded, or not known, or not wanted: raw calls, other events, ignored ones.

use super::{PROFILE, refused};
use crate::case::{Case, Expect, FORM, JSON};
use crate::for_event::Alone;
use crate::setup::Setup;
use crate::sign::{DATE, REQUIRED, sha256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use webhook_core::signature::Check;
use webhook_core::testing::fixtures;

pub(super) fn cases() -> Vec<Case> {
    let raw = RAW.iter().map(|(name, media_type, body, written)| {
        let case = Case::form(name, *body, queued(written, &as_sent(*media_type), MIB2));
        let case = case.keyed("call:").to(Setup::Raw);
        match media_type {
            Some(media_type) => case.header("Content-Type", *media_type),
            None => case.without("Content-Type"),
        }
    });
    let others = OTHERS.iter().flat_map(|(name, body, event)| {
        [Setup::Any, Setup::Later, Setup::Alone(Alone::Other)].map(|setup| {
            let name = format!("{name}, for {setup:?}");
            let event = Expect::Event((*event).to_owned());
            Case::form(&name, *body, event).keyed("call:").to(setup)
        })
    });
    let mut cases: Vec<_> = raw.chain(others).collect();
    cases.extend(signed());
    cases.extend(mail());
    cases.extend(ignored());
    cases.extend([
        Case::form("a raw call in a coding", "x", refused(415, "unsupported_media_type", "coding"))
            .header("Content-Encoding", "gzip")
            .to(Setup::Raw),
        Case::form("a raw call that is no POST", "", refused(405, "method_not_allowed", "POST"))
            .method("PUT")
            .to(Setup::Raw),
        Case::form(
            "a raw call of text, decoded later",
            PROFILE,
            refused(415, "unsupported_media_type", "Content-Type must be"),
        )
        .header("Content-Type", "text/plain")
        .to(Setup::Later),
        Case::form("an empty raw call, decoded later", "", Expect::Event("{}".into()))
            .without("Content-Type")
            .to(Setup::Later),
        Case::form(
            "a raw call that lacks its id, decoded later",
            "type=click",
            refused(422, "invalid_variable", "id: missing"),
        )
        .to(Setup::Later),
        Case::json(
            "a callback of Publisher",
            r#"{"id":123,"action":"create","fields":{"name":"J"},"interests":["blue"]}"#,
            refused(422, "invalid_variable", "this looks like a Publisher callback"),
        )
        .to(Setup::Any),
        Case::form(
            "another event with a name that is not UTF-8",
            "type=new&%E9=1",
            refused(400, "malformed_body", "not UTF-8"),
        )
        .to(Setup::Any),
    ]);
    cases
}

/// The most bytes of a body, by default.
const MIB2: usize = 2_097_152;

/// Returns a raw call as it is written for a queue.
fn queued(body: &str, media_type: &str, most: usize) -> Expect {
    Expect::Event(format!(
        r#"{{"body":{body},"content_type":{media_type},"limits":{{"body":{most},"pairs":10000,"depth":64,"body_time_ms":30000}},"lossy_utf8":false}}"#
    ))
}

/// Returns how the media type of a call is written for a queue, where it counts.
fn as_sent(media_type: Option<&str>) -> String {
    match media_type {
        Some(sent) => format!("{{\"sent\":{sent:?}}}"),
        None => r#""absent""#.to_owned(),
    }
}

/// Name, media type, body, how the body is written.
const RAW: &[(&str, Option<&str>, &[u8], &str)] = &[
    ("a raw form", Some(FORM), b"type=create&a=%E9", r#""type=create&a=%E9""#),
    ("a raw form that can't be decoded", Some(FORM), b"{{{", r#""{{{""#),
    ("raw JSON", Some(JSON), br#"{"type":1}"#, r#""{\"type\":1}""#),
    ("raw text", Some("text/plain"), b"hello", r#""hello""#),
    ("raw XML", Some("application/xml; charset=utf-16"), b"<a/>", r#""<a/>""#),
    ("a raw body of no type", None, b"hello", r#""hello""#),
    ("an empty raw body", Some("text/plain"), b"", r#""""#),
    ("an empty raw body of no type", None, b"", r#""""#),
    ("an empty raw body of an empty type", Some(""), b"", r#""""#),
    ("raw bytes", Some("application/octet-stream"), b"\x00\xff", r#"{"base64":"AP8=","bytes":2}"#),
];

/// Name, body, event.
const OTHERS: &[(&str, &str, &str)] = &[
    ("an event that is not known yet", "type=new&a[b]=1", r#"{"type":"new","a":{"b":"1"}}"#),
    ("an event of no type", "a=1", r#"{"a":"1"}"#),
    ("an event of nothing, as a test button may send it", "", "{}"),
    ("an event of an action that names nothing", "action=new", r#"{"action":"new"}"#),
    ("an event of an empty type", "type=&action=click", r#"{"type":"","action":"click"}"#),
    ("an event of a list of types", "type[]=create", r#"{"type":["create"]}"#),
    ("an event of a type in capitals", "type=CLICK&id=1", r#"{"type":"CLICK","id":"1"}"#),
    (
        "an event that is not known yet, in bytes of any encoding",
        "type=new&a=%E9&b[c]=%FF",
        r#"{"type":"new","a":{"base64":"6Q==","bytes":1},"b":{"c":{"base64":"/w==","bytes":1}}}"#,
    ),
];

fn call(name: &str, body: &'static str, expect: Expect) -> Case {
    Case::form(name, body, expect)
        .header("Host", "hooks.example.com")
        .header("Date", DATE)
        .header("X-Copernica-ID", "account_1234")
        .header("Digest", sha256(body.as_bytes()))
}

/// Returns cases in which the media type counts where it is covered, and is nothing where it is not.
fn signed() -> [Case; 3] {
    let covered = format!("{REQUIRED} content-type");
    let [covered, not_covered, unsigned] = [
        call(
            "a signed raw call",
            "hello",
            queued(r#""hello""#, &as_sent(Some("text/plain")), MIB2),
        )
        .header("Content-Type", "text/plain")
        .signed_over(&covered),
        call(
            "a signed raw call whose type is not covered",
            "hi",
            queued(r#""hi""#, r#""uncovered""#, MIB2),
        )
        .header("Content-Type", "text/plain")
        .signed(),
        call("a raw call without a signature", "hey", refused(401, "unauthenticated", ""))
            .failing(Check::SignatureHeader),
    ]
    .map(|case| case.to(Setup::SignedRaw));
    [covered.keyed("call:"), not_covered.keyed("call:"), unsigned]
}

/// Returns cases of a mail that is over the default limit of a body.
fn mail() -> [Case; 2] {
    let mail = [b"Subject: caf\xe9\r\n\r\n".as_slice(), &b"x".repeat(3 << 20)].concat();
    let body = [b"type=bounce&id=b4ic&mime=".as_slice(), &mail].concat();
    let (length, base64) = (mail.len(), STANDARD.encode(&mail));
    let event = format!(
        r#"{{"type":"bounce","id":"b4ic","mime":{{"base64":"{base64}","bytes":{length}}}}}"#
    );
    let large = refused(413, "body_too_large", "over the limit of 2097152 bytes");
    [
        Case::form(
            "a bounce of 3 MiB under the limits for mail",
            body.clone(),
            Expect::Event(event),
        )
        .keyed("call:")
        .to(Setup::Mail),
        Case::form("a bounce of 3 MiB under the usual limits", body, large).to(Setup::Any),
    ]
}

fn ignored() -> Vec<Case> {
    let fixtures = fixtures::ALL.iter().filter(|fixture| !fixture.kind.starts_with("create"));
    let mut cases: Vec<_> = fixtures
        .flat_map(|fixture| {
            let (kind, body) = (fixture.kind, fixture.form);
            let trigger = kind.split('-').next().unwrap_or(kind);
            let detail = format!(
                "ignored: the type is `{trigger}`, not `create` (at byte {} of the body)",
                body.find("type=").unwrap()
            );
            let name = format!("{kind} is ignored");
            let result = format!("{name}, and reported to a handler of results");
            [
                call(&name, body, Expect::Ignored).signed().to(Setup::Ignoring),
                Case::form(&result, body, Expect::Handled(detail)).to(Setup::IgnoringResults),
            ]
        })
        .collect();
    cases.extend([
        call("an unknown event is ignored", "type=new", Expect::Ignored)
            .signed()
            .to(Setup::Ignoring),
        call("a call without a type is ignored", "", Expect::Ignored).signed().to(Setup::Ignoring),
        call("what is expected is not ignored", PROFILE, super::profile("{}", "{}", "{}", ""))
            .signed()
            .keyed("create:profile:1:123")
            .to(Setup::Ignoring),
        call(
            "what is expected and can't be decoded is not ignored",
            "type=create",
            refused(422, "invalid_variable", "profile: missing"),
        )
        .signed()
        .to(Setup::Ignoring),
    ]);
    cases
}
