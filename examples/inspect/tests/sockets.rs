//! The program as it is built, over sockets.

#![allow(clippy::missing_panics_doc)]

mod support;

use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{Inspect, created, forged, read, send};

#[test]
fn a_genuine_call_is_shown_with_its_checks_and_its_code() {
    let inspect = Inspect::start();
    let fields = "&fields%5BFirst+name%5D=Johny&fields%5Bnewsletter%5D=1";
    assert_eq!(inspect.post_signed(&created(7, fields)), 204);
    let call = inspect.opened(1, true);
    assert_eq!(call["row"]["proven"], true);
    assert_eq!(call["row"]["ids"], "database 1, profile 7");
    let checks = call["checks"].as_array().unwrap();
    assert!(checks.len() > 9 && checks.iter().all(|it| it["verdict"] == "passed"), "{call}");
    assert_eq!(call["key"], "copernica:v1:account_1234:create:profile:1:7");
    let code = call["code"].as_str().unwrap();
    assert!(code.contains("Webhook<ProfileCreated<Database1>>"), "{code}");
    assert!(code.contains("first_name: String") && code.contains("newsletter: bool"), "{code}");
    let wire = call["variables"][4]["nodes"][0]["wire"].as_str();
    assert_eq!(wire, Some("fields%5BFirst+name%5D=Johny"));
}

#[test]
fn a_refused_call_says_what_to_change() {
    let inspect = Inspect::start();
    assert_eq!(inspect.post_forged(&created(7, "")), 401);
    let call = inspect.opened(1, false);
    assert_eq!(call["detail"], "signature_header: the header is missing");
    assert_eq!((&call["row"]["proven"], &call["row"]["kind"]), (&false.into(), &"create".into()));
    let failed = &call["checks"][0];
    assert_eq!(
        (&failed["name"], &failed["verdict"]),
        (&"signature_header".into(), &"failed".into())
    );
    assert!(failed["change"].as_str().unwrap().contains("signed"));

    // Proven, and not an event: the code and the place.
    assert_eq!(inspect.post_signed("type=create&profile=abc&database=1"), 422);
    let call = inspect.opened(2, false);
    assert_eq!(
        (&call["row"]["proven"], &call["row"]["code"]),
        (&true.into(), &"invalid_variable".into())
    );
    assert!(call["detail"].as_str().unwrap().contains("at byte 12"), "{call}");

    // A copy is answered 200, and pushes no proven call out.
    let message = inspect.signed(&created(8, ""));
    assert_eq!(send(inspect.calls, &message).status, 204);
    assert_eq!(send(inspect.calls, &message).status, 200);
    assert_eq!(inspect.opened(4, false)["row"]["code"], "already_handled");
    assert_eq!(inspect.opened(4, false)["row"]["proven"], false);
}

#[test]
fn values_leave_the_program_only_when_they_are_requested() {
    let inspect = Inspect::start();
    inspect.post_signed(&created(7, "&fields%5Bmail%5D=johny%40example.com"));
    let mut message = inspect.signed(&created(8, ""));
    let at = message.windows(2).position(|it| it == b"\r\n").unwrap() + 2;
    message.splice(at..at, b"Cookie: secret-cookie\r\n".iter().copied());
    send(inspect.calls, &message);
    for (id, secret) in [(1, "example.com"), (2, "secret-cookie")] {
        let shut = inspect.opened(id, false).to_string();
        assert!(!shut.contains(secret), "{shut}");
        assert!(!shut.contains("signature=\\\""), "{shut}");
        assert!(inspect.opened(id, true).to_string().contains(secret));
    }
    let events = first_event(&mut events(&inspect, ""));
    assert!(!events.contains("example.com"), "{events}");
}

#[test]
fn a_saved_call_is_the_message_that_came() {
    let inspect = Inspect::start();
    let message = inspect.signed(&created(7, "&fields%5Bmail%5D=a"));
    send(inspect.calls, &message);
    let saved = inspect.get("/calls/1/saved");
    assert!(saved.head.contains("content-disposition: attachment; filename=\"call-1.http\""));
    assert_eq!(saved.body.as_bytes(), message);
}

#[test]
fn forgeries_push_no_genuine_call_out_and_the_oldest_of_a_kind_goes_first() {
    let inspect = Inspect::start();
    inspect.post_signed(&created(1, ""));
    let mut socket = TcpStream::connect(inspect.calls).unwrap();
    for _ in 0..300 {
        socket.write_all(&forged(&created(2, ""))).unwrap();
        assert_eq!(read(&mut socket).status, 401);
    }
    assert_eq!(inspect.opened(1, false)["row"]["proven"], true);
    assert_eq!(inspect.get("/calls/201").status, 404);
    assert_eq!(inspect.get("/calls/202").status, 200);
    let event = first_event(&mut events(&inspect, ""));
    assert_eq!(event["rows"].as_array().unwrap().len(), 101);
    assert_eq!(event["seen"], serde_json::json!([1, 300]));
}

