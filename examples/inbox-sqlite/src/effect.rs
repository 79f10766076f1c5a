//! YOURS: what happens for an event. Here, a row in a table of the same database.

use crate::faults;
use crate::inbox::{Claimed, Failure};
use rusqlite::{Connection, params};
use webhook_axum::CreateEvent;

/// No unique constraint: it would hide an effect that ran twice, and the kill test counts rows.
pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS created (
    key        TEXT NOT NULL,
    database   INTEGER NOT NULL,
    profile    INTEGER NOT NULL,
    subprofile INTEGER
) STRICT;
";

/// Acts elsewhere, such as by a mail or a call to another service, at least once. It may run again
/// when this process ends before [`inside`] is committed, so pass `claimed.key` on: the other side
/// can recognise a repetition by it. It may take its time (no longer than the lease): others run
/// meanwhile.
///
/// An error is kept in the inbox and logged: no personal data in its text.
pub async fn outside(claimed: &Claimed, event: &CreateEvent) -> Result<(), Failure> {
    faults::outside(claimed, event).await
}

/// Acts in this database, exactly once, for it is committed together with "done". The one
/// thread that writes waits for it, so it should only write.
pub fn inside(db: &Connection, claimed: &Claimed, event: &CreateEvent) -> Result<(), Failure> {
    let (database, profile, subprofile) = match event {
        CreateEvent::Profile(p) => (p.database, p.profile, None),
        CreateEvent::Subprofile(s) => (s.database, s.profile, Some(s.subprofile)),
    };
    db.prepare_cached(
        "INSERT INTO created (key, database, profile, subprofile) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        claimed.key,
        u64::from(database),
        u64::from(profile),
        subprofile.map(u64::from)
    ])?;
    faults::inside(claimed, event)
}
