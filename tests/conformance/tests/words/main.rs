//! The compiler's words: small programs, each with one mistake that people make, and the phrase that
//! says what to do. Phrases and not whole messages: those change with each version of Rust.
//!
//! All are binaries of one package that is written into the target folder, where `cargo check` finds most
//! dependencies built. Without `once`, which hides more than it says when a handler is not one.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// Framework, mistake, and a phrase that one of the errors must have; the white space of a line that is
/// broken does not count.
const MISTAKES: &[(&str, &str, &[&str])] = &[
    (
        "axum",
        "fields",
        &[
            "`Customer` is not an event of Copernica",
            "your own struct of fields goes inside: `CreateEvent<Customer>`",
        ],
    ),
    ("axum", "no_deserialize", &["adding `#[derive(serde::Deserialize)]` to your `Customer` type"]),
    ("axum", "not_last", &["MakeItTheLastArgument"]),
    (
        "axum",
        "no_state",
        &[
            "`.with_state(receiver)`, `debug_handler(state = Receiver)`",
            "expected `webhook_axum::Receiver`, found `()`",
        ],
    ),
    (
        "axum",
        "not_send",
        &["future returned by `on_create` is not `Send`", "`Rc<CreateEvent>` which is not `Send`"],
    ),
    (
        "actix",
        "fields",
        &[
            "`Customer` is not an event of Copernica",
            "your own struct of fields goes inside: `CreateEvent<Customer>`",
        ],
    ),
    (
        "actix",
        "no_deserialize",
        &["adding `#[derive(serde::Deserialize)]` to your `Customer` type"],
    ),
    (
        "warp",
        "fields",
        &[
            "`Customer` is not an event of Copernica",
            "your own struct of fields goes inside: `CreateEvent<Customer>`",
        ],
    ),
    ("warp", "no_deserialize", &["adding `#[derive(serde::Deserialize)]` to your `Customer` type"]),
    ("warp", "not_last", &["function is expected to take 1 argument, but it takes 2 arguments"]),
    ("warp", "no_state", &["argument #1 of type `webhook_warp::Receiver` is missing"]),
    (
        "warp",
        "not_send",
        &["future returned by `on_create` is not `Send`", "`Rc<CreateEvent>` which is not `Send`"],
    ),
    // No mistakes in actix-web: it lends the payload to every argument, its handlers stay on one thread,
    // and that there is no receiver it finds out when it is called (500, `misconfigured`).
    ("actix", "not_last", &[]),
    ("actix", "no_state", &[]),
    ("actix", "not_send", &[]),
];

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/words")
}

/// Writes the package, outside of the workspace and with its lock, and returns its folder.
fn package() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("words");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().unwrap();
    fs::create_dir_all(&folder).unwrap();
    let mut manifest = String::from(
        r#"
        [package]
        name = "words"
        version = "0.0.0"
        edition = "2024"

        [workspace]

        [dependencies]
        axum = { version = "0.8", default-features = false, features = ["macros"] }
        actix-web = { version = "4", default-features = false }
        warp = { version = "0.4", default-features = false }
        serde = { version = "1", features = ["derive"] }
        "#,
    );
    for framework in ["axum", "actix", "warp"] {
        let path = root.join(format!("webhook-{framework}"));
        writeln!(manifest, "webhook-{framework} = {{ path = '{}' }}", path.display()).unwrap();
    }
    for (framework, mistake, _) in MISTAKES {
        let path = here().join(framework).join(format!("{mistake}.rs"));
        let (name, path) = (format!("{framework}-{mistake}"), path.display());
        writeln!(manifest, "[[bin]]\nname = '{name}'\npath = '{path}'").unwrap();
    }
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    folder
}

/// Returns the errors of each binary, as people see them, with single spaces.
fn errors() -> BTreeMap<String, String> {
    let output = Command::new(env::var_os("CARGO").unwrap())
        .args(["check", "--offline", "--keep-going", "--bins", "--message-format=json"])
        .current_dir(package())
        // The workspace's own: cargo has let go of it before it starts this test.
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut errors = BTreeMap::new();
    let messages = str::from_utf8(&output.stdout).unwrap().lines();
    for message in messages.map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let target = &message["target"];
        let is_error = message["message"]["level"] == "error";
        if message["reason"] == "compiler-message" && is_error {
            assert_eq!(target["kind"][0], "bin", "{message}");
            let rendered = message["message"]["rendered"].as_str().unwrap();
            let words = rendered.split_whitespace().collect::<Vec<_>>().join(" ");
            let of_bin: &mut String =
                errors.entry(target["name"].as_str().unwrap().to_owned()).or_default();
            writeln!(of_bin, "{words}").unwrap();
        } else if message["reason"] == "compiler-artifact" && target["kind"][0] == "bin" {
            errors.insert(target["name"].as_str().unwrap().to_owned(), String::new());
        }
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(errors.len(), MISTAKES.len(), "cargo came to each of them: {stderr}");
    errors
}

#[test]
fn each_mistake_is_answered_with_what_to_do() {
    let errors = errors();
    for (framework, mistake, phrases) in MISTAKES {
        let output = &errors[&format!("{framework}-{mistake}")];
        assert_eq!(phrases.is_empty(), output.is_empty(), "{framework}, {mistake}:\n{output}");
        for phrase in *phrases {
            assert!(output.contains(phrase), "{framework}, {mistake}: no `{phrase}` in\n{output}");
        }
    }
}
