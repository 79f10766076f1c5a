//! `check` with real proxies between it and itself.

mod dns;
mod nginx;
mod tls;

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use nginx::{Nginx, free};
use tls::Tls;
use webhook_core::testing::Signer;

/// Set up as the guide says, with a limit for mail events.
const RIGHT: &str = "location = /copernica {
    proxy_pass http://UPSTREAM;
    proxy_set_header Host $http_host;
    client_max_body_size 32m;
}";

/// What makes a run short.
const SHORT: [&str; 4] = ["--patience", "5", "--waits", "0.1,0.3"];

fn start(url: &str, listen: SocketAddr, more: &[&str]) -> Child {
    let listen = listen.to_string();
    Command::new(env!("CARGO_BIN_EXE_example-send"))
        .args(["check", "--account", "1234", "--url", url, "--listen", &listen])
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Returns the exit code and the lines.
fn end(child: Child) -> (Option<i32>, Vec<String>) {
    let Output { status, stdout, .. } = child.wait_with_output().unwrap();
    let text = String::from_utf8(stdout).unwrap();
    // Seen with `--nocapture`.
    println!("{text}exit code {:?}\n", status.code());
    (status.code(), text.lines().map(str::to_owned).collect())
}

/// Checks this path of a proxy, without DNS.
fn check(nginx: &Nginx, path: &str, more: &[&str]) -> (Option<i32>, Vec<String>) {
    let url = format!("http://{}{path}", nginx.address);
    println!("$ example-send check --url {url} --account 1234 --listen {}", nginx.upstream);
    let more = [&SHORT[..], &["--no-dns"], more].concat();
    end(start(&url, nginx.upstream, &more))
}

fn has(lines: &[String], start: &str) {
    assert!(lines.iter().any(|line| line.starts_with(start)), "no {start:?} in {lines:#?}");
}

/// Asserts that only these subjects have something wrong.
fn only(lines: &[String], subjects: &[&str]) {
    let wrong = lines.iter().filter_map(|line| line.strip_prefix("!!   "));
    let wrong: Vec<_> = wrong.filter_map(|line| line.split(':').next()).collect();
    assert_eq!(wrong, subjects, "{lines:#?}");
}

#[test]
fn a_right_nginx_is_ok() {
    let Some(nginx) = Nginx::start(RIGHT) else { return };
    let (code, lines) = check(&nginx, "/copernica", &[]);
    assert_eq!(code, Some(0), "{lines:#?}");
    only(&lines, &[]);
    let (address, upstream) = (nginx.address, nginx.upstream);
    has(&lines, &format!("ok   reached: a call arrives at {upstream} by {address}"));
    has(&lines, "ok   method: POST, as sent");
    has(&lines, &format!("ok   host: {address}, as sent"));
    has(&lines, "ok   path: /copernica, as sent");
    has(&lines, "ok   path: a query, a lone question mark, double slashes arrive as sent");
    has(&lines, "ok   path: not passed on, which is fine: the URL has none: percent-encoding (404");
    has(&lines, "ok   headers: 7 lines arrive as sent, two of one name as two");
    has(&lines, "ok   folded Signature: 400 from nginx");
    has(&lines, "ok   body: byte for byte");
    has(&lines, "ok   proof: ");
    has(&lines, "ok   body size: up to 32.00 MiB pass");
    has(&lines, "ok   waiting: an answer comes after 0.1 s, 0.3 s");
    has(&lines, "ok   clock: not checked: nginx");
    has(&lines, "ok   other calls: none");
}

#[test]
fn a_rewritten_host_is_wrong() {
    let server = RIGHT.replace("proxy_set_header Host $http_host;", "");
    let Some(nginx) = Nginx::start(&server) else { return };
    let (code, lines) = check(&nginx, "/copernica", &[]);
    assert_eq!(code, Some(1));
    only(&lines, &["host", "proof"]);
    let (address, upstream) = (nginx.address, nginx.upstream);
    has(
        &lines,
        &format!("!!   host: {address} was sent, {upstream} arrived: have the proxy keep it"),
    );
    let url = format!("public_url(\"http://{address}/copernica\")");
    assert!(lines.iter().any(|line| line.starts_with("!!   proof") && line.ends_with(&url)));
}

#[test]
fn a_small_body_limit_is_found() {
    for (limit, more, expected) in [
        // Its default.
        ("", &[][..], "!!   body size: up to 1.00 MiB pass, 1.06 MiB do not (413 from nginx"),
        (
            "client_max_body_size 300k;",
            &["--no-mail"],
            "!!   body size: up to 0.25 MiB pass, 0.31 MiB",
        ),
        (
            "client_max_body_size 9m;",
            &[],
            "!!   body size: up to 8.97 MiB pass, 9.03 MiB do not (413",
        ),
    ] {
        let Some(nginx) = Nginx::start(&RIGHT.replace("client_max_body_size 32m;", limit)) else {
            return;
        };
        let (code, lines) = check(&nginx, "/copernica", more);
        assert_eq!(code, Some(1));
        only(&lines, &["body size"]);
        has(&lines, expected);
    }
}

#[test]
fn a_limit_for_no_mails_is_ok_without_mails() {
    let server = RIGHT.replace("32m", "2m");
    let Some(nginx) = Nginx::start(&server) else { return };
    let (code, lines) = check(&nginx, "/copernica", &["--no-mail"]);
    assert_eq!(code, Some(0), "{lines:#?}");
    has(&lines, "ok   body size: up to 2.00 MiB pass");
}

#[test]
fn a_stripped_prefix_is_wrong() {
    let server = RIGHT.replace("= /copernica", "/hooks/").replace("UPSTREAM;", "UPSTREAM/;");
    let Some(nginx) = Nginx::start(&server) else { return };
    let (code, lines) = check(&nginx, "/hooks/copernica", &[]);
    assert_eq!(code, Some(1));
    // The second: nginx cleans up what it strips.
    only(&lines, &["path", "path", "proof"]);
    has(&lines, "!!   path: /hooks/copernica was sent, /copernica arrived: have the proxy keep it");
    has(&lines, "!!   path: the proxy changes /hooks/copernica? to /copernica, ");
}

#[test]
fn changed_header_lines_are_named() {
    let more = "proxy_set_header X-Nonce ''; proxy_set_header X-Request $http_digest;
        proxy_set_header Digest ''; proxy_set_header Date \"$http_date, again\";
        proxy_set_header Content-Type text/plain;";
    let Some(nginx) = Nginx::start(&RIGHT.replace("client_max", &format!("{more} client_max")))
    else {
        return;
    };
    let (code, lines) = check(&nginx, "/copernica", &[]);
    assert_eq!(code, Some(1));
    only(&lines, &["headers", "headers", "headers", "headers", "proof"]);
    has(&lines, "!!   headers: X-Nonce did not arrive: have the proxy pass X-Nonce on as it is");
    has(&lines, "!!   headers: Digest arrived as X-Request");
    has(&lines, "!!   headers: Date arrived merged");
    has(&lines, "!!   headers: Content-Type arrived with another value");
}

#[test]
fn another_method_and_another_body_are_wrong() {
    let more = "proxy_method PUT;
        proxy_set_body again; client_max";
    let Some(nginx) = Nginx::start(&RIGHT.replace("client_max", more)) else { return };
    let (code, lines) = check(&nginx, "/copernica", &["--no-mail"]);
    assert_eq!(code, Some(1));
    has(&lines, "!!   method: POST was sent, PUT arrived");
    has(&lines, "!!   body: ");
}

#[test]
fn a_proxy_that_does_not_wait_is_wrong() {
    let server = RIGHT.replace("client_max", "proxy_read_timeout 1s; client_max");
    let Some(nginx) = Nginx::start(&server) else { return };
    let url = format!("http://{}/copernica", nginx.address);
    let more = ["--no-dns", "--no-mail", "--waits", "0.1,4"];
    let (code, lines) = end(start(&url, nginx.upstream, &more));
    assert_eq!(code, Some(1));
    only(&lines, &["waiting"]);
    has(&lines, "!!   waiting: an answer after 4 s does not come: 504 from nginx");
    has(&lines, "ok   waiting: an answer comes after 0.1 s");
}

#[test]
fn a_call_that_does_not_arrive_is_followed_to_where_it_ended() {
    let server = "location /none { return 404; } location /dead { proxy_pass http://127.0.0.1:1; }
        location /moved { return 301 /copernica; } location /closed { return 444; }
        location /login { return 401; } location /other { return 200; }";
    let Some(nginx) = Nginx::start(server) else { return };
    for (path, expected) in [
        ("/none", "nothing arrives: 404 from nginx"),
        ("/dead", "nothing arrives: 502 from nginx"),
        ("/moved", "nothing arrives: 301 from nginx"),
        ("/closed", "nothing arrives: "),
        ("/login", "nothing arrives: 401 from nginx"),
        ("/other", "nothing arrives: 200 from nginx"),
    ] {
        let (code, lines) = check(&nginx, path, &[]);
        assert_eq!(code, Some(1));
        only(&lines, &["reached"]);
        has(&lines, &format!("!!   reached: {expected}"));
    }
}

#[test]
fn a_url_that_leads_nowhere_is_followed_to_where_it_ended() {
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (plain_port, silent_at) =
        (plain.local_addr().unwrap().port(), silent.local_addr().unwrap());
    thread::spawn(move || {
        for stream in plain.incoming() {
            stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        }
    });
    for (url, expected) in [
        ("http://nowhere.invalid/".to_owned(), "nothing arrives: DNS: "),
        (format!("http://{}/", free()), "nothing arrives: TCP: Connection refused"),
        (format!("https://localhost:{plain_port}/"), "nothing arrives: TLS: "),
        (format!("http://{silent_at}/"), "nothing arrives: no answer in time"),
    ] {
        let more = ["--no-dns", "--patience", "1", "--waits", "0.1"];
        let (code, lines) = end(start(&url, free(), &more));
        assert_eq!(code, Some(1));
        only(&lines, &["reached"]);
        has(&lines, &format!("!!   reached: {expected}"));
    }
}

#[test]
fn calls_of_others_get_503_and_are_counted() {
    let Some(nginx) = Nginx::start(RIGHT) else { return };
    let url = format!("http://{}/copernica", nginx.address);
    let child = start(&url, nginx.upstream, &["--no-dns", "--no-mail", "--waits", "3"]);
    let started = Instant::now();
    let mut stream = loop {
        if let Ok(stream) = TcpStream::connect(nginx.upstream) {
            break stream;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "it never listens");
        thread::sleep(Duration::from_millis(10));
    };
    let call =
        b"POST /copernica HTTP/1.1\r\nHost: a\r\nX-Nonce: fsd9f2\r\nContent-Length: 4\r\n\r\na=1&";
    stream.write_all(call).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    let (code, lines) = end(child);
    assert_eq!(code, Some(0), "{lines:#?}");
    has(&lines, "ok   other calls: 1 came meanwhile and got 503");
}

#[test]
fn a_wrong_clock_is_seen() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = b"HTTP/1.1 404 Not Found\r\nDate: Sun, 05 Jan 2014 21:31:40 GMT\r\n\
                Server: a\x1b[2Jb\r\nContent-Length: 0\r\n\r\n";
            let mut stream = stream.unwrap();
            let mut call = [0; 4096];
            assert!(stream.read(&mut call).unwrap() > 0);
            stream.write_all(answer).unwrap();
        }
    });
    let (code, lines) = end(start(&url, free(), &["--no-dns", "--patience", "2"]));
    assert_eq!(code, Some(1));
    only(&lines, &["reached", "clock"]);
    has(&lines, "!!   clock: this machine is ");
    assert!(lines.iter().all(|line| !line.contains('\x1b')), "{lines:?}");
}

