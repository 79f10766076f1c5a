//! Metrics and health, of the real program.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;
use support::{Server, Setup, until};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Returns the number of a line of `/metrics`; 0 where it is missing.
fn number(shown: &str, name: &str) -> f64 {
    let line = shown.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |number| number.parse().unwrap())
}

/// How many calls were counted with an outcome.
fn outcome(shown: &str, outcome: &str) -> u64 {
    let of = format!("copernica_webhook_calls_total{{outcome=\"{outcome}\"");
    let lines = shown.lines().filter(|line| line.starts_with(&of));
    lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum()
}

fn monitored(name: &str) -> (Setup, SocketAddr) {
    let mut setup = Setup::new(name, &[]);
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    setup.environment.push(("METRICS_LISTEN".to_owned(), address.to_string()));
    (setup, address)
}

/// Starts it and waits for both addresses: calls come first.
fn start(setup: &Setup, address: SocketAddr) -> Server {
    let server = setup.start();
    until("metrics are served", || TcpStream::connect(address).is_ok());
    server
}

#[test]
fn calls_and_the_state_of_the_inbox_are_exported() {
    let (setup, address) = monitored("metrics");
    let _server = start(&setup, address);
    assert_eq!(setup.tell(1, ""), 204);
    assert_eq!(setup.call(FORM, b"type=%ff"), 204);
    until("the one that can't be decoded is set aside, the other done", || {
        let shown = get(address, "/metrics");
        number(&shown, "inbox_set_aside") > 0.0 && number(&shown, "inbox_waiting") < 0.5
    });
    let shown = get(address, "/metrics");
    for line in [
        "copernica_webhook_calls_total{outcome=\"handled\",code=\"\",check=\"\",event=\"other\"} 2",
        "inbox_attempts_total{event=\"create\",outcome=\"done\"} 1",
        "inbox_attempts_total{event=\"other\",outcome=\"set_aside\"} 1",
        "inbox_waiting 0",
        "inbox_running 0",
        "inbox_dead 0",
        "inbox_set_aside 1",
        "inbox_oldest_seconds 0",
    ] {
        assert!(shown.contains(&format!("\n{line}\n")), "{line} in {shown}");
    }
    assert!(get(address, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(address, "/readyz").starts_with("HTTP/1.1 200"));
    // Never where calls come in.
    assert!(get(setup.address, "/metrics").starts_with("HTTP/1.1 404"));
}

/// The limit of the kernel on the size of files, on the server alone.
#[test]
fn calls_that_a_full_database_refuses_have_failed_and_it_is_not_ready() {
    let (mut setup, address) = monitored("full");
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -S -f 1024; exec \"$0\" \"$@\""];
    setup.under = limited.map(str::to_owned).into();
    let server = start(&setup, address);
    let large = format!("&fields[text]={}", "x".repeat(20_000));
    let (mut handled, mut failed) = (0, 0);
    let mut profile = 0;
    while failed < 10 {
        match setup.tell(profile, &large) {
            204 => handled += 1,
            503 => failed += 1,
            status => panic!("{status} is no answer to this"),
        }
        profile += 1;
        assert!(profile < 1000, "it did not fill");
    }
    assert!(handled > 0);
    let shown = get(address, "/metrics");
    let counted = ["handled", "failed", "unknown", "dropped"].map(|word| outcome(&shown, word));
    assert_eq!(counted, [handled, failed, 0, 0], "{shown}");
    until("it is not ready", || {
        let shown = get(address, "/readyz");
        shown.starts_with("HTTP/1.1 503")
            && shown.contains("FAIL  database writable: the store failed")
    });
    let id = server.child.id().to_string();
    let wider = ["--fsize=unlimited", "--pid", &id];
    assert!(Command::new("prlimit").args(wider).status().unwrap().success());
    until("it is ready again", || get(address, "/readyz").starts_with("HTTP/1.1 200"));
    assert_eq!(setup.tell(profile, &large), 204);
    assert_eq!(outcome(&get(address, "/metrics"), "handled"), handled + 1);
}

