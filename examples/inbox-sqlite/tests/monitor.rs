//! Metrics and health, of the real program.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;
use support::{Setup, until};

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn monitored(name: &str) -> (Setup, SocketAddr) {
    let mut setup = Setup::new(name, &[]);
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    setup.environment.push(("METRICS_LISTEN".to_owned(), address.to_string()));
    (setup, address)
}

#[test]
fn calls_and_the_state_of_the_inbox_are_exported() {
    let (setup, address) = monitored("metrics");
    let _server = setup.start();
    assert_eq!(setup.tell(1, ""), 204);
    assert_eq!(setup.call(Some("application/x-www-form-urlencoded"), b"type=%ff"), 204);
    until("the one that can't be decoded is set aside", || {
        get(address, "/metrics").contains("\ninbox_set_aside 1\n")
    });
    let shown = get(address, "/metrics");
    let counted = "copernica_webhook_calls_total{outcome=\"accepted\",code=\"\",check=\"\",event=\"other\"} 2";
    for line in [counted, "inbox_waiting 0", "inbox_running 0", "inbox_dead 0"] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
    assert!(get(address, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(address, "/readyz").starts_with("HTTP/1.1 200"));
    // Never where calls come in.
    assert!(get(setup.address, "/metrics").starts_with("HTTP/1.1 404"));
}

#[test]
fn a_database_that_another_process_holds_is_not_ready() {
    let (setup, address) = monitored("ready");
    let _server = setup.start();
    let db = rusqlite::Connection::open(setup.database()).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let shown = get(address, "/readyz");
    assert!(shown.starts_with("HTTP/1.1 503") && shown.contains("FAIL  database"), "{shown}");
    db.execute_batch("ROLLBACK").unwrap();
    until("it is ready again", || get(address, "/readyz").starts_with("HTTP/1.1 200"));
}

#[test]
fn metrics_on_the_address_of_the_calls_are_refused() {
    let mut setup = Setup::new("same", &[]);
    setup.environment.push(("METRICS_LISTEN".to_owned(), setup.address.to_string()));
    assert!(!setup.spawn().ended().success());
    assert!(setup.log().contains("it must not be the address of LISTEN"), "{}", setup.log());
}

#[test]
fn without_the_variable_nothing_is_exported() {
    let setup = Setup::new("no-metrics", &[]);
    let _server = setup.start();
    assert!(get(setup.address, "/metrics").starts_with("HTTP/1.1 404"));
    assert!(!setup.log().contains("metrics on"), "{}", setup.log());
}