/// Bodies of refused calls that are open at one time share 16 MiB, and each has five seconds.
#[test]
fn bodies_of_forgeries_are_bounded_while_they_come_in() {
    let inspect = Inspect::start();
    let body = vec![b'x'; 2 << 20];
    let head = b"POST /copernica HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2097152\r\n\r\n";
    let open = |_| {
        let mut socket = TcpStream::connect(inspect.calls).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket.write_all(head).unwrap();
        socket.write_all(&body[..1 << 20]).unwrap();
        socket
    };
    let mut sockets: Vec<_> = (0..14).map(open).collect();
    // Nothing was answered, and these 14 MiB leave no room for 3 more.
    let mut more: Vec<_> = (0..3).map(open).collect();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(inspect.post_signed(&created(1, "")), 204, "a genuine call does not wait for them");
    for socket in sockets.iter_mut().chain(&mut more) {
        assert_eq!(read(socket).status, 401);
    }
    let calls: Vec<_> = (1..=18).map(|id| inspect.opened(id, false)).collect();
    assert!(calls.iter().filter(|it| it["bytes"].is_null()).count() == 17, "none was complete");
}

/// 80 forgeries of 2 MiB from eight connections: 160 MiB go through, 16 MiB are kept.
#[test]
#[cfg(target_os = "linux")]
fn large_forgeries_cost_no_more_memory_than_the_bounds() {
    let inspect = Inspect::start();
    let message = forged(&"x".repeat((2 << 20) - 100));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut socket = TcpStream::connect(inspect.calls).unwrap();
                for _ in 0..10 {
                    socket.write_all(&message).unwrap();
                    assert_eq!(read(&mut socket).status, 401);
                }
            });
        }
    });
    let most = inspect.peak_memory();
    assert!(most < 160 << 20, "{} MiB", most >> 20);
}

#[test]
fn another_host_or_origin_is_refused_and_every_answer_is_secured() {
    let inspect = Inspect::start();
    inspect.post_forged("type=create");
    let port = inspect.page.port();
    for path in ["/", "/events", "/calls/1", "/calls/1/saved", "/page.js", "/nothing"] {
        let message = format!("GET {path} HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n");
        let answer = send(inspect.page, message.as_bytes());
        assert_eq!(answer.status, 421, "{path}");
        assert!(answer.head.contains("frame-ancestors 'none'"), "{}", answer.head);
        let cross = inspect.request("GET", path, "Origin: http://evil.example\r\n");
        assert_eq!(send(inspect.page, &cross).status, 403, "{path}");
    }
    for host in [format!("127.0.0.1:{port}"), format!("[::1]:{port}"), format!("localhost:{port}")]
    {
        let message = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let answer = send(inspect.page, message.as_bytes());
        assert_eq!(answer.status, 200, "{host}");
        for line in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
            "cross-origin-resource-policy: same-origin",
        ] {
            assert!(answer.head.contains(line), "{line}: {}", answer.head);
        }
    }
}

#[test]
fn sending_needs_the_token_of_the_page() {
    let inspect = Inspect::start();
    inspect.post_signed(&created(1, ""));
    let origin = format!("Origin: http://{}\r\n", inspect.page);
    let post = |lines: &str| send(inspect.page, &inspect.request("POST", "/calls/1/sign", lines));
    assert_eq!(post("").status, 403);
    assert_eq!(post(&origin).status, 403);
    assert_eq!(post(&format!("{origin}X-Inspect-Csrf: wrong\r\n")).status, 403);
    let right = format!("{origin}X-Inspect-Csrf: {}\r\n", inspect.csrf());
    let answer = post(&right);
    assert_eq!(answer.json(), serde_json::json!({ "body": "", "status": 204 }));
    // Signed anew it is another call.
    assert_eq!(inspect.opened(2, false)["row"]["code"], "accepted");
    let elsewhere = right.replace(&origin, "Origin: http://evil.example\r\n");
    assert_eq!(post(&elsewhere).status, 403);
}

