//! `send --from`, and `explain`.

mod dns;

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    path::PathBuf,
    process::{Command, Output, Stdio},
    thread::{self, JoinHandle},
};

use webhook_core::testing::Signer;

const PRIVATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/private.pem");
const PUBLIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/public.pem");
const KEY: [&str; 4] = ["--key", PRIVATE, "--account", "1234"];

const BODY: &[u8] = b"type=create&profile=1&fields[a]=\0%FF\r\n";

/// Returns an export as `inbox export` writes it.
fn exported() -> Vec<u8> {
    let head = format!(
        "POST /copernica?a=%2f&b HTTP/1.1\r\nHost: hooks.example.com\r\n\
         Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
        BODY.len()
    );
    [head.as_bytes(), BODY].concat()
}

struct File(PathBuf);

impl File {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let name = format!("send-from-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// Takes one call that ends with `BODY` and returns its bytes.
fn receive() -> (String, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/elsewhere", listener.local_addr().unwrap());
    let call = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut call, mut buffer) = (Vec::new(), [0; 4096]);
        while !call.ends_with(BODY) {
            let length = stream.read(&mut buffer).unwrap();
            assert!(length > 0, "{}", String::from_utf8_lossy(&call));
            call.extend(&buffer[..length]);
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        call
    });
    (url, call)
}

fn run(args: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_example-send"))
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

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_message_is_sent_byte_for_byte() {
    let folded =
        b"POST //a/../b? HTTP/1.1\r\nHOST:a\r\nSignature: keyId=\"a\",\r\n  signature=\"b\"\r\n\
        X-A:  b\t\r\nX-A: c\r\ncontent-LENGTH: ";
    let length = BODY.len().to_string();
    let folded = [&folded[..], length.as_bytes(), b"\r\n\r\n", BODY].concat();
    for message in [exported(), folded] {
        let file = File::new("exact", &message);
        for (from, stdin) in [(file.path(), &b""[..]), ("-", &message)] {
            let (url, call) = receive();
            let output = run(&["send", "--url", &url, "--from", from], stdin);
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            assert_eq!(text(&call.join().unwrap()), text(&message));
        }
    }
}

#[test]
fn a_message_is_signed_anew() {
    let file = File::new("anew", &exported());
    let (url, call) = receive();
    let args = ["--url", &url, "--from", file.path(), "--explain"];
    let output = run(&[&args[..], &KEY].concat(), b"");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let proven = "explain: proven: post /copernica?a=%2f&b to host hooks.example.com, account_1234";
    assert!(text(&output.stdout).starts_with(proven), "{}", text(&output.stdout));
    let call = call.join().unwrap();
    let head = text(&call);
    assert!(head.starts_with("POST /copernica?a=%2f&b HTTP/1.1\r\n"), "{head}");
    for line in [
        "host: hooks.example.com",
        "content-type: application/x-www-form-urlencoded; charset=utf-8",
        "x-copernica-id: account_1234",
    ] {
        assert_eq!(head.matches(&format!("\r\n{line}\r\n")).count(), 1, "{line} in {head}");
    }
    assert!(call.ends_with(BODY));
}

#[test]
fn of_an_older_proof_nothing_is_left_and_other_lines_stay() {
    let lines =
        b"POST /copernica HTTP/1.1\r\nDate: Sun, 05 Jan 2014 21:31:40 GMT\r\nX-Nonce: old\r\n\
        Digest: old\r\nSignature: old\r\nX-Other: a\r\nX-Other: b\r\nContent-Length: ";
    let length = BODY.len().to_string();
    let message = [&lines[..], length.as_bytes(), b"\r\n\r\n", BODY].concat();
    let (url, call) = receive();
    let args = ["--url", &url, "--from", "-", "--host", "b.example", "--explain"];
    let output = run(&[&args[..], &KEY].concat(), &message);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let proven = "explain: proven: post /copernica to host b.example";
    assert!(text(&output.stdout).starts_with(proven), "{}", text(&output.stdout));
    let head = text(&call.join().unwrap());
    assert!(head.contains("\r\nx-other: a\r\nx-other: b\r\n"), "{head}");
    assert!(!head.contains("old") && !head.contains("2014"), "{head}");
    for name in ["date", "x-nonce", "digest", "signature", "content-length"] {
        assert_eq!(head.matches(&format!("\r\n{name}: ")).count(), 1, "{name} in {head}");
    }
}

#[test]
fn a_file_that_is_no_message_is_wrong_usage() {
    let length =
        String::from_utf8_lossy(&exported()).replace("Content-Length: 3", "Content-Length: 4");
    for (bytes, expected) in [
        (&b""[..], "it ends before the empty line"),
        (b"type=create&profile=1", "it ends before the empty line"),
        (b"POST /copernica HTTP/1.1\nHost: a\n\n", "line 1 ends with LF, not with CRLF"),
        (b"POST /copernica\r\n\r\n", "line 1 is not `METHOD target HTTP/1.1`"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nb\r\n\r\n", "line 3 has no colon"),
        (length.as_bytes(), "bytes follow the headers"),
    ] {
        let file = File::new("wrong", bytes);
        for command in ["send", "explain"] {
            let args = [command, "--from", file.path(), "--account", "1234", "--key", PRIVATE];
            let output = run(&args, b"");
            assert_eq!(output.status.code(), Some(2), "{command}: {expected}");
            let error = text(&output.stderr);
            assert!(error.contains(file.path()) && error.contains(expected), "{error}");
        }
    }
    let output = run(&["--from", "/nowhere"], b"");
    assert_eq!(output.status.code(), Some(2));
    let file = File::new("both", &exported());
    assert_eq!(run(&["--from", file.path(), "--kind", "click"], b"").status.code(), Some(2));
}

#[test]
fn explain_verifies_a_call_that_it_makes() {
    let output = run(&["explain"], b"");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).starts_with("proven: post /copernica to host 127.0.0.1:3000"));

    let args = ["explain", "--kind", "click", "--date=-3600", "--url", "https://a.example/b"];
    let output = run(&[&args[..], &KEY].concat(), b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).starts_with("unauthenticated: date: "), "{output:?}");
}

