//! A stand-in for Copernica's REST API, version 4, and the built program. Not the API itself: it answers as
//! the documentation says, and where that contradicts itself, by a mode of its own.

#![allow(dead_code, reason = "each test file uses a part")]

pub mod api;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub const TOKEN: &str = "a-token-of-the-stand-in";
const PATIENCE: Duration = Duration::from_mins(2);

/// Returns an empty folder of this test's own.
pub fn folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("reconcile-{}-{count}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Waits until something is so.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        sleep(Duration::from_millis(20));
    }
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs a command to its end, and not for ever.
pub fn execute(command: &mut Command) -> Ran {
    let folder = folder();
    let (out, err) = (folder.join("out"), folder.join("err"));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let status: ExitStatus = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it does not end: {}", fs::read_to_string(err).unwrap());
        }
        sleep(Duration::from_millis(5));
    };
    let text = |path| fs::read_to_string(path).unwrap();
    Ran { code: status.code(), out: text(out), err: text(err) }
}

/// The program with a state of its own, at a stand-in.
pub struct Reconcile {
    pub folder: PathBuf,
    pub api: api::Api,
}

impl Reconcile {
    pub fn new(modes: api::Modes) -> Self {
        Self { folder: folder(), api: api::Api::start(modes) }
    }

    pub fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    pub fn state_text(&self) -> String {
        fs::read_to_string(self.state()).unwrap_or_default()
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reconcile"));
        command.arg("--state").arg(self.state());
        command.args(["--api", &format!("{}/v4", self.api.url)]);
        command.args(["--auth", &format!("{}/auth", self.api.url), "--back-off", "0.01"]);
        command.args(words).env("COPERNICA_TOKEN", TOKEN);
        command
    }

    /// Runs it for database 7616.
    pub fn run(&self, words: &[&str]) -> Ran {
        execute(&mut self.command(&[&["--database", "7616"], words].concat()))
    }

    /// Runs it with a shell script as its child.
    pub fn run_into(&self, words: &[&str], script: &str) -> Ran {
        self.run(&[words, &["--into", "sh", "-c", script]].concat())
    }

    pub fn ack(&self) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reconcile"));
        execute(command.arg("ack").arg("--state").arg(self.state()))
    }
}

impl Ran {
    /// Returns the ids that were written, a line each.
    pub fn ids(&self) -> Vec<u64> {
        ids(&self.out)
    }

    pub fn assert(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}", self.err);
        self
    }
}

/// Returns the profiles, or subprofiles, of lines.
pub fn ids(lines: &str) -> Vec<u64> {
    let id = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        event.get("subprofile").or(event.get("profile")).unwrap().as_u64().unwrap()
    };
    lines.lines().map(id).collect()
}