#[test]
fn a_forwarded_call_is_the_one_that_came() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let inspect = Inspect::start_with(&["--forward", &url], &[]);
    let message = inspect.signed(&created(1, ""));
    send(inspect.calls, &message);
    let length = message.len();
    let service = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut received = vec![0; length];
        socket.read_exact(&mut received).unwrap();
        socket.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok").unwrap();
        received
    });
    let lines =
        format!("Origin: http://{}\r\nX-Inspect-Csrf: {}\r\n", inspect.page, inspect.csrf());
    let answer = send(inspect.page, &inspect.request("POST", "/calls/1/forward", &lines));
    assert_eq!(answer.json(), serde_json::json!({ "body": "ok", "status": 202 }));
    let received = String::from_utf8(service.join().unwrap()).unwrap();
    assert_eq!(received.to_lowercase(), String::from_utf8(message).unwrap().to_lowercase());
}

#[test]
fn a_page_that_connects_again_gets_what_it_missed() {
    let inspect = Inspect::start();
    inspect.post_forged("type=create");
    let mut socket = events(&inspect, "");
    let first = first_text(&mut socket);
    let id = first.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
    drop(socket);
    inspect.post_forged("type=update");
    let mut socket = events(&inspect, &format!("Last-Event-ID: {id}\r\n"));
    let event = first_event(&mut socket);
    assert_eq!((&event["fresh"], event["rows"].as_array().unwrap().len()), (&false.into(), 1));
    // Of another process, or nonsense: everything.
    for id in ["00000000-1", "x", "-1"] {
        let mut socket = events(&inspect, &format!("Last-Event-ID: {id}\r\n"));
        let event = first_event(&mut socket);
        assert_eq!((&event["fresh"], event["rows"].as_array().unwrap().len()), (&true.into(), 2));
    }
}

#[test]
fn events_come_in_batches() {
    let inspect = Inspect::start();
    let mut page = events(&inspect, "");
    let mut text = first_text(&mut page);
    let mut socket = TcpStream::connect(inspect.calls).unwrap();
    for _ in 0..50 {
        socket.write_all(&forged("type=create")).unwrap();
        read(&mut socket);
    }
    let end = Instant::now() + Duration::from_secs(5);
    while !text.contains("\"seen\":[0,50]") {
        assert!(Instant::now() < end, "{text}");
        text += &more(&mut page);
    }
    assert!(text.matches("data: ").count() < 20, "{text}");
}

#[test]
fn beyond_loopback_it_does_not_start_without_host_and_token() {
    for variables in [&[][..], &[("INSPECT_HOST", "inspect.example")]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_example-inspect"));
        command.env_clear().env("COPERNICA_UNVERIFIED", "1").env("LISTEN", "127.0.0.1:0");
        command.env("INSPECT_LISTEN", "0.0.0.0:0").envs(variables.iter().copied());
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(!output.status.success());
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(log.contains("INSPECT_HOST") && log.contains("INSPECT_TOKEN"), "{log}");
    }
}

#[test]
fn a_token_that_is_set_is_required() {
    let token = "0123456789abcdef";
    let inspect = Inspect::start_with(&[], &[("INSPECT_TOKEN", token)]);
    for path in ["/", "/events", "/?token=wrong"] {
        assert_eq!(inspect.get(path).status, 401, "{path}");
    }
    let answer = inspect.get(&format!("/?token={token}"));
    assert_eq!(answer.status, 303);
    let cookie = answer.head.split("set-cookie: ").nth(1).unwrap().split(';').next().unwrap();
    let request = inspect.request("GET", "/", &format!("Cookie: {cookie}\r\n"));
    assert_eq!(send(inspect.page, &request).status, 200);
    let request = inspect.request("GET", "/", &format!("Authorization: Bearer {token}\r\n"));
    assert_eq!(send(inspect.page, &request).status, 200);
}

/// Opens the stream of events.
fn events(inspect: &Inspect, lines: &str) -> TcpStream {
    let mut socket = TcpStream::connect(inspect.page).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    socket.write_all(&inspect.request("GET", "/events", lines)).unwrap();
    socket
}

fn more(socket: &mut TcpStream) -> String {
    let mut buffer = [0; 16 << 10];
    let count = socket.read(&mut buffer).unwrap();
    assert!(count > 0, "the stream ended");
    String::from_utf8_lossy(&buffer[..count]).into_owned()
}

/// Reads to the end of the first event.
fn first_text(socket: &mut TcpStream) -> String {
    let mut text = String::new();
    while !text.split_once("data: ").is_some_and(|(_, rest)| rest.contains("\n\n")) {
        text += &more(socket);
    }
    text
}

fn first_event(socket: &mut TcpStream) -> Value {
    let text = first_text(socket);
    let data = text.split("data: ").nth(1).unwrap().split('\n').next().unwrap();
    serde_json::from_str(data).unwrap()
}

trait Contains {
    fn contains(&self, text: &str) -> bool;
}

impl Contains for Value {
    fn contains(&self, text: &str) -> bool {
        self.to_string().contains(text)
    }
}
