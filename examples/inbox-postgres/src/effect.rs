//! Yours: what is done for a creation.

use crate::inbox::Attempt;
use crate::text::storable;
use crate::{Error, rehearsal};
use sqlx::PgConnection;
use webhook_axum::CreateEvent;

/// Makes the tables that the effect needs.
pub async fn prepare(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let tables = "CREATE TABLE IF NOT EXISTS welcome (
        key text NOT NULL, database bigint NOT NULL, profile bigint NOT NULL, mail text,
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
pub async fn run(transaction: &mut PgConnection, attempt: &Attempt) -> Result<(), Error> {
    let event = attempt.event()?;
    let (database, profile, mail) = match &event {
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
    rehearsal::act(&event, attempt.number).await
}
