//! A slow implementation of the signing string, written straight from the draft, agrees.

use super::*;
use proptest::prelude::*;

fn header_name() -> impl Strategy<Value = String> {
    "[xX]-[a-zA-Z0-9]{1,3}"
}

/// Makes values that HTTP libraries let through.
fn header_value() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => 0x20..0x7f_u8, 1 => Just(b'\t'), 1 => 0x80..=0xff_u8];
    prop::collection::vec(byte, 0..20)
}

/// Builds a signing string by draft §2.3, word by word.
fn naive(call: &Call, names: &[String], body_len: usize) -> Option<Vec<u8>> {
    let mut lines = Vec::new();
    for name in names {
        let name = name.to_lowercase();
        let values: Vec<String> = call
            .headers
            .iter()
            .filter(|(known, _)| known.to_lowercase() == name)
            .map(|(_, value)| value.iter().copied().map(char::from).collect::<String>())
            .map(|value| value.trim_matches([' ', '\t']).to_owned())
            .collect();
        let value = match (&*name, values.is_empty()) {
            ("(request-target)", _) => format!("{} {}", call.method.to_lowercase(), call.target),
            (_, false) => values.join(", "),
            ("host", true) => call.authority.clone()?,
            ("content-length", true) => body_len.to_string(),
            (_, true) => return None,
        };
        lines.push(format!("{name}: {value}"));
    }
    // Latin-1 there and back: a byte a character.
    Some(lines.join("\n").chars().map(|char| u8::try_from(char).unwrap()).collect())
}

proptest! {
    #[test]
    fn the_draft_word_by_word(
        headers in prop::collection::vec((header_name(), header_value()), 0..6),
        more in prop::collection::vec(header_name(), 0..3),
        length in any::<Option<u16>>(),
        authority in any::<bool>(),
        upper in any::<bool>(),
        body_len in any::<usize>(),
        target in "/[ -~]{0,20}",
        order in Just((0..15).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let mut call = Call::plain().without("Content-Length").target(&target);
        if authority {
            call = call.without("Host").authority("Example.com:8443");
        }
        if let Some(length) = length {
            call = call.add("Content-Length", length.to_string());
        }
        let mut names: Vec<String> = COVERED.split(' ').map(str::to_owned).collect();
        names.push("Content-Length".to_owned());
        let random = headers.iter().map(|(name, _)| name).chain(&more);
        names.extend(random.map(|name| if upper { name.to_uppercase() } else { name.clone() }));
        for (name, value) in headers {
            call = call.add(&name, value);
        }
        let mut shuffled = Vec::new();
        for name in order.into_iter().filter_map(|at| names.get(at)) {
            if !shuffled.iter().any(|known: &String| known.eq_ignore_ascii_case(name)) {
                shuffled.push(name.clone());
            }
        }
        let call = call.set("Signature", covering(&shuffled.join(" ")));
        let string = call.examine(&policy(), NOW).ok();
        let string = string.map(|signed| signed.signing_string(body_len).into_owned());
        prop_assert_eq!(string, naive(&call, &shuffled, body_len));
    }
}
