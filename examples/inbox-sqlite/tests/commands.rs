//! What an operator sees and does, next to a server and without one.

mod support;

use rusqlite::Connection;
use std::process::Output;
use support::{Client, Setup, effects, text, until};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
const KEY: &str = "copernica:v1:unverified:create:profile:1:";
/// A field is not UTF-8, and there is no profile.
const BAD: &[u8] =
    b"type=create&database=1&fields%5Bname%5D=J%C3%B4hny%1B%5B2J%FF&empty=&johny%40example.com=1";

/// Returns the key of the only call in this state.
fn key(setup: &Setup, state: &str) -> String {
    let db = Connection::open(setup.database()).unwrap();
    let sql = "SELECT coalesce(event_key, delivery) FROM inbox WHERE state = ?1";
    db.query_one(sql, [state], |row| row.get(0)).unwrap()
}

fn out(output: &Output) -> &str {
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
}

fn refused<'a>(output: &'a Output, why: &str) -> &'a str {
    assert!(!output.status.success(), "{output:?}");
    let log = text(&output.stderr);
    assert!(log.contains(why), "{log}");
    log
}

#[test]
fn show_prints_names_and_with_an_option_values() {
    let setup = Setup::new("show", &[]);
    let mut server = setup.start();
    assert_eq!(setup.call(FORM, BAD), 204);
    assert_eq!(setup.tell(1, "&fields[name]=Johny"), 204);
    let json = br#"{"type":"click","tags":["a"],"fields":{"b":{"c":null}},"profile":1}"#;
    assert_eq!(setup.call(Some("application/json"), json), 204);
    assert_eq!(setup.call(Some("text/plain"), b"Dear Johny"), 204);
    until("all have ended", || setup.column("set-aside") == 3 && setup.column("done") == 1);
    assert!(server.stop().success());

    let good = setup.ask(&["show", &format!("{KEY}1")]);
    let good = out(&good);
    let delivery = good.lines().nth(1).unwrap().strip_prefix("call        ").unwrap();
    assert!(delivery.starts_with("copernica:v1:unverified:call:"), "{good}");
    let expected = format!(
        "event       {KEY}1\ncall        {delivery}\nstate       done\nreason      -\n\
         attempts    1\naccount     -\nhost        localhost\ntarget      /copernica\n\
         media type  application/x-www-form-urlencoded\nsize        96 bytes\ndecodes     yes\n\
         variables\n  type\n  profile\n  database\n  timestamp\n  fields[mail]\n  fields[name]\n"
    );
    assert_eq!(good, expected);
    // By either key.
    assert_eq!(out(&setup.ask(&["show", delivery])), expected);

    let db = Connection::open(setup.database()).unwrap();
    let by_body = |like: &str| -> String {
        let sql = "SELECT delivery FROM inbox WHERE CAST(body AS TEXT) LIKE ?1";
        db.query_one(sql, [like], |row| row.get(0)).unwrap()
    };
    let bad = by_body("%empty%");
    let shown = setup.ask(&["show", &bad]);
    let reason = "malformed_body: fields[name]: not UTF-8";
    assert!(out(&shown).contains(&format!("event       -\ncall        {bad}\n")), "{shown:?}");
    assert!(out(&shown).contains(&format!("state       set aside\nreason      {reason}")));
    assert!(out(&shown).contains("decodes     no: "), "{shown:?}");
    let names = "variables\n  type\n  database\n  fields[name]\n  empty\n  …\n";
    assert!(out(&shown).ends_with(names), "{shown:?}");
    // What could steer a terminal is escaped.
    let shown = setup.ask(&["show", &bad, "--values"]);
    let values = "variables\n  type = create\n  database = 1\n  \
                  fields[name] = Jôhny\\u{1b}[2J\\xff\n  empty = \n  johny@example.com = 1\n";
    assert!(out(&shown).ends_with(values), "{shown:?}");

    let shown = setup.ask(&["show", &by_body("%click%")]);
    let names = "variables\n  fields[b][c]\n  profile\n  tags[0]\n  type\n";
    assert!(out(&shown).ends_with(names), "{shown:?}");
    // A body that is no form has no names, and its text is not one.
    let mail = by_body("Dear%");
    assert!(out(&setup.ask(&["show", &mail])).ends_with("variables\n  …\n"));
    assert!(out(&setup.ask(&["show", &mail, "--values"])).ends_with("variables\n  Dear Johny\n"));
    refused(&setup.ask(&["show", "nothing"]), "nothing: no call has this key");
}

