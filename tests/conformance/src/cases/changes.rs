//! Updates, deletions and unsubscriptions: each way in which the documentation writes them, of all its
//! years.

use super::refused;
use crate::case::{Case, Expect};
use crate::setup::Setup;

pub(super) fn cases() -> Vec<Case> {
    let accepted = [UPDATES, DELETIONS, UNSUBSCRIPTIONS].concat();
    let accepted = accepted.into_iter().map(|(name, body, event, key)| {
        Case::form(name, body, Expect::Event(event.to_owned())).keyed(key).to(Setup::Any)
    });
    let refusals = REFUSED.iter().map(|(name, body, detail)| {
        Case::form(name, *body, refused(422, "invalid_variable", detail)).to(Setup::Any)
    });
    accepted.chain(refusals).collect()
}

/// Name, body, event, what it is called.
type Row = (&'static str, &'static str, &'static str, &'static str);

const UPDATES: &[Row] = &[
    (
        "the least of an update",
        "type=update&profile=123&timestamp=1979-02-12+12:49:23",
        r#"{"type":"update","profile":123,"timestamp":"1979-02-12 12:49:23","parameters":{},"fields":{},"interests":{}}"#,
        "call:",
    ),
    (
        "the least of a subprofile's update",
        "type=update&profile=123&subprofile=12&timestamp=1979-02-12+12:49:23",
        r#"{"type":"update","profile":123,"subprofile":12,"timestamp":"1979-02-12 12:49:23","parameters":{},"fields":{}}"#,
        "call:",
    ),
    (
        "an update: what was requested, and the state after it",
        "type=update&profile=123&timestamp=1979-02-12+12:49:23&parameters[mail]=new&fields[name]=J&fields[mail]=new",
        r#"{"type":"update","profile":123,"timestamp":"1979-02-12 12:49:23","parameters":{"mail":"new"},"fields":{"name":"J","mail":"new"},"interests":{}}"#,
        "call:",
    ),
    (
        "an update with parameters as its caller nested them",
        "type=update&profile=123&timestamp=1979-02-12+12:49:23&parameters[fields][mail]=new&parameters[interests][]=blue",
        r#"{"type":"update","profile":123,"timestamp":"1979-02-12 12:49:23","parameters":{"fields":{"mail":"new"},"interests":["blue"]},"fields":{},"interests":{}}"#,
        "call:",
    ),
    (
        "an update that action names",
        "action=update&profile=123&timestamp=1979-02-12+12:49:23",
        r#"{"type":"update","profile":123,"timestamp":"1979-02-12 12:49:23","parameters":{},"fields":{},"interests":{}}"#,
        "call:",
    ),
    (
        "an update with an empty subprofile",
        "type=update&profile=123&subprofile=&timestamp=1979-02-12+12:49:23",
        r#"{"type":"update","profile":123,"timestamp":"1979-02-12 12:49:23","parameters":{},"fields":{},"interests":{}}"#,
        "call:",
    ),
    (
        "an update with flat variables of 2017",
        "type=update&profile=123&timestamp=1979-02-12+12:49:23&parameter_mail=a&field_mail=b&interest_1=blue",
        r#"{"type":"update","profile":123,"timestamp":"1979-02-12 12:49:23","parameters":{},"fields":{},"interests":{},"parameter_mail":"a","field_mail":"b","interest_1":"blue"}"#,
        "call:",
    ),
    (
        "an update with all that can't be read",
        "type=update&profile=123&timestamp=1979-02-12+12:49:23&database=x&id=b4&time=now&created=c&modified=m&parameters=p&fields=f&interests=i",
        r#"{"type":"update","profile":123,"timestamp":"1979-02-12 12:49:23","database":"x","id":"b4","time":"now","created":"c","modified":"m","parameters":"p","fields":"f","interests":"i"}"#,
        "call:",
    ),
    (
        "a subprofile's update with interests",
        "type=update&profile=123&subprofile=12&timestamp=1979-02-12+12:49:23&interests[]=blue",
        r#"{"type":"update","profile":123,"subprofile":12,"timestamp":"1979-02-12 12:49:23","parameters":{},"fields":{},"interests":["blue"]}"#,
        "call:",
    ),
];

