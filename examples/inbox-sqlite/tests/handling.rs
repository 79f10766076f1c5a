//! What becomes of events that are in the inbox.

mod support;

use rusqlite::Connection;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use support::{Setup, effects, text, until};

const KEY: &str = "copernica:v1:unverified:create:profile:1:";
const QUICK: [&str; 6] = ["--attempts", "3", "--backoff-ms", "20", "--lease-ms", "300"];

#[test]
fn poison_is_dead_after_the_limit_and_the_others_go_on() {
    let setup = Setup::new("poison", &QUICK);
    let mut server = setup.start();
    for (profile, fault) in [(1, "fail"), (2, "panic"), (3, "outside"), (4, "fail-once")] {
        assert_eq!(setup.tell(profile, &format!("&fields[fault]={fault}")), 204);
    }
    assert_eq!(setup.tell(5, ""), 204);
    until("they are dead, the others done", || setup.counts() == [0, 0, 2, 3, 0, 0]);
    assert_eq!(effects(&setup), [4, 5]);

    let status = setup.ask(&["status"]);
    let status = text(&status.stdout);
    for (profile, why) in
        [(1, "a fault on purpose"), (2, "the effect panicked"), (3, "a fault on purpose, outside")]
    {
        let line = format!("dead  {KEY}{profile}  3 attempts: {why}\n");
        assert!(status.contains(&line), "{status}");
    }
    assert!(server.stop().success());
}

#[test]
fn an_event_that_hangs_delays_no_other_and_is_dead_after_the_limit() {
    // One attempt: in the pause before a second the others would have their turn in any case.
    let setup = Setup::new("hang", &["--attempts", "1", "--lease-ms", "5000"]);
    let mut server = setup.start();
    assert_eq!(setup.tell(1, "&fields[fault]=hang"), 204);
    until("it is under way", || setup.counts()[1] == 1);
    for profile in 2..=5 {
        assert_eq!(setup.tell(profile, ""), 204);
    }
    until("the others are done meanwhile", || setup.counts() == [0, 1, 4, 0, 0, 0]);
    until("it is dead", || setup.counts() == [0, 0, 4, 1, 0, 0]);
    assert_eq!(effects(&setup), [2, 3, 4, 5]);
    let status = setup.ask(&["status"]);
    assert!(text(&status.stdout).contains("1 attempts: took longer than its lease"), "{status:?}");
    assert!(server.stop().success());
}

#[test]
fn an_event_that_takes_the_process_down_is_dead_after_the_limit() {
    let setup = Setup::new("abort", &["--attempts", "3", "--lease-ms", "1000"]);
    let mut server = setup.start();
    let mut crashes = 0;
    assert_eq!(setup.tell(1, "&fields[fault]=abort"), 204);
    until("it is dead", || {
        if server.child.try_wait().unwrap().is_some() {
            crashes += 1;
            server = setup.start();
            // Arrives between the crashes.
            setup.tell(1 + crashes, "");
        }
        setup.counts()[3] == 1
    });
    assert_eq!(crashes, 3);
    until("the others are done", || setup.counts()[2] == crashes);
    assert_eq!(effects(&setup), [2, 3, 4]);
    let status = setup.ask(&["status"]);
    assert!(text(&status.stdout).contains("or ended with the process"), "{status:?}");
}

