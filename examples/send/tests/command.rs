//! The built binary against a real HTTP server.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use webhook_core::testing::fixtures;
use webhook_core::{Event, Raw};

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const SILENCE: &str = "";

const PRIVATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/private.pem");
const PUBLIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/public.pem");
const SIGNED: [&str; 5] = ["--key", PRIVATE, "--account", "1234", "--explain"];

/// Head and body.
type Call = (String, Vec<u8>);

/// Gives every call the same answer and keeps what it was sent.
struct Server {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Server {
    fn start(answer: impl Into<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/copernica", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (answer, kept) = (answer.into(), Arc::clone(&calls));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, kept) = (answer.clone(), Arc::clone(&kept));
                thread::spawn(move || {
                    let mut stream = BufReader::new(stream.unwrap());
                    while let Some(call) = read_call(&mut stream) {
                        kept.lock().unwrap().push(call);
                        stream.get_mut().write_all(answer.as_bytes()).unwrap();
                    }
                });
            }
        });
        Self { url, calls }
    }

    fn bodies(&self) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        calls.iter().map(|(_, body)| String::from_utf8(body.clone()).unwrap()).collect()
    }
}

fn read_call(stream: &mut BufReader<TcpStream>) -> Option<Call> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).unwrap_or(0) == 0 {
            return None;
        }
    }
    let length = head.to_ascii_lowercase();
    let length = length.split("content-length: ").nth(1)?.lines().next()?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn send(url: &str, args: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_example-send"))
        .args(["--url", url])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A usage error ends the process without reading.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

#[test]
fn the_documented_profile_is_the_default() {
    let server = Server::start(OK);
    let output = send(&server.url, &[], b"");
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("204 No Content"), "{}", stdout(&output));
    assert!(stdout(&output).contains("p99"), "{}", stdout(&output));
    assert!(output.stderr.is_empty());

    let calls = server.calls.lock().unwrap();
    let (head, body) = &calls[0];
    assert!(head.starts_with("POST /copernica HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/x-www-form-urlencoded\r\n"), "{head}");
    assert!(body.starts_with(b"type=create&profile=123&"));
    assert!(body.windows(21).any(|w| w == b"interests%5Bblue%5D=1"));
}

#[test]
fn each_kind_is_received_as_what_it_is_called() {
    for fixture in fixtures::ALL {
        let server = Server::start(OK);
        let args = ["--kind", fixture.kind, "--count", "2"];
        assert_eq!(send(&server.url, &args, b"").status.code(), Some(0), "{}", fixture.kind);
        let bodies = server.bodies();
        let events: Vec<Event> =
            bodies.iter().map(|body| Raw::new(body.clone()).decode().unwrap()).collect();
        assert_ne!(events[0], events[1], "{}: an id of its own", fixture.kind);
        let expected: Event = serde_json::from_str(fixture.json).unwrap();
        for event in events {
            assert_eq!(kind_of(&event), kind_of(&expected));
        }
    }
}

/// Returns the trigger and the entity of an event.
fn kind_of(event: &Event) -> (Option<String>, bool) {
    let json = serde_json::to_value(event).unwrap();
    (json["type"].as_str().map(str::to_owned), json.get("subprofile").is_some())
}

#[test]
fn all_plays_one_of_each_kind_as_often_as_it_is_counted() {
    let server = Server::start(OK);
    assert_eq!(send(&server.url, &["--all", "--count", "2"], b"").status.code(), Some(0));
    let bodies = server.bodies();
    let mut distinct = bodies.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((bodies.len(), distinct.len()), (26, 26));
    for (body, fixture) in bodies.iter().zip(fixtures::ALL) {
        let event: Event = Raw::new(body.clone()).decode().unwrap();
        let expected: Event = serde_json::from_str(fixture.json).unwrap();
        assert_eq!(kind_of(&event), kind_of(&expected));
    }
}

