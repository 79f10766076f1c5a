//! `inbox prune`

use super::has_calls;
use crate::Error;
use sqlx::PgConnection;
use std::io::Write;

/// Rows of one transaction: a call that is reported again waits for it.
const BATCH: i64 = 100;

/// What is removed: of which calls, and how old.
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = true)]
pub struct Prune {
    /// Payloads of what was done so long ago, such as 30d or 12h.
    #[arg(long = "done-before", value_name = "AGE", value_parser = age)]
    done: Option<f64>,
    /// Payloads of what was set aside so long ago; it can't be tried again then.
    #[arg(long = "set-aside-before", value_name = "AGE", value_parser = age)]
    set_aside: Option<f64>,
    /// Calls that were kept so long ago because they changed a known event.
    #[arg(long = "changed-before", value_name = "AGE", value_parser = age)]
    changed: Option<f64>,
}

/// Parses an age such as `30d`, `12h`, `15m` or `90s`, in seconds.
fn age(text: &str) -> Result<f64, String> {
    let expected = || "an age is a whole number and a unit: 30d, 12h, 15m or 90s".to_owned();
    let unit = match text.chars().last() {
        Some('d') => 24 * 60 * 60,
        Some('h') => 60 * 60,
        Some('m') => 60,
        Some('s') => 1,
        _ => return Err(expected()),
    };
    let digits = text.get(..text.len() - 1).unwrap_or_default();
    // As many days are more years than a timestamp has.
    let number: u16 = digits.parse().map_err(|_| expected())?;
    Ok(f64::from(number) * f64::from(unit))
}

const DONE: &str = "
    UPDATE inbox_call SET body = NULL, target = NULL, payload = NULL
    WHERE id IN (SELECT id FROM inbox_call WHERE id > $1
        AND done_at < now() - make_interval(secs => $2) AND body IS NOT NULL ORDER BY id LIMIT $3)
    AND done_at < now() - make_interval(secs => $2) RETURNING id";
/// The condition is in it two times: `inbox retry` may have put a call back in between.
const SET_ASIDE: &str = "
    UPDATE inbox_call SET body = NULL, target = NULL, payload = NULL
    WHERE id IN (SELECT id FROM inbox_call WHERE id > $1
        AND set_aside_at < now() - make_interval(secs => $2) AND body IS NOT NULL
        ORDER BY id LIMIT $3)
    AND set_aside_at < now() - make_interval(secs => $2) RETURNING id";
const CHANGED: &str = "
    DELETE FROM inbox_changed WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM inbox_changed WHERE received_at < now() - make_interval(secs => $2)
        AND $1 IS NOT NULL LIMIT $3))
    RETURNING 0::bigint";

impl Prune {
    /// Removes the payloads and prints how many. Keys stay, so a copy of what was pruned is still known.
    pub async fn run(
        &self,
        connection: &mut PgConnection,
        out: &mut impl Write,
    ) -> Result<(), Error> {
        has_calls(connection).await?;
        for (age, batch, what) in [
            (self.done, DONE, "done: payload removed"),
            (self.set_aside, SET_ASIDE, "set aside: payload removed"),
            (self.changed, CHANGED, "changed: removed"),
        ] {
            if let Some(age) = age {
                writeln!(out, "{} {what}", remove(connection, batch, age).await?)?;
            }
        }
        Ok(())
    }
}

/// Runs one transaction after the other until there is nothing left, and returns of how many rows. Each
/// goes on after the last row of the one before it.
async fn remove(
    connection: &mut PgConnection,
    batch: &'static str,
    age: f64,
) -> Result<usize, sqlx::Error> {
    let (mut last, mut count) = (0_i64, 0);
    loop {
        let batch = sqlx::query_scalar(batch).bind(last).bind(age).bind(BATCH);
        let rows: Vec<i64> = batch.fetch_all(&mut *connection).await?;
        let Some(end) = rows.iter().max() else { return Ok(count) };
        last = *end;
        count += rows.len();
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn ages_are_a_number_and_a_unit() {
        assert_eq!(age("30d"), Ok(2_592_000.0));
        assert_eq!(age("12h"), Ok(43_200.0));
        assert_eq!(age("15m"), Ok(900.0));
        assert_eq!(age("0s"), Ok(0.0));
        for wrong in ["", "d", "30", "-1d", "1.5h", "1w", "99999d", "1é"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