#[test]
fn what_is_reported_again_is_counted() {
    let setup = Setup::new("again", &[]);
    let mut server = setup.start();
    assert_eq!(setup.tell(1, ""), 204);
    assert_eq!(setup.tell(1, ""), 204);
    assert_eq!(setup.tell_at(1, "2001-02-03+04:05:06"), 204);
    until("one is done", || setup.counts() == [0, 0, 1, 0, 2, 1]);
    assert_eq!(effects(&setup), [1]);
    assert!(server.stop().success());
    // The second call, as it came.
    let db = Connection::open(setup.database()).unwrap();
    let row =
        db.query_one("SELECT key, timestamp, delivery, body, received FROM changed", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        });
    let (key, timestamp, delivery, body, received): (String, String, Option<String>, Vec<u8>, i64) =
        row.unwrap();
    assert_eq!((key, timestamp), (format!("{KEY}1"), "2001-02-03 04:05:06".to_owned()));
    let told = "type=create&profile=1&database=1&timestamp=2001-02-03+04:05:06&fields[mail]=a";
    assert_eq!(text(&body), told);
    assert!(delivery.is_some_and(|key| key.starts_with("copernica:v1:unverified:call:")));
    assert!(received > 1_700_000_000_000);
    assert_eq!(setup.column("kept"), 1);
    let log = setup.log();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("another timestamp")).collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(warnings[0].contains(&format!("{KEY}1")), "{log}");
    assert!(!log.contains("2001") && !log.contains("1979"), "no data in the log: {log}");
}

#[test]
fn dead_events_are_put_back() {
    let mut setup = Setup::new("retry", &QUICK);
    let mut server = setup.start();
    for profile in 1..=3 {
        assert_eq!(setup.tell(profile, "&fields[fault]=fail"), 204);
    }
    until("they are dead", || setup.counts()[3] == 3);
    assert!(server.stop().success());
    let unknown = setup.ask(&["retry", "nobody"]);
    assert!(!unknown.status.success());
    assert!(text(&unknown.stderr).contains("nobody: no call has this key"), "{unknown:?}");

    let one = setup.ask(&["retry", &format!("{KEY}2")]);
    assert_eq!(text(&one.stdout), "1 put back\n");
    let status = setup.ask(&["status"]);
    let lines: Vec<_> = text(&status.stdout).lines().collect();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let titles = "waiting running done dead set-aside duplicates changed kept next oldest";
    assert_eq!(words(lines[0]).join(" "), titles);
    assert_eq!(words(lines[1])[..10].join(" "), "1 0 0 2 0 0 0 0 0 s");
    assert!(lines[1].ends_with(" s"), "{lines:?}");
    assert_eq!(text(&setup.ask(&["retry"]).stdout), "2 put back\n");

    // What they died of is gone.
    setup.environment.retain(|(name, _)| name != "INBOX_FAULTS");
    let mut server = setup.start();
    until("they are done", || setup.counts() == [0, 0, 3, 0, 0, 0]);
    assert_eq!(effects(&setup), [1, 2, 3]);
    assert!(server.stop().success());
}

#[test]
fn a_waiting_event_is_put_back_by_its_key() {
    let mut setup = Setup::new("retry-waiting", &["--backoff-ms", "1800000"]);
    let mut server = setup.start();
    for profile in 1..=2 {
        assert_eq!(setup.tell(profile, "&fields[fault]=fail"), 204);
    }
    let failed = "SELECT count(*) FROM inbox WHERE state = 'waiting' AND attempts = 1";
    let db = Connection::open(setup.database()).unwrap();
    until("both have failed once", || {
        db.query_one(failed, [], |row| row.get::<_, i64>(0)).unwrap() == 2
    });
    let next = setup.column("next");
    assert!((1700..=1800).contains(&next), "{next}");
    assert!(server.stop().success());
    setup.environment.retain(|(name, _)| name != "INBOX_FAULTS");
    let mut server = setup.start();

    // All that are dead: these are not.
    assert_eq!(text(&setup.ask(&["retry"]).stdout), "0 put back\n");
    assert_eq!(text(&setup.ask(&["retry", &format!("{KEY}2")]).stdout), "1 put back\n");
    until("it is done", || setup.counts() == [1, 0, 1, 0, 0, 0]);
    assert_eq!(effects(&setup), [2]);
    assert!(!setup.ask(&["retry", &format!("{KEY}2")]).status.success(), "it is done");
    assert!(server.stop().success());
}