#[test]
fn the_older_names_of_kinds_stay() {
    for (old, new) in [("profile", "create-profile"), ("subprofile", "create-subprofile")] {
        let server = Server::start(OK);
        for kind in [old, new] {
            assert_eq!(send(&server.url, &["--kind", kind], b"").status.code(), Some(0));
        }
        let bodies = server.bodies();
        assert_eq!(bodies[0], bodies[1]);
    }
}

#[test]
fn fields_are_options_of_create_events_only() {
    for args in
        [["--kind", "click", "--field", "a=b"], ["--kind", "update-profile", "--interest", "a"]]
    {
        let output = send("http://127.0.0.1:1/", &args, b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("--kind create-"), "{args:?}");
    }
    assert_eq!(
        send("http://127.0.0.1:1/", &["--all", "--kind", "click"], b"").status.code(),
        Some(2)
    );
}

fn screen(args: &[&str]) -> String {
    let program = env!("CARGO_BIN_EXE_example-send");
    let output = Command::new(program).args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{args:?}");
    let text = stdout(&output).to_owned();
    assert!(text.lines().count() <= 24, "{args:?}: {}\n{text}", text.lines().count());
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{args:?}\n{text}");
    text
}

#[test]
fn help_of_each_subcommand_fits_a_screen() {
    for option in ["-h", "--help"] {
        let send = screen(&[option]);
        assert_eq!(send, screen(&["send", option]));
        assert!(send.contains("example-send check --help, explain --help"), "{send}");
        assert!(screen(&["check", option]).contains("--listen"));
        assert!(screen(&["explain", option]).contains("--from"));
    }
}

#[test]
fn help_lists_every_kind() {
    let text = screen(&["--help"]);
    let (_, kinds) = text.split_once("Kinds: ").unwrap();
    let (kinds, _) = kinds.split_once("\n\n").unwrap();
    let kinds: Vec<_> = kinds.split(',').map(str::trim).collect();
    assert_eq!(kinds, fixtures::ALL.iter().map(|fixture| fixture.kind).collect::<Vec<_>>());
}

#[test]
fn own_fields_replace_the_documented_event() {
    let server = Server::start(OK);
    let args = ["--field", "First name=J=D", "--parameter", "a[b]=1", "--interest", "blue"];
    assert_eq!(send(&server.url, &args, b"").status.code(), Some(0));
    assert_eq!(
        server.bodies(),
        ["type=create&profile=123&database=1&id=123&timestamp=1979-02-12+12%3A49%3A23\
          &created=1979-02-12+12%3A49%3A23&modified=1979-02-12+12%3A49%3A23\
          &parameters%5Ba%5Bb%5D%5D=1&fields%5BFirst+name%5D=J%3DD&interests%5Bblue%5D=1"]
    );
}

#[test]
fn own_fields_alone_leave_nothing_of_the_documented_event() {
    let server = Server::start(OK);
    for kind in ["create-profile", "create-subprofile"] {
        let args = ["--kind", kind, "--field", "a=1"];
        assert_eq!(send(&server.url, &args, b"").status.code(), Some(0), "{kind}");
    }
    for body in server.bodies() {
        assert!(body.ends_with("&fields%5Ba%5D=1"), "{body}");
        assert!(!body.contains("parameters") && !body.contains("interests"), "{body}");
    }
}

#[test]
fn a_created_profile_has_its_number_twice() {
    let server = Server::start(OK);
    assert_eq!(send(&server.url, &["--count", "2"], b"").status.code(), Some(0));
    for (body, number) in server.bodies().iter().zip([123, 124]) {
        assert!(body.contains(&format!("&profile={number}&")), "{body}");
        assert!(body.contains(&format!("&id={number}&")), "{body}");
    }
}

