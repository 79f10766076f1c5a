//! The lines that are printed.

use std::{
    fmt::Display,
    io::{Stdout, Write as _, stdout},
};

/// Lines, printed as they come, and whether all of them are ok.
#[derive(Debug)]
pub(super) struct Findings {
    out: Stdout,
    wrong: usize,
}

impl Findings {
    pub(super) fn new() -> Self {
        Self { out: stdout(), wrong: 0 }
    }

    pub(super) fn ok(&mut self, subject: &str, text: impl Display) {
        self.print(&format!("ok   {subject}: {text}"));
    }

    /// Prints what is wrong, and what to change.
    pub(super) fn wrong(&mut self, subject: &str, what: impl Display, change: impl Display) {
        self.wrong += 1;
        self.print(&format!("!!   {subject}: {what}: {change}"));
    }

    /// Prints how many calls came that are not of the check.
    pub(super) fn others(&mut self, count: usize) {
        match count {
            0 => self.ok("other calls", "none came meanwhile"),
            _ => self.ok(
                "other calls",
                format!("{count} came meanwhile and got 503: look for them in Copernica's log"),
            ),
        }
    }

    pub(super) fn all_ok(&self) -> bool {
        self.wrong == 0
    }

    fn print(&mut self, line: &str) {
        let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        let line: String = line.chars().map(clean).collect();
        // After the pipe was closed, lines have no reader; the exit code still counts.
        let _ = writeln!(self.out, "{line}");
    }
}
