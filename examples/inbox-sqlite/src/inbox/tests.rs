//! What can't be brought about from outside: a lease that ends under a worker, settings too weak.

use super::*;
use crate::call::Call;
use crate::{effect, schema, writer};
use rusqlite::TransactionBehavior;

const PATIENCE: Patience = Patience { attempts: 3, lease_ms: 1000, backoff_ms: 100 };

fn database() -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    schema::migrate(&mut db).unwrap();
    db.execute_batch(effect::SCHEMA).unwrap();
    db
}

fn insert(db: &Connection, key: &str, attempts: i64, next_at: i64) {
    db.execute(
        "INSERT INTO inbox (event_key, body, timestamp, received, next_at, attempts)
         VALUES (?1, CAST('{}' AS BLOB), '', 0, ?3, ?2)",
        params![key, attempts, next_at],
    )
    .unwrap();
}

/// Returns a call that can't be decoded.
fn call(delivery: &str, body: &'static str) -> Call {
    Call {
        delivery: delivery.to_owned(),
        event: None,
        account: None,
        target: "/copernica".to_owned(),
        host: Some("example.com".to_owned()),
        media_type: Some("text/plain".to_owned()),
        body: Bytes::from_static(body.as_bytes()),
    }
}

fn identity(key: &str, timestamp: &str) -> Identity {
    Identity { key: key.to_owned(), timestamp: Some(timestamp.to_owned()) }
}

fn effects(db: &Connection) -> i64 {
    db.query_one("SELECT count(*) FROM created", [], |row| row.get(0)).unwrap()
}

fn write(db: &Connection) -> Result<Handled, Failure> {
    db.execute("INSERT INTO created (key, database, profile) VALUES ('a', 1, 1)", [])?;
    Ok(Handled::Done)
}

/// Returns the state in which so many attempts are under way.
fn busy(attempts: usize) -> UnderWay {
    UnderWay { attempts, bytes: 0 }
}

#[test]
fn an_attempt_that_is_late_writes_nothing() {
    let mut db = database();
    insert(&db, "a", 0, 0);
    let mut tx = db.transaction().unwrap();
    let (_, first) = claim(&tx, PATIENCE, now(), busy(0)).unwrap();
    // The lease has ended, and another worker has the event.
    let (_, second) = claim(&tx, PATIENCE, now() + 2000, busy(0)).unwrap();
    assert_eq!((first[0].attempt, second[0].attempt), (1, 2));

    assert_eq!(done(&mut tx, PATIENCE, &first[0], None, write).unwrap(), Outcome::Lost);
    assert_eq!(failed(&tx, PATIENCE, &first[0], String::new()).unwrap(), Outcome::Lost);
    assert_eq!(effects(&tx), 0);
    assert_eq!(done(&mut tx, PATIENCE, &second[0], None, write).unwrap(), Outcome::Done);
    assert_eq!(done(&mut tx, PATIENCE, &second[0], None, write).unwrap(), Outcome::Lost);
    assert_eq!(effects(&tx), 1);
}

#[test]
fn a_failed_effect_leaves_nothing_and_spares_the_others() {
    let mut db = database();
    insert(&db, "a", 0, 0);
    insert(&db, "b", 0, 0);
    insert(&db, "c", 0, 0);
    let mut tx = db.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let (_, claimed) = claim(&tx, PATIENCE, now(), busy(0)).unwrap();
    let fails = |db: &Connection| write(db).and(Err("why".into()));
    let panics = |db: &Connection| write(db).map(|_| panic!("on purpose"));
    let again = |why: &str| Outcome::Again(why.to_owned());
    assert_eq!(done(&mut tx, PATIENCE, &claimed[0], None, fails).unwrap(), again("why"));
    assert_eq!(
        done(&mut tx, PATIENCE, &claimed[1], None, panics).unwrap(),
        again("the effect panicked")
    );
    assert_eq!(done(&mut tx, PATIENCE, &claimed[2], None, write).unwrap(), Outcome::Done);
    tx.commit().unwrap();
    assert_eq!(effects(&db), 1);
}

