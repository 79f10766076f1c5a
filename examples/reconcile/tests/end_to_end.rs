//! The inbox in `SQLite` is killed, profiles are created meanwhile, and both the program and late webhooks
//! bring them: each has its effect once. Needs the built inbox; `INBOX_SQLITE` says where it is.

mod support;

use rusqlite::Connection;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, fs, thread};
use support::api::Modes;
use support::{Reconcile, execute, until};
use webhook_core::CreateEvent;
use webhook_core::testing::Signer;

const PRIVATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/private.pem");
const PUBLIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/public.pem");
const BEFORE: u64 = 10;
const CREATED: u64 = 1000;

/// Returns the inbox's program; `None`, with a loud notice, where it is not built.
fn program() -> Option<PathBuf> {
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../inbox-sqlite/target/debug/inbox");
    let program = env::var_os("INBOX_SQLITE").map_or(usual, PathBuf::from);
    if program.exists() {
        return Some(program);
    }
    let _ =
        writeln!(io::stderr(), "\n*** SKIPPED: no {}; INBOX_SQLITE names it\n", program.display());
    None
}

/// A receiver that does not outlive its test.
struct Inbox {
    program: PathBuf,
    database: PathBuf,
    address: SocketAddr,
    child: Option<Child>,
}

impl Inbox {
    fn new(program: PathBuf, folder: &Path) -> Self {
        // A port that was free a moment ago, and the same for every start.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { program, database: folder.join("inbox.db"), address, child: None }
    }

    fn start(&mut self) {
        let child = Command::new(&self.program)
            .args(["serve", "--lease-ms", "5000", "--database"])
            .arg(&self.database)
            .env("LISTEN", self.address.to_string())
            .env("COPERNICA_ACCOUNT", "34")
            .env("COPERNICA_KEY", format!("one._domainkey.copernica.com={PUBLIC}"))
            .env_remove("COPERNICA_UNVERIFIED")
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.database.with_extension("log")).unwrap())
            .spawn()
            .unwrap();
        self.child = Some(child);
        until("the inbox listens", || TcpStream::connect(self.address).is_ok());
    }

    /// Kills the program with SIGKILL.
    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn count(&self, sql: &str) -> u64 {
        let db = Connection::open(&self.database).unwrap();
        db.busy_timeout(Duration::from_secs(5)).unwrap();
        let count: i64 = db.query_row(sql, [], |row| row.get(0)).unwrap();
        count.try_into().unwrap()
    }

    /// Reports a profile by webhook, and returns the status.
    fn report(&self, signer: &Signer, profile: u64) -> u16 {
        // By another second than the `created` of the API.
        let event: CreateEvent = serde_json::from_value(serde_json::json!({
            "type": "create", "profile": profile, "database": 7616, "timestamp": "2013-01-06 14:19:52",
            "parameters": {"source": "form"}, "fields": {"name": format!("Name {profile}")}
        }))
        .unwrap();
        let call =
            signer.sign_event(&format!("http://{}/copernica", self.address), &event).unwrap();
        let mut wire = b"POST /copernica HTTP/1.1\r\n".to_vec();
        for (name, value) in call.headers() {
            wire.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        wire.extend([b"Connection: close\r\n\r\n", &call.body()[..]].concat());
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(&wire).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.get(9..12).unwrap().parse().unwrap()
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.kill();
    }
}

