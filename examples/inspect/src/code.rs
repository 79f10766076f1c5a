//! The code to handle a call: a struct for its fields, and a handler.
//!
//! Names of fields come from the network, and what is made of them is compiled where it is copied to: a
//! name gets into the code as an identifier of ASCII letters, digits and `_`, or inside a string literal
//! in which everything else is escaped.

use crate::guess::{Entity, Guess, Kind, Seen};
use std::collections::HashSet;
use std::fmt::Write as _;

/// Words that are no names of fields: Rust's keywords, strict and reserved, of every edition.
const KEYWORDS: [&str; 53] = [
    "_", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Returns the code for an event of this trigger.
pub fn of(kind: &str, entity: Option<Entity>, seen: Option<&Seen>) -> String {
    let (name, event) = match (kind, entity) {
        ("create", Some(Entity::Database(id))) => (format!("Database{id}"), "ProfileCreated"),
        ("create", Some(Entity::Collection(id))) => {
            (format!("Collection{id}"), "SubprofileCreated")
        }
        ("update", Some(Entity::Database(id))) => (format!("Database{id}"), "ProfileUpdated"),
        ("update", Some(Entity::Collection(id))) => {
            (format!("Collection{id}"), "SubprofileUpdated")
        }
        _ => return plain(kind),
    };
    let none = Seen::default();
    let seen = seen.unwrap_or(&none);
    let fields = fields(seen);
    format!(
        "use axum::http::StatusCode;\nuse serde::Deserialize;\n\
         use webhook_axum::{{{event}, Webhook}};\n\n\
         /// Guessed from {} calls: look at each type.\n\
         #[derive(Debug, Deserialize)]\nstruct {name} {{\n{fields}}}\n\n\
         async fn on_{kind}(Webhook {{ event, .. }}: Webhook<{event}<{name}>>) -> StatusCode {{\n\
         {S}let fields: {name} = event.fields;\n\
         {S}println!(\"{{}} {{fields:?}}\", event.profile);\n\
         {S}StatusCode::NO_CONTENT\n}}\n",
        seen.calls,
        S = "    ",
    )
}

/// Returns a handler of an event that has no fields.
fn plain(kind: &str) -> String {
    let event = match kind {
        "create" => "CreateEvent",
        "update" => "UpdateEvent",
        "delete" => "DeleteEvent",
        "click" => "Click",
        "open" => "Open",
        "delivery" => "Delivered",
        "bounce" => "Bounce",
        "failure" => "Failure",
        "unsubscribe" => "Unsubscribe",
        "abuse" => "Abuse",
        _ => "Event",
    };
    let name = if event == "Event" { "event" } else { kind };
    format!(
        "use axum::http::StatusCode;\nuse webhook_axum::{{{event}, Webhook}};\n\n\
         async fn on_{name}(Webhook {{ event, .. }}: Webhook<{event}>) -> StatusCode {{\n\
         {S}println!(\"{{event:?}}\");\n{S}StatusCode::NO_CONTENT\n}}\n",
        S = "    ",
    )
}

fn fields(seen: &Seen) -> String {
    let (mut code, mut used) = (String::new(), HashSet::new());
    for (at, (name, guess)) in seen.fields.iter().enumerate() {
        let ident = unique(identifier(name), at, &mut used);
        if ident != *name {
            let _ = writeln!(code, "    #[serde(rename = {})]", literal(name));
        }
        let ty = type_of(guess, seen.calls);
        // An `Option` may be absent, and so may what has a default.
        if !ty.starts_with("Option") && guess.calls < seen.calls {
            let _ = writeln!(code, "    #[serde(default)]");
        }
        let _ = writeln!(code, "    {ident}: {ty},");
    }
    if seen.is_cut {
        code.push_str("    // There are more fields, or longer names, than are looked at.\n");
    }
    code
}

fn type_of(guess: &Guess, calls: u64) -> String {
    let is_absent = guess.calls < calls;
    let plain = match guess.kind() {
        // An empty text is false, an empty list or an empty map.
        Kind::Bool if !is_absent => return "bool".to_owned(),
        Kind::List => return "Vec<String>".to_owned(),
        Kind::Map => return "std::collections::BTreeMap<String, String>".to_owned(),
        Kind::Bool => "bool",
        Kind::Number => "i64",
        Kind::Day => "chrono::NaiveDate",
        Kind::Moment => "chrono::NaiveDateTime",
        Kind::Text => "String",
    };
    if is_absent || guess.was_empty { format!("Option<{plain}>") } else { plain.to_owned() }
}

/// Makes an identifier of a name, in snake case; empty where nothing of it can be one.
fn identifier(name: &str) -> String {
    let mut ident = String::new();
    let mut was_lower = false;
    for char in name.chars().take(64) {
        if char.is_ascii_alphanumeric() {
            if char.is_ascii_uppercase() && was_lower {
                ident.push('_');
            }
            ident.push(char.to_ascii_lowercase());
        } else if !ident.ends_with('_') && !ident.is_empty() {
            ident.push('_');
        }
        was_lower = char.is_ascii_lowercase() || char.is_ascii_digit();
    }
    let ident = ident.trim_end_matches('_').to_owned();
    match ident.as_bytes().first() {
        Some(first) if first.is_ascii_digit() => format!("field_{ident}"),
        _ if KEYWORDS.contains(&ident.as_str()) => ident + "_",
        _ => ident,
    }
}

fn unique(ident: String, at: usize, used: &mut HashSet<String>) -> String {
    let mut ident = if ident.is_empty() { format!("field_{at}") } else { ident };
    while !used.insert(ident.clone()) {
        let _ = write!(ident, "_{at}");
    }
    ident
}

/// Writes a string literal of printable ASCII: bidirectional marks and look-alikes are escaped.
fn literal(text: &str) -> String {
    let escaped = text.chars().flat_map(char::escape_default);
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guess::Guesses;
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    use webhook_axum::Fields;

    const HERE: Entity = Entity::Database(7);

    fn code(calls: &[&[(&str, &str)]]) -> String {
        let mut guesses = Guesses::default();
        for fields in calls {
            guesses.learn(HERE, &fields.iter().copied().collect::<Fields>());
        }
        of("create", Some(HERE), guesses.of(HERE))
    }

    #[test]
    fn types_are_those_that_all_values_fit() {
        let code = code(&[
            &[
                ("newsletter", "1"),
                ("age", "37"),
                ("born", "1979-02-12"),
                ("phone", "0612345678"),
                ("seen", "1979-02-12 12:49:23"),
                ("First name", "Johny"),
                ("gone", "x"),
                ("never", "0000-00-00"),
                ("type", "a"),
                ("2nd", "1"),
                ("opt", "1"),
                ("sum", "1"),
            ],
            &[
                ("newsletter", ""),
                ("age", "0"),
                ("born", ""),
                ("phone", "1"),
                ("seen", "1980-01-01 00:00:00"),
                ("First name", "x"),
                ("never", ""),
                ("type", "b"),
                ("2nd", "0"),
                ("sum", "2"),
            ],
        ]);
        for line in [
            "    newsletter: bool,",
            "    age: i64,",
            "    born: Option<chrono::NaiveDate>,",
            "    phone: String,",
            "    seen: chrono::NaiveDateTime,",
            "    #[serde(rename = \"First name\")]\n    first_name: String,",
            "    gone: Option<String>,",
            "    never: Option<String>,",
            "    #[serde(rename = \"type\")]\n    type_: String,",
            "    #[serde(rename = \"2nd\")]\n    field_2nd: bool,",
            "    opt: Option<bool>,",
            "    sum: i64,",
        ] {
            assert!(code.contains(line), "{line}\n{code}");
        }
    }

    const HOSTILE: &[&[(&str, &str)]] = &[&[
        ("\"]} fn main() { evil() } //", "1"),
        ("<script>alert(1)</script>", "x"),
        ("self", "x"),
        ("Self", "x"),
        ("crate", "x"),
        ("_", "x"),
        ("", "x"),
        ("名前", "x"),
        ("a\u{202e}b", "x"),
        ("a b", "1"),
        ("a-b", "1"),
        ("a_b", "1"),
        ("line\r\nbreak", "x"),
        ("nul\0", "x"),
        ("\\", "x"),
        ("{}{name}", "x"),
        ("r#type", "x"),
        ("gen", "x"),
        ("café", "x"),
        ("*/ /*", ""),
        ("firstName", "x"),
        ("FIRST", "x"),
        ("'", "1979-02-12"),
        ("field_1", "x"),
        ("union", "x"),
    ]];

    #[test]
    fn hostile_names_make_code_of_one_struct_and_one_function() {
        let code = code(HOSTILE);
        let file = syn::parse_file(&code).unwrap_or_else(|error| panic!("{error}\n{code}"));
        let kinds = file.items.iter().map(|item| match item {
            syn::Item::Use(_) => "use",
            syn::Item::Struct(_) => "struct",
            syn::Item::Fn(_) => "fn",
            _ => "else",
        });
        assert_eq!(kinds.collect::<Vec<_>>(), ["use", "use", "use", "struct", "fn"]);
        let [.., syn::Item::Struct(made), _] = &file.items[..] else { panic!("{code}") };
        assert_eq!(made.fields.len(), HOSTILE[0].len());
        let names = made.fields.iter().zip(HOSTILE[0]);
        for (field, (name, _)) in names {
            let mut renamed = None;
            for attribute in &field.attrs {
                attribute
                    .parse_nested_meta(|meta| {
                        renamed = Some(meta.value()?.parse::<syn::LitStr>()?.value());
                        Ok(())
                    })
                    .unwrap();
            }
            let ident = field.ident.as_ref().unwrap().to_string();
            assert_eq!(renamed.unwrap_or(ident), *name);
        }
        assert!(code.is_ascii() && !code.contains('\0'), "{code}");
    }

    /// By rustc, without its crates: what is derived is taken out, and chrono's types are made up.
    #[test]
    fn the_struct_compiles() {
        let code = code(HOSTILE);
        let made =
            code.split("#[derive").nth(1).and_then(|it| it.split("async fn").next()).unwrap();
        let plain: String = made
            .lines()
            .skip(1)
            .filter(|line| !line.contains("#[serde"))
            .fold(String::new(), |code, line| code + line + "\n");
        let source = format!(
            "#![allow(dead_code)] mod chrono {{ pub struct NaiveDate; pub struct NaiveDateTime; }}\n{plain}"
        );
        let mut rustc = Command::new("rustc")
            .args([
                "--edition",
                "2024",
                "--crate-type",
                "lib",
                "--emit",
                "metadata",
                "-o",
                "-",
                "-",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        rustc.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
        let output = rustc.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}\n{source}");
    }

    #[test]
    fn each_trigger_has_a_handler() {
        for kind in ["click", "delete", "delivery", "tomorrow", "fn main() {}", ""] {
            let code = of(kind, None, None);
            let file = syn::parse_file(&code).unwrap_or_else(|error| panic!("{error}\n{code}"));
            assert_eq!(file.items.len(), 3, "{code}");
        }
    }
}