#[test]
fn options_without_fields_leave_the_documented_fields() {
    let server = Server::start(OK);
    for args in [["--parameter", "x=1"], ["--interest", "green"]] {
        assert_eq!(send(&server.url, &args, b"").status.code(), Some(0), "{args:?}");
    }
    let bodies = server.bodies();
    assert!(bodies.iter().all(|body| body.contains("&fields%5Bname%5D=Johny&")), "{bodies:?}");
    assert!(bodies[0].contains("&parameters%5Bx%5D=1&"), "{bodies:?}");
    assert!(!bodies[0].contains("parameters%5Bname%5D"), "{bodies:?}");
    assert!(bodies[0].contains("&interests%5Bred%5D=0"), "{bodies:?}");
    assert!(bodies[1].ends_with("&interests%5Bgreen%5D=1"), "{bodies:?}");
    assert!(!bodies[1].contains("interests%5Bred%5D"), "{bodies:?}");
}

#[test]
fn of_a_repeated_name_the_last_value_counts() {
    let server = Server::start(OK);
    let args = ["--kind", "create-subprofile", "--field", "a=1", "--field", "a=2"];
    assert_eq!(send(&server.url, &args, b"").status.code(), Some(0));
    assert_eq!(server.bodies()[0].matches("fields").count(), 1);
    assert!(server.bodies()[0].contains("fields%5Ba%5D=2"));
}

#[test]
fn ids_count_up_over_concurrent_calls() {
    let server = Server::start(OK);
    let args = ["--kind", "subprofile", "--count", "40", "--concurrency", "4"];
    let output = send(&server.url, &args, b"");
    assert_eq!(output.status.code(), Some(0));

    let mut bodies = server.bodies();
    bodies.sort();
    assert_eq!(bodies.len(), 40);
    for (id, body) in (123..163).zip(&bodies) {
        assert!(body.contains(&format!("&subprofile={id}&")), "{body}");
    }
}

#[test]
fn a_refusal_is_explained_once() {
    let problem = r#"{"status":400,"code":"not_utf8","detail":"fields[a] is not UTF-8 at byte 3"}"#;
    let server = Server::start(format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\n\
         content-length: {}\r\n\r\n{problem}",
        problem.len()
    ));
    let output = send(&server.url, &["--raw-body", "-", "--count", "5"], b"fields[a]=%E9\xe9\r\n");
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("400 Bad Request         5"), "{text}");
    assert_eq!(text.matches("not_utf8  fields[a] is not UTF-8 at byte 3").count(), 1, "{text}");
    assert!(server.calls.lock().unwrap().iter().all(|(_, b)| b == b"fields[a]=%E9\xe9\r\n"));
}

#[test]
fn no_answer_is_a_failure() {
    let silent = Server::start(SILENCE);
    let output = send(&silent.url, &["--timeout", "0.2"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("no answer: timed out"), "{}", stdout(&output));

    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = send(&format!("http://{free}/"), &[], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("no answer: Connection refused"), "{}", stdout(&output));
}

#[test]
fn a_wrong_command_line_sends_nothing() {
    let server = Server::start(OK);
    let wrong: [&[&str]; 7] = [
        &["--field", "name"],
        &["--count", "0"],
        &["--timeout", "-1"],
        &["--raw-body", "/nowhere"],
        &["--raw-body", "-", "--kind", "profile"],
        &["--kind", "subprofile", "--interest", "blue"],
        &["--kind", "miniprofile"],
    ];
    for args in wrong {
        let output = send(&server.url, args, b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stderr.starts_with(b"error: "), "{args:?}");
    }
    assert_eq!(send("ftp://localhost/", &[], b"").status.code(), Some(2));
    assert!(server.bodies().is_empty());
}

fn value<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap_or_default()
}