#[test]
fn a_clock_that_was_ahead_puts_nothing_off() {
    let setup = Setup::new("ahead", &["--lease-ms", "300"]);
    let mut server = setup.start();
    assert_eq!(setup.tell(1, ""), 204);
    until("it is done", || setup.counts()[2] == 1);
    assert!(server.stop().success());
    // As a server leaves them whose clock was a day ahead when they failed, or were claimed.
    let db = Connection::open(setup.database()).unwrap();
    let body = "CAST('{\"type\":\"create\",\"profile\":2,\"database\":1,\"timestamp\":\"1979-02-12 12:49:23\"}' AS BLOB)";
    let ahead = "(unixepoch() + 86400) * 1000";
    for (key, state) in [("waiting", "waiting"), ("running", "running")] {
        db.execute_batch(&format!(
            "INSERT INTO inbox (event_key, state, body, timestamp, received, next_at, attempts)
             VALUES ('{key}', '{state}', {body}, '', {ahead}, {ahead}, 1)"
        ))
        .unwrap();
    }
    let next = setup.column("next");
    assert!((86_300..=86_400).contains(&next), "{next}");
    let mut server = setup.start();
    until("both are done", || setup.counts() == [0, 0, 3, 0, 0, 0]);
    assert!(server.stop().success());
    assert!(setup.log().contains("the clock was ahead"), "{}", setup.log());
}

#[test]
fn an_error_can_not_steer_the_terminal_that_shows_the_status() {
    let setup = Setup::new("escaped", &[]);
    let mut server = setup.start();
    assert_eq!(setup.tell(1, ""), 204);
    until("it is done", || setup.counts()[2] == 1);
    assert!(server.stop().success());
    let db = Connection::open(setup.database()).unwrap();
    let error = "é 'it' \\ \u{1b}[2J\ndead  other  1 attempts: \r\u{7f}\u{9b}\u{202e}\0";
    let sql = "UPDATE inbox SET state = 'dead', error = ?1, event_key = 'a\u{7}b'";
    db.execute(sql, [error]).unwrap();
    let status = setup.ask(&["status"]);
    let status = text(&status.stdout);
    let expected = "dead  a\\u{7}b  1 attempts: é 'it' \\\\ \\u{1b}[2J\\ndead  other  1 attempts: \
        \\r\\u{7f}\\u{9b}\\u{202e}\\0\n";
    assert!(status.ends_with(expected) && status.lines().count() == 3, "{status}");
}

/// The tables as the first release left them, without a version.
const FIRST_RELEASE: &str = "
CREATE TABLE inbox (
    key        TEXT    NOT NULL PRIMARY KEY,
    state      TEXT    NOT NULL DEFAULT 'waiting',
    event      TEXT,
    timestamp  TEXT    NOT NULL,
    received   INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    changed    INTEGER NOT NULL DEFAULT 0,
    error      TEXT
) STRICT;
CREATE INDEX inbox_due ON inbox (next_at) WHERE state IN ('waiting', 'running');
INSERT INTO inbox (key, state, timestamp, received, next_at, duplicates, changed)
    VALUES ('copernica:v1:unverified:create:profile:1:1', 'done', '1979-02-12 12:49:23', 1, 1, 3, 2);
INSERT INTO inbox (key, event, timestamp, received, next_at)
    VALUES ('copernica:v1:unverified:create:profile:1:2',
        '{\"type\":\"create\",\"profile\":2,\"database\":1,\"timestamp\":\"1979-02-12 12:49:23\"}',
        '1979-02-12 12:49:23', 1, 1);";

