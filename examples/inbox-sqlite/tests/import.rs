//! `inbox import`, next to a server.

mod support;

use std::io::Write;
use std::process::{Command, Output, Stdio};
use support::{INBOX, Setup, effects, text, until};

/// Returns the line of a created profile, as `reconcile` writes it: with another time than a call has.
fn line(profile: u64) -> String {
    format!(
        r#"{{"type":"create","profile":{profile},"database":1,"timestamp":"2013-01-06 14:19:51","fields":{{}}}}"#
    )
}

/// Runs `inbox import` with these lines.
fn import(setup: &Setup, words: &[&str], lines: &str) -> Output {
    import_where(setup, &[], words, lines)
}

/// Runs it with the environment of an inbox.
fn import_where(setup: &Setup, own: &[(&str, &str)], words: &[&str], lines: &str) -> Output {
    let mut child = Command::new(INBOX)
        .args(["import", "--database"])
        .arg(setup.database())
        .args(words)
        .env_remove("COPERNICA_ACCOUNT")
        .env_remove("COPERNICA_UNVERIFIED")
        .envs(own.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Fails where it ends without reading.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    child.wait_with_output().unwrap()
}

fn taken(output: &Output) -> &str {
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout).trim_end()
}

#[test]
fn an_event_that_is_imported_and_called_is_handled_once_and_not_changed() {
    let setup = Setup::new("import", &[]);
    let mut server = setup.start();
    assert_eq!(setup.tell(1, ""), 204);
    let lines: String = (1..=200).map(|profile| line(profile) + "\n").collect();
    let unverified = &["--unverified"][..];
    assert_eq!(taken(&import(&setup, unverified, &lines)), "199 taken, 1 known already");
    assert_eq!(taken(&import(&setup, unverified, &lines)), "0 taken, 200 known already");
    // Calls that come after it, as reported before and anew.
    assert_eq!(setup.tell(2, ""), 204);
    assert_eq!(setup.tell(2, "&fields[a]=1"), 204);
    until("all are done", || setup.column("done") == 200);
    assert_eq!(effects(&setup), (1..=200).collect::<Vec<_>>());
    assert_eq!((setup.column("changed"), setup.column("kept")), (0, 0));
    assert_eq!(setup.column("duplicates"), 2);
    // Whose time is known by a call, it may change.
    assert_eq!(setup.tell_at(2, "1980-01-01+00:00:00"), 204);
    assert_eq!((setup.column("changed"), setup.column("kept")), (1, 1));
    let shown = setup.ask(&["show", "copernica:v1:unverified:create:profile:1:3"]);
    let expected = "\ncall        -\nstate       done\n";
    assert!(text(&shown.stdout).contains(expected), "{shown:?}");
    assert!(server.stop().success());
}

#[test]
fn a_line_that_is_no_create_event_is_named_and_the_rest_is_taken() {
    let setup = Setup::new("import-wrong", &[]);
    let mut server = setup.start();
    let click = r#"{"type":"click","id":1,"profile":1,"email":"johny@example.com"}"#;
    let lines = [&line(1), "johny@example.com", &line(2), click, "", &line(3)].join("\n");
    let output = import(&setup, &["--unverified"], &lines);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(text(&output.stdout), "3 taken, 0 known already\n");
    let log = text(&output.stderr);
    for expected in ["line 2: ", "line 4: ", "line 5: ", "3 of 6 lines are no create event"] {
        assert!(log.contains(expected), "{log}");
    }
    assert!(!log.contains("johny"), "{log}");
    until("all are done", || setup.column("done") == 3);
    assert_eq!(effects(&setup), [1, 2, 3]);
    assert!(server.stop().success());
}

#[test]
fn keys_have_the_account_and_one_must_be_named() {
    let setup = Setup::new("import-account", &[]);
    let mut server = setup.start();
    assert_eq!(taken(&import(&setup, &["--account", "34"], &line(7))), "1 taken, 0 known already");
    let both = &["--account", "34", "--unverified"];
    assert_eq!(taken(&import(&setup, both, &line(7))), "1 taken, 0 known already");
    for key in ["account_34", "unverified"] {
        let shown = setup.ask(&["show", &format!("copernica:v1:{key}:create:profile:1:7")]);
        assert!(shown.status.success(), "{shown:?}");
    }
    assert_eq!(import(&setup, &[], &line(7)).status.code(), Some(2));
    assert!(server.stop().success());
}

#[test]
fn another_account_than_the_inbox_has_is_a_usage_error() {
    let setup = Setup::new("import-other", &[]);
    let mut server = setup.start();
    let ran = |own: &[(&str, &str)], words: &[&str]| import_where(&setup, own, words, &line(7));
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
        let output = ran(own, words);
        assert_eq!(output.status.code(), Some(2), "{own:?} {words:?}: {output:?}");
        assert!(text(&output.stderr).contains(why), "{output:?}");
    }
    for (own, words, expected) in [
        (own, ["--account", "34"].as_slice(), "1 taken, 0 known already"),
        (own, &["--account", "account_34"], "0 taken, 1 known already"),
        (own, &["--account", "environment_7"], "1 taken, 0 known already"),
        (unverified, &["--unverified"], "1 taken, 0 known already"),
    ] {
        assert_eq!(taken(&ran(own, words)), expected, "{words:?}");
    }
    assert!(server.stop().success());
}