#[test]
fn one_that_did_not_come_back_is_tried_alone_and_not_for_ever() {
    let mut db = database();
    for (key, attempts, next_at) in [("a", 0, 1), ("b", 1, 2), ("c", 1, 3), ("d", 0, 4)] {
        insert(&db, key, attempts, next_at);
    }
    insert(&db, "later", 0, i64::MAX);
    insert(&db, "lost", 3, 0);
    // As they are after a crash: b failed and came back, these did not.
    db.execute("UPDATE inbox SET state = 'running' WHERE event_key IN ('c', 'lost')", []).unwrap();
    let tx = db.transaction().unwrap();
    let next = |under_way| {
        let (dead, claimed) = claim(&tx, PATIENCE, 10, busy(under_way)).unwrap();
        let keys: Vec<_> = claimed.iter().map(|one| (one.key.clone(), one.suspect)).collect();
        (dead, keys)
    };
    let one = |key: &str, suspect| (key.to_owned(), suspect);
    assert_eq!(next(1), (vec![], vec![]));
    assert_eq!(next(0), (vec!["lost".to_owned()], vec![one("a", false), one("b", false)]));
    assert_eq!(next(2), (vec![], vec![]));
    assert_eq!(next(0), (vec![], vec![one("c", true)]));
    assert_eq!(next(0), (vec![], vec![one("d", false)]));
    assert_eq!(next(0), (vec![], vec![]));
}

#[test]
fn a_call_out_of_attempts_is_dead_and_keeps_why() {
    let mut db = database();
    insert(&db, "failed", 3, 1);
    insert(&db, "lost", 3, 2);
    db.execute("UPDATE inbox SET error = 'why'", []).unwrap();
    db.execute("UPDATE inbox SET state = 'running' WHERE event_key = 'lost'", []).unwrap();
    let tx = db.transaction().unwrap();
    while !claim(&tx, PATIENCE, 10, busy(0)).unwrap().0.is_empty() {}
    let why = |key: &str| {
        let sql = "SELECT error FROM inbox WHERE event_key = ?1 AND state = 'dead'";
        tx.query_one(sql, [key], |row| row.get::<_, String>(0)).unwrap()
    };
    assert_eq!(why("failed"), "why");
    assert!(why("lost").starts_with("the last attempt did not end"));
}

#[test]
fn what_a_clock_that_was_ahead_put_off_is_due_again() {
    const DAY: i64 = 24 * LONGEST_PAUSE_MS;
    let mut db = database();
    let now = now();
    insert(&db, "ahead", 1, now + DAY);
    insert(&db, "lost", 1, now + DAY);
    insert(&db, "pause", 1, now + LONGEST_PAUSE_MS);
    insert(&db, "over", 1, now + DAY);
    db.execute("UPDATE inbox SET state = 'running' WHERE event_key = 'lost'", []).unwrap();
    db.execute("UPDATE inbox SET state = 'dead' WHERE event_key = 'over'", []).unwrap();
    let tx = db.transaction().unwrap();
    assert!(claim(&tx, PATIENCE, now, busy(0)).unwrap().1.is_empty());
    assert_eq!(bring_back(&tx, PATIENCE, now).unwrap(), 2);
    assert_eq!(bring_back(&tx, PATIENCE, now).unwrap(), 0);
    let next_at = |key: &str| {
        tx.query_one(
            "SELECT next_at - ?2 FROM inbox WHERE event_key = ?1",
            params![key, now],
            |row| row.get::<_, i64>(0),
        )
    };
    // An attempt may still be under way: a lease from here on.
    let [ahead, lost, pause, over] =
        ["ahead", "lost", "pause", "over"].map(|key| next_at(key).unwrap());
    assert_eq!([ahead, lost, pause, over], [0, PATIENCE.lease_ms, LONGEST_PAUSE_MS, DAY]);
    assert_eq!(claim(&tx, PATIENCE, now, busy(0)).unwrap().1[0].key, "ahead");
}

/// A lease may be longer than any pause.
#[test]
fn a_long_lease_is_not_taken_for_a_clock_that_was_ahead() {
    let mut db = database();
    let now = now();
    let patience = Patience { lease_ms: 5 * LONGEST_PAUSE_MS, ..PATIENCE };
    insert(&db, "a", 0, now + 4 * LONGEST_PAUSE_MS);
    let tx = db.transaction().unwrap();
    assert_eq!(bring_back(&tx, patience, now).unwrap(), 0);
}