#[test]
fn signed_calls_say_what_copernica_says() {
    let server = Server::start(OK);
    let output = send(&server.url, &[&SIGNED[..], &["--count", "2"]].concat(), b"");
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).starts_with("explain: proven: post /copernica to host 127.0.0.1:"));
    assert_eq!(stdout(&output).matches("explain: ").count(), 1, "{}", stdout(&output));

    let calls = server.calls.lock().unwrap();
    for (head, _) in calls.iter() {
        assert_eq!(value(head, "x-copernica-id"), "account_1234");
        assert!(value(head, "digest").starts_with("sha-256="));
        assert_eq!(head.matches("host: ").count(), 1);
        let signature = value(head, "signature");
        assert!(signature.starts_with(r#"keyId="one._domainkey.copernica.com""#), "{signature}");
        for secret in [signature.rsplit('"').nth(1).unwrap(), value(head, "x-nonce")] {
            assert!(!secret.is_empty());
            assert!(!stdout(&output).contains(secret));
        }
    }
    assert_ne!(value(&calls[0].0, "x-nonce"), value(&calls[1].0, "x-nonce"));
}

#[test]
fn names_are_in_lower_case_unless_the_documented_style_is_set() {
    let cases: [(&[&str], &str, &str); 2] = [
        (
            &[],
            "sha-256=",
            "headers=\"(request-target) host date content-length content-type x-copernica-id digest \
             x-nonce\",",
        ),
        (
            &["--documented-style"],
            "SHA-256=",
            "headers=\"(request-target) Host Date Content-length Content-type X-Copernica-ID Digest \
             X-nonce\" ",
        ),
    ];
    for (args, digest, covered) in cases {
        let server = Server::start(OK);
        let output = send(&server.url, &[&SIGNED[..], args].concat(), b"");
        assert!(stdout(&output).starts_with("explain: proven: "), "{}", stdout(&output));
        let calls = server.calls.lock().unwrap();
        let head = &calls[0].0;
        assert!(value(head, "digest").starts_with(digest), "{head}");
        assert!(value(head, "signature").contains(covered), "{head}");
    }
}

#[test]
fn an_exact_copy_is_exact() {
    let server = Server::start(OK);
    let args = [&SIGNED[..4], &["--repeat-exactly", "--count", "2"]].concat();
    assert_eq!(send(&server.url, &args, b"").status.code(), Some(0));
    let calls = server.calls.lock().unwrap();
    assert_eq!(calls.len(), 4);
    assert_eq!(calls[0], calls[1]);
    assert_eq!(calls[2], calls[3]);
    assert_ne!(calls[0], calls[2]);
}

#[test]
fn what_fails_is_explained() {
    let server = Server::start(OK);
    let cases: [(&[&str], &str); 6] = [
        (&["--date=-3600"], "unauthenticated: date: "),
        (&["--date", "2014-01-05T21:31:40Z"], "unauthenticated: date: "),
        (&["--key-id", "one._domainkey.evilcopernica.com"], "unauthenticated: key_id: "),
        (
            &["--host", "hooks.example.com"],
            "explain: proven: post /copernica to host hooks.example",
        ),
        (&["--sign-for", "https://a.example/b"], "unauthenticated: signature: "),
        (
            &["--sign-for", "https://a.example/b"],
            "with the public URL https://a.example/b: proven: post /b to host a.example",
        ),
    ];
    for (args, expected) in cases {
        let output = send(&server.url, &[&SIGNED[..], args].concat(), b"");
        assert!(stdout(&output).contains(expected), "{args:?}: {}", stdout(&output));
    }
}

#[test]
fn a_key_that_cannot_sign_sends_nothing() {
    let server = Server::start(OK);
    let wrong: [(&[&str], &str); 7] = [
        (&["--documented-style"], "--key"),
        (&["--key", PRIVATE], "--account"),
        (&["--account", "1234"], "--key"),
        (&["--explain"], "--key"),
        (&["--key", "/nowhere", "--account", "1"], "/nowhere"),
        (&["--key", PUBLIC, "--account", "1"], "public key"),
        (&["--key", PRIVATE, "--account", "1", "--host", "not a host"], "URL"),
    ];
    for (args, expected) in wrong {
        let output = send(&server.url, args, b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with("error: ") && text.contains(expected), "{args:?}: {text}");
    }
    assert!(server.bodies().is_empty());
}
