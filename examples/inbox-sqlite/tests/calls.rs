//! Calls of every kind: what can be decoded late, and what can't be decoded.

mod support;

use rusqlite::Connection;
use support::{Setup, effects, text, until};
use webhook_axum::testing::fixtures;

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
const JSON: Option<&str> = Some("application/json");
const AT: &str = "timestamp=1979-02-12+12:49:23";

#[test]
fn every_trigger_has_its_effect() {
    let setup = Setup::new("triggers", &[]);
    let mut server = setup.start();
    for fixture in fixtures::ALL {
        assert_eq!(setup.call(FORM, fixture.form.as_bytes()), 204, "{}", fixture.kind);
    }
    let all = fixtures::ALL.len() as u64;
    until("all are done", || setup.counts() == [0, 0, all, 0, 0, 0]);
    assert!(server.stop().success());
    let db = Connection::open(setup.database()).unwrap();
    let count = |sql: &str| db.query_one(sql, [], |row| row.get::<_, u64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM created"), 2);
    assert_eq!(count("SELECT count(DISTINCT key) FROM happened"), all - 2);
    assert_eq!(count("SELECT count(DISTINCT kind) FROM happened"), 9);
    // An event with a name of its own has it as its key from the beginning; of others it is the call's.
    let named = "SELECT count(*) FROM happened WHERE key NOT LIKE 'copernica:v1:unverified:call:%'";
    assert_eq!(count(named), 4, "two deletions, a delivery, an unsubscription");
}

#[test]
fn what_can_not_be_decoded_is_acknowledged_and_set_aside() {
    let setup = Setup::new("undecodable", &["--attempts", "3", "--backoff-ms", "20"]);
    let mut server = setup.start();
    let bad: [(&str, Option<&str>, &[u8], &str); 6] = [
        ("lacks", FORM, b"type=create&database=1&fields[name]=Johny", "invalid_variable: profile"),
        ("utf8", FORM, b"type=create&profile=1&database=1&fields[name]=%FFJohny", "malformed_body"),
        ("shape", JSON, b"[\"Johny\"]", "malformed_body"),
        ("type", Some("text/plain"), b"Dear Johny", "unsupported_media_type"),
        ("unknown", FORM, b"type=Johny&id=1", "the effect does not know such events"),
        ("empty", FORM, b"", "the effect does not know such events"),
    ];
    for (what, media_type, body, _) in bad {
        assert_eq!(setup.call(media_type, body), 204, "{what}");
    }
    assert_eq!(setup.tell(1, ""), 204);
    until("they are set aside, the other is done", || setup.column("set-aside") == 6);
    until("it is done", || setup.counts() == [0, 0, 1, 0, 0, 0]);
    let status = setup.ask(&["status"]);
    let lines: Vec<_> =
        text(&status.stdout).lines().filter(|line| line.starts_with("set aside  ")).collect();
    assert_eq!(lines.len(), 6, "{status:?}");
    for ((what, .., why), line) in bad.iter().zip(&lines) {
        assert!(line.contains(&format!("  1 attempts: {why}")), "{what}: {lines:?}");
    }
    assert!(!text(&status.stdout).contains("Johny"), "no values: {status:?}");
    assert!(!setup.log().contains("Johny"), "no values: {}", setup.log());
    // A copy is known.
    assert_eq!(setup.call(FORM, bad[0].2), 204);
    assert_eq!((setup.column("set-aside"), setup.column("duplicates")), (6, 1));
    assert!(server.stop().success());
    let db = Connection::open(setup.database()).unwrap();
    let bodies: Vec<Vec<u8>> = db
        .prepare("SELECT body FROM inbox WHERE state = 'set aside' ORDER BY id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(bodies, bad.map(|(_, _, body, _)| body.to_vec()));
    assert_eq!(effects(&setup), [1]);
}

/// Without a `Content-Type` a body is not decoded where it is received; what was stored has none that
/// speaks against it.
#[test]
fn an_event_whose_key_is_found_late_is_handled_once() {
    let setup = Setup::new("late", &[]);
    let mut server = setup.start();
    let call = |profile: u64, more: &str| {
        format!("type=create&profile={profile}&database=1&{AT}{more}").into_bytes()
    };
    // First by a call with a key, then late; and the other way around.
    assert_eq!(setup.call(FORM, &call(1, "")), 204);
    until("it is done", || setup.counts()[2] == 1);
    assert_eq!(setup.call(None, &call(1, "&a=1")), 204);
    until("it is a duplicate", || setup.counts() == [0, 0, 2, 0, 1, 0]);
    assert_eq!(setup.call(None, &call(2, "&a=1")), 204);
    until("it is done", || setup.counts() == [0, 0, 3, 0, 1, 0]);
    assert_eq!(setup.call(FORM, &call(2, "")), 204);
    assert_eq!(setup.counts(), [0, 0, 3, 0, 2, 0]);
    // With another timestamp.
    let other = b"type=create&profile=1&database=1&timestamp=2001-02-03+04:05:06";
    assert_eq!(setup.call(None, other), 204);
    until("it is kept", || setup.counts() == [0, 0, 4, 0, 3, 1]);
    assert_eq!(setup.column("kept"), 1);
    assert_eq!(effects(&setup), [1, 2]);
    let shown = setup.ask(&["show", "copernica:v1:unverified:create:profile:1:2"]);
    assert!(text(&shown.stdout).contains("\nstate       done\n"), "{shown:?}");
    assert!(server.stop().success());
    let db = Connection::open(setup.database()).unwrap();
    let whole: (Vec<u8>, String) = db
        .query_one("SELECT body, key FROM changed", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(whole, (other.to_vec(), "copernica:v1:unverified:create:profile:1:1".to_owned()));
    let log = setup.log();
    assert_eq!(log.matches("done: its event was known").count(), 2, "{log}");
}

/// The effect outside is not run for what is known either: it stays done without a second attempt.
#[test]
fn an_effect_outside_does_not_run_for_a_duplicate() {
    let setup = Setup::new("outside", &["--attempts", "1"]);
    let mut server = setup.start();
    assert_eq!(setup.tell(1, ""), 204);
    until("it is done", || setup.counts()[2] == 1);
    // It would fail outside, and be dead.
    let fails = format!("type=create&profile=1&database=1&{AT}&fields[fault]=outside");
    assert_eq!(setup.call(None, fails.as_bytes()), 204);
    until("it is a duplicate", || setup.counts() == [0, 0, 2, 0, 1, 0]);
    assert!(server.stop().success());
}
