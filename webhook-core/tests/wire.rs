//! Every row of the decoding rules, and every point where the documentation contradicts itself.

#![allow(missing_docs, clippy::unwrap_used, clippy::format_push_string)]

use serde_json::{Value, json};
use webhook_core::{CreateEvent, Receiver, Rejection, RejectionKind};

const HEAD: &str = "type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23";

fn decode(body: &str) -> Result<Value, Rejection> {
    let event = Receiver::unverified().decode::<CreateEvent>(body.as_bytes())?;
    Ok(serde_json::to_value(event).unwrap())
}

#[test]
fn names_and_values_are_decoded() {
    let cases = [
        ("fields[a]=1", json!({"a": "1"})),
        ("fields%5Ba%5D=1", json!({"a": "1"})),
        ("fields%5ba%5d=1", json!({"a": "1"})),
        ("fields[First+name]=J+D", json!({"First name": "J D"})),
        ("fields[First%20name]=J%20D", json!({"First name": "J D"})),
        ("fields[2024]=x&fields[name]=y", json!({"2024": "x", "name": "y"})),
        ("fields[a.b]=1", json!({"a.b": "1"})),
        ("fields[caf%C3%A9]=1", json!({"café": "1"})),
        ("fields[a[b]=1", json!({"a[b": "1"})),
        ("fields%5Ba%5Bb%5D%5D=1", json!({"a[b]": "1"})),
        ("fields[a]b]=1", json!({"a]b": "1"})),
        ("fields[a]=1&fields[a]=2", json!({"a": "2"})),
        ("fields[a]", json!({"a": ""})),
        ("fields[a]=", json!({"a": ""})),
        ("fields[a]=50%", json!({"a": "50%"})),
        ("fields[a]=%zz", json!({"a": "%zz"})),
        ("fields[a]=%4", json!({"a": "%4"})),
        ("fields[a][b]=1", json!({"a": {"b": "1"}})),
        ("fields[a][]=x&fields[a][]=y", json!({"a": ["x", "y"]})),
        ("fields[a][0]=x&fields[a][1]=y", json!({"a": ["x", "y"]})),
        ("fields[a][1]=x&fields[a][0]=y", json!({"a": {"1": "x", "0": "y"}})),
        ("fields[a][]=x&fields[a][k]=y", json!({"a": {"0": "x", "k": "y"}})),
        ("fields[a][5]=x&fields[a][]=y", json!({"a": {"5": "x", "6": "y"}})),
        ("fields[]=x&fields[]=y", json!({"0": "x", "1": "y"})),
        ("fields[0]=x&fields[1]=y", json!({"0": "x", "1": "y"})),
        ("&&fields[a]=1&", json!({"a": "1"})),
        ("fields[a]=x;y", json!({"a": "x;y"})),
        ("fields[a]=x=y", json!({"a": "x=y"})),
        ("fields[a]=1&fields[a][b]=2", json!({"a": {"b": "2"}})),
        ("fields[a][b]=1&fields[a]=2", json!({"a": "2"})),
        ("fields[a]=1&fields[b][c]=2&fields[d]=3", json!({"a": "1", "b": {"c": "2"}, "d": "3"})),
        ("fields[07]=x&fields[7]=y", json!({"07": "x", "7": "y"})),
        (
            "fields[999999999]=x&fields[]=y&fields[1000000000]=z",
            json!({"999999999": "x", "1000000000": "z"}),
        ),
        (
            "fields[4294967292]=x&fields[]=y&fields[4294967293]=z",
            json!({"4294967292": "x", "4294967293": "z"}),
        ),
        (
            "fields[4294967294]=x&fields[9223372036854775808]=y",
            json!({"4294967294": "x", "9223372036854775808": "y"}),
        ),
        (
            "parameters[5000000000]=x&fields[]=y&fields[5000000000]=z",
            json!({"0": "y", "5000000000": "z"}),
        ),
        ("fields[-5]=x&fields[]=y&fields[-4]=z", json!({"-5": "x", "-4": "z"})),
        ("fields[-5]=x&fields[3]=y&fields[]=z", json!({"-5": "x", "3": "y", "4": "z"})),
        ("fields[-1]=x&fields[]=y&fields[0]=z", json!({"-1": "x", "0": "z"})),
        ("fields[-05]=x&fields[-0]=y&fields[]=z", json!({"-05": "x", "-0": "y", "0": "z"})),
        ("fields[a][-1]=x&fields[a][]=y", json!({"a": {"-1": "x", "0": "y"}})),
        (
            "fields[9223372036854775000]=x&fields[]=y&fields[9223372036854775001]=z",
            json!({"9223372036854775000": "x", "9223372036854775001": "z"}),
        ),
        ("fields[4294967294]=x&fields[]=y", json!({"4294967294": "x", "4294967295": "y"})),
        ("fields[2147483647]=x&fields[]=y", json!({"2147483647": "x", "2147483648": "y"})),
        ("fields[9223372036854775808]=x&fields[]=y", json!({"9223372036854775808": "x", "0": "y"})),
        ("fields=", json!({})),
        ("x=1", json!({})),
    ];
    for (body, fields) in cases {
        let event = decode(&format!("{HEAD}&{body}")).unwrap();
        assert_eq!(event["fields"], fields, "{body}");
    }
}