#[test]
fn a_database_that_another_process_holds_is_not_ready() {
    let (setup, address) = monitored("ready");
    let _server = start(&setup, address);
    let db = rusqlite::Connection::open(setup.database()).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let shown = get(address, "/readyz");
    assert!(shown.starts_with("HTTP/1.1 503") && shown.contains("FAIL  database"), "{shown}");
    db.execute_batch("ROLLBACK").unwrap();
    until("it is ready again", || get(address, "/readyz").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_call_that_waits_for_too_long_is_not_ready() {
    let (mut setup, address) = monitored("late");
    setup.environment.push(("READY_OLDEST".to_owned(), "1".to_owned()));
    setup.options = ["--lease-ms", "60000"].map(str::to_owned).into();
    let _server = start(&setup, address);
    assert_eq!(setup.tell(1, "&fields[fault]=hang"), 204);
    until("it is late", || {
        let shown = get(address, "/readyz");
        shown.starts_with("HTTP/1.1 503") && shown.contains("FAIL  oldest waiting: ")
    });
    let shown = get(address, "/readyz");
    assert!(shown.contains("ok    database writable: yes"), "{shown}");
}

#[test]
fn asking_leaves_nothing_behind() {
    let (setup, address) = monitored("asked");
    let mut server = start(&setup, address);
    let pages = || {
        let db = rusqlite::Connection::open(setup.database()).unwrap();
        let all: i64 = db.query_one("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        let schema: i64 = db.query_one("PRAGMA schema_version", [], |row| row.get(0)).unwrap();
        let rows: i64 = db.query_one("SELECT count(*) FROM probe", [], |row| row.get(0)).unwrap();
        (all, schema, rows)
    };
    assert!(get(address, "/readyz").starts_with("HTTP/1.1 200"));
    let before = pages();
    for _ in 0..300 {
        assert!(get(address, "/readyz").starts_with("HTTP/1.1 200"));
    }
    // No page more, nothing that is prepared anew, and a log that is written over at 1000 pages.
    assert_eq!(pages(), before);
    let log = std::fs::metadata(setup.folder.join("inbox.db-wal")).unwrap().len();
    assert!(log < 6 << 20, "{log} bytes");
    assert!(server.stop().success());
}

#[test]
fn metrics_on_the_address_of_the_calls_are_refused() {
    for (name, calls, metrics) in [
        ("same", "127.0.0.1", "127.0.0.1"),
        ("part", "0.0.0.0", "127.0.0.1"),
        ("whole", "127.0.0.1", "0.0.0.0"),
    ] {
        let mut setup = Setup::new(name, &[]);
        let port = setup.address.port();
        setup.address = SocketAddr::new(calls.parse().unwrap(), port);
        setup.environment.push(("METRICS_LISTEN".to_owned(), format!("{metrics}:{port}")));
        assert!(!setup.spawn().ended().success(), "{name}");
        let log = setup.log();
        assert!(log.contains("it must not be the address of LISTEN"), "{name}: {log}");
    }
}

#[test]
fn without_the_variable_nothing_is_exported() {
    let setup = Setup::new("no-metrics", &[]);
    let _server = setup.start();
    assert!(get(setup.address, "/metrics").starts_with("HTTP/1.1 404"));
    assert!(!setup.log().contains("metrics on"), "{}", setup.log());
}

/// A name server that knows no name, and answers when it is to.
fn name_server(answers: &Arc<AtomicBool>) -> Option<SocketAddr> {
    let socket = UdpSocket::bind("127.83.7.1:53").ok()?;
    let address = socket.local_addr().unwrap();
    let answers = Arc::clone(answers);
    thread::spawn(move || {
        let mut query = [0; 1024];
        while let Ok((length, from)) = socket.recv_from(&mut query) {
            // The header, the name, its type and class (RFC 1035 §4.1); not what comes after them.
            let name = query[12..length].iter().position(|byte| *byte == 0).unwrap();
            let mut answer = query[..12 + name + 5].to_vec();
            // An answer, NXDOMAIN, to one question, of which there is nothing more.
            answer[2..12].copy_from_slice(&[0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0]);
            if answers.load(Relaxed) {
                socket.send_to(&answer, from).unwrap();
            }
        }
    });
    Some(address)
}

#[test]
fn a_receiver_whose_dns_never_answered_is_not_ready_and_one_answer_is_enough() {
    let answers = Arc::new(AtomicBool::new(false));
    let (mut setup, address) = monitored("dns");
    let resolv = setup.folder.join("resolv.conf");
    let mount = format!("mount --bind '{}' /etc/resolv.conf", resolv.display());
    let space = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"];
    let server = name_server(&answers);
    std::fs::write(&resolv, "nameserver 127.83.7.1\n").unwrap();
    let mounts = Command::new(space[0]).args(&space[1..]).arg(&mount).status();
    if server.is_none() || !mounts.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no name server may be run here, or none be named in a namespace");
        return;
    }
    setup.environment.retain(|(name, _)| name != "COPERNICA_UNVERIFIED");
    setup.environment.push(("COPERNICA_ACCOUNT".to_owned(), "1234".to_owned()));
    setup.under = space.map(str::to_owned).into();
    setup.under.push(format!("{mount}; exec \"$0\" \"$@\""));
    let _server = start(&setup, address);
    for _ in 0..3 {
        let shown = get(address, "/readyz");
        let expected = "FAIL  key source: has not answered since the start";
        assert!(shown.starts_with("HTTP/1.1 503") && shown.contains(expected), "{shown}");
        thread::sleep(Duration::from_millis(500));
    }
    answers.store(true, Relaxed);
    until("it is ready", || get(address, "/readyz").starts_with("HTTP/1.1 200"));
    // And stays so, whatever becomes of DNS.
    answers.store(false, Relaxed);
    thread::sleep(Duration::from_secs(2));
    let shown = get(address, "/readyz");
    assert!(shown.starts_with("HTTP/1.1 200") && shown.contains("ok    key source: answered"));
}
