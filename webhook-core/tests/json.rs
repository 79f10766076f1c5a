//! JSON bodies: the same shape, the same bounds, and events that survive a queue.

#![allow(missing_docs, clippy::unwrap_used)]

use serde_json::{Value, json};
use webhook_core::{CreateEvent, Receiver, Rejection};

fn decode(body: &str) -> Result<Value, Rejection> {
    let event = Receiver::unverified().decode::<CreateEvent>(body.as_bytes())?;
    Ok(serde_json::to_value(event).unwrap())
}

fn with(rest: &str) -> String {
    format!(
        r#"{{"type":"create","profile":1,"database":"2","timestamp":"1979-02-12 12:49:23"{rest}}}"#
    )
}

#[test]
fn leaves_become_text() {
    let cases = [
        (
            r#","fields":{"a":"x","b":1,"c":true,"d":false,"e":null,"f":1.5,"g":-3}"#,
            json!({"a": "x", "b": "1", "c": "1", "d": "0", "e": "", "f": "1.5", "g": "-3"}),
        ),
        (r#","fields":[]"#, json!({})),
        (r#","fields":["x","y"]"#, json!({"0": "x", "1": "y"})),
        (r#","fields":null"#, json!({})),
        (r#","fields":{"a":[1,[2]],"b":{"c":{}}}"#, json!({"a": ["1", ["2"]], "b": {"c": {}}})),
        (r#","fields":{"a":1,"a":2},"fields":{"b":3}"#, json!({"b": "3"})),
        (r#","fields":{"a":{"x":1},"a":{"y":2}}"#, json!({"a": {"y": "2"}})),
        (r#","fields":{"caf\u00e9":"\ud83d\ude00"}"#, json!({"café": "😀"})),
    ];
    for (rest, fields) in cases {
        assert_eq!(decode(&with(rest)).unwrap()["fields"], fields, "{rest}");
    }
    for rest in [r#","interests":["blue"]"#, r#","interests":{"blue":true}"#] {
        assert_eq!(decode(&with(rest)).unwrap()["interests"], json!({"blue": 1}), "{rest}");
    }
}

#[test]
fn what_is_not_json_says_where() {
    let depth =
        |levels| format!(r#","fields":{}1{}"#, r#"{"a":"#.repeat(levels), "}".repeat(levels));
    assert!(decode(&with(&depth(64))).is_ok());
    let cases = [
        (with(&depth(65)), "nested more than 64", None),
        ("{\n\"type\": create}".into(), "not valid JSON", Some(10)),
        ("{\"type\"".into(), "ends too early", Some(7)),
        ("[]".into(), "one object", Some(0)),
        (" [[1]]".into(), "one object", None),
        ("{\"a\":1.50,\"b\":x}".into(), "not valid JSON", Some(14)),
        ("{\"a\":-0}1e400".into(), "not valid JSON", Some(8)),
        ("{1.50:1}".into(), "not valid JSON", None),
        ("[1.50".into(), "one object", Some(0)),
        (with("") + "x", "not valid JSON", Some(with("").len())),
        (with(r#","a":"\ud800""#), "half a surrogate pair", Some(with("").len() + 5)),
        (with(r#","a":"x\udc00\ud800""#), "half a surrogate pair", Some(with("").len() + 6)),
        (with(r#","\ud83d\u0041":1"#), "half a surrogate pair", Some(with("").len() + 1)),
        (with(r#","a":x,"b":"\ud800""#), "not valid JSON", Some(with("").len() + 4)),
    ];
    for (body, detail, offset) in cases {
        let refused = decode(&body).unwrap_err();
        assert_eq!(refused.code(), "malformed_body", "{body}");
        assert!(refused.detail().contains(detail), "{body}: {}", refused.detail());
        assert!(offset.is_none() || refused.offset() == offset, "{body}: {:?}", refused.offset());
    }
    let leaves = |count: usize| with(&format!(r#","fields":[{}0]"#, "0,".repeat(count - 6)));
    assert!(decode(&leaves(10_000)).is_ok());
    assert_eq!(decode(&leaves(10_001)).unwrap_err().code(), "malformed_body");
}

#[test]
fn numbers_are_the_digits_that_were_sent() {
    for number in [
        "0",
        "-1",
        "9007199254740993",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "123456789012345678901234567890",
        "-0",
        "1.10",
        "0.1000000000000000055511151231257827",
        "1E400",
        "1e-7",
    ] {
        let rest = format!(r#","fields":{{"a":{number},"b":[{number} , {{"c":{number}}}]}}"#);
        let fields = json!({"a": number, "b": [number, {"c": number}]});
        assert_eq!(decode(&with(&rest)).unwrap()["fields"], fields, "{number}");
    }
    let ids = r#"{"type":"create","profile":18446744073709551615,"database":1e0}"#;
    assert_eq!(decode(ids).unwrap_err().variable(), Some("database"));
    let past = r#"{"type":"create","profile":18446744073709551616}"#;
    assert_eq!(decode(past).unwrap_err().variable(), Some("profile"));
}

#[test]
fn a_variable_that_is_null_is_absent() {
    let nothing = decode(&with("")).unwrap();
    for name in [
        "action",
        "subprofile",
        "collection",
        "id",
        "time",
        "created",
        "modified",
        "parameters",
        "fields",
        "interests",
        "undocumented",
    ] {
        let body = with(&format!(r#","{name}":null"#));
        assert_eq!(decode(&body).unwrap(), nothing, "{name}");
        let queued: CreateEvent = serde_json::from_str(&body).unwrap();
        assert_eq!(serde_json::to_value(queued).unwrap(), nothing, "{name}");
    }
    for (name, code) in [
        ("type", "unexpected_event"),
        ("profile", "invalid_variable"),
        ("database", "invalid_variable"),
        ("timestamp", "invalid_variable"),
    ] {
        let mut body: Value = serde_json::from_str(&with("")).unwrap();
        body[name] = Value::Null;
        let refused = decode(&body.to_string()).unwrap_err();
        assert_eq!(refused.code(), code, "{name}");
        assert!(code == "unexpected_event" || refused.detail() == format!("{name}: missing"));
    }
    let body = with(r#","action":"create""#).replace("\"type\":\"create\"", "\"type\":null");
    assert!(decode(&body).is_ok(), "action is read when type is absent");
    assert_eq!(decode(&with(r#","id":7,"id":null"#)).unwrap()["id"], json!(7));
}

#[test]
fn text_that_is_not_utf_8() {
    let cases: [(&[u8], usize); 5] = [
        (b"{\"type\":\"create\",\"fields\":{\"a\":\"b\xffccc\"}}", 33),
        (b"{\"type\":\"create\",\n\n\"fields\":{\"\xc3\":1}}", 30),
        (b"{\"type\":\"create\"}\xff", 17),
        (b"{\"type\":\xff}", 8),
        (b"{\"type\":\"\xc3", 9),
    ];
    for (body, offset) in cases {
        let strict = Receiver::unverified();
        let refused = strict.decode::<CreateEvent>(body).unwrap_err();
        assert_eq!(refused.code(), "malformed_body");
        assert!(refused.detail().starts_with("not UTF-8"), "{refused}");
        assert_eq!(refused.offset(), Some(offset), "{refused}");
    }
    let body = with(r#","fields":{"a?":"?b"}"#).into_bytes();
    let body: Vec<u8> = body.into_iter().map(|b| if b == b'?' { 0xff } else { b }).collect();
    let event: CreateEvent = Receiver::builder().lossy_utf8().unverified().decode(&body).unwrap();
    let event = serde_json::to_value(event).unwrap();
    assert_eq!(event["fields"], json!({"a\u{fffd}": "\u{fffd}b"}));
}

#[test]
fn the_json_shape_has_the_wire_s_order() {
    let body = "extra=1&fields[b]=1&fields[a]=2&interests[]=x&modified=1979-02-12+12:49:23&time=3\
        &id=9&timestamp=1979-02-12+12:49:23&database=2&profile=1&type=create&parameters[l][]=y";
    let event: CreateEvent = Receiver::unverified().decode(body.as_bytes()).unwrap();
    let json = serde_json::to_string(&event).unwrap();
    assert_eq!(
        json,
        r#"{"type":"create","profile":1,"database":2,"id":9,"timestamp":"1979-02-12 12:49:23","time":3,"modified":"1979-02-12 12:49:23","parameters":{"l":["y"]},"fields":{"b":"1","a":"2"},"interests":{"x":1},"extra":"1"}"#
    );
    assert_eq!(serde_json::from_str::<CreateEvent>(&json).unwrap(), event);
}

#[test]
fn interests_called_by_a_number_survive_a_queue() {
    let head = "type=create&profile=1&database=2&timestamp=1979-02-12+12:49:23&";
    for body in [
        "interests[]=0",
        "interests[]=0&interests[]=1",
        "interests[]=1",
        "interests[]=7&interests[]=",
        "interests[2]=0&interests[5]=x",
    ] {
        let event: CreateEvent =
            Receiver::unverified().decode((head.to_owned() + body).as_bytes()).unwrap();
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<CreateEvent>(&json).unwrap(), event, "{body}: {json}");
    }
    // An array of names, and what PHP makes of one with a gap.
    for rest in [r#","interests":["x","blue"]"#, r#","interests":{"0":"x","2":"blue"}"#] {
        assert_eq!(decode(&with(rest)).unwrap()["interests"], json!({"x": 1, "blue": 1}), "{rest}");
    }
    let rest = r#","interests":{"0":0,"1":1}"#;
    assert_eq!(decode(&with(rest)).unwrap()["interests"], json!({"0": 0, "1": 1}));
}

#[test]
fn half_a_surrogate_pair_is_replaced_where_losses_are_accepted() {
    let lossy = Receiver::builder().lossy_utf8().unverified();
    let body = with(r#","fields":{"a\ud800":"\udc00x\ud83d\ude00\ud83d","b":"\\ud800"}"#);
    let event: CreateEvent = lossy.decode(body.as_bytes()).unwrap();
    let event = serde_json::to_value(event).unwrap();
    let expected = json!({"a\u{fffd}": "\u{fffd}x😀\u{fffd}", "b": "\\ud800"});
    assert_eq!(event["fields"], expected);
}

#[test]
fn ids_are_numbers_or_their_text_and_no_booleans() {
    let subprofile = with(r#","subprofile":5,"collection":2"#);
    for name in ["profile", "database", "timestamp", "subprofile", "collection", "id", "time"] {
        for value in [json!(true), json!(false), json!([true]), json!(1.5)] {
            if (name, &value) == ("subprofile", &json!(false)) {
                continue;
            }
            let mut body: Value = serde_json::from_str(&subprofile).unwrap();
            body[name] = value.clone();
            let queued = serde_json::from_str::<CreateEvent>(&body.to_string());
            // What names nothing is no reason to refuse a call, and stays as it was sent.
            if ["id", "time"].contains(&name) {
                let sent = if value.is_array() { json!(["1"]) } else { json!(value.to_string()) };
                assert_eq!(decode(&body.to_string()).unwrap()[name], sent, "{name} {value}");
                assert_eq!(serde_json::to_value(queued.unwrap()).unwrap()[name], sent);
                continue;
            }
            let refused = decode(&body.to_string()).unwrap_err();
            assert_eq!(refused.variable(), Some(name), "{name} {value}");
            assert!(queued.is_err(), "{name} {value}");
        }
    }
    // In fields they are text as ever.
    let body = with(r#","fields":{"profile":true,"id":false},"profile_of":true"#);
    let event = decode(&body).unwrap();
    assert_eq!(event["fields"], json!({"profile": "1", "id": "0"}));
    assert_eq!(event["profile_of"], json!("1"));
}

#[test]
fn a_subprofile_of_null_false_or_0_makes_a_profile() {
    for none in ["null", "false", "0", "\"\"", "\"0\""] {
        let event = decode(&with(&format!(r#","subprofile":{none},"interests":["x"]"#))).unwrap();
        assert_eq!(event, decode(&with(r#","interests":["x"]"#)).unwrap(), "{none}");
    }
}

#[test]
fn dates_that_are_not_set_are_none() {
    for none in ["null", "false", "0", "\"\"", "\"false\"", "\"-0001-11-30 00:00:00\""] {
        let event = decode(&with(&format!(r#","created":{none},"modified":{none}"#))).unwrap();
        assert_eq!(event, decode(&with("")).unwrap(), "{none}");
    }
}

#[test]
fn a_byte_order_mark_and_white_space_are_skipped_once() {
    let mark = "\u{feff}";
    let plain = decode(&with("")).unwrap();
    for before in ["", mark, " \r\n\t", "\u{feff} ", " \u{feff}", " \u{feff}\n"] {
        assert_eq!(decode(&format!("{before}{}", with(""))).unwrap(), plain, "{before:?}");
        for (body, offset) in
            [("{\"a\": x}", 6), ("{\"a\":\"\\ud800\"}", 6), ("{\"a\"", 4), ("[1]", 0)]
        {
            let refused = decode(&format!("{before}{body}")).unwrap_err();
            assert_eq!(refused.offset(), Some(before.len() + offset), "{before:?}{body}");
        }
    }
    for twice in ["\u{feff}\u{feff}", "\u{feff} \u{feff}", "\u{a0}", "\u{c}"] {
        let refused = decode(&format!("{twice}{}", with(""))).unwrap_err();
        // A form, in which no `type` stands.
        assert_eq!(refused.code(), "unexpected_event", "{twice:?}");
    }
}