#[test]
fn what_is_no_bracket_is_part_of_the_name() {
    for name in ["fields[a", "fields[a]b", "fields]", "[fields]"] {
        let event = decode(&format!("{HEAD}&{name}=1")).unwrap();
        assert_eq!(event["fields"], json!({}), "{name}");
        assert_eq!(event[name], json!("1"), "{name}");
    }
}

#[test]
fn interests_read_the_same_in_every_style() {
    let cases = [
        ("interests[]=blue&interests[]=red", json!({"blue": 1, "red": 1})),
        ("interests[0]=blue&interests[1]=red", json!({"blue": 1, "red": 1})),
        ("interests%5B%5D=blue", json!({"blue": 1})),
        ("interests[blue]=1&interests[red]=0", json!({"blue": 1, "red": 0})),
        ("interests[blue]=1&interests[red]=", json!({"blue": 1, "red": 0})),
        ("interests[0]=blue&interests[2]=red", json!({"blue": 1, "red": 1})),
        ("interests[]=blue&interests[]=blue", json!({"blue": 1})),
        ("interests=", json!({})),
        ("", json!({})),
    ];
    for (body, interests) in cases {
        assert_eq!(decode(&format!("{HEAD}&{body}")).unwrap()["interests"], interests, "{body}");
    }
}

#[test]
fn optional_variables_are_read_or_kept() {
    let cases = [
        ("id=12", "id", json!(12)),
        ("id=", "id", Value::Null),
        ("", "id", Value::Null),
        ("time=287671763", "time", json!(287_671_763)),
        ("time=-1", "time", json!(-1)),
        ("", "time", Value::Null),
        ("created=1979-02-12+12:49:23", "created", json!("1979-02-12 12:49:23")),
        ("modified=0000-00-00+00:00:00", "modified", Value::Null),
        ("modified=", "modified", Value::Null),
        ("type=create&action=anything", "action", json!("anything")),
        ("extra[a][]=1", "extra", json!({"a": ["1"]})),
        ("collection=7", "collection", json!("7")),
        ("", "parameters", json!({})),
    ];
    for (body, name, value) in cases {
        assert_eq!(decode(&format!("{HEAD}&{body}")).unwrap()[name], value, "{body}");
    }
}

#[test]
fn the_older_name_of_the_type() {
    let event = decode(&HEAD.replace("type=", "action=")).unwrap();
    assert_eq!(event, decode(HEAD).unwrap());
}

#[test]
fn a_subprofile_is_what_has_one() {
    let event =
        decode(&format!("{HEAD}&subprofile=5&collection=2&id=12&interests[]=blue")).unwrap();
    assert_eq!(event["subprofile"], json!(5));
    assert_eq!(event["collection"], json!(2));
    assert_eq!(event["interests"], json!(["blue"]), "undocumented there: as sent");
}

#[test]
fn refusals_name_the_variable_and_the_offset() {
    use RejectionKind::{InvalidVariable, MalformedBody, UnexpectedEvent};
    let at = HEAD.len() + 1;
    let cases = [
        (format!("{HEAD}&fields[a]=%E9"), MalformedBody, Some("fields[a]"), Some(at + 10)),
        (format!("{HEAD}&fields[%C3]=a"), MalformedBody, Some("fields"), Some(at + 7)),
        (format!("{HEAD}&fields[a]=%C3&%A9=x"), MalformedBody, None, Some(at + 14)),
        (format!("{HEAD}&fields[a]=b%20%41%FF"), MalformedBody, Some("fields[a]"), Some(at + 17)),
        (format!("{HEAD}&profile=abc"), InvalidVariable, Some("profile"), Some(at)),
        (format!("{HEAD}&profile=+1"), InvalidVariable, Some("profile"), Some(at)),
        (format!("{HEAD}&profile[]=1"), InvalidVariable, Some("profile"), Some(at)),
        (format!("{HEAD}&timestamp=0000-00-00"), InvalidVariable, Some("timestamp"), Some(at)),
        (format!("{HEAD}&subprofile=5"), InvalidVariable, Some("collection"), None),
        (format!("{HEAD}&subprofile=x"), InvalidVariable, Some("subprofile"), Some(at)),
        ("type=create&database=1".into(), InvalidVariable, Some("profile"), None),
        (format!("{HEAD}&type=update"), UnexpectedEvent, None, Some(at)),
        (String::new(), UnexpectedEvent, None, None),
    ];
    for (body, kind, variable, offset) in cases {
        let refused = decode(&body).unwrap_err();
        assert_eq!(refused.kind(), kind, "{body}");
        assert_eq!((refused.variable(), refused.offset()), (variable, offset), "{body}");
    }
    assert!(decode("type=update").unwrap_err().to_string().contains("`update`"));
}

