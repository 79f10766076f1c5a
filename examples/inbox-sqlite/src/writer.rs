//! The one thread that writes: it owns the connection, and commits what arrived meanwhile together.

use crate::{effect, faults, private, schema};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::{error::Error, io, path::Path, thread, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// How long another process may hold the database before what waits for it fails. The sender waits
/// all this time: it must not take long to hear that it should come again.
const BUSY: Duration = Duration::from_secs(1);

/// Something to write; what it returns reports the outcome to the task that waits.
pub type Job = Box<dyn FnOnce(&mut Transaction<'_>) -> rusqlite::Result<Answer> + Send>;
type Answer = Box<dyn FnOnce() + Send>;

/// Makes a job of what is to be written, with the channel that its outcome comes by. It is sent after
/// the commit; when that fails, the sender is dropped, and the task that waits sees that nothing was
/// written.
pub fn job<T: Send + 'static>(
    work: impl FnOnce(&mut Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
) -> (Job, oneshot::Receiver<T>) {
    let (tell, told) = oneshot::channel();
    let job: Job = Box::new(|tx| {
        let outcome = work(tx)?;
        // The task that waited may be gone: what was written stays.
        Ok(Box::new(|| drop(tell.send(outcome))))
    });
    (job, told)
}

/// Opens the database, and makes sure that a commit is on the disk when it says so.
pub fn open(path: &Path, synchronous: &str) -> Result<Connection, Box<dyn Error>> {
    let mut db = private::open(path)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", synchronous)?;
    // On macOS fsync leaves data in the drive's cache; elsewhere this changes nothing.
    db.pragma_update(None, "fullfsync", true)?;
    // What is cleared is overwritten, too.
    db.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    durable(&db)?;
    schema::migrate(&mut db)?;
    db.execute_batch(effect::SCHEMA)?;
    faults::slow_commits(&mut db)?;
    Ok(db)
}

/// Checks the settings by reading them back: the database reports no error when it can't follow ours.
pub fn durable(db: &Connection) -> Result<(), Box<dyn Error>> {
    let journal: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    let synchronous: i64 = db.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    // 0 is OFF, 1 NORMAL (in WAL: a commit may be lost with the power), 2 FULL, 3 EXTRA.
    if journal == "wal" && synchronous >= 2 {
        return Ok(());
    }
    Err(format!(
        "refusing to start: an acknowledged event could be lost. journal_mode is {journal} and \
         must be wal, synchronous is {synchronous} and must be 2 (FULL) or more"
    )
    .into())
}

/// Starts the thread. It ends, and closes the database, when the last sender of jobs is gone.
pub fn start(
    db: Connection,
    jobs: mpsc::Receiver<Job>,
    group: usize,
) -> io::Result<thread::JoinHandle<()>> {
    thread::Builder::new().name("writer".to_owned()).spawn(move || write(db, jobs, group))
}

fn write(mut db: Connection, mut jobs: mpsc::Receiver<Job>, group: usize) {
    let mut waiting = Vec::new();
    // Whatever came in during the last fsync shares the next one.
    while jobs.blocking_recv_many(&mut waiting, group) > 0 {
        match commit(&mut db, waiting.drain(..)) {
            Ok(answers) => answers.into_iter().for_each(|answer| answer()),
            Err(error) => tracing::error!(%error, "the store failed: nothing was acknowledged"),
        }
    }
    if let Err((_, error)) = db.close() {
        tracing::warn!(%error, "the database did not close; its next start repairs that");
    }
}

fn commit(db: &mut Connection, jobs: impl Iterator<Item = Job>) -> rusqlite::Result<Vec<Answer>> {
    // Immediate: there is no point in working for a commit that can't come.
    let mut tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut answers = Vec::new();
    for job in jobs {
        answers.push(job(&mut tx)?);
        // After a full disk SQLite may have rolled everything back by itself, and what came after
        // would be on its own.
        if tx.is_autocommit() {
            return Err(rusqlite::Error::InvalidQuery);
        }
    }
    tx.commit()?;
    Ok(answers)
}