#[test]
fn explain_verifies_a_message_at_its_date() {
    let signer = Signer::from_pem(&std::fs::read_to_string(PRIVATE).unwrap()).unwrap();
    let signer = signer.key_name("one._domainkey.copernica.com");
    let signer = signer.date("2014-01-05T21:31:40Z".parse().unwrap());
    let call = signer.sign("https://hooks.example.com/copernica", BODY).unwrap();
    let mut message = b"POST /copernica HTTP/1.1\r\n".to_vec();
    for (name, value) in call.headers() {
        message.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    message.extend([b"\r\n", BODY].concat());
    let explain = |more: &[&str]| {
        let args = ["explain", "--from", "-", "--account", "1234"];
        let output = run(&[&args[..], more].concat(), &message);
        (output.status.code(), text(&output.stdout))
    };
    for key in [["--public-key", PUBLIC], ["--key", PRIVATE]] {
        let (code, lines) = explain(&key);
        assert_eq!(code, Some(0), "{lines}");
        assert!(
            lines.starts_with("the receiver's clock: Sun, 5 Jan 2014 21:31:40 +0000\nproven: ")
        );
    }
    // As Copernica's keys are found.
    let server = dns::start("one", signer.public_record()).to_string();
    let (code, lines) = explain(&["--name-server", &server]);
    assert!(code == Some(0) && lines.contains("\nproven: "), "{lines}");
    let (code, lines) = explain(&["--public-key", PUBLIC, "--at", "+0"]);
    assert!(code == Some(1) && lines.contains("unauthenticated: date: "), "{lines}");
    let public_url = ["--public-key", PUBLIC, "--public-url", "https://b.example/"];
    let (code, lines) = explain(&public_url);
    assert!(code == Some(1) && lines.contains("unauthenticated: signature: "), "{lines}");
    assert_eq!(run(&["explain", "--from", "-"], &message).status.code(), Some(2));
}
