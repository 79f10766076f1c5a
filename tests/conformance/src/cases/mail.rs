//! What happens to mails: each way in which the documentation writes it, of all its years.

use super::refused;
use crate::case::{Case, Expect};
use crate::setup::Setup;

pub(super) fn cases() -> Vec<Case> {
    let accepted = [CLICKS, OPENS, DELIVERIES, BOUNCES, FAILURES, ABUSES].concat();
    let accepted = accepted.into_iter().map(|(name, body, event, key)| {
        Case::form(name, body, Expect::Event(event.to_owned())).keyed(key).to(Setup::Any)
    });
    let refusals = REFUSED.iter().map(|(name, body, code, detail)| {
        let status = if *code == "malformed_body" { 400 } else { 422 };
        Case::form(name, *body, refused(status, code, detail)).to(Setup::Any)
    });
    let json = JSON.iter().map(|(name, body, event)| {
        Case::json(name, *body, Expect::Event((*event).to_owned())).to(Setup::Any)
    });
    accepted.chain(refusals).chain(json).collect()
}

/// Name, body, event, what it is called.
type Row = (&'static str, &'static str, &'static str, &'static str);

const CLICKS: &[Row] = &[
    ("the least of a click", "type=click&id=b4ic", r#"{"type":"click","id":"b4ic"}"#, "call:"),
    (
        "a click that action names",
        "action=click&id=b4ic",
        r#"{"type":"click","id":"b4ic"}"#,
        "call:",
    ),
    (
        "a click with an action of its own",
        "type=click&id=b4ic&action=failed",
        r#"{"type":"click","id":"b4ic","action":"failed"}"#,
        "call:",
    ),
    (
        "a click of a message called by digits",
        "type=click&id=0783919",
        r#"{"type":"click","id":"0783919"}"#,
        "call:",
    ),
    (
        "a click from an IPv4 address",
        "type=click&id=b4ic&ip=0.0.0.0",
        r#"{"type":"click","id":"b4ic","ip":"0.0.0.0"}"#,
        "call:",
    ),
    (
        "a click from an IPv6 address",
        "type=click&id=b4ic&ip=2a03:e280:0:1:0:0:0:1",
        r#"{"type":"click","id":"b4ic","ip":"2a03:e280:0:1::1"}"#,
        "call:",
    ),
    (
        "a click from no address",
        "type=click&id=b4ic&ip=unknown",
        r#"{"type":"click","id":"b4ic","ip":"unknown"}"#,
        "call:",
    ),
    (
        "a click with what was empty",
        "type=click&id=b4ic&ip=&time=&timestamp=&tags=&profile=&mailing=0&useragent=",
        r#"{"type":"click","id":"b4ic","useragent":""}"#,
        "call:",
    ),
    (
        "a click by the names of log files",
        "type=click&id=b4ic&profileid=123&mailingid=45&subprofile=12&database=1",
        r#"{"type":"click","profile":123,"subprofile":12,"database":1,"mailing":45,"id":"b4ic"}"#,
        "call:",
    ),
    (
        "a click with both names of an id",
        "type=click&id=b4ic&profileid=7&profile=123",
        r#"{"type":"click","profile":123,"id":"b4ic","profileid":"7"}"#,
        "call:",
    ),
    (
        "a click whose first name of an id is unset",
        "type=click&id=b4ic&profile=&profileid=7",
        r#"{"type":"click","profile":7,"id":"b4ic"}"#,
        "call:",
    ),
    (
        "a click with all that can't be read",
        "type=click&id=b4ic&profile=p&mailing=m&timestamp=t&time=now&ip=i&tags[0][0]=a&recipient[]=r&original[]=o&useragent[]=u",
        r#"{"type":"click","id":"b4ic","profile":"p","mailing":"m","timestamp":"t","time":"now","ip":"i","tags":[["a"]],"recipient":["r"],"original":["o"],"useragent":["u"]}"#,
        "call:",
    ),
    (
        "a click with a list of tags",
        "type=click&id=b4ic&tags[]=a&tags[]=b+c",
        r#"{"type":"click","id":"b4ic","tags":["a","b c"]}"#,
        "call:",
    ),
    (
        "a click with a map of tags",
        "type=click&id=b4ic&tags[7]=a&tags[b]=1",
        r#"{"type":"click","id":"b4ic","tags":{"7":"a","b":"1"}}"#,
        "call:",
    ),
    (
        "a click with tags in one text",
        "type=click&id=b4ic&tags=a;b",
        r#"{"type":"click","id":"b4ic","tags":"a;b"}"#,
        "call:",
    ),
    (
        "a click with bytes of any encoding",
        "type=click&id=b4ic&recipient=%E9@a&original=%E9&url=/%E9&useragent=caf%E9&referer=%FF",
        r#"{"type":"click","id":"b4ic","recipient":{"base64":"6UBh","bytes":3},"original":{"base64":"6Q==","bytes":1},"url":{"base64":"L+k=","bytes":2},"useragent":{"base64":"Y2Fm6Q==","bytes":4},"referer":{"base64":"/w==","bytes":1}}"#,
        "call:",
    ),
];

const OPENS: &[Row] = &[
    ("the least of an open", "type=open&id=b4ic", r#"{"type":"open","id":"b4ic"}"#, "call:"),
    (
        "an open that reports a delivery, as the English page has it",
        "type=open&id=b4ic&timestamp=1979-02-12+12:49:23&recipient=j@example.com&code=250",
        r#"{"type":"open","id":"b4ic","timestamp":"1979-02-12 12:49:23","recipient":"j@example.com","code":"250"}"#,
        "call:",
    ),
    (
        "an open without a timestamp",
        "type=open&id=b4ic&time=287671763&url=/i.png",
        r#"{"type":"open","id":"b4ic","time":287671763,"url":"/i.png"}"#,
        "call:",
    ),
];

const DELIVERIES: &[Row] = &[
    (
        "the least of a delivery",
        "type=delivery&id=b4ic",
        r#"{"type":"delivery","id":"b4ic"}"#,
        "call:",
    ),
    // printf 'b4ic\0j@example.com' | sha256sum | head -c 32
    (
        "a delivery to a recipient",
        "type=delivery&id=b4ic&recipient=j@example.com",
        r#"{"type":"delivery","id":"b4ic","recipient":"j@example.com"}"#,
        "delivered:0a1e4c13a2983e07a66e4341d4ecec61",
    ),
    // printf 'b4ic\0\351' | sha256sum | head -c 32
    (
        "a delivery reported by SMTPeter, to bytes of any encoding",
        "type=delivery&id=b4ic&recipient=%E9&code=250&extended=2.0.0&description=caf%E9",
        r#"{"type":"delivery","id":"b4ic","recipient":{"base64":"6Q==","bytes":1},"code":"250","extended":"2.0.0","description":{"base64":"Y2Fm6Q==","bytes":4}}"#,
        "delivered:965bb2cefd92d63eaf0f089f587a9b90",
    ),
    (
        "a delivery without a recipient",
        "type=delivery&id=b4ic&recipient=",
        r#"{"type":"delivery","id":"b4ic","recipient":""}"#,
        "call:",
    ),
];

const BOUNCES: &[Row] = &[
    ("the least of a bounce", "type=bounce&id=b4ic", r#"{"type":"bounce","id":"b4ic"}"#, "call:"),
    (
        "a bounce by its old names, from an empty address",
        "type=bounce&id=b4ic&mailfrom=&rcptto=b@example.com&mime=A:+b%0D%0A",
        r#"{"type":"bounce","id":"b4ic","mailfrom":"","rcptto":"b@example.com","mime":"A: b\r\n"}"#,
        "call:",
    ),
    (
        "a bounce whose mail is called data",
        "type=bounce&id=b4ic&data=%00%FF",
        r#"{"type":"bounce","id":"b4ic","mime":{"base64":"AP8=","bytes":2}}"#,
        "call:",
    ),
    (
        "a bounce with both names of its mail",
        "type=bounce&id=b4ic&data=%FF&mime=x",
        r#"{"type":"bounce","id":"b4ic","mime":"x","data":{"base64":"/w==","bytes":1}}"#,
        "call:",
    ),
    (
        "a bounce whose mail looks like bytes in JSON",
        "type=bounce&id=b4ic&mime[base64]=aGk%3D&mime[bytes]=2",
        r#"{"type":"bounce","id":"b4ic","mime":{"base64":"aGk=","bytes":"2"}}"#,
        "call:",
    ),
    (
        "a bounce with bytes of any encoding where a map is not expected",
        "type=bounce&id=b4ic&mime[a]=%E9",
        r#"{"type":"bounce","id":"b4ic","mime":{"a":{"base64":"6Q==","bytes":1}}}"#,
        "call:",
    ),
    (
        "a bounce with bytes of any encoding",
        "type=bounce&id=b4ic&envelope=%E9&mailfrom=%E9&rcptto=%E9",
        r#"{"type":"bounce","id":"b4ic","envelope":{"base64":"6Q==","bytes":1},"mailfrom":{"base64":"6Q==","bytes":1},"rcptto":{"base64":"6Q==","bytes":1}}"#,
        "call:",
    ),
];

const FAILURES: &[Row] = &[
    (
        "the least of a failure",
        "type=failure&id=b4ic",
        r#"{"type":"failure","id":"b4ic"}"#,
        "call:",
    ),
    (
        "a failure with its own action",
        "type=failure&id=b4ic&action=failed&state=bounce&code=5.1.2&extended=5.1.2",
        r#"{"type":"failure","id":"b4ic","action":"failed","state":"bounce","code":"5.1.2","extended":"5.1.2"}"#,
        "call:",
    ),
    (
        "a failure that action names",
        "action=failure&id=b4ic&code=0",
        r#"{"type":"failure","id":"b4ic","action":"failure","code":"0"}"#,
        "call:",
    ),
    (
        "a failure that the other action names",
        "action=failed&id=b4ic",
        r#"{"type":"failure","id":"b4ic","action":"failed"}"#,
        "call:",
    ),
    (
        "a failure whose action is another trigger",
        "type=failure&id=b4ic&action=click",
        r#"{"type":"failure","id":"b4ic","action":"click"}"#,
        "call:",
    ),
    (
        "a failure described in bytes of any encoding",
        "type=failure&id=b4ic&description=caf%E9",
        r#"{"type":"failure","id":"b4ic","description":{"base64":"Y2Fm6Q==","bytes":4}}"#,
        "call:",
    ),
];

const ABUSES: &[Row] = &[
    ("the least of an abuse", "type=abuse&id=b4ic", r#"{"type":"abuse","id":"b4ic"}"#, "call:"),
    (
        "an abuse that mailfrom reports",
        "type=abuse&id=b4ic&mailfrom=j@example.com&mime=x",
        r#"{"type":"abuse","id":"b4ic","emailfrom":"j@example.com","mime":"x"}"#,
        "call:",
    ),
    (
        "an abuse in bytes of any encoding",
        "type=abuse&id=b4ic&emailfrom=%E9&mime=%FF&profile=123&mailing=45",
        r#"{"type":"abuse","profile":123,"mailing":45,"id":"b4ic","emailfrom":{"base64":"6Q==","bytes":1},"mime":{"base64":"/w==","bytes":1}}"#,
        "call:",
    ),
];

/// Name, body, code, detail.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("a click without an id", "type=click&ip=0.0.0.0", "invalid_variable", "id: missing"),
    ("a click with an empty id", "type=click&id=", "invalid_variable", "id: missing"),
    ("a click with a list of ids", "type=click&id[]=b4ic", "invalid_variable", "id: must be one"),
    ("an open without an id", "type=open", "invalid_variable", "id: missing"),
    ("a delivery without an id", "type=delivery", "invalid_variable", "id: missing"),
    ("a bounce without an id", "type=bounce&mime=x", "invalid_variable", "id: missing"),
    ("a failure without an id", "action=failed", "invalid_variable", "id: missing"),
    ("an abuse without an id", "type=abuse&mime=x", "invalid_variable", "id: missing"),
    (
        "a click with tags that are not UTF-8",
        "type=click&id=b4ic&useragent=%E9&tags[]=%E9",
        "malformed_body",
        "tags[]: not UTF-8",
    ),
    (
        "a failure with a code that is not UTF-8",
        "type=failure&id=b4ic&code=%E9",
        "malformed_body",
        "code: not UTF-8",
    ),
    ("an id that is not UTF-8", "type=click&id=%E9", "malformed_body", "id: not UTF-8"),
];

/// Name, body, event.
const JSON: &[(&str, &str, &str)] = &[
    (
        "JSON, a click",
        r#"{"type":"click","id":783919,"ip":"::1","tags":["a"],"referer":null,"time":1}"#,
        r#"{"type":"click","id":"783919","time":1,"ip":"::1","tags":["a"]}"#,
    ),
    (
        "JSON, a bounce whose mail looks like bytes",
        r#"{"type":"bounce","id":"b4ic","mime":{"base64":"aGk=","bytes":2}}"#,
        r#"{"type":"bounce","id":"b4ic","mime":{"base64":"aGk=","bytes":"2"}}"#,
    ),
    (
        "JSON, an update that says false",
        r#"{"type":"update","profile":123,"subprofile":false,"timestamp":"1979-02-12 12:49:23","fields":[]}"#,
        r#"{"type":"update","profile":123,"timestamp":"1979-02-12 12:49:23","parameters":{},"fields":{},"interests":{}}"#,
    ),
];