#[test]
fn what_is_set_aside_is_put_back_by_its_option() {
    let setup = Setup::new("aside", &[]);
    let mut server = setup.start();
    // Text that is a form: as if this program did not know its media type yet.
    let body = b"type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23";
    assert_eq!(setup.call(Some("text/plain"), body), 204);
    until("it is set aside", || setup.column("set-aside") == 1);
    let key = key(&setup, "set aside");
    assert_eq!(out(&setup.ask(&["retry"])), "0 put back\n");
    // Nothing was mended.
    for words in [&["retry", "--set-aside"][..], &["retry", &key], &["retry", "--set-aside", &key]]
    {
        assert_eq!(out(&setup.ask(words)), "1 put back\n", "{words:?}");
        until("it is set aside again", || {
            setup.counts() == [0; 6] && setup.column("set-aside") == 1
        });
    }
    let db = Connection::open(setup.database()).unwrap();
    db.execute("UPDATE inbox SET media_type = 'application/x-www-form-urlencoded'", []).unwrap();
    assert_eq!(out(&setup.ask(&["retry", "--set-aside"])), "1 put back\n");
    until("it is done", || setup.counts() == [0, 0, 1, 0, 0, 0]);
    assert_eq!(effects(&setup), [1]);
    let done = setup.ask(&["retry", "--set-aside", &format!("{KEY}1")]);
    refused(&done, "it is not set aside but done");
    refused(&setup.ask(&["retry", &key]), "it is done, and neither dead, waiting nor set aside");
    assert!(server.stop().success());
}

