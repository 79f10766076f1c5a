//! Names and values of a body, decodable or not: what can't be decoded is to be looked at, too.

use serde_json::Value;

/// Names, and the value of each that has one.
pub type Variables = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Returns names and values as they were sent, and refuses nothing.
pub fn variables(body: &[u8]) -> Variables {
    let mut variables = Variables::new();
    if body.trim_ascii_start().starts_with(b"{") || body.trim_ascii_start().starts_with(b"[") {
        match serde_json::from_slice(body) {
            Ok(value) => flatten("", &value, &mut variables),
            Err(_) => variables.push((body.to_vec(), None)),
        }
        return variables;
    }
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let name = parts.next().map(unescaped).unwrap_or_default();
        variables.push((name, parts.next().map(unescaped)));
    }
    variables
}

/// Names what is nested as a form does: `fields[name]`.
fn flatten(name: &str, value: &Value, variables: &mut Variables) {
    let inner = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}[{key}]") };
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| flatten(&inner(key), value, variables));
        }
        Value::Array(list) => {
            let items = list.iter().enumerate();
            items.for_each(|(at, value)| flatten(&inner(&at.to_string()), value, variables));
        }
        Value::String(text) => variables.push((name.into(), Some(text.as_bytes().into()))),
        other => variables.push((name.into(), Some(other.to_string().into()))),
    }
}

/// Replaces `+` and `%XX` by what they stand for.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let escaped = match (first, after) {
            (b'%', [high, low, after @ ..]) => digit(high).zip(digit(low)).map(|digits| {
                rest = after;
                digits.0 * 16 + digits.1
            }),
            _ => None,
        };
        bytes.push(match (escaped.and_then(|byte| u8::try_from(byte).ok()), first) {
            (Some(byte), _) => byte,
            (None, b'+') => b' ',
            (None, other) => *other,
        });
    }
    bytes
}