const DELETIONS: &[Row] = &[
    (
        "the least of a deletion",
        "type=delete&profile=123",
        r#"{"type":"delete","profile":123}"#,
        "call:",
    ),
    (
        "the least of a subprofile's deletion",
        "type=delete&subprofile=12",
        r#"{"type":"delete","subprofile":12}"#,
        "call:",
    ),
    (
        "a deletion with its timestamp",
        "type=delete&profile=123&timestamp=1979-02-12+12:49:23",
        r#"{"type":"delete","profile":123,"timestamp":"1979-02-12 12:49:23"}"#,
        "delete:profile:123:1979-02-12%2012%3A49%3A23",
    ),
    (
        "a subprofile's deletion without a database",
        "type=delete&timestamp=1979-02-12+12:49:23&subprofile=12&collection=2&profile=123",
        r#"{"type":"delete","profile":123,"subprofile":12,"collection":2,"timestamp":"1979-02-12 12:49:23"}"#,
        "delete:subprofile:12:1979-02-12%2012%3A49%3A23",
    ),
    (
        "a deletion whose timestamp is not set",
        "type=delete&profile=123&timestamp=0000-00-00+00:00:00",
        r#"{"type":"delete","profile":123}"#,
        "call:",
    ),
    (
        "a deletion whose timestamp can't be read",
        "type=delete&profile=123&timestamp=yesterday",
        r#"{"type":"delete","profile":123,"timestamp":"yesterday"}"#,
        "call:",
    ),
    (
        "a deletion of nothing",
        "type=delete&profile=0&timestamp=1979-02-12+12:49:23",
        r#"{"type":"delete","profile":0,"timestamp":"1979-02-12 12:49:23"}"#,
        "call:",
    ),
    (
        "a deletion with fields and interests",
        "type=delete&profile=123&fields[name]=J&interests[]=blue",
        r#"{"type":"delete","profile":123,"fields":{"name":"J"},"interests":{"blue":1}}"#,
        "call:",
    ),
    (
        "a deletion with empty fields, which is not without",
        "type=delete&profile=123&fields=",
        r#"{"type":"delete","profile":123,"fields":{}}"#,
        "call:",
    ),
    (
        "a deletion with fields that are text",
        "type=delete&profile=123&fields=x",
        r#"{"type":"delete","profile":123,"fields":"x"}"#,
        "call:",
    ),
    (
        "a deletion with flat variables of 2017",
        "type=delete&profile=123&field_name=J&interest_1=blue",
        r#"{"type":"delete","profile":123,"field_name":"J","interest_1":"blue"}"#,
        "call:",
    ),
    (
        "a deletion that action names",
        "action=delete&profile=123&database=1&time=287671763",
        r#"{"type":"delete","profile":123,"database":1,"time":287671763}"#,
        "call:",
    ),
];

const UNSUBSCRIPTIONS: &[Row] = &[
    (
        "an unsubscription as documented",
        "id=9871&type=unsubscribe&timestamp=1979-02-12+12:49:23&time=287671763&database=1&profile=123&mailing=45",
        r#"{"type":"unsubscribe","profile":123,"database":1,"mailing":45,"id":"9871","timestamp":"1979-02-12 12:49:23","time":287671763}"#,
        "unsubscribe:9871:123:1979-02-12%2012%3A49%3A23",
    ),
    (
        "a subprofile's unsubscription",
        "type=unsubscribe&id=a/b:c&timestamp=1979-02-12+12:49:23&profile=123&subprofile=12&collection=2",
        r#"{"type":"unsubscribe","profile":123,"subprofile":12,"collection":2,"id":"a/b:c","timestamp":"1979-02-12 12:49:23"}"#,
        "unsubscribe:a%2Fb%3Ac:123:1979-02-12%2012%3A49%3A23",
    ),
    (
        "an unsubscription without an id",
        "type=unsubscribe&profile=123&timestamp=1979-02-12+12:49:23",
        r#"{"type":"unsubscribe","profile":123,"timestamp":"1979-02-12 12:49:23"}"#,
        "call:",
    ),
    (
        "an unsubscription without a profile",
        "type=unsubscribe&id=9871&timestamp=1979-02-12+12:49:23",
        r#"{"type":"unsubscribe","id":"9871","timestamp":"1979-02-12 12:49:23"}"#,
        "call:",
    ),
    (
        "an unsubscription by the names of log files",
        "type=unsubscribe&id=9871&profileid=123&mailingid=45",
        r#"{"type":"unsubscribe","profile":123,"mailing":45,"id":"9871"}"#,
        "call:",
    ),
    (
        "an unsubscription by its first draft",
        "type=unsubscribe&id=9871&recipient=j@example.com&tags[]=a",
        r#"{"type":"unsubscribe","id":"9871","recipient":"j@example.com","tags":["a"]}"#,
        "call:",
    ),
];

/// Name, body, detail.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "an update without a profile",
        "type=update&timestamp=1979-02-12+12:49:23",
        "profile: missing",
    ),
    ("an update without a timestamp", "type=update&profile=123", "timestamp: missing"),
    (
        "a subprofile's update without a profile",
        "type=update&subprofile=12&timestamp=1979-02-12+12:49:23",
        "profile: missing",
    ),
    ("a deletion without a profile", "type=delete&database=1", "profile: missing"),
    ("a deletion of words", "type=delete&subprofile=no", "subprofile: must be a whole number"),
    (
        "an unsubscription without a profile and an id",
        "type=unsubscribe&database=1",
        "profile: missing",
    ),
    ("an unsubscription with an empty id", "type=unsubscribe&id=", "profile: missing"),
];
