//! What becomes of events that are in the inbox.

mod common;

use common::{Setup, until};
use rusqlite::Connection;

const KEY: &str = "copernica:v1:unverified:create:profile:1:";
const QUICK: [&str; 6] = ["--attempts", "3", "--backoff-ms", "20", "--lease-ms", "300"];

fn effects(setup: &Setup) -> Vec<u64> {
    let db = Connection::open(setup.database()).unwrap();
    let mut all = db.prepare("SELECT profile FROM created ORDER BY profile").unwrap();
    all.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

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
fn an_event_that_hangs_keeps_nobody_waiting_and_is_dead_after_the_limit() {
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
fn what_is_told_again_is_counted() {
    let setup = Setup::new("again", &[]);
    let mut server = setup.start();
    assert_eq!(setup.tell(1, ""), 204);
    assert_eq!(setup.tell(1, ""), 204);
    assert_eq!(setup.tell_at(1, "2001-02-03+04:05:06"), 204);
    until("one is done", || setup.counts() == [0, 0, 1, 0, 2, 1]);
    assert_eq!(effects(&setup), [1]);
    assert!(server.stop().success());
    let log = setup.log();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("another timestamp")).collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(warnings[0].contains(&format!("{KEY}1")), "{log}");
    assert!(!log.contains("2001") && !log.contains("1979"), "no data in the log: {log}");
}

#[test]
fn what_is_done_keeps_its_key_and_no_data() {
    let setup = Setup::new("cleared", &[]);
    let mut server = setup.start();
    // Enough for pages of its own: what is free there is not written over by chance.
    assert_eq!(setup.tell(1, &format!("&fields[name]={}", "Johny".repeat(4000))), 204);
    until("it is done", || setup.counts()[2] == 1);
    assert!(server.stop().success());
    // An orderly stop leaves one file, and nothing of the event in it.
    assert!(!setup.folder.join("inbox.db-wal").exists());
    let file = std::fs::read(setup.database()).unwrap();
    let has = |text: &str| file.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(has(KEY) && !has("Johny"));
    let db = Connection::open(setup.database()).unwrap();
    let row: (String, Option<String>) = db
        .query_one("SELECT key, event FROM inbox", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(row, (format!("{KEY}1"), None));
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
    assert!(text(&unknown.stderr).contains("no dead event has this key"), "{unknown:?}");

    let one = setup.ask(&["retry", &format!("{KEY}2")]);
    assert_eq!(text(&one.stdout), "1 put back\n");
    let status = setup.ask(&["status"]);
    let lines: Vec<_> = text(&status.stdout).lines().collect();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let titles = ["waiting", "running", "done", "dead", "duplicates", "changed", "oldest"];
    assert_eq!(words(lines[0]), titles);
    assert_eq!(words(lines[1])[..6], ["1", "0", "0", "2", "0", "0"]);
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

    // Nor does it make an empty inbox for who asks after one.
    assert!(!setup.ask(&["status"]).status.success());
    assert!(!setup.database().exists());
}
