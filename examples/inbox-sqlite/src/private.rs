//! The database's files, which only their owner may read: events are personal data.

use rusqlite::Connection;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const OWNER_ONLY: u32 = 0o600;

/// Opens the database, and makes it if it is not there. `SQLite` gives the files next to it, `-wal` and
/// `-shm`, the mode of the database itself.
pub fn open(path: &Path) -> Result<Connection, Box<dyn std::error::Error>> {
    // Before SQLite does: between making a file and changing its mode others could open it. What is
    // not the path of a file is SQLite's to judge.
    let text = path.to_string_lossy();
    if !text.is_empty() && !text.starts_with([':']) && !text.starts_with("file:") {
        let made =
            OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path).map(drop);
        made.or_else(|error| match error.kind() {
            ErrorKind::AlreadyExists => Ok(()),
            _ => Err(error),
        })?;
    }
    let db = Connection::open(path)?;
    let file = db.path().filter(|file| !file.is_empty()).map(PathBuf::from);
    if let Some(file) = file {
        // An earlier version made them as the umask said; those next to it a crash may have left.
        for suffix in ["", "-wal", "-shm"] {
            let mut file = file.clone().into_os_string();
            file.push(suffix);
            restrict(Path::new(&file))
                .map_err(|error| format!("others may read {}: {error}", file.display()))?;
        }
    }
    Ok(db)
}

/// Takes the permissions of all but the owner away.
fn restrict(file: &Path) -> io::Result<()> {
    let mode = match fs::metadata(file) {
        Ok(metadata) => metadata.permissions().mode(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let of_others = mode & 0o077;
    if of_others == 0 {
        return Ok(());
    }
    fs::set_permissions(file, Permissions::from_mode(mode & 0o700))
}
