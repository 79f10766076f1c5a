//! What an operator sees and does, next to receivers and workers that run.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::process::Output;
use support::{Database, FORM, Program, Result, SOON, call, credulous, receiver};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(output: &Output, why: &str) {
    assert!(!output.status.success(), "{output:?}");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains(why), "{log}");
}

#[tokio::test]
async fn status_and_retry_print_what_they_do() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, sender, port) = receiver(&database.url).await?;
    sender.deliver(&[port], 0, &support::event(1, "fail")).await?;
    sender.deliver(&[port], 0, &support::event(2, "fail")).await?;
    let mut worker = Program::start("work --attempts 1", support::worker(&database.url))?;
    database.until(SOON, |status| status.dead == 2).await?;
    assert!(worker.stop().await?);
    assert!(worker.log().contains("dead"));

    let printed = out(&database.ask(&["status"]).await?);
    let words: Vec<_> = printed.split_whitespace().collect();
    let names = [
        "waiting",
        "running",
        "done",
        "dead",
        "set-aside",
        "duplicates",
        "changed",
        "kept",
        "oldest",
    ];
    let numbers = ["0", "0", "0", "2", "0", "0", "0", "0", "-"];
    let (counted, listed) = words.split_at(names.len() * 2);
    assert!(counted == [names, numbers].concat(), "{printed}");
    let dead = |id| format!("dead {} 1 attempts: as rehearsed", support::key(id));
    assert_eq!(listed.join(" "), format!("{} {}", dead(1), dead(2)));
    refused(&database.ask(&["retry", "nothing"]).await?, "nothing: no call has this key");
    let one = database.ask(&["retry", &support::key(1)]).await?;
    assert_eq!(out(&one), "1 to be tried again\n");
    assert_eq!(database.status().await?.waiting, 1);
    assert_eq!(out(&database.ask(&["retry"]).await?), "1 to be tried again\n");
    // Nothing makes it fail any more.
    let mut healed = support::worker(&database.url);
    healed.retain(|(name, _)| *name != "INBOX_REHEARSAL");
    let _worker = Program::start("work", healed)?;
    database.until(SOON, |status| status.done == 2 && status.dead == 0).await?;
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 2);
    database.drop().await
}

/// A field is not UTF-8, and there is no profile.
const BAD: &[u8] = b"type=create&database=1&fields%5Bname%5D=J%C3%B4hny%1B%5B2J%FF&empty=";
const AT: &str = "timestamp=1979-02-12+12:49:23";
const KEY: &str = "copernica:v1:unverified:create:profile:1:";

/// Returns the key of the call whose body is like this.
async fn delivery(database: &Database, like: &str) -> Result<String> {
    let sql = "SELECT delivery FROM inbox_call WHERE encode(body, 'escape') LIKE $1";
    Ok(sqlx::query_scalar(sql).bind(like).fetch_one(&mut database.connect().await?).await?)
}

async fn ask(database: &Database, words: &[&str]) -> Result<String> {
    Ok(out(&database.ask(words).await?))
}

#[tokio::test]
async fn show_prints_names_and_with_an_option_values() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, port) = credulous(&database.url).await?;
    let body = format!("type=create&profile=1&database=1&{AT}&fields[name]=Johny");
    assert_eq!(call(port, Some(FORM), BAD).await?, 204);
    assert_eq!(call(port, Some(FORM), body.clone()).await?, 204);
    let json = r#"{"type":"click","tags":["a"],"fields":{"b":{"c":null}},"profile":1}"#;
    assert_eq!(call(port, Some("application/json"), json).await?, 204);
    assert_eq!(call(port, Some("text/plain"), "Dear Johny").await?, 204);
    let waiting = ask(&database, &["show", &format!("{KEY}1")]).await?;
    assert!(waiting.contains("\nstate       waiting\n"), "{waiting}");
    let _worker = Program::start("work", support::worker(&database.url))?;
    database.until(SOON, |status| (status.set_aside, status.done) == (3, 1)).await?;

    let good = ask(&database, &["show", &format!("{KEY}1")]).await?;
    let by_call = delivery(&database, "%profile=1%").await?;
    let expected = format!(
        "event       {KEY}1\ncall        {by_call}\nstate       done\nreason      -\n\
         attempts    1\naccount     -\nhost        127.0.0.1:{port}\ntarget      /copernica\n\
         media type  {FORM}\nsize        {} bytes\ndecodes     yes\n\
         variables\n  type\n  profile\n  database\n  timestamp\n  fields[name]\n",
        body.len()
    );
    assert_eq!(good, expected);
    // By either key.
    assert_eq!(ask(&database, &["show", &by_call]).await?, expected);

    let bad = delivery(&database, "%empty%").await?;
    let shown = ask(&database, &["show", &bad]).await?;
    let reason = "malformed_body: fields[name]: not UTF-8";
    assert!(shown.starts_with(&format!("event       -\ncall        {bad}\n")), "{shown}");
    assert!(shown.contains(&format!("state       set aside\nreason      {reason}")), "{shown}");
    assert!(shown.contains("decodes     no: malformed_body"), "{shown}");
    let names = "variables\n  type\n  database\n  fields[name]\n  empty\n";
    assert!(shown.ends_with(names), "{shown}");
    // What could steer a terminal is escaped.
    let shown = ask(&database, &["show", &bad, "--values"]).await?;
    let values = "variables\n  type = create\n  database = 1\n  \
                  fields[name] = Jôhny\\u{1b}[2J\\xff\n  empty = \n";
    assert!(shown.ends_with(values), "{shown}");

    let click = delivery(&database, "%click%").await?;
    let names = "variables\n  fields[b][c]\n  profile\n  tags[0]\n  type\n";
    let shown = ask(&database, &["show", &click]).await?;
    assert!(shown.ends_with(names), "{shown}");
    // A body that is not a form has no names, and its text is not one.
    let mail = delivery(&database, "Dear%").await?;
    assert!(ask(&database, &["show", &mail]).await?.ends_with("variables\n  …\n"));
    let shown = ask(&database, &["show", &mail, "--values"]).await?;
    assert!(shown.ends_with("variables\n  Dear Johny\n"), "{shown}");
    refused(&database.ask(&["show", "nothing"]).await?, "nothing: no call has this key");
    database.drop().await
}

