//! What an operator queries and does, next to receivers and workers that run.

pub mod export;
pub mod import;
pub mod prune;
pub mod retry;
pub mod show;
pub mod status;
mod variables;

use crate::Error;
use sqlx::PgConnection;
use std::borrow::Cow;

/// Checks that rows are calls. A receiver or a worker makes the tables when it starts, a command makes
/// none: a mistyped URL is an error.
async fn has_calls(connection: &mut PgConnection) -> Result<(), Error> {
    if has(connection, "inbox_call").await? {
        return Ok(());
    }
    Err("there is no table inbox_call: `inbox receive` or `inbox work` makes it when it starts"
        .into())
}

async fn has(connection: &mut PgConnection, table: &str) -> Result<bool, sqlx::Error> {
    let there = "SELECT to_regclass($1) IS NOT NULL";
    sqlx::query_scalar(there).bind(table).fetch_one(connection).await
}

/// Finds the row of a call: `key` is its event's or its own.
async fn find(connection: &mut PgConnection, key: &str) -> Result<i64, Error> {
    has_calls(connection).await?;
    let row = "SELECT id FROM inbox_call WHERE event_key = $1 OR delivery = $1";
    let row = sqlx::query_scalar(row).bind(key).fetch_optional(connection).await?;
    row.ok_or_else(|| format!("{}: no call has this key", printable(key)).into())
}

/// Escapes what could steer a terminal or pretend to be another line: an effect's error may repeat
/// what the event says, and an event's text is its sender's.
fn printable(text: &str) -> Cow<'_, str> {
    let plain = |c: char| matches!(c, ' '..='~' if c != '\\');
    if text.chars().all(plain) {
        return text.into();
    }
    let escape = |c: char| match c {
        // The two that `escape_debug` escapes though they are harmless.
        '\'' | '"' => c.to_string(),
        _ => c.escape_debug().to_string(),
    };
    text.chars().map(escape).collect()
}
