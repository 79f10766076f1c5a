//! The variables of a body as a tree, with the bytes of the wire next to each.
//!
//! For eyes: what an event becomes, core's own decoder says. Names are taken apart as PHP does it:
//! `fields[a][]` is a list inside a map.

use serde_json::{Value, json};
use webhook_axum::webhook_core::decode::Format;

/// Variables that are shown.
const MAX_SHOWN: usize = 2_000;
/// Characters of a text that are shown.
const MAX_TEXT: usize = 2_000;
/// Levels that are shown.
const MAX_LEVELS: usize = 16;

/// A name, a value of its own, and what is inside.
#[derive(Default)]
struct Node {
    name: String,
    leaf: Option<(String, String, usize)>,
    nodes: Vec<Node>,
}

/// Returns the variables as JSON; without `values`, only how long each is.
pub fn tree(body: &[u8], values: bool) -> Value {
    match Format::of(body) {
        Format::Json => match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => {
                let map = map.iter().take(MAX_SHOWN);
                map.map(|(name, value)| of_json(name, value, values, 0)).collect()
            }
            _ => json!([]),
        },
        _ => of_form(body, values),
    }
}

/// Returns whether the tree has not all of the body's variables.
pub fn is_cut(body: &[u8]) -> bool {
    body.split(|byte| *byte == b'&').nth(MAX_SHOWN).is_some()
}

fn of_form(body: &[u8], values: bool) -> Value {
    let mut root = Node::default();
    for pair in body.split(|byte| *byte == b'&').filter(|it| !it.is_empty()).take(MAX_SHOWN) {
        let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at_checked(equals).unwrap_or_default();
        let value = value.get(1..).unwrap_or_default();
        let text = decoded(value);
        let mut node = &mut root;
        for part in parts(&decoded(name)) {
            node = node.child(part);
        }
        node.leaf = Some(if values {
            (shown(&text), shown(&String::from_utf8_lossy(pair)), text.len())
        } else {
            let wire = format!("{}=", String::from_utf8_lossy(name));
            (String::new(), shown(&wire), text.len())
        });
    }
    root.nodes.iter().map(|node| node.to_json(values)).collect()
}

impl Node {
    fn child(&mut self, name: String) -> &mut Self {
        let name = if name.is_empty() { self.nodes.len().to_string() } else { name };
        let at = self.nodes.iter().position(|node| node.name == name);
        let at = at.unwrap_or_else(|| {
            self.nodes.push(Self { name, ..Self::default() });
            self.nodes.len() - 1
        });
        // It was found or pushed a moment ago.
        #[allow(clippy::indexing_slicing)]
        &mut self.nodes[at]
    }

    fn to_json(&self, values: bool) -> Value {
        let nodes: Vec<_> = self.nodes.iter().map(|node| node.to_json(values)).collect();
        let mut json = json!({ "name": shown(&self.name), "nodes": nodes });
        if let (Some((text, wire, length)), Some(json)) = (&self.leaf, json.as_object_mut()) {
            if values {
                json.insert("value".to_owned(), text.as_str().into());
            }
            json.insert("wire".to_owned(), wire.as_str().into());
            json.insert("length".to_owned(), (*length).into());
        }
        json
    }
}

fn of_json(name: &str, value: &Value, values: bool, level: usize) -> Value {
    let nodes: Vec<Value> = match value {
        _ if level >= MAX_LEVELS => Vec::new(),
        Value::Object(map) => {
            map.iter().map(|(name, value)| of_json(name, value, values, level + 1)).collect()
        }
        Value::Array(list) => {
            let list = list.iter().take(MAX_SHOWN).enumerate();
            list.map(|(at, value)| of_json(&at.to_string(), value, values, level + 1)).collect()
        }
        _ => Vec::new(),
    };
    let mut json = json!({ "name": shown(name), "nodes": nodes });
    if let (false, Some(json)) = (value.is_object() || value.is_array(), json.as_object_mut()) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        json.insert("length".to_owned(), text.len().into());
        if values {
            json.insert("value".to_owned(), shown(&text).into());
            json.insert("wire".to_owned(), shown(&value.to_string()).into());
        }
    }
    json
}

/// Takes `a[b][]` apart into `a`, `b` and nothing.
fn parts(name: &str) -> Vec<String> {
    let Some((first, rest)) = name.split_once('[') else { return vec![name.to_owned()] };
    let mut parts = vec![first.to_owned()];
    let inner = rest.strip_suffix(']').unwrap_or(rest);
    parts.extend(inner.split("][").take(MAX_LEVELS).map(str::to_owned));
    parts
}

/// Decodes a form's name or value; what is not UTF-8 is replaced.
fn decoded(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let escaped = after.get(..2).filter(|_| *first == b'%');
        let escaped = escaped.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let byte = escaped.and_then(|it| u8::from_str_radix(str::from_utf8(it).ok()?, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => bytes.push(if *first == b'+' { b' ' } else { *first }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Cuts a text to what is shown, and says so.
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => {
            format!("{}… ({} bytes)", text.get(..end).unwrap_or_default(), text.len())
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_stand_in_a_tree_with_their_bytes() {
        let body =
            b"type=create&fields%5BFirst+name%5D=J%C3%A9&interests[]=blue&interests[]=red&x=%zz";
        let expected = json!([
            { "name": "type", "nodes": [], "value": "create", "wire": "type=create", "length": 6 },
            { "name": "fields", "nodes": [
                { "name": "First name", "nodes": [], "value": "Jé", "wire": "fields%5BFirst+name%5D=J%C3%A9",
                  "length": 3 },
            ] },
            { "name": "interests", "nodes": [
                { "name": "0", "nodes": [], "value": "blue", "wire": "interests[]=blue", "length": 4 },
                { "name": "1", "nodes": [], "value": "red", "wire": "interests[]=red", "length": 3 },
            ] },
            { "name": "x", "nodes": [], "value": "%zz", "wire": "x=%zz", "length": 3 },
        ]);
        assert_eq!(tree(body, true), expected);
        assert_eq!(
            tree(br#"{"fields":{"a":[1],"b":"x"}}"#, true),
            json!([{ "name": "fields", "nodes": [
                { "name": "a", "nodes": [
                    { "name": "0", "nodes": [], "value": "1", "wire": "1", "length": 1 },
                ] },
                { "name": "b", "nodes": [], "value": "x", "wire": "\"x\"", "length": 1 },
            ] }])
        );
    }

    #[test]
    fn without_values_only_names_and_lengths_are_in_it() {
        for body in [&b"fields[mail]=secret"[..], br#"{"fields":{"mail":"secret"}}"#] {
            let text = tree(body, false).to_string();
            assert!(!text.contains("secret") && text.contains("mail"), "{text}");
            assert!(text.contains("\"length\":6"), "{text}");
        }
    }

    #[test]
    fn deep_and_many_names_are_bounded() {
        let deep = format!("a{}=1", "[b]".repeat(100_000));
        assert!(tree(deep.as_bytes(), true).to_string().len() < 8_000);
        let many = "a=1&".repeat(100_000);
        assert!(is_cut(many.as_bytes()) && !is_cut(b"a=1&b=2"));
    }
}