#[test]
fn a_call_with_another_timestamp_is_kept_whole_and_once() {
    let mut db = database();
    let tx = db.transaction().unwrap();
    let call = |timestamp: &str, body: &'static str, delivery: &str| Call {
        event: Some(identity("a", timestamp)),
        ..call(delivery, body)
    };
    for (timestamp, body, delivery, changed) in [
        ("t1", "one", "d1", false),
        ("t1", "one again", "d2", false),
        ("t2", "two\0\u{e9}", "d3", true),
        ("t2", "two\0\u{e9}", "d4", true),
        ("t3", "three", "d5", true),
    ] {
        assert_eq!(call(timestamp, body, delivery).store(&tx).unwrap().changed, changed, "{body}");
    }
    let sql = "SELECT timestamp, delivery, body, received > 0 FROM changed ORDER BY timestamp";
    let kept: Vec<(String, String, Vec<u8>, bool)> = tx
        .prepare(sql)
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let row = |timestamp: &str, delivery: &str, body: &str| {
        (timestamp.to_owned(), delivery.to_owned(), body.as_bytes().to_vec(), true)
    };
    assert_eq!(kept, [row("t2", "d3", "two\0\u{e9}"), row("t3", "d5", "three")]);
    let counted = "SELECT duplicates, changed, CAST(body AS TEXT) FROM inbox";
    let counted = tx.query_one(counted, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    assert_eq!(counted.unwrap(), (4_i64, 3_i64, "one".to_owned()));
}

/// All writes wait for a claim, so it must not look at all that is due.
#[test]
fn a_claim_takes_no_longer_when_much_is_due() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    let steps = |backlog| {
        let mut db = database();
        (0..backlog).for_each(|at| insert(&db, &at.to_string(), 0, at));
        let count = Arc::new(AtomicU64::new(0));
        let counted = count.clone();
        let count_one = move || {
            counted.fetch_add(1, Relaxed);
            false
        };
        db.progress_handler(1, Some(count_one)).unwrap();
        let tx = db.transaction().unwrap();
        bring_back(&tx, PATIENCE, i64::MAX / 2).unwrap();
        assert_eq!(claim(&tx, PATIENCE, i64::MAX / 2, busy(0)).unwrap().1.len(), FEW);
        count.load(Relaxed)
    };
    assert!(steps(5000) <= steps(50) * 11 / 10);
}

#[test]
fn pauses_double_and_end() {
    let mut db = database();
    insert(&db, "a", 0, 0);
    let tx = db.transaction().unwrap();
    let patience = Patience { attempts: i64::MAX, backoff_ms: 1000, ..PATIENCE };
    for (attempt, seconds) in [(1, 1), (2, 2), (3, 4), (12, 2048), (13, 3600), (100, 3600)] {
        tx.execute("UPDATE inbox SET state = 'running', attempts = ?1", [attempt]).unwrap();
        let claimed = Claimed {
            row: 1,
            key: "a".to_owned(),
            has_event_key: true,
            account: None,
            media_type: None,
            body: None,
            attempt,
            suspect: false,
        };
        let before = now();
        failed(&tx, patience, &claimed, String::new()).unwrap();
        let next: i64 = tx.query_one("SELECT next_at FROM inbox", [], |row| row.get(0)).unwrap();
        assert!((before..=now()).contains(&(next - seconds * 1000)), "{attempt}");
    }
}