#[test]
fn keys_are_looked_up() {
    let record = Signer::ephemeral().unwrap().public_record();
    let server = dns::start("one", record).to_string();
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    for (server, selector, expected) in [
        (&server, "one", "ok   dns: one._domainkey.copernica.com has a key of 2048 bits"),
        (&server, "one", "ok   dns: copernica.com answers that a made-up key does not exist"),
        (&server, "two", "!!   dns: two._domainkey.copernica.com has no key"),
        (&silent, "one", "!!   dns: copernica.com: "),
    ] {
        let url = format!("http://{}/", free());
        let more = ["--name-server", server, "--selector", selector, "--patience", "1"];
        let (code, lines) = end(start(&url, free(), &more));
        assert_eq!(code, Some(1));
        has(&lines, expected);
    }
}

#[test]
fn https_is_checked_with_a_private_authority() {
    let Some(nginx) = Nginx::start(RIGHT) else { return };
    let tls = Tls::start(nginx.address);
    let url = format!("https://localhost:{}/copernica", tls.port);
    let ca = tls.ca().to_str().unwrap();
    let (code, lines) =
        end(start(&url, nginx.upstream, &[&SHORT[..], &["--no-dns", "--ca", ca]].concat()));
    assert_eq!(code, Some(0), "{lines:#?}");
    has(&lines, &format!("ok   host: localhost:{}, as sent", tls.port));
    has(&lines, "ok   body size: up to 32.00 MiB pass");

    let (code, lines) = end(start(&url, free(), &["--no-dns"]));
    assert_eq!(code, Some(1));
    has(&lines, "!!   reached: nothing arrives: TLS: ");
}

