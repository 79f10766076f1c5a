//! `inbox import`, next to a receiver and a worker.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::process::{Output, Stdio};
use support::{Database, FORM, Program, Result, SOON, call, credulous};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Returns the line of a created profile, as `reconcile` writes it: with another time than a call has.
fn line(profile: u64) -> String {
    format!(
        r#"{{"type":"create","profile":{profile},"database":1,"timestamp":"2013-01-06 14:19:51","fields":{{}}}}"#
    )
}

/// Runs `inbox import` with these lines.
async fn import(database: &Database, words: &[&str], lines: &str) -> Result<Output> {
    import_where(database, &[], words, lines).await
}

/// Runs it with the environment of an inbox.
async fn import_where(
    database: &Database,
    own: &[(&str, &str)],
    words: &[&str],
    lines: &str,
) -> Result<Output> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_inbox"))
        .arg("import")
        .args(words)
        .env_remove("COPERNICA_ACCOUNT")
        .env_remove("COPERNICA_UNVERIFIED")
        .envs(own.iter().copied())
        .env("DATABASE_URL", &database.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    // Fails where it ends without reading.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes()).await;
    Ok(tokio::time::timeout(SOON, child.wait_with_output()).await??)
}

fn taken(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

async fn report(port: u16, profile: u64, timestamp: &str) -> Result<()> {
    let body = format!("type=create&profile={profile}&database=1&timestamp={timestamp}");
    assert_eq!(call(port, Some(FORM), body).await?, 204);
    Ok(())
}

#[tokio::test]
async fn an_event_that_is_imported_and_called_is_handled_once_and_not_changed() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, port) = credulous(&database.url).await?;
    report(port, 1, "1979-02-12+12:49:23").await?;
    let lines: String = (1..=250).map(|profile| line(profile) + "\n").collect();
    let unverified = &["--unverified"];
    let first = import(&database, unverified, &lines).await?;
    assert_eq!(taken(&first), "249 taken, 1 known already\n");
    let again = import(&database, unverified, &lines).await?;
    assert_eq!(taken(&again), "0 taken, 250 known already\n");
    // A call that comes after it.
    report(port, 2, "1979-02-12+12:49:23").await?;
    let _worker = Program::start("work", support::worker(&database.url))?;
    let status = database.until(SOON, |status| status.done == 250).await?;
    assert_eq!((status.duplicates, status.changed, status.kept), (1, 0, 0));
    let effects = "SELECT count(DISTINCT key) * 1000 + count(*) FROM welcome";
    assert_eq!(database.number(effects).await?, 250_250);
    // Whose time is known by a call, it may change.
    report(port, 2, "1980-01-01+00:00:00").await?;
    let status = database.status().await?;
    assert_eq!((status.duplicates, status.changed, status.kept), (2, 1, 1));
    database.drop().await
}

#[tokio::test]
async fn a_line_that_is_no_create_event_is_named_and_the_rest_is_taken() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let before = import(&database, &["--unverified"], &line(1)).await?;
    assert!(String::from_utf8_lossy(&before.stderr).contains("no table"), "{before:?}");
    let (_receiver, _) = credulous(&database.url).await?;
    let click = r#"{"type":"click","id":1,"profile":1,"email":"johny@example.com"}"#;
    let lines = [&line(1), "johny@example.com", &line(2), click, "", &line(3)].join("\n");
    let output = import(&database, &["--account", "34"], &lines).await?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "3 taken, 0 known already\n");
    let log = String::from_utf8_lossy(&output.stderr);
    for expected in ["line 2: ", "line 4: ", "line 5: ", "3 of 6 lines are no create event"] {
        assert!(log.contains(expected), "{log}");
    }
    assert!(!log.contains("johny"), "{log}");
    let keys = "SELECT count(*) FROM inbox_call WHERE delivery IS NULL
        AND event_key LIKE 'copernica:v1:account_34:create:profile:1:_'";
    assert_eq!(database.number(keys).await?, 3);
    assert_eq!(import(&database, &[], &line(4)).await?.status.code(), Some(2));
    database.drop().await
}

#[tokio::test]
async fn another_account_than_the_inbox_has_is_a_usage_error() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, _) = credulous(&database.url).await?;
    let line = line(7);
    let own = &[("COPERNICA_ACCOUNT", "34, environment_7")];
    let unverified = &[("COPERNICA_UNVERIFIED", "1")];
    let refused: [(&[_], &[_], _); 5] = [
        (
            own,
            &["--account", "35"],
            "this inbox takes calls of COPERNICA_ACCOUNT=34, environment_7",
        ),
        // Another one, though the number is that of an environment.
        (own, &["--account", "7"], "this inbox takes calls of"),
        (own, &["--unverified"], "use --account"),
        (unverified, &["--account", "34"], "use --unverified"),
        (&[("COPERNICA_ACCOUNT", "x")], &["--account", "34"], "COPERNICA_ACCOUNT=x: "),
    ];
    for (own, words, why) in refused {
        let output = import_where(&database, own, words, &line).await?;
        assert_eq!(output.status.code(), Some(2), "{own:?} {words:?}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(why), "{output:?}");
    }
    assert_eq!(database.number("SELECT count(*) FROM inbox_call").await?, 0);
    for (own, words, expected) in [
        (own, ["--account", "34"].as_slice(), "1 taken, 0 known already\n"),
        (own, &["--account", "account_34"], "0 taken, 1 known already\n"),
        (own, &["--account", "environment_7"], "1 taken, 0 known already\n"),
        (unverified, &["--unverified"], "1 taken, 0 known already\n"),
    ] {
        assert_eq!(taken(&import_where(&database, own, words, &line).await?), expected);
    }
    database.drop().await
}
