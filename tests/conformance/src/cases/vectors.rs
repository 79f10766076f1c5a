//! Calls that other implementations signed.

use super::{profile, refused};
use crate::case::{Case, Expect};
use crate::setup::Setup;

/// Returns what npm's `http-signature` and Python's `httpsig` signed: see `tests/vectors/README.md`.
pub(super) fn cases() -> Vec<Case> {
    let lines = include_str!("../../../vectors/http-signature.jsonl")
        .lines()
        .chain(include_str!("../../../vectors/httpsig.jsonl").lines());
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let cases = lines.map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = format!("signed by {}: {}", text(&line["signer"]), text(&line["name"]));
        let body = text(&line["body"]);
        let expect = match text(&line["name"]).as_str() {
            "body: empty" => refused(422, "unexpected_event", "no variable `type`"),
            "body: UTF-8" => profile("{}", r#"{"name":"Johny","city":"Zürich €"}"#, "{}", ""),
            "body: long" => {
                let (_, value) = body.split_once("&fields[x]=").unwrap();
                profile("{}", &format!(r#"{{"name":"Johny","x":"{value}"}}"#), "{}", "")
            }
            "content-type: json" => profile("{}", "{}", "{}", ""),
            _ => profile("{}", r#"{"name":"Johny"}"#, "{}", ""),
        };
        let mut case = Case::form(&name, body, expect).to(Setup::Forgetful);
        case.method = text(&line["method"]);
        case.target = text(&line["target"]);
        let headers = line["headers"].as_array().unwrap().iter();
        case.headers = headers.map(|pair| (text(&pair[0]), text(&pair[1]).into())).collect();
        // Announced by what sends it.
        case.without("Content-Length")
    });
    let cases: Vec<_> = cases.collect();
    assert!(cases.iter().filter(|case| matches!(case.expect, Expect::Event(_))).count() > 70);
    cases
}
