//! The cursor: up to where lists were queried, a file of JSON that is only ever replaced as a whole.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;

/// Entities that are queried again each time: an id is given before its row is committed, so one that is
/// lower than the last may appear later.
pub(crate) const AGAIN: usize = 1000;

/// Up to where each list was queried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    version: u32,
    /// The account's number: ids of another one mean something else.
    pub(crate) account: u64,
    /// By the list's name.
    pub(crate) cursors: BTreeMap<String, Cursor>,
}

/// Up to where one list was queried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// What was created up to this id is never queried.
    began: u64,
    /// The next run queries ids above this one.
    pub(crate) from: u64,
    /// The highest id that was seen.
    pub(crate) last: u64,
}

impl Cursor {
    /// Returns a cursor that begins after this id.
    pub(crate) fn after(id: u64) -> Self {
        Self { began: id, from: id, last: id }
    }

    /// Moves to the end of a run that saw ids in ascending order; `tail` has the last [`AGAIN`] of them, or
    /// all where there were fewer.
    pub(crate) fn advance(&mut self, tail: impl ExactSizeIterator<Item = u64>) {
        let is_whole = tail.len() >= AGAIN;
        let mut tail = tail.peekable();
        // With fewer, some were removed since, or it has not begun long ago: the place stays.
        if let Some(first) = tail.peek().filter(|_| is_whole) {
            self.from = self.from.max(first.saturating_sub(1));
        }
        self.last = tail.fold(self.last, u64::max);
    }
}

impl State {
    pub(crate) fn new(account: u64) -> Self {
        Self { version: VERSION, account, cursors: BTreeMap::new() }
    }
}

/// The files of a state, and the lock that keeps a second run away while this one is there.
#[derive(Debug)]
pub(crate) struct Files {
    state: PathBuf,
    _lock: File,
}

impl Files {
    /// Locks the state.
    ///
    /// # Errors
    ///
    /// When another run has it, or the folder can't be written.
    pub(crate) fn lock(state: &Path) -> Result<Self, String> {
        let path = next_to(state, ".lock");
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let lock = File::options().create(true).append(true).open(&path).map_err(|e| failed(&e))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { state: state.to_owned(), _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(failed(&"another run uses this state")),
            Err(fs::TryLockError::Error(error)) => Err(failed(&error)),
        }
    }

    /// Reads the state; `None` where there is no file.
    ///
    /// # Errors
    ///
    /// When it can't be read, or another version wrote it.
    pub(crate) fn read(&self) -> Result<Option<State>, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", self.state.display());
        let text = match fs::read(&self.state) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        let state: State = serde_json::from_slice(&text).map_err(|error| failed(&error))?;
        if state.version != VERSION {
            return Err(failed(&format_args!("version {}, and not {VERSION}", state.version)));
        }
        Ok(Some(state))
    }

    /// Replaces the state.
    ///
    /// # Errors
    ///
    /// When it can't be written; it is what it was then.
    pub(crate) fn write(&self, state: &State) -> Result<(), String> {
        self.replace(&self.state, state)
    }

    /// Writes what [`Files::acknowledge`] makes the state.
    ///
    /// # Errors
    ///
    /// When it can't be written.
    pub(crate) fn propose(&self, state: &State) -> Result<(), String> {
        self.replace(&next_to(&self.state, ".next"), state)
    }

    /// Forgets what an earlier run proposed.
    ///
    /// # Errors
    ///
    /// When it can't be removed.
    pub(crate) fn withdraw(&self) -> Result<(), String> {
        let next = next_to(&self.state, ".next");
        match fs::remove_file(&next) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(format!("{}: {error}", next.display()))
            }
            _ => Ok(()),
        }
    }

    /// Makes what was proposed the state.
    ///
    /// # Errors
    ///
    /// When nothing was proposed, or it can't be renamed.
    pub(crate) fn acknowledge(&self) -> Result<(), String> {
        let next = next_to(&self.state, ".next");
        match fs::rename(&next, &self.state).and_then(|()| sync_folder(&self.state)) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err("nothing to acknowledge: no run without --into ended well since the last one"
                    .to_owned())
            }
            Err(error) => Err(format!("{}: {error}", next.display())),
        }
    }

    /// Replaces a file atomically: the new one is on the disk before it has the name.
    fn replace(&self, path: &Path, state: &State) -> Result<(), String> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let mut text = serde_json::to_vec_pretty(state).map_err(|error| failed(&error))?;
        text.push(b'\n');
        let new = next_to(&self.state, ".new");
        let written = File::create(&new).and_then(|mut file| {
            file.write_all(&text)?;
            file.sync_all()
        });
        written
            .and_then(|()| fs::rename(&new, path))
            .and_then(|()| sync_folder(path))
            .map_err(|error| failed(&error))
    }
}

fn next_to(state: &Path, suffix: &str) -> PathBuf {
    let mut name = state.to_owned().into_os_string();
    name.push(suffix);
    name.into()
}

/// Writes the folder of a file to the disk, and with it that the file has this name.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_thousand_are_queried_again() {
        let mut cursor = Cursor::after(10);
        cursor.advance([12, 15].into_iter());
        assert_eq!(cursor, Cursor { began: 10, from: 10, last: 15 });
        let many: Vec<u64> = (501..=1500).collect();
        cursor.advance(many.into_iter());
        assert_eq!(cursor, Cursor { began: 10, from: 500, last: 1500 });
        // Most were removed since: the place does not move back.
        cursor.advance([1500].into_iter());
        assert_eq!(cursor, Cursor { began: 10, from: 500, last: 1500 });
    }
}