#[test]
fn an_exported_call_is_the_call_again() {
    let setup = Setup::new("export", &[]);
    let mut server = setup.start();
    let body =
        b"type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23&fields[a]=\0%FF\r\n";
    assert_eq!(setup.call(FORM, body), 204);
    until("it is set aside", || setup.column("set-aside") == 1);
    let key = key(&setup, "set aside");
    let exported = setup.ask(&["export", &key]);
    assert!(exported.status.success(), "{exported:?}");
    let head = format!(
        "POST /copernica HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    assert_eq!(exported.stdout, [head.as_bytes(), body].concat());
    // It is a message that a server takes: the same call.
    assert_eq!(Client::new(setup.address).send(&exported.stdout).unwrap().0, 204);
    assert_eq!((setup.column("set-aside"), setup.column("duplicates")), (1, 1));
    assert!(server.stop().success());

    refused(&setup.ask(&["export", "nothing"]), "no call has this key");
    let db = Connection::open(setup.database()).unwrap();
    db.execute("UPDATE inbox SET host = 'a' || char(13, 10) || 'X: y'", []).unwrap();
    let injected = setup.ask(&["export", &key]);
    refused(&injected, "can't be written as lines");
    assert!(injected.stdout.is_empty(), "{injected:?}");
}

#[test]
fn what_is_pruned_keeps_its_keys_and_no_data() {
    let setup = Setup::new("prune", &[]);
    let mut server = setup.start();
    // Enough for pages of its own: what is free there is not written over by chance.
    let name = format!("&fields[name]={}", "Johny".repeat(4000));
    assert_eq!(setup.tell(1, &name), 204);
    assert_eq!(setup.tell_at(1, "2001-02-03+04:05:06&fields[name]=Johny"), 204);
    assert_eq!(setup.call(FORM, BAD), 204);
    until("it is done", || setup.counts() == [0, 0, 1, 0, 1, 1]);
    until("it is set aside", || setup.column("set-aside") == 1);
    let key = key(&setup, "set aside");

    refused(&setup.ask(&["prune"]), "--done-before");
    refused(&setup.ask(&["prune", "--done-before", "tomorrow"]), "30d, 12h");
    // All of it is younger.
    let young = ["prune", "--done-before", "1h", "--set-aside-before", "30d"];
    let none = "0 done: payload removed\n0 set aside: payload removed\n";
    assert_eq!(out(&setup.ask(&young)), none);
    assert_eq!(setup.column("kept"), 1);
    assert_eq!(out(&setup.ask(&["prune", "--done-before", "0s"])), "1 done: payload removed\n");
    assert!(out(&setup.ask(&["show", &key])).contains("fields[name]"), "only what was named");
    let rest = ["prune", "--changed-before", "0s", "--set-aside-before", "0s"];
    let all = "1 set aside: payload removed\n1 changed: removed\n";
    assert_eq!(out(&setup.ask(&rest)), all);
    assert_eq!(out(&setup.ask(&["prune", "--done-before", "0s"])), "0 done: payload removed\n");
    assert_eq!((setup.column("kept"), setup.column("changed")), (0, 1));

    // Copies are known, and so is the event in another call.
    assert_eq!(setup.tell(1, &name), 204);
    assert_eq!(setup.tell(1, "&a=1"), 204);
    assert_eq!(setup.call(FORM, BAD), 204);
    assert_eq!(setup.counts(), [0, 0, 1, 0, 4, 1]);
    assert_eq!(setup.column("set-aside"), 1);
    assert_eq!(effects(&setup), [1]);

    let pruned = "its payload was pruned";
    refused(&setup.ask(&["retry", &key]), pruned);
    refused(&setup.ask(&["retry", "--set-aside", &key]), pruned);
    refused(&setup.ask(&["export", &key]), pruned);
    let back = setup.ask(&["retry", "--set-aside"]);
    assert_eq!(out(&back), "0 put back\n1 can't be put back: their payloads were pruned\n");
    let shown = setup.ask(&["show", &key]);
    assert!(out(&shown).contains("target      -\n"), "{shown:?}");
    assert!(out(&shown).ends_with("size        pruned\n"), "{shown:?}");
    assert!(server.stop().success());

    // An orderly stop leaves one file, and nothing of the events in it.
    assert!(!setup.folder.join("inbox.db-wal").exists());
    let file = std::fs::read(setup.database()).unwrap();
    let has = |text: &str| file.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(has(KEY) && !has("Johny") && !has("%C3%B4hny"));
}

/// More than a few transactions.
#[test]
fn much_is_pruned_while_calls_are_taken() {
    let setup = Setup::new("prune-much", &[]);
    let mut server = setup.start();
    let db = Connection::open(setup.database()).unwrap();
    db.execute_batch(
        "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 5000)
         INSERT INTO inbox (event_key, state, body, received, next_at, ended)
             SELECT 'key ' || n, 'done', zeroblob(10000), 0, 0, n % 2 * 10000000000000 FROM n",
    )
    .unwrap();
    std::thread::scope(|scope| {
        let prune = scope.spawn(|| setup.ask(&["prune", "--done-before", "30d"]));
        for profile in 1..=50 {
            assert_eq!(setup.tell(profile, ""), 204);
        }
        assert_eq!(out(&prune.join().unwrap()), "2500 done: payload removed\n");
    });
    assert!(server.stop().success());
    let left = "SELECT count(*) FROM inbox WHERE length(body) = 10000";
    assert_eq!(db.query_one(left, [], |row| row.get::<_, u64>(0)).unwrap(), 2500);
}