fn outage(name: &str, modes: Modes, faults: &[u16]) {
    let Some(program) = program() else { return };
    let setup = Reconcile::new(modes);
    let mut inbox = Inbox::new(program.clone(), &setup.folder);
    let database = inbox.database.display().to_string();
    let program = program.display().to_string();
    let import = [
        "--account",
        "34",
        "--into",
        &program,
        "import",
        "--account",
        "34",
        "--database",
        &database,
    ];
    let run = |first: &[&str]| {
        execute(&mut setup.command(&[&["--database", "7616"], first, &import].concat()))
    };

    setup.api.create(1..=BEFORE);
    inbox.start();
    run(&["--since-id", "latest"]).assert(0);
    inbox.kill();
    let created = BEFORE + 1..=BEFORE + CREATED;
    setup.api.create(created.clone());
    setup.api.inner.lock().unwrap().after =
        Some((3, faults.iter().map(|status| (*status, None)).collect()));
    setup.api.lists();
    let jwts = setup.api.inner.lock().unwrap().jwts;
    inbox.start();

    let signer = Signer::from_pem(&fs::read_to_string(PRIVATE).unwrap()).unwrap();
    let signer = signer.account(34).key_name("one._domainkey.copernica.com");
    // From the highest, so that both meet in the middle.
    let half: Vec<u64> = created.rev().step_by(2).collect();
    let (reported, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut at_start = 0;
    let ran = thread::scope(|scope| {
        for part in half.chunks(half.len().div_ceil(4)) {
            let (inbox, signer, reported, refused) = (&inbox, &signer, &reported, &refused);
            scope.spawn(move || {
                for profile in part {
                    let is_taken = inbox.report(signer, *profile) == 204;
                    let count = if is_taken { reported } else { refused };
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        until("calls arrive", || reported.load(Ordering::Relaxed) >= 20);
        at_start = reported.load(Ordering::Relaxed);
        let ran = run(&[]);
        (ran, reported.load(Ordering::Relaxed))
    });
    let (ran, at_end) = ran;
    ran.assert(0);
    let done = "SELECT count(*) FROM inbox WHERE state = 'done'";
    until("all are done", || inbox.count(done) >= CREATED);
    let again = run(&[]);
    again.assert(0);
    let open = "SELECT count(*) FROM inbox WHERE state <> 'done'";
    until("nothing waits", || inbox.count(open) == 0);

    let effects = inbox.count("SELECT count(*) FROM created");
    let distinct = inbox.count("SELECT count(DISTINCT profile) FROM created");
    let changed = inbox.count("SELECT coalesce(sum(changed), 0) FROM inbox");
    let kept = inbox.count("SELECT count(*) FROM changed");
    let imported = inbox.count("SELECT count(*) FROM inbox WHERE delivery IS NULL");
    let lists = setup.api.lists().len();
    let jwts = setup.api.inner.lock().unwrap().jwts - jwts;
    let _ = writeln!(
        io::stderr(),
        "{name}\n  created while it was down  {CREATED}\n  reported by webhook        {}\n    \
         while reconcile ran      {}\n  import                     {}\n  import, once more          \
         {}\n  rows imported, called      {imported}, {}\n  calls of known events      {}\n  \
         effects                    {effects}\n  effects twice              {}\n  lost                       \
         {}\n  changed, kept              {changed}, {kept}\n  lists, JWTs, 503           {lists}, {jwts}, {}",
        reported.load(Ordering::Relaxed),
        at_end - at_start,
        ran.out.trim_end(),
        again.out.trim_end(),
        inbox.count("SELECT count(*) FROM inbox") - imported,
        inbox.count("SELECT sum(duplicates) FROM inbox"),
        effects - distinct,
        CREATED - distinct,
        faults.len(),
    );
    assert_eq!(refused.load(Ordering::Relaxed), 0);
    assert_eq!(reported.load(Ordering::Relaxed), half.len());
    assert_eq!((effects, distinct, changed, kept), (CREATED, CREATED, 0, 0));
    assert_eq!(inbox.count("SELECT min(profile) FROM created"), BEFORE + 1);
    assert!(again.out.starts_with("0 taken"), "{again:?}");
}

#[test]
fn what_was_created_while_the_inbox_was_down_has_its_effect_once() {
    outage("an outage", Modes::default(), &[]);
}

#[test]
fn what_was_created_has_its_effect_once_though_the_jwt_ends_and_the_api_fails() {
    let modes = Modes { cap: 100, jwt_lists: Some(5), ..Modes::default() };
    outage("an outage, the JWT ends in the middle, three 503", modes, &[503, 503, 503]);
}
