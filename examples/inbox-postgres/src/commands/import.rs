//! `inbox import`

use super::has_calls;
use crate::call::{self, Identity};
use crate::setup::var;
use crate::{Error, database};
use sqlx::PgConnection;
use std::io::{BufRead, Write};
use webhook_axum::{Account, Event};

/// Lines of one transaction: a call of the same event waits for it.
const BATCH: usize = 100;
/// Lines that can't be taken and are named one by one.
const NAMED: u64 = 20;
const MEDIA_TYPE: &str = "application/json";

/// Rows and their jobs in one statement, as of calls that are received (`store`). Without a delivery and a
/// timestamp: a call that reports the event later is a duplicate and changes nothing, though its timestamp
/// may be another than the row's `created`.
const STORE: &str = "
    WITH stored AS (
        INSERT INTO inbox_call (event_key, account, media_type, body)
        SELECT key, $3, $4, body FROM unnest($1::text[], $2::bytea[]) AS line (key, body)
        ON CONFLICT DO NOTHING RETURNING id
    ), job AS (
        SELECT (graphile_worker.add_job(
            'call', json_build_object('row', id), max_attempts => 32767)).id
        FROM stored
    )
    SELECT (SELECT count(*) FROM stored), (SELECT count(*) FROM job)";

/// Whose events are imported, as the key of a call of the same event has it.
#[derive(Debug, Clone, clap::Args)]
pub struct Import {
    /// The account: `1234`, `account_1234` or `environment_1234`; one of the inbox's own, where
    /// `COPERNICA_ACCOUNT` names them.
    #[arg(long, value_parser = account, required_unless_present = "unverified")]
    account: Option<Account>,
    /// The inbox runs with `COPERNICA_UNVERIFIED=1`, where keys have no account.
    #[arg(long, value_parser = unverified)]
    unverified: bool,
}

/// Parses `--account`, and compares it with the environment of the inbox, where it is that of this command
/// too: with another account its events would have other keys, and be handled twice.
fn account(text: &str) -> Result<Account, String> {
    let account = parse(text)?;
    if is_unverified() {
        return Err(
            "COPERNICA_UNVERIFIED=1: keys have no account here, use --unverified".to_owned()
        );
    }
    let Some(own) = var("COPERNICA_ACCOUNT") else { return Ok(account) };
    let accounts: Result<Vec<_>, _> = own.split(',').map(|text| parse(text.trim())).collect();
    let accounts = accounts.map_err(|error| format!("COPERNICA_ACCOUNT={own}: {error}"))?;
    if !accounts.contains(&account) {
        return Err(format!("this inbox takes calls of COPERNICA_ACCOUNT={own}"));
    }
    Ok(account)
}

/// Parses the absence or presence of `--unverified`, and compares it with the environment in the same way.
fn unverified(flag: &str) -> Result<bool, String> {
    let unverified = flag == "true";
    match var("COPERNICA_ACCOUNT") {
        Some(own) if unverified && !is_unverified() => {
            Err(format!("this inbox verifies calls of COPERNICA_ACCOUNT={own}, use --account"))
        }
        _ => Ok(unverified),
    }
}

fn is_unverified() -> bool {
    var("COPERNICA_UNVERIFIED").as_deref() == Some("1")
}

fn parse(text: &str) -> Result<Account, String> {
    match text.parse() {
        Ok(number) => Ok(Account::new(number)),
        Err(_) => text.parse().map_err(|error| format!("{error}")),
    }
}

/// Keys and bodies of a transaction: the line is the body.
#[derive(Debug, Default)]
struct Batch {
    keys: Vec<String>,
    bodies: Vec<Vec<u8>>,
}

impl Import {
    /// Reads create events, one JSON a line, and takes those whose key is not known.
    ///
    /// A line that is no create event is reported, and those after it are taken all the same: an error is
    /// the result at the end. What was taken before a failure of the database stays taken.
    pub async fn run(
        &self,
        connection: &mut PgConnection,
        input: &mut impl BufRead,
        out: &mut impl Write,
    ) -> Result<(), Error> {
        has_calls(connection).await?;
        // Who reads 0 as our exit code moves a cursor, and sends none of this again.
        database::durable(connection).await?;
        let account = self.account.filter(|_| !self.unverified);
        let (mut number, mut wrong, mut known, mut taken) = (0_u64, 0_u64, 0, 0);
        let mut batch = Batch::default();
        let mut is_end = false;
        while !is_end {
            let mut body = Vec::new();
            is_end = input.read_until(b'\n', &mut body)? == 0;
            if !is_end {
                number += 1;
                body.truncate(body.trim_ascii_end().len());
                match key(&body, account) {
                    Ok(key) => {
                        batch.keys.push(key);
                        batch.bodies.push(body);
                    }
                    Err(why) => {
                        wrong += 1;
                        if wrong <= NAMED {
                            tracing::error!("line {number}: {why}");
                        }
                    }
                }
            }
            let count = batch.keys.len();
            if count == BATCH || is_end && count > 0 {
                let new = store(connection, &batch, account).await?;
                (taken, known) = (taken + new, known + count - new);
                batch = Batch::default();
            }
        }
        writeln!(out, "{taken} taken, {known} known already")?;
        if wrong > 0 {
            return Err(format!("{wrong} of {number} lines are no create event").into());
        }
        Ok(())
    }
}

/// Returns the key of a line, read by the rules of the worker, which decodes it again; or why it can't be
/// taken, never by a value of it.
fn key(body: &[u8], account: Option<Account>) -> Result<String, String> {
    let event = call::raw(body.to_vec(), Some(MEDIA_TYPE)).decode::<Event>();
    let event = event.map_err(|rejection| rejection.to_string())?;
    let Event::Create(_) = event else { return Err("not a create event".to_owned()) };
    let identity = Identity::of(&event, account).ok_or("its event has no key")?;
    Ok(identity.key)
}

/// Stores the events whose key is not known, in one transaction, and returns how many.
async fn store(
    connection: &mut PgConnection,
    batch: &Batch,
    account: Option<Account>,
) -> Result<usize, Error> {
    let stored = sqlx::query_as(STORE)
        .bind(&batch.keys)
        .bind(&batch.bodies)
        .bind(account.map(|account| account.to_string()))
        .bind(MEDIA_TYPE);
    let (stored, jobs): (i64, i64) = stored.fetch_one(connection).await?;
    if stored != jobs {
        return Err("the runner took no job".into());
    }
    Ok(stored.try_into()?)
}