/// PHP silently drops what comes after its largest number; here it is refused.
#[test]
fn an_empty_bracket_after_the_largest_number_is_refused() {
    for pairs in [
        "fields[9223372036854775807]=x&fields[]=y",
        "fields[9223372036854775806]=x&fields[]=y&fields[]=z",
        "fields[9223372036854775807]=x&fields[][a]=y",
    ] {
        let refused = decode(&format!("{HEAD}&{pairs}")).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::MalformedBody, "{pairs}");
        assert!(refused.detail().contains("the largest number"), "{refused}");
    }
    assert!(decode(&format!("{HEAD}&a[9223372036854775807]=x&b[]=y")).is_ok());
}

#[test]
fn lossy_mode_replaces() {
    let receiver = Receiver::builder().lossy_utf8().unverified();
    let body = format!("{HEAD}&fields[a]=%E9&fields[b]=%C3&fields[%A9]=c&fields[c]=%C3%A9");
    let event: CreateEvent = receiver.decode(body.as_bytes()).unwrap();
    let fields = &serde_json::to_value(event).unwrap()["fields"];
    let bad = "\u{fffd}";
    assert_eq!(*fields, json!({"a": bad, "b": bad, bad: "c", "c": "é"}));
}

#[test]
fn names_that_begin_alike_are_not_confused() {
    // The decoder reuses how a name began; these are the ways in which that could go wrong.
    let cases = [
        ("fields%5Ba%5D=1&parameters%5Ba%5D=2&fields%5Bb%5D=3", json!({"a": "1", "b": "3"})),
        ("fields%5Ba%5D=1&fields%5B=2&fields%5Bb%5D=3", json!({"a": "1", "b": "3"})),
        ("fields%5Ba%5D=1&&fields%5Bb%5D=3", json!({"a": "1", "b": "3"})),
        ("fields%5Ba%5D=1&fields=&fields%5Bb%5D=3", json!({"b": "3"})),
        ("fields%5Ba%5D=1&fields[b]=2&fields%5Bc%5D=3", json!({"a": "1", "b": "2", "c": "3"})),
        ("fi[elds%5Ba%5D=1&fi[elds%5Bb%5D=2&fields%5Bb%5D=3", json!({"b": "3"})),
        ("fields%5Ba%5D%5Bx%5D=1&fields%5Ba%5D%5By%5D=2", json!({"a": {"x": "1", "y": "2"}})),
    ];
    for (body, fields) in cases {
        assert_eq!(decode(&format!("{HEAD}&{body}")).unwrap()["fields"], fields, "{body}");
    }
    let event = decode(&format!("{HEAD}&fi[elds%5Ba%5D=1&fi[elds%5Bb%5D=2")).unwrap();
    assert_eq!(event["fi"], json!({"elds[a": "1", "elds[b": "2"}));
}

#[test]
fn many_keys_are_found_again() {
    // Past the point where a level is indexed by hash, in two levels at once.
    let mut body = HEAD.to_owned();
    for round in 0..2 {
        for at in 0..500 {
            body += &format!("&fields[n{at}]={round}&parameters[n{at}]=p{round}&more[x][]={at}");
        }
    }
    let event = decode(&body).unwrap();
    assert_eq!(event["fields"].as_object().unwrap().len(), 500);
    assert_eq!(event["fields"]["n0"], "1");
    assert_eq!(event["parameters"]["n499"], "p1");
    assert_eq!(event["more"]["x"].as_array().unwrap().len(), 1000);
}

