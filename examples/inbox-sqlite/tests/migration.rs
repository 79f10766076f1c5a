//! Databases that earlier versions wrote: `tests/old/README.md` says how they were made.

mod support;

use rusqlite::Connection;
use std::fs;
use support::{Setup, effects, text, until};

const KEY: &str = "copernica:v1:unverified:create:profile:1:";

/// Returns an inbox with a copy of what the commit's program left.
fn old(commit: &str) -> Setup {
    let mut setup = Setup::new(commit, &["--lease-ms", "500"]);
    let file = format!("{}/tests/old/{commit}.db", env!("CARGO_MANIFEST_DIR"));
    fs::copy(file, setup.database()).unwrap();
    // What failed on purpose does not fail again.
    setup.environment.retain(|(name, _)| name != "INBOX_FAULTS");
    setup
}

/// Asserts that the inbox of this commit is taken over; `kept` is how many calls with another timestamp
/// were kept.
fn is_taken_over(commit: &str, kept: u64) {
    let setup = old(commit);
    // Who only looks changes nothing; what changes something says that it can't.
    assert_eq!(setup.counts(), [3, 0, 2, 1, 2, 1]);
    assert_eq!((setup.column("set-aside"), setup.column("kept")), (0, kept));
    let status = setup.ask(&["status"]);
    let dead = format!("\ndead  {KEY}2  1 attempts: a fault on purpose\n");
    assert!(text(&status.stdout).ends_with(&dead), "{status:?}");
    let retry = setup.ask(&["retry"]);
    assert!(text(&retry.stderr).contains("`inbox serve` brings them to 3"), "{retry:?}");

    let mut server = setup.start();
    until("what waited is done", || setup.counts() == [0, 0, 5, 1, 2, 1]);
    assert_eq!(setup.column("kept"), kept);
    // Of profile 4 it is the subprofile; 123 and 1 had their effects then.
    assert_eq!(effects(&setup), [1, 3, 4, 7, 123]);

    // What was done then is known: the call again, with another body, and with another timestamp.
    assert_eq!(setup.tell(1, ""), 204);
    assert_eq!(setup.tell(1, "&a=1"), 204);
    assert_eq!(setup.tell_at(1, "2002-02-03+04:05:06"), 204);
    assert_eq!(setup.counts(), [0, 0, 5, 1, 5, 2]);
    assert_eq!(setup.column("kept"), kept + 1);

    // What was dead is a call whose body is the event's JSON.
    let shown = setup.ask(&["show", &format!("{KEY}2")]);
    let shown = text(&shown.stdout);
    assert!(shown.contains("media type  application/json\n"), "{shown}");
    assert!(shown.contains("decodes     yes\n") && shown.contains("  fields[name]\n"), "{shown}");
    let exported = setup.ask(&["export", &format!("{KEY}2")]);
    assert!(text(&exported.stdout).starts_with("POST / HTTP/1.1\r\nHost: \r\n"), "{exported:?}");
    assert_eq!(text(&setup.ask(&["retry"]).stdout), "1 put back\n");
    until("it is done", || setup.counts() == [0, 0, 6, 0, 5, 2]);
    assert_eq!(effects(&setup), [1, 2, 3, 4, 7, 123]);
    assert!(server.stop().success());

    let db = Connection::open(setup.database()).unwrap();
    let rows = |sql: &str| -> Vec<(String, Option<String>)> {
        let mut rows = db.prepare(sql).unwrap();
        rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    };
    // Whose call it was stands in its key.
    let verified = "SELECT event_key, account FROM inbox WHERE account IS NOT NULL";
    let key = "copernica:v1:account_1234:create:profile:1:123".to_owned();
    assert_eq!(rows(verified), [(key, Some("account_1234".to_owned()))]);
    let counted = rows("SELECT event_key, duplicates || ' ' || changed FROM inbox WHERE changed");
    assert_eq!(counted, [(format!("{KEY}1"), Some("5 2".to_owned()))]);
    // Nothing of the old tables is left, and a second start changes nothing.
    let tables = "SELECT name, type FROM sqlite_master WHERE name LIKE '%inbox%2%'";
    let indexes = rows(tables).into_iter().filter(|(_, kind)| kind.as_deref() != Some("index"));
    assert_eq!(indexes.count(), 0);
    let _server = setup.start();
    assert_eq!(setup.counts(), [0, 0, 6, 0, 5, 2]);
}

#[test]
fn a_database_of_the_first_release_becomes_one_of_calls() {
    is_taken_over("2350b7d", 0);
}

#[test]
fn a_database_whose_rows_were_events_becomes_one_of_calls() {
    is_taken_over("40b4110", 1);
}

#[test]
fn what_was_done_keeps_no_payload_and_is_not_done_again() {
    let setup = old("40b4110");
    let mut server = setup.start();
    until("what waited is done", || setup.counts()[2] == 5);
    assert!(server.stop().success());
    let shown = setup.ask(&["show", &format!("{KEY}1")]);
    assert!(text(&shown.stdout).ends_with("size        pruned\n"), "{shown:?}");
    let again = setup.ask(&["retry", &format!("{KEY}1")]);
    assert!(!again.status.success(), "{again:?}");
    assert_eq!(setup.counts(), [0, 0, 5, 1, 2, 1]);
}
