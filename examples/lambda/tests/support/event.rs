//! The event that a signed call becomes on its way to the function.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Request;
use serde_json::{Map, Value, json};
use std::path::Path;

/// How an event carries headers and body.
#[derive(Clone, Copy, PartialEq)]
pub enum Shape {
    /// A REST API: names as the sender wrote them, each header in two maps, no `Content-Length`, and the body as
    /// text.
    Rest,
    /// A REST API with `*/*` among its binary media types: the body in base64.
    RestBinary,
    /// An HTTP API, a function URL or a load balancer: names in lower case, the body in base64.
    Lower,
    /// A load balancer whose target group has multi-value headers.
    LowerMulti,
}

/// One of the files in `tests/events`, with a call in it.
pub struct Event(pub Value);

impl Event {
    /// Puts a call into the event of a file. What the file has, the host among it, stays.
    pub fn new(file: &str, shape: Shape, call: &Request<Bytes>) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/events");
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let mut event: Value = serde_json::from_str(&text).unwrap();
        let is_rest = matches!(shape, Shape::Rest | Shape::RestBinary);
        for (name, value) in call.headers() {
            let name = if is_rest { as_sent(name.as_str()) } else { name.as_str().to_owned() };
            if name == "host" || name == "Host" || is_rest && name == "Content-Length" {
                continue;
            }
            let value = value.to_str().unwrap();
            if shape != Shape::LowerMulti {
                event["headers"][&name] = json!(value);
            }
            if is_rest || shape == Shape::LowerMulti {
                event["multiValueHeaders"][&name] = json!([value]);
            }
        }
        let is_text = shape == Shape::Rest;
        event["isBase64Encoded"] = json!(!is_text);
        event["body"] = if is_text {
            json!(str::from_utf8(call.body()).unwrap())
        } else {
            json!(STANDARD.encode(call.body()))
        };
        Self(event)
    }

    /// Renames a header, as a REST API may.
    pub fn rename(mut self, name: &str, other: &str) -> Self {
        for headers in ["headers", "multiValueHeaders"] {
            let headers: &mut Map<_, _> = self.0[headers].as_object_mut().unwrap();
            let value = headers.remove(name).unwrap();
            headers.insert(other.to_owned(), value);
        }
        self
    }

    /// Sets a query, as the event of a REST API has it: decoded, in no order.
    pub fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        for (name, value) in pairs {
            self.0["queryStringParameters"][name] = json!(value);
            self.0["multiValueQueryStringParameters"][name] = json!([value]);
        }
        self
    }
}

/// Returns a header's name as Copernica documents it, in capitals.
fn as_sent(name: &str) -> String {
    let word = |word: &str| match word.split_at_checked(1) {
        _ if word == "id" => "ID".to_owned(),
        Some((first, rest)) => first.to_ascii_uppercase() + rest,
        None => String::new(),
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}
