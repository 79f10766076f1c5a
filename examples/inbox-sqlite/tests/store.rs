//! When the store fails, nothing is acknowledged; when that ends, nothing has to be restarted.

mod support;

use rusqlite::Connection;
use std::process::Command;
use std::thread;
use support::{Client, Setup, form, until};

/// Returns a large text: nothing but the event's own data fills the disk quickly.
fn large() -> String {
    format!("&fields[text]={}", "x".repeat(20_000))
}

/// Reports profiles until one is refused again and again, and returns those that were
/// acknowledged. Once is not enough: what the worker wrote in the same commit may have been too
/// much, and without it there is room.
fn fill(setup: &Setup) -> Vec<u64> {
    let more = large();
    let (mut told, mut refused) = (0, 0);
    while refused < 5 {
        match setup.tell(told, &more) {
            204 => (told, refused) = (told + 1, 0),
            503 => refused += 1,
            status => panic!("{status} is no answer to this"),
        }
        assert!(told < 1000, "the disk did not fill");
    }
    (0..told).collect()
}

/// Asserts that the calls of exactly these profiles and no others are in the inbox.
fn has(setup: &Setup, profiles: impl IntoIterator<Item = u64>) {
    let db = Connection::open(setup.database()).unwrap();
    let known: Vec<String> = db
        .prepare("SELECT CAST(body AS TEXT) FROM inbox")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let profile = |body: &String| {
        let (_, rest) = body.split_once("&profile=").unwrap();
        rest.split_once('&').unwrap().0.parse().unwrap()
    };
    let mut known: Vec<u64> = known.iter().map(profile).collect();
    known.sort_unstable();
    assert_eq!(known, profiles.into_iter().collect::<Vec<_>>());
}

#[test]
fn a_file_that_can_not_grow_is_a_503_until_it_can() {
    // The limit of the kernel, on this process alone; without the signal a write fails.
    let mut setup = Setup::new("full", &["--lease-ms", "500"]);
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -S -f 1024; exec \"$0\" \"$@\""];
    setup.under = limited.map(str::to_owned).into();
    let mut server = setup.start();
    let told = fill(&setup);
    assert!(!told.is_empty());
    let refused = told.len() as u64;
    assert_eq!(setup.tell(refused, &large()), 503);
    has(&setup, told.clone());

    let id = server.child.id().to_string();
    let wider = ["--fsize=unlimited", "--pid", &id];
    assert!(Command::new("prlimit").args(wider).status().unwrap().success());
    assert_eq!(setup.tell(refused, &large()), 204);
    has(&setup, 0..=refused);
    until("all are done", || setup.counts()[2] == refused + 1);
    assert!(setup.log().contains("the store failed"), "{}", setup.log());
    assert!(server.stop().success());
}

#[test]
fn a_full_disk_is_a_503_until_there_is_room() {
    // A file system of 1 MB, in a namespace of the server's own: no root is needed.
    let mut setup = Setup::new("tmpfs", &[]);
    let folder = setup.folder.join("disk");
    std::fs::create_dir(&folder).unwrap();
    let space = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"];
    let mount = format!("mount -t tmpfs -o size=1m none '{}' ", folder.display());
    if !Command::new(space[0]).args(&space[1..]).arg(&mount).status().is_ok_and(|s| s.success()) {
        eprintln!("SKIPPED: this machine allows no mount in a namespace");
        return;
    }
    setup.under = space.map(str::to_owned).into();
    setup.under.push(format!("{mount}; exec \"$0\" \"$@\""));
    setup.disk = Some(folder.clone());
    let server = setup.start();
    // The folder as the server sees it.
    let inside = format!("/proc/{}/root{}", server.child.id(), folder.display());
    let filler = format!("{inside}/filler");
    let before = setup.tell(0, "");
    assert_eq!(before, 204);

    let full = std::fs::write(&filler, vec![0; 2 << 20]).unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    assert_eq!(setup.tell(1, &large()), 503);
    assert_eq!(setup.tell(1, &large()), 503);
    std::fs::remove_file(&filler).unwrap();
    assert_eq!(setup.tell(1, &large()), 204);
    assert!(setup.log().contains("disk is full"), "{}", setup.log());
}

#[test]
fn a_locked_database_is_a_503_until_it_is_free() {
    let setup = Setup::new("locked", &[]);
    let mut server = setup.start();
    assert_eq!(setup.tell(1, ""), 204);
    until("it is done", || setup.counts()[2] == 1);

    let other = Connection::open(setup.database()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (status, head) = Client::new(setup.address).send(&form(2, "")).unwrap();
    assert_eq!(status, 503);
    assert!(head.contains("retry-after: 5\r\n"), "{head}");
    // One that is known is not acknowledged either.
    assert_eq!(setup.tell(1, ""), 503);
    other.execute_batch("ROLLBACK").unwrap();

    assert_eq!(setup.tell(2, ""), 204);
    assert_eq!(setup.tell(1, ""), 204);
    until("both are done", || setup.counts() == [0, 0, 2, 0, 1, 0]);
    assert!(setup.log().contains("database is locked"), "{}", setup.log());
    assert!(server.stop().success());
}

#[test]
fn a_full_queue_is_a_503_at_once() {
    let setup = Setup::new("queue", &["--queue", "2", "--group", "1"]);
    let _server = setup.start();
    let other = Connection::open(setup.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers: Vec<u16> = thread::scope(|scope| {
        let tell = |profile| setup.tell(profile, "");
        let calls: Vec<_> = (0..20).map(|profile| scope.spawn(move || tell(profile))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert_eq!(answers, [503; 20]);
    assert!(setup.log().contains("the queue is full"), "{}", setup.log());
    has(&setup, []);
    other.execute_batch("ROLLBACK").unwrap();
    until("it takes events again", || setup.tell(0, "") == 204);
}

#[test]
fn a_queue_with_too_many_bytes_is_a_503_at_once_though_it_has_places() {
    let setup = Setup::new("bytes", &["--queue-bytes", "100000", "--lease-ms", "500"]);
    let _server = setup.start();
    let other = Connection::open(setup.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers: Vec<u16> = thread::scope(|scope| {
        // A body of 20 kB.
        let tell = |profile| setup.tell(profile, &large());
        let calls: Vec<_> = (0..20).map(|profile| scope.spawn(move || tell(profile))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert_eq!(answers, [503; 20]);
    let log = setup.log();
    assert!(log.contains("the queue is full"), "{log}");
    has(&setup, []);
    other.execute_batch("ROLLBACK").unwrap();
    // Room comes back, and one that is larger than all of it has it for itself.
    let larger = format!("&fields[text]={}", "x".repeat(200_000));
    for profile in 0..5 {
        assert_eq!(setup.tell(profile, &larger), 204);
    }
    until("all are done", || setup.counts()[2] == 5);
}