#[test]
fn events_are_sent_to_https_urls() {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let tls = Tls::start(service.local_addr().unwrap());
    let taken = thread::spawn(move || {
        let (mut stream, _) = service.accept().unwrap();
        let mut call = Vec::new();
        let mut buffer = [0; 4096];
        while !call.ends_with(b"interests%5Bred%5D=0") && !call.ends_with(b"=1") {
            let length = stream.read(&mut buffer).unwrap();
            assert!(length > 0, "{}", String::from_utf8_lossy(&call));
            call.extend(&buffer[..length]);
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        String::from_utf8(call).unwrap()
    });
    let url = format!("https://localhost:{}/copernica", tls.port);
    let send = |more: &[&str]| {
        let program = env!("CARGO_BIN_EXE_example-send");
        Command::new(program).args(["--url", &url]).args(more).output().unwrap()
    };
    let refused = send(&[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stdout).contains("no answer: TLS: "));
    assert_eq!(send(&["--ca", "/nowhere"]).status.code(), Some(2));
    let output = send(&["--ca", tls.ca().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let call = taken.join().unwrap();
    assert!(call.starts_with("POST /copernica HTTP/1.1\r\n"), "{call}");
    assert!(call.contains(&format!("host: localhost:{}\r\n", tls.port)), "{call}");
}

#[test]
fn what_can_not_be_checked_is_wrong_usage() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let run = |args: &[&str]| {
        let program = env!("CARGO_BIN_EXE_example-send");
        let output = Command::new(program).arg("check").args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let listen = listen.to_string();
    let url = "http://127.0.0.1:1/";
    let error = run(&["--url", url, "--account", "1", "--listen", &listen, "--no-dns"]);
    assert!(error.contains("stop the service first"), "{error}");
    for args in [
        &["--url", url, "--account", "1"][..],
        &["--url", "localhost", "--account", "1", "--listen", "127.0.0.1:0"],
        &["--url", url, "--account", "x", "--listen", "127.0.0.1:0"],
        &["--url", url, "--account", "1", "--listen", "127.0.0.1:0", "--selector", "a.b"],
        &["--url", url, "--account", "1", "--listen", "127.0.0.1:0", "--waits", "0"],
    ] {
        assert!(run(args).starts_with("error: "), "{args:?}");
    }
}