#[test]
fn bounds_are_exact() {
    use webhook_core::Limits;
    let pairs = |count: usize| HEAD.to_owned() + &"&a=".repeat(count - 4);
    let deep = |depth: usize| format!("{HEAD}&fields{}=1", "[a]".repeat(depth));
    assert!(decode(&pairs(10_000)).is_ok());
    assert_eq!(decode(&pairs(10_001)).unwrap_err().code(), "malformed_body");
    assert!(decode(&deep(64)).is_ok());
    assert_eq!(decode(&deep(65)).unwrap_err().code(), "malformed_body");
    let receiver = |limits| Receiver::builder().limits(limits).unverified();
    let raised = receiver(Limits::default().pairs(10_001));
    for body in [pairs(10_001), deep(64)] {
        assert!(raised.decode::<CreateEvent>(body.as_bytes()).is_ok());
    }
    let exact = receiver(Limits::default().body(HEAD.len()));
    assert!(exact.decode::<CreateEvent>(HEAD.as_bytes()).is_ok());
    let under = receiver(Limits::default().body(HEAD.len() - 1));
    let refused = under.decode::<CreateEvent>(HEAD.as_bytes()).unwrap_err();
    assert_eq!(refused.code(), "body_too_large");
}

#[test]
fn names_alike_at_both_ends_are_distinguished() {
    let event = decode(&format!("{HEAD}&fields[aaaa1aaaa]=1&fields[aaaa2aaaa]=2")).unwrap();
    assert_eq!(event["fields"], json!({"aaaa1aaaa": "1", "aaaa2aaaa": "2"}));
}

#[test]
fn no_name_is_a_duplicate_in_any_large_level() {
    let mut body = HEAD.to_owned();
    for round in 0..2 {
        for at in 0..200 {
            body += &format!("&fields[n{at}]={round}&parameters[n{at}]={round}&x[n{at}]={round}");
        }
    }
    let event: CreateEvent = Receiver::unverified().decode(body.as_bytes()).unwrap();
    let CreateEvent::Profile(profile) = event else { unreachable!() };
    let nested = profile.undocumented.value("x").and_then(webhook_core::Value::as_nested).unwrap();
    assert_eq!((profile.fields.len(), profile.parameters.len(), nested.len()), (200, 200, 200));
}

#[test]
fn a_subprofile_that_is_empty_or_0_makes_a_profile() {
    let plain = decode(&format!("{HEAD}&interests[]=x&shoe=42")).unwrap();
    for none in ["subprofile=", "subprofile=0", "subprofile", "subprofile=00"] {
        assert_eq!(
            decode(&format!("{HEAD}&interests[]=x&{none}&shoe=42")).unwrap(),
            plain,
            "{none}"
        );
        assert_eq!(
            decode(&format!("{none}&{HEAD}&shoe=42&interests[]=x")).unwrap(),
            plain,
            "{none}"
        );
    }
    assert!(decode(&HEAD.replace("profile=123", "profile=")).is_err());
}

#[test]
fn dates_that_are_not_set_are_none() {
    let plain = decode(HEAD).unwrap();
    for none in ["", "0", "false", "0000-00-00", "0000-00-00+00:00:00", "-0001-11-30+00:00:00"] {
        assert_eq!(
            decode(&format!("{HEAD}&created={none}&modified={none}")).unwrap(),
            plain,
            "{none}"
        );
        let refused = decode(&format!("{HEAD}&timestamp={none}")).unwrap_err();
        assert_eq!(refused.variable(), Some("timestamp"), "{none}");
    }
}

#[test]
fn a_byte_order_mark_before_the_first_name_is_skipped_once() {
    let mark = "\u{feff}";
    assert_eq!(decode(&format!("{mark}{HEAD}")).unwrap(), decode(HEAD).unwrap());
    for (body, offset) in [
        (format!("{mark}{HEAD}&fields[a]=%FF"), mark.len() + HEAD.len() + 11),
        (format!("{mark}{HEAD}&profile=soon"), mark.len() + HEAD.len() + 1),
        (format!("{mark}profile=abc&type=create"), mark.len()),
        (format!("{mark}{HEAD}&a{}", "[a]".repeat(65)), mark.len() + HEAD.len() + 1),
    ] {
        assert_eq!(decode(&body).unwrap_err().offset(), Some(offset), "{body}");
    }
    // A second one, one after white space or one that is escaped is a part of the name.
    for other in ["\u{feff}\u{feff}", " \u{feff}", "%EF%BB%BF"] {
        assert_eq!(decode(&format!("{other}{HEAD}")).unwrap_err().code(), "unexpected_event");
    }
    assert_eq!(decode(&format!("{HEAD}&{mark}fields[a]=1")).unwrap()["fields"], json!({}));
}
