//! The second opinion: where `serde_qs` reads a form as PHP does, we agree; and the list of where
//! it does not, which is why it does not decode here.

#![allow(missing_docs, clippy::unwrap_used)]

use serde::Deserialize;
use std::collections::BTreeMap;
use webhook_core::{Format, ProfileCreated, Receiver};

const HEAD: &str = "type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23";

type Flat = BTreeMap<String, String>;

#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    fields: Flat,
}

fn ours(body: &str) -> Flat {
    let body = format!("{HEAD}&{body}");
    let event: ProfileCreated<Flat> =
        Receiver::unverified().decode(Format::Form, body.as_bytes()).unwrap();
    event.fields
}

fn theirs(body: &str) -> Option<Flat> {
    let config = serde_qs::Config::new().use_form_encoding(true);
    let form: Form = config.deserialize_str(&format!("{HEAD}&{body}")).ok()?;
    Some(form.fields)
}

#[test]
fn we_agree_where_it_is_right() {
    for body in [
        "fields[a]=1",
        "fields%5Ba%5D=1",
        "fields%5BFirst+name%5D=J+D&fields%5BFirst%20name2%5D=J%20D",
        "fields%5Ba.b%5D=1&fields%5Bcaf%C3%A9%5D=%E2%82%AC",
        "fields%5Ba%5D=1&fields%5Ba%5D=2",
        "fields%5Ba%5D=&fields%5Bb%5D=x%3Dy%26z%2B",
        "fields%5Ba%5D=x;y&other=1",
        "&&fields%5Ba%5D=1&",
        "fields%5B2024%5D=x&fields%5Bname%5D=y",
    ] {
        assert_eq!(theirs(body).as_ref(), Some(&ours(body)), "{body}");
    }
}

/// Each entry is what `serde_qs` does today; when one fails, it has learned something.
#[test]
fn where_it_is_not() {
    let one = |name: &str, value: &str| Flat::from([(name.to_owned(), value.to_owned())]);
    // Escapes in lower case are no brackets to it: the field is lost without a word.
    assert_eq!(theirs("fields%5ba%5d=1"), Some(Flat::new()));
    assert_eq!(ours("fields%5ba%5d=1"), one("a", "1"));
    // Names with brackets in them are refused, or cut.
    for (body, name) in [("fields%5Ba%5Bb%5D%5D=1", "a[b]"), ("fields[a]b]=1", "a]b")] {
        assert_ne!(theirs(body), Some(one(name, "1")), "{body}");
        assert_eq!(ours(body), one(name, "1"), "{body}");
    }
}
