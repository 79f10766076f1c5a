//! A call whose event turns out to be known by another call, once it is decoded.

use crate::call::Identity;
use crate::{inbox, store};
use sqlx::error::DatabaseError;
use sqlx::{Connection, PgConnection};

/// Gives the row the key of its event, in the transaction of the effect and before it runs. Where another
/// row has that key the call is done as a duplicate, no effect is to run, and `true` is returned.
///
/// It is counted at the other row, and kept whole where its timestamp differs, as it would have been had
/// its key been known when it was received.
pub async fn settle(
    transaction: &mut PgConnection,
    row: i64,
    event: &Identity,
) -> Result<bool, sqlx::Error> {
    // A statement that fails ends its transaction, so it is one within.
    let mut within = transaction.begin().await?;
    let name = "UPDATE inbox_call SET event_key = $2, timestamp = $3 WHERE id = $1";
    let named = sqlx::query(name).bind(row).bind(&event.key).bind(&event.timestamp);
    match named.execute(&mut *within).await {
        Ok(_) => {
            within.commit().await?;
            return Ok(false);
        }
        // Waited for, where another worker was about to set it.
        Err(error) if is_taken(&error) => within.rollback().await?,
        Err(error) => return Err(error),
    }
    if !inbox::done(transaction, row, Some("a duplicate: another call has its event")).await? {
        // Another transaction was faster, and has counted it.
        return Ok(true);
    }
    if store::count(transaction, event).await? == Some(true) {
        let keep = "INSERT INTO inbox_changed
                (key, stamp, received_at, delivery, target, host, media_type, body)
            SELECT $2, $3, received_at, delivery, target, host, media_type, body FROM inbox_call
            WHERE id = $1 AND body IS NOT NULL ON CONFLICT DO NOTHING";
        sqlx::query(keep)
            .bind(row)
            .bind(&event.key)
            .bind(&event.timestamp)
            .execute(transaction)
            .await?;
    }
    Ok(true)
}

fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(DatabaseError::is_unique_violation)
}
