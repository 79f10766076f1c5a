//! Yours: what is done for an event.

use crate::inbox::Attempt;
use crate::text::storable;
use crate::{Error, rehearsal};
use sqlx::PgConnection;
use webhook_axum::{CreateEvent, DeleteEvent, Event, UpdateEvent};

/// What an effect made of an event.
#[derive(Debug)]
pub enum Handled {
    Done,
    /// It does not know such events: the call is set aside, and what was written is rolled back. Why,
    /// without personal data.
    Unknown(String),
}

/// Makes the tables that the effect needs. No unique constraint: it would hide an effect that ran twice,
/// and the kill test counts rows.
pub async fn prepare(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let tables = "CREATE TABLE IF NOT EXISTS welcome (
            key text NOT NULL, database bigint NOT NULL, profile bigint NOT NULL, mail text,
            at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE IF NOT EXISTS happened (
            key text NOT NULL, kind text NOT NULL,
            id text, -- of the (sub)profile, the message or the unsubscription
            at timestamptz NOT NULL DEFAULT now())";
    sqlx::raw_sql(tables).execute(connection).await?;
    Ok(())
}

/// Acts once for each event. What it writes by `transaction` is committed with the event's being
/// done, or not at all: exactly once. What it does elsewhere (a mail, a call) is done at least once:
/// give the receiving side `attempt.key`, so that it knows a repeat.
///
/// Text of the event goes through [`storable`] before it becomes a `text` or `jsonb`.
///
/// An error is tried again, later each time. Its text is kept in the database while the event is.
pub async fn run(
    transaction: &mut PgConnection,
    attempt: &Attempt,
    event: &Event,
) -> Result<Handled, Error> {
    let handled = match event {
        Event::Create(created) => welcome(transaction, attempt, created).await?,
        event => happened(transaction, attempt, event).await?,
    };
    rehearsal::act(event, attempt.number).await?;
    Ok(handled)
}

async fn welcome(
    transaction: &mut PgConnection,
    attempt: &Attempt,
    event: &CreateEvent,
) -> Result<Handled, Error> {
    let (database, profile, mail) = match event {
        CreateEvent::Profile(new) => (new.database, new.profile, new.fields.get("mail")),
        CreateEvent::Subprofile(new) => (new.database, new.profile, new.fields.get("mail")),
    };
    sqlx::query("INSERT INTO welcome (key, database, profile, mail) VALUES ($1, $2, $3, $4)")
        .bind(&attempt.key)
        .bind(i64::try_from(database.get())?)
        .bind(i64::try_from(profile.get())?)
        // A field may hold U+0000, which PostgreSQL's text can't: bound as it came, every attempt
        // would fail, and the event be dead.
        .bind(mail.map(storable))
        .execute(transaction)
        .await?;
    Ok(Handled::Done)
}

async fn happened(
    transaction: &mut PgConnection,
    attempt: &Attempt,
    event: &Event,
) -> Result<Handled, Error> {
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
    sqlx::query("INSERT INTO happened (key, kind, id) VALUES ($1, $2, $3)")
        .bind(&attempt.key)
        .bind(kind)
        .bind(id.as_deref().map(storable))
        .execute(transaction)
        .await?;
    Ok(Handled::Done)
}
