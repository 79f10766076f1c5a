//! The built program against a stand-in for the REST API.

mod support;

use serde_json::{Value, json};
use std::fs;
use support::api::Modes;
use support::{Reconcile, execute, ids};
use webhook_core::CreateEvent;

/// A state that begins after id 0.
const FIRST: &[&str] = &["--since-id", "0"];

fn event(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn a_profile_becomes_the_line_of_a_create_event() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create([18381]);
    let ran = setup.run(FIRST);
    ran.assert(0);
    let expected = json!({
        "type": "create", "profile": 18381, "database": 7616, "timestamp": "2013-01-06 14:19:51",
        "created": "2013-01-06 14:19:51", "modified": "2019-02-21 13:26:21",
        "fields": {"name": "Name 18381", "email": "test@example.com"},
        "interests": {"baseball": 1, "soccer": 1}
    });
    assert_eq!(event(ran.out.trim_end()), expected);
    assert!(ran.err.contains("account 34\n"), "{}", ran.err);
    let lists = setup.api.lists();
    let queried =
        "/v4/database/7616/profiles?fields[]=id>0&orderby=id&order=asc&limit=1000&total=false";
    assert_eq!(lists, [queried]);
}

#[test]
fn a_subprofile_becomes_the_line_of_a_create_event() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create_subprofile(20285, 2_139_358);
    let ran = execute(&mut setup.command(&["--collection", "6312:7616", "--since-id", "0"]));
    ran.assert(0);
    let expected = json!({
        "type": "create", "subprofile": 20285, "profile": 2_139_358, "collection": 6312, "database": 7616,
        "timestamp": "2008-08-25 16:14:56", "created": "2008-08-25 16:14:56",
        "modified": "2010-08-25 16:15:56", "fields": {}
    });
    assert_eq!(event(ran.out.trim_end()), expected);
}

#[test]
fn what_the_documentation_contradicts_is_read_the_same() {
    let mut lines = Vec::new();
    for id in ["ID", "id"] {
        for ids_are_text in [true, false] {
            for empty in [json!({}), json!([])] {
                let setup = Reconcile::new(Modes { id, ids_are_text, empty, ..Modes::default() });
                setup.api.create([1, 2]);
                setup.api.set(1, "fields", json!({}));
                setup.api.set(1, "interests", json!([]));
                let ran = setup.run(&[FIRST, &["--account", "34"]].concat());
                ran.assert(0);
                assert_eq!(ran.ids(), [1, 2]);
                lines.push(ran.out);
            }
        }
    }
    assert_eq!(lines.len(), 8);
    assert!(lines.iter().all(|line| *line == lines[0]), "{lines:?}");
    for line in lines[0].lines() {
        let _: CreateEvent = serde_json::from_str(line).unwrap();
    }
}

#[test]
fn pages_that_shift_lose_nothing() {
    let setup = Reconcile::new(Modes { shifts: true, ..Modes::default() });
    setup.api.create(1..=2500);
    assert_eq!(setup.run(FIRST).assert(0).ids(), (1..=2500).collect::<Vec<_>>());
    let lists = setup.api.lists();
    assert_eq!(lists.len(), 3);
    assert!(lists[2].contains("id>2000&"), "{lists:?}");
}

#[test]
fn pages_that_are_shorter_than_requested_are_read_to_the_end() {
    let setup = Reconcile::new(Modes { cap: 100, ..Modes::default() });
    setup.api.create(1..=250);
    assert_eq!(setup.run(FIRST).assert(0).ids().len(), 250);
}

#[test]
fn a_list_that_is_not_filtered_is_an_error() {
    let setup = Reconcile::new(Modes { ignores_fields: true, ..Modes::default() });
    setup.api.create(1..=1500);
    let ran = setup.run(&["--since-id", "1200"]);
    assert!(ran.assert(1).err.contains("only ids that were not queried"), "{}", ran.err);
}

#[test]
fn three_503_and_a_429_are_waited_for() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create(1..=5);
    setup.api.fail(&[(503, None), (503, None), (503, None), (429, Some("1"))]);
    let began = std::time::Instant::now();
    let ran = setup.run(FIRST);
    assert_eq!(ran.assert(0).ids(), [1, 2, 3, 4, 5]);
    assert!(began.elapsed().as_secs() >= 1, "Retry-After");
    assert!(ran.err.contains("429; again in 1.0 s"), "{}", ran.err);
    assert_eq!(setup.api.lists().len(), 5);
}

#[test]
fn an_api_that_does_not_recover_fails_the_run() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create(1..=5);
    assert_eq!(setup.run_into(FIRST, "cat >/dev/null").assert(0).out, "");
    let before = setup.state_text();
    setup.api.create(6..=9);
    setup.api.fail(&[(503, None); 7]);
    let ran = setup.run_into(&[], "cat >/dev/null");
    assert!(ran.assert(1).err.contains("error: database/7616/profiles: 503"), "{}", ran.err);
    assert_eq!(setup.state_text(), before);
    // It requires an hour, which the next run of cron waits for as well.
    setup.api.fail(&[(429, Some("3600"))]);
    let ran = setup.run(&[]);
    assert!(ran.assert(1).err.contains("it requires a pause of 3600 s"), "{}", ran.err);
}