#[tokio::test]
async fn what_is_set_aside_is_put_back_by_its_option() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, port) = credulous(&database.url).await?;
    let _worker = Program::start("work", support::worker(&database.url))?;
    // Text that is a form: as if this program did not know its media type yet.
    let body = format!("type=create&profile=1&database=1&{AT}");
    assert_eq!(call(port, Some("text/plain"), body).await?, 204);
    database.until(SOON, |status| status.set_aside == 1).await?;
    let key = delivery(&database, "%").await?;
    assert_eq!(ask(&database, &["retry"]).await?, "0 to be tried again\n");
    // Nothing was mended.
    for words in [&["retry", "--set-aside"][..], &["retry", &key], &["retry", "--set-aside", &key]]
    {
        let before = attempted(&database).await?;
        assert_eq!(ask(&database, words).await?, "1 to be tried again\n", "{words:?}");
        let end = std::time::Instant::now() + SOON;
        while attempted(&database).await? == before && std::time::Instant::now() < end {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        database.until(SOON, |status| status.set_aside == 1).await?;
    }
    database
        .execute("UPDATE inbox_call SET media_type = 'application/x-www-form-urlencoded'")
        .await?;
    assert_eq!(ask(&database, &["retry", "--set-aside"]).await?, "1 to be tried again\n");
    let status = database.until(SOON, |status| status.done == 1).await?;
    assert_eq!((status.set_aside, status.waiting), (0, 0));
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 1);
    for words in [&["retry", &key][..], &["retry", "--set-aside", &format!("{KEY}1")]] {
        refused(&database.ask(words).await?, "it is done");
    }
    database.drop().await
}

/// Returns when the call was set aside last.
async fn attempted(database: &Database) -> Result<i64> {
    database
        .number(
            "SELECT coalesce(extract(epoch FROM max(set_aside_at)) * 1000000, 0)::bigint
             FROM inbox_call",
        )
        .await
}

#[tokio::test]
async fn an_exported_call_is_the_call_again() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, port) = credulous(&database.url).await?;
    let body = format!("type=create&profile=1&database=1&{AT}&fields[a]=\0%FF\r\n");
    assert_eq!(call(port, Some(FORM), body.clone()).await?, 204);
    let key = delivery(&database, "%").await?;
    let exported = database.ask(&["export", &key]).await?;
    assert!(exported.status.success(), "{exported:?}");
    let head = format!(
        "POST /copernica HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: {FORM}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    assert_eq!(exported.stdout, [head.as_bytes(), body.as_bytes()].concat());
    // It is a message that a server takes: the same call.
    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
    server.write_all(&exported.stdout).await?;
    let mut answer = [0; 12];
    server.read_exact(&mut answer).await?;
    assert_eq!(&answer, b"HTTP/1.1 204");
    assert_eq!(database.status().await?.duplicates, 1);

    refused(&database.ask(&["export", "nothing"]).await?, "no call has this key");
    let lines = "UPDATE inbox_call SET host = 'a' || chr(13) || chr(10) || 'X: y'";
    database.execute(lines).await?;
    let injected = database.ask(&["export", &key]).await?;
    refused(&injected, "can't be written as lines");
    assert!(injected.stdout.is_empty(), "{injected:?}");
    database.drop().await
}

