//! YOURS: what happens for an event. Here, a row in a table of the same database.

use crate::faults;
use crate::inbox::{Claimed, Failure, Handled};
use rusqlite::{Connection, params};
use webhook_axum::{CreateEvent, DeleteEvent, Event, UpdateEvent};

/// No unique constraint: it would hide an effect that ran twice, and the kill test counts rows.
pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS created (
    key        TEXT NOT NULL,
    database   INTEGER NOT NULL,
    profile    INTEGER NOT NULL,
    subprofile INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS happened (
    key  TEXT NOT NULL,
    kind TEXT NOT NULL,
    id   TEXT -- of the (sub)profile, the message or the unsubscription
) STRICT;
";

/// Acts elsewhere, such as by a mail or a call to another service, at least once. It may run again
/// when this process ends before [`inside`] is committed, so pass `claimed.key` on: the other side
/// can recognise a repetition by it. It may take its time (no longer than the lease): others run
/// meanwhile.
///
/// An error is kept in the inbox and logged: no personal data in its text.
pub async fn outside(claimed: &Claimed, event: &Event) -> Result<Handled, Failure> {
    faults::outside(claimed, event).await?;
    Ok(Handled::Done)
}

/// Acts in this database, exactly once, for it is committed together with "done". The one
/// thread that writes waits for it, so it should only write.
///
/// A call whose event it does not know is set aside, and can be handled by a later version of it.
pub fn inside(db: &Connection, claimed: &Claimed, event: &Event) -> Result<Handled, Failure> {
    let handled = match event {
        Event::Create(event) => created(db, claimed, event)?,
        event => happened(db, claimed, event)?,
    };
    faults::inside(claimed, event)?;
    Ok(handled)
}

fn created(db: &Connection, claimed: &Claimed, event: &CreateEvent) -> rusqlite::Result<Handled> {
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
    Ok(Handled::Done)
}

fn happened(db: &Connection, claimed: &Claimed, event: &Event) -> rusqlite::Result<Handled> {
    let (kind, id) = match event {
        Event::Update(UpdateEvent::Profile(p)) => ("update", Some(p.profile.to_string())),
        Event::Update(UpdateEvent::Subprofile(s)) => ("update", Some(s.subprofile.to_string())),
        Event::Delete(DeleteEvent::Profile(p)) => ("delete", Some(p.profile.to_string())),
        Event::Delete(DeleteEvent::Subprofile(s)) => ("delete", Some(s.subprofile.to_string())),
        Event::Click(event) => ("click", Some(event.id.to_string())),
        Event::Open(event) => ("open", Some(event.id.to_string())),
        Event::Delivered(event) => ("delivery", Some(event.id.to_string())),
        Event::Bounce(event) => ("bounce", Some(event.id.to_string())),
        Event::Failure(event) => ("failure", Some(event.id.to_string())),
        Event::Unsubscribe(event) => ("unsubscribe", event.id.as_ref().map(ToString::to_string)),
        Event::Abuse(event) => ("abuse", Some(event.id.to_string())),
        _ => return Ok(Handled::Unknown("the effect does not know such events".to_owned())),
    };
    db.prepare_cached("INSERT INTO happened (key, kind, id) VALUES (?1, ?2, ?3)")?
        .execute(params![claimed.key, kind, id])?;
    Ok(Handled::Done)
}
