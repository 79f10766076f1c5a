//! The bodies that are measured, written as PHP's `http_build_query` writes them.

mod family;
mod scripts;

use std::fmt::Write;

pub(crate) struct Body {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) bytes: Vec<u8>,
}

/// What a body needs of the struct that reads it.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Create,
    Grouped,
    Update,
    Click,
    Bounce,
    Json,
}

const HEAD: &str = "type=create&profile=123&database=1&timestamp=1979-02-12+12%3A49%3A23&id=123";
const NAMES: [&str; 5] = ["name", "mail", "Street address", "phone number", "last_order"];
const VALUES: [&str; 5] = [
    "Johny van den Berg",
    "johny@example.com",
    "Prinsengracht 263, 1016 GV Amsterdam",
    "+31 20 555 0123",
    "2024-05-06 07:08:09",
];
/// What a `big` field holds: markup, line ends, a few accents.
const MARKUP: &str = "<p class=\"intro\">Dear reader, this is what we had to tell you in caf\u{e9} \
    society and elsewhere; the rest is plain text without anything special in it.</p>\r\n";

pub(crate) fn bodies() -> Vec<Body> {
    let form = |name, text: String| Body { name, shape: Shape::Create, bytes: text.into_bytes() };
    let mut bodies = vec![
        form("small", documented()),
        form("typical", of_pairs(20)),
        form("large (200 + 200)", of_pairs(200)),
        form("20 kB of pairs", small_pairs(20_000)),
        form("2 MB of pairs", small_pairs(2_000_000)),
        form("1 MB in four fields", big_fields(4, 1_000_000)),
        form("16 MB in one field", big_fields(1, 16_000_000)),
        Body { name: "JSON typical", shape: Shape::Json, bytes: json(20).into_bytes() },
    ];
    bodies.extend(scripts::scripts());
    bodies.extend(family::family());
    bodies
}

fn documented() -> String {
    let mut text = HEAD.to_owned();
    for (name, value) in
        [("name", "Johny"), ("mail", "johny@example.com"), ("blue", "1"), ("red", "0")]
    {
        pair(&mut text, "parameters", name, value);
    }
    for (name, value) in [("name", "Johny"), ("mail", "johny@example.com")] {
        pair(&mut text, "fields", name, value);
    }
    pair(&mut text, "interests", "blue", "1");
    pair(&mut text, "interests", "red", "0");
    text + "&created=1979-02-12+12%3A49%3A23&modified=1979-02-12+12%3A49%3A23"
}

fn of_pairs(count: usize) -> String {
    let mut text = HEAD.to_owned();
    for root in ["parameters", "fields"] {
        for (at, (name, value)) in names_and_values().take(count).enumerate() {
            pair(&mut text, root, &format!("{name}{at}"), value);
        }
    }
    text
}

fn small_pairs(bytes: usize) -> String {
    let mut text = HEAD.to_owned();
    for at in 0.. {
        if text.len() >= bytes {
            break;
        }
        pair(&mut text, "fields", &format!("field_{at}"), "some text");
    }
    text
}

fn big_fields(fields: usize, bytes: usize) -> String {
    let mut text = HEAD.to_owned();
    let mut encoded = String::new();
    encode(&mut encoded, MARKUP);
    for at in 0..fields {
        let times = bytes / fields / encoded.len();
        write!(text, "&fields%5Bbig{at}%5D={}", encoded.repeat(times)).unwrap();
    }
    text
}

fn json(count: usize) -> String {
    let map = || {
        let entries = names_and_values().take(count).enumerate();
        let entries: Vec<_> =
            entries.map(|(at, (name, value))| format!("\"{name}{at}\":\"{value}\"")).collect();
        entries.join(",")
    };
    format!(
        "{{\"type\":\"create\",\"profile\":123,\"database\":1,\
         \"timestamp\":\"1979-02-12 12:49:23\",\"parameters\":{{{}}},\"fields\":{{{}}}}}",
        map(),
        map()
    )
}

fn names_and_values() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMES.into_iter().zip(VALUES).cycle()
}

fn pair(text: &mut String, root: &str, name: &str, value: &str) {
    write!(text, "&{root}%5B").unwrap();
    encode(text, name);
    text.push_str("%5D=");
    encode(text, value);
}

fn encode(text: &mut String, plain: &str) {
    text.extend(form_urlencoded::byte_serialize(plain.as_bytes()));
}