#[test]
fn settings_are_read_back() {
    let folder = std::env::temp_dir().join(format!("inbox-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let db = writer::open(&folder.join("inbox.db"), "full").unwrap();
    assert!(writer::durable(&db).is_ok());
    for (pragma, weak, strong) in
        [("synchronous", "normal", "full"), ("synchronous", "off", "extra")]
    {
        db.pragma_update(None, pragma, weak).unwrap();
        assert!(writer::durable(&db).unwrap_err().to_string().contains("synchronous"));
        db.pragma_update(None, pragma, strong).unwrap();
        assert!(writer::durable(&db).is_ok());
    }
    db.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(())).unwrap();
    assert!(writer::durable(&db).unwrap_err().to_string().contains("is delete"));
    drop(db);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_copy_of_a_call_is_counted_there_whatever_its_event_is() {
    let mut db = database();
    let tx = db.transaction().unwrap();
    assert!(!call("d1", "one").store(&tx).unwrap().duplicate);
    let known = Call { event: Some(identity("a", "t1")), ..call("d2", "two") };
    assert!(!known.store(&tx).unwrap().duplicate);
    // A newer program could decode it, and another row has its event's key.
    let copy = Call { event: Some(identity("a", "t2")), ..call("d1", "one") };
    let stored = copy.store(&tx).unwrap();
    assert_eq!((stored.duplicate, stored.changed), (true, false));
    let counted: Vec<(i64, i64, Option<String>)> = tx
        .prepare("SELECT duplicates, changed, event_key FROM inbox ORDER BY id")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(counted, [(1, 0, None), (0, 0, Some("a".to_owned()))]);
}

#[test]
fn a_key_that_is_found_late_is_set_with_the_effect_or_not_at_all() {
    let mut db = database();
    let mut tx = db.transaction().unwrap();
    call("d1", "one").store(&tx).unwrap();
    let late = identity("a", "t1");
    let key = |db: &Connection| -> Option<String> {
        db.query_one("SELECT event_key FROM inbox", [], |row| row.get(0)).unwrap()
    };
    let claimed = &claim(&tx, PATIENCE, now(), busy(0)).unwrap().1[0];
    assert_eq!((claimed.key.as_str(), claimed.has_event_key), ("d1", false));
    let fails = |db: &Connection| {
        assert_eq!(key(db).as_deref(), Some("a"), "before the effect");
        Err("why".into())
    };
    let outcome = done(&mut tx, PATIENCE, claimed, Some(&late), fails).unwrap();
    assert_eq!(outcome, Outcome::Again("why".to_owned()));
    assert_eq!(key(&tx), None);

    let claimed = &claim(&tx, PATIENCE, now() + 2000, busy(0)).unwrap().1[0];
    let unknown = |db: &Connection| write(db).map(|_| Handled::Unknown("no".to_owned()));
    let outcome = done(&mut tx, PATIENCE, claimed, Some(&late), unknown).unwrap();
    assert_eq!(outcome, Outcome::SetAside("no".to_owned()));
    assert_eq!((key(&tx), effects(&tx)), (None, 0));

    tx.execute("UPDATE inbox SET state = 'waiting'", []).unwrap();
    let claimed = &claim(&tx, PATIENCE, now() + 4000, busy(0)).unwrap().1[0];
    let outcome = done(&mut tx, PATIENCE, claimed, Some(&late), write).unwrap();
    assert_eq!((outcome, key(&tx), effects(&tx)), (Outcome::Done, Some("a".to_owned()), 1));
}

#[test]
fn a_key_that_is_found_late_and_known_makes_a_duplicate() {
    let mut db = database();
    let mut tx = db.transaction().unwrap();
    for (delivery, timestamp) in [("d1", "t1"), ("d2", "t1"), ("d3", "t2")] {
        call(delivery, "one").store(&tx).unwrap();
        let claimed = &claim(&tx, PATIENCE, now(), busy(0)).unwrap().1[0];
        let late = identity("a", timestamp);
        let outcome = done(&mut tx, PATIENCE, claimed, Some(&late), write).unwrap();
        let expected = match delivery {
            "d1" => Outcome::Done,
            _ => Outcome::Duplicate("a".to_owned()),
        };
        assert_eq!(outcome, expected, "{delivery}");
        let again = done(&mut tx, PATIENCE, claimed, Some(&late), write).unwrap();
        assert_eq!(again, Outcome::Lost, "{delivery}");
    }
    assert_eq!(effects(&tx), 1);
    let rows: Vec<(String, Option<String>, i64, i64)> = tx
        .prepare("SELECT state, event_key, duplicates, changed FROM inbox ORDER BY id")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let done = || "done".to_owned();
    let first = (done(), Some("a".to_owned()), 2, 1);
    assert_eq!(rows, [first, (done(), None, 0, 0), (done(), None, 0, 0)]);
    let kept = "SELECT key, timestamp, delivery, media_type, target, host FROM changed";
    let kept: [String; 6] = tx
        .query_one(kept, [], |row| Ok([0, 1, 2, 3, 4, 5].map(|at| row.get(at).unwrap())))
        .unwrap();
    assert_eq!(kept, ["a", "t2", "d3", "text/plain", "/copernica", "example.com"]);
}

#[test]
fn bodies_under_way_are_bounded_but_for_one() {
    let mut db = database();
    let large = i64::try_from(MOST_BYTES / 2 + 1).unwrap();
    for key in ["a", "b", "c"] {
        insert(&db, key, 0, 0);
    }
    db.execute("UPDATE inbox SET body = zeroblob(?1)", [large]).unwrap();
    db.execute("UPDATE inbox SET body = zeroblob(?1) WHERE event_key = 'c'", [2 * large]).unwrap();
    let tx = db.transaction().unwrap();
    let next = |under_way| -> Vec<String> {
        let (_, claimed) = claim(&tx, PATIENCE, 10, under_way).unwrap();
        claimed.into_iter().map(|one| one.key).collect()
    };
    assert_eq!(next(busy(0)), ["a"]);
    assert!(next(UnderWay { attempts: 1, bytes: MOST_BYTES / 2 }).is_empty());
    assert_eq!(next(busy(0)), ["b"]);
    assert_eq!(next(busy(0)), ["c"]);
}