#[test]
fn a_database_of_the_first_release_is_taken_over() {
    let setup = Setup::new("first-release", &[]);
    Connection::open(setup.database()).unwrap().execute_batch(FIRST_RELEASE).unwrap();
    // Who only looks changes nothing.
    assert_eq!(setup.counts(), [1, 0, 1, 0, 3, 2]);
    assert_eq!(setup.column("kept"), 0);
    let mut server = setup.start();
    until("what waited is done", || setup.counts() == [0, 0, 2, 0, 3, 2]);
    assert_eq!(setup.tell_at(1, "2001-02-03+04:05:06"), 204);
    assert_eq!(setup.counts(), [0, 0, 2, 0, 4, 3]);
    assert_eq!(setup.column("kept"), 1);
    assert!(server.stop().success());
    let _server = setup.start();
    assert_eq!(setup.column("kept"), 1);
}

#[test]
fn a_database_of_a_newer_release_is_refused() {
    let setup = Setup::new("newer", &[]);
    let db = Connection::open(setup.database()).unwrap();
    db.execute_batch("PRAGMA user_version = 1000").unwrap();
    let mut server = setup.spawn();
    assert!(!server.ended().success());
    assert!(setup.log().contains("version 1000"), "{}", setup.log());
}

/// Returns the permissions of a file.
fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[test]
fn only_its_owner_may_read_the_database() {
    let mut setup = Setup::new("private", &[]);
    // Whatever the umask lets through.
    setup.under = ["sh", "-c", "umask 000; exec \"$0\" \"$@\""].map(str::to_owned).into();
    let mut server = setup.start();
    assert_eq!(setup.tell(1, ""), 204);
    let files = ["inbox.db", "inbox.db-wal", "inbox.db-shm"].map(|name| setup.folder.join(name));
    assert_eq!(files.each_ref().map(|file| mode(file)), [0o600; 3]);
    // As an earlier version left them, in a crash.
    server.kill();
    for file in &files {
        std::fs::set_permissions(file, Permissions::from_mode(0o664)).unwrap();
    }
    let mut server = setup.start();
    assert_eq!(files.each_ref().map(|file| mode(file)), [0o600; 3]);
    assert!(server.stop().success());
}

#[test]
fn a_kill_leaves_what_was_acknowledged() {
    let setup = Setup::new("kill", &["--lease-ms", "300"]);
    let mut server = setup.start();
    for profile in 0..50 {
        assert_eq!(setup.tell(profile, ""), 204);
    }
    server.kill();
    let [waiting, running, done, dead, ..] = setup.counts();
    assert_eq!((waiting + running + done, dead), (50, 0));
    let _server = setup.start();
    until("all are done", || setup.counts()[2] == 50);
    assert_eq!(effects(&setup), (0..50).collect::<Vec<_>>());
}

#[test]
fn it_refuses_to_start_when_it_could_lose_events() {
    let mut setup = Setup::new("weak", &[]);
    for synchronous in ["normal", "off", "nonsense"] {
        setup.options = vec!["--synchronous".to_owned(), synchronous.to_owned()];
        let mut server = setup.spawn();
        assert!(!server.ended().success(), "{synchronous}");
    }
    let log = setup.log();
    assert!(log.contains("synchronous is 1 and must be 2 (FULL) or more"), "{log}");
    assert!(log.contains("synchronous is 0 and must be 2 (FULL) or more"), "{log}");

    let mut setup = Setup::new("memory", &[]);
    setup.options = vec!["--database".to_owned(), ":memory:".to_owned()];
    setup.own_database = false;
    let mut server = setup.spawn();
    assert!(!server.ended().success());
    assert!(setup.log().contains("journal_mode is memory"), "{}", setup.log());

    // Whose calls are taken must be said, and before there is a database.
    let mut setup = Setup::new("nobody", &[]);
    setup.environment.clear();
    let mut server = setup.spawn();
    assert!(!server.ended().success());
    assert!(setup.log().contains("set COPERNICA_ACCOUNT"), "{}", setup.log());
    assert!(!setup.database().exists());

    // Nor does it make an empty inbox for a query.
    assert!(!setup.ask(&["status"]).status.success());
    assert!(!setup.database().exists());
}