#[test]
fn a_401_in_the_middle_gets_a_new_jwt() {
    let setup = Reconcile::new(Modes { jwt_lists: Some(2), ..Modes::default() });
    setup.api.create(1..=4500);
    assert_eq!(setup.run(FIRST).assert(0).ids().len(), 4500);
    assert_eq!(setup.api.inner.lock().unwrap().jwts, 3);
}

#[test]
fn a_jwt_that_is_never_good_fails_the_run() {
    let setup = Reconcile::new(Modes { jwt_lists: Some(0), ..Modes::default() });
    let ran = setup.run(FIRST);
    let error = "error: database/7616/profiles: 401: The token has expired";
    assert!(ran.assert(1).err.contains(error), "{}", ran.err);
    assert_eq!(setup.api.inner.lock().unwrap().jwts, 2);
    let ran = support::execute(
        setup.command(&["--database", "7616"]).args(FIRST).env("COPERNICA_TOKEN", "x"),
    );
    assert!(ran.assert(1).err.contains("the JWT: 400: Invalid access token"), "{}", ran.err);
}

#[test]
fn a_new_cursor_needs_a_start() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create(1..=5);
    let ran = setup.run(&[]);
    assert!(ran.assert(2).err.contains("--since-id"), "{}", ran.err);
    assert_eq!((setup.state_text(), ran.out), (String::new(), String::new()));
    // Nor does a list that is new in a known state begin by itself.
    setup.run(FIRST).assert(0);
    ran_two(&setup, &[]).assert(2);
    ran_two(&setup, &["--since-id", "latest"]).assert(0);
}

fn ran_two(setup: &Reconcile, words: &[&str]) -> support::Ran {
    let lists = ["--database", "7616", "--collection", "6312:7616"];
    execute(&mut setup.command(&[&lists, words].concat()))
}

#[test]
fn latest_begins_after_the_highest_id_also_when_the_run_fails() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create(1..=1500);
    let ran = setup.run_into(&["--since-id", "latest"], "cat >/dev/null; exit 3");
    assert!(ran.assert(1).err.contains("begins after id 1500"), "{}", ran.err);
    setup.api.create(1501..=1502);
    assert_eq!(setup.run(&["--since-id", "latest"]).assert(0).ids(), [1501, 1502]);
}

#[test]
fn usage_errors_exit_2() {
    let setup = Reconcile::new(Modes::default());
    let state = setup.state().display().to_string();
    for words in
        [&["--state", &*state][..], &["--database", "1"], &[], &["--database", "0"], &["ack"]]
    {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_reconcile"));
        execute(command.args(words).env("COPERNICA_TOKEN", "x")).assert(2);
    }
    for words in [["--since-id", "last"], ["--collection", "1"], ["--api", "ftp://x"]] {
        setup.run(&words).assert(2);
    }
    let ran =
        execute(setup.command(&["--database", "7616"]).args(FIRST).env_remove("COPERNICA_TOKEN"));
    assert!(ran.assert(2).err.contains("COPERNICA_TOKEN"), "{}", ran.err);
}

#[test]
fn another_account_is_an_error() {
    let setup = Reconcile::new(Modes::default());
    let ran = setup.run(&[FIRST, &["--account", "35"]].concat());
    assert!(ran.assert(1).err.contains("account 34, and --account is account_35"), "{}", ran.err);
    assert_eq!(setup.state_text(), "");
    setup.run(FIRST).assert(0);
    // The state is of account 34.
    let other = support::api::Api::start(Modes { account: 35, ..Modes::default() });
    let api = format!("{}/v4", other.url);
    let auth = format!("{}/auth", other.url);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_reconcile"));
    command.arg("--state").arg(setup.state()).args([
        "--database",
        "7616",
        "--api",
        &api,
        "--auth",
        &auth,
    ]);
    let ran = execute(command.env("COPERNICA_TOKEN", support::TOKEN));
    assert!(ran.assert(1).err.contains("the state is of account 34"), "{}", ran.err);
}