#[tokio::test]
async fn what_is_pruned_keeps_its_keys_and_no_data() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, port) = credulous(&database.url).await?;
    let _worker = Program::start("work", support::worker(&database.url))?;
    let body = format!("type=create&profile=1&database=1&{AT}&fields[name]=Johny");
    assert_eq!(call(port, Some(FORM), body.clone()).await?, 204);
    let other = "type=create&profile=1&database=1&timestamp=2001-02-03+04:05:06";
    assert_eq!(call(port, Some(FORM), other).await?, 204);
    assert_eq!(call(port, Some(FORM), BAD).await?, 204);
    database.until(SOON, |status| (status.done, status.set_aside) == (1, 1)).await?;
    let key = delivery(&database, "%empty%").await?;

    refused(&database.ask(&["prune"]).await?, "--done-before");
    refused(&database.ask(&["prune", "--done-before", "tomorrow"]).await?, "30d, 12h");
    // All of it is younger.
    let young =
        ["prune", "--done-before", "1h", "--set-aside-before", "30d", "--changed-before", "1m"];
    let none = "0 done: payload removed\n0 set aside: payload removed\n0 changed: removed\n";
    assert_eq!(ask(&database, &young).await?, none);
    let done = ["prune", "--done-before", "0s"];
    assert_eq!(ask(&database, &done).await?, "1 done: payload removed\n");
    assert!(ask(&database, &["show", &key]).await?.contains("fields[name]"), "as before");
    let rest = ["prune", "--changed-before", "0s", "--set-aside-before", "0s"];
    let all = "1 set aside: payload removed\n1 changed: removed\n";
    assert_eq!(ask(&database, &rest).await?, all);
    assert_eq!(ask(&database, &done).await?, "0 done: payload removed\n");
    let data = "SELECT count(*) FROM inbox_call
        WHERE num_nonnulls(body, target, payload) > 0 OR inbox_call::text LIKE '%Johny%'";
    assert_eq!(database.number(data).await?, 0);

    // Copies are known, and so is the event in another call.
    assert_eq!(call(port, Some(FORM), body.clone()).await?, 204);
    assert_eq!(call(port, Some(FORM), body + "&a=1").await?, 204);
    assert_eq!(call(port, Some(FORM), BAD).await?, 204);
    let status = database.status().await?;
    assert_eq!((status.done, status.set_aside, status.waiting), (1, 1, 0));
    assert_eq!((status.duplicates, status.changed, status.kept), (4, 1, 0));
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 1);

    let pruned = "its payload was pruned";
    for words in [&["retry", &key][..], &["retry", "--set-aside", &key], &["export", &key]] {
        refused(&database.ask(words).await?, pruned);
    }
    let back = ask(&database, &["retry", "--set-aside"]).await?;
    assert_eq!(back, "0 to be tried again\n1 can't be tried again: their payloads were pruned\n");
    let shown = ask(&database, &["show", &key]).await?;
    assert!(
        shown.contains("\ntarget      -\n") && shown.ends_with("size        pruned\n"),
        "{shown}"
    );
    database.drop().await
}

/// More than a few transactions.
#[tokio::test]
async fn much_is_pruned_while_calls_are_taken() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, port) = credulous(&database.url).await?;
    database
        .execute(
            "INSERT INTO inbox_call (event_key, body, done_at) SELECT 'key ' || n, 'a',
                 CASE WHEN n % 2 = 0 THEN now() - interval '31 days' ELSE now() END
             FROM generate_series(1, 5000) AS n;
             INSERT INTO inbox_changed (key, body, received_at)
             SELECT 'key ' || n, 'a', now() - interval '91 days' FROM generate_series(1, 1234) AS n",
        )
        .await?;
    let prune = ["prune", "--done-before", "30d", "--changed-before", "90d"];
    let (pruned, called) = tokio::join!(database.ask(&prune), async {
        for profile in 1..=50 {
            let body = format!("type=create&profile={profile}&database=1&{AT}");
            assert_eq!(call(port, Some(FORM), body).await?, 204);
        }
        Ok::<_, inbox::Error>(())
    });
    called?;
    assert_eq!(out(&pruned?), "2500 done: payload removed\n1234 changed: removed\n");
    let left = "SELECT count(*) FROM inbox_call WHERE body = 'a'";
    assert_eq!(database.number(left).await?, 2500);
    database.drop().await
}

#[tokio::test]
async fn a_database_without_an_inbox_is_no_empty_one() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let all: [&[&str]; 4] =
        [&["retry"], &["show", "a"], &["export", "a"], &["prune", "--done-before", "1d"]];
    for words in all {
        refused(&database.ask(words).await?, "there is no table inbox_call");
    }
    database.drop().await
}