#[test]
fn the_cursor_moves_when_the_command_exits_0_and_not_before() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create(1..=1500);
    let taken = setup.folder.join("taken").display().to_string();
    let state = setup.state().display().to_string();
    // The child sees the state that is there while it runs, after it has read all lines.
    let script = |code: u8| format!("cat > {taken}; cp {state} {taken}.state; exit {code}");
    let ran = setup.run_into(FIRST, &script(1));
    assert!(
        ran.assert(1).err.contains("--into: the command ended with exit status: 1"),
        "{}",
        ran.err
    );
    let began = setup.state_text();
    assert!(began.contains("\"from\": 0,") && began.contains("\"last\": 0"), "{began}");

    setup.run_into(&[], &script(0)).assert(0);
    assert_eq!(fs::read_to_string(format!("{taken}.state")).unwrap(), began);
    assert_eq!(ids(&fs::read_to_string(&taken).unwrap()).len(), 1500);
    let moved = setup.state_text();
    assert!(moved.contains("\"from\": 500,") && moved.contains("\"last\": 1500"), "{moved}");

    // A command that ends without having read all of it took nothing, whatever it returns.
    setup.api.create(1501..=9000);
    setup.run_into(&[], "exit 0").assert(1);
    assert_eq!(setup.state_text(), moved);
}

#[test]
fn a_failure_in_the_middle_moves_nothing_though_the_command_took_its_part() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create(1..=3000);
    setup.api.inner.lock().unwrap().after = Some((2, vec![(400, None)]));
    let taken = setup.folder.join("taken").display().to_string();
    setup.run_into(FIRST, &format!("cat > {taken}")).assert(1);
    assert_eq!(ids(&fs::read_to_string(&taken).unwrap()).len(), 2000);
    assert!(setup.state_text().contains("\"from\": 0,"), "{}", setup.state_text());
    setup.run_into(&[], &format!("cat > {taken}")).assert(0);
    assert_eq!(ids(&fs::read_to_string(&taken).unwrap()).len(), 3000);
}

#[test]
fn without_a_command_the_cursor_moves_by_ack() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create(1..=1500);
    assert_eq!(setup.run(FIRST).assert(0).ids().len(), 1500);
    // Not acknowledged, so all of it comes again.
    assert_eq!(setup.run(&[]).assert(0).ids().len(), 1500);
    setup.ack().assert(0);
    let ran = setup.ack();
    assert!(ran.assert(1).err.contains("nothing to acknowledge"), "{}", ran.err);
    assert_eq!(setup.run(&[]).assert(0).ids(), (501..=1500).collect::<Vec<_>>());
    // A run that fails takes back what the one before it proposed.
    setup.api.fail(&[(400, None)]);
    setup.run(&[]).assert(1);
    setup.ack().assert(1);
}

#[test]
fn an_id_that_was_committed_late_is_found_by_the_next_run() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create((11..=2000).filter(|id| *id != 1500));
    setup.run_into(&["--since-id", "10"], "cat >/dev/null").assert(0);
    setup.api.create([1500, 5, 2001]);
    let ran = setup.run(&[]);
    let ids = ran.assert(0).ids();
    assert_eq!(ids.len(), 1002);
    assert!(ids.contains(&1500) && ids.contains(&2001));
    // Not below where it began.
    assert!(!ids.contains(&5));
    // Where most of the last were removed, it does not query further back.
    setup.ack().assert(0);
    setup.api.remove(1100..=1900);
    setup.run(&[]).assert(0);
    setup.ack().assert(0);
    assert!(setup.state_text().contains("\"from\": 1001,"), "{}", setup.state_text());
}

#[test]
fn a_dry_run_counts_and_changes_nothing() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create(1..=1500);
    let ran = setup.run(&[FIRST, &["--dry-run"]].concat());
    assert!(ran.assert(0).err.contains("database 7616: 1500 entities, 1500 of them above id 0"));
    assert_eq!((ran.out.as_str(), setup.state_text().as_str()), ("", ""));
    setup.ack().assert(1);
}

#[test]
fn removed_profiles_and_dates_of_zeros_are_no_error() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create([1, 2]);
    setup.api.set(1, "removed", json!("2020-01-01 00:00:00"));
    setup.api.set(2, "created", json!("0000-00-00 00:00:00"));
    let ran = setup.run(FIRST);
    assert_eq!(ran.assert(0).ids(), [2]);
    assert_eq!(event(ran.out.trim_end())["timestamp"], "2019-02-21 13:26:21");
}

#[test]
fn a_profile_of_another_database_is_an_error_without_its_values() {
    let setup = Reconcile::new(Modes::default());
    setup.api.create([1]);
    setup.api.set(1, "database", json!("7"));
    let ran = setup.run(FIRST);
    assert!(ran.assert(1).err.contains("database 7616, id 1: its `database` is not 7616"));
    assert!(!ran.err.contains("example.com"));
}

#[test]
fn two_runs_at_once_are_one() {
    let setup = Reconcile::new(Modes::default());
    let inner = format!(
        "{} --state {} --database 7616 --since-id 0",
        env!("CARGO_BIN_EXE_reconcile"),
        setup.state().display()
    );
    let script = format!("cat >/dev/null; COPERNICA_TOKEN=x {inner}");
    let ran = setup.run_into(FIRST, &script);
    assert!(ran.assert(1).err.contains("another run uses this state"), "{}", ran.err);
}
