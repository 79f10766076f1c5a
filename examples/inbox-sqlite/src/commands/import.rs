//! `inbox import`

use super::{Result, open_calls};
use crate::event::{self, Identity};
use crate::inbox::now;
use crate::setup::var;
use axum::body::Bytes;
use clap::Args;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::io::{BufRead, Write};
use std::thread::sleep;
use std::{path::Path, time::Duration};
use webhook_axum::{Account, Event};

/// Lines of one transaction: the server waits for it, and with the server every call.
const BATCH: usize = 64;
/// Pause between two transactions, in which the server has its turn.
const PAUSE: Duration = Duration::from_millis(10);
/// Lines that can't be taken and are named one by one.
const NAMED: u64 = 20;
const MEDIA_TYPE: &str = "application/json";

/// Whose events are imported, as the key of a call of the same event has it.
#[derive(Args)]
pub struct Import {
    /// The account: `1234`, `account_1234` or `environment_1234`; one of the inbox's own, where
    /// `COPERNICA_ACCOUNT` names them
    #[arg(long, value_parser = account, required_unless_present = "unverified")]
    account: Option<Account>,
    /// The inbox runs with `COPERNICA_UNVERIFIED=1`, where keys have no account
    #[arg(long, value_parser = unverified)]
    unverified: bool,
}

/// Parses `--account`, and compares it with the environment of the inbox, where it is that of this command
/// too: with another account its events would have other keys, and be handled twice.
fn account(text: &str) -> std::result::Result<Account, String> {
    let account = parse(text)?;
    if is_unverified() {
        return Err(
            "COPERNICA_UNVERIFIED=1: keys have no account here, use --unverified".to_owned()
        );
    }
    let Some(own) = var("COPERNICA_ACCOUNT") else { return Ok(account) };
    let accounts: std::result::Result<Vec<_>, _> =
        own.split(',').map(|text| parse(text.trim())).collect();
    let accounts = accounts.map_err(|error| format!("COPERNICA_ACCOUNT={own}: {error}"))?;
    if !accounts.contains(&account) {
        return Err(format!("this inbox takes calls of COPERNICA_ACCOUNT={own}"));
    }
    Ok(account)
}

/// Parses the absence or presence of `--unverified`, and compares it with the environment in the same way.
fn unverified(flag: &str) -> std::result::Result<bool, String> {
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

fn parse(text: &str) -> std::result::Result<Account, String> {
    match text.parse() {
        Ok(number) => Ok(Account::new(number)),
        Err(_) => text.parse().map_err(|error| format!("{error}")),
    }
}

/// An event to be stored: its line is the body.
struct Line {
    key: String,
    body: Vec<u8>,
}

impl Import {
    /// Reads create events, one JSON a line, and takes those whose key is not known.
    ///
    /// A line that is no create event is reported, and those after it are taken all the same: an error is
    /// the result at the end. What was taken before a failure of the database stays taken.
    pub fn run(&self, path: &Path, input: &mut impl BufRead, out: &mut impl Write) -> Result<()> {
        let mut db = open_calls(path)?;
        let account = self.account.filter(|_| !self.unverified);
        let (mut number, mut wrong, mut known, mut taken) = (0, 0, 0, 0);
        let mut batch = Vec::with_capacity(BATCH);
        let mut is_end = false;
        while !is_end {
            let mut body = Vec::new();
            is_end = input.read_until(b'\n', &mut body)? == 0;
            if !is_end {
                number += 1;
                match line(body, account) {
                    Ok(line) => batch.push(line),
                    Err(why) => {
                        wrong += 1;
                        if wrong <= NAMED {
                            tracing::error!("line {number}: {why}");
                        }
                    }
                }
            }
            if batch.len() == BATCH || is_end && !batch.is_empty() {
                let new = store(&mut db, &batch, account)?;
                (taken, known) = (taken + new, known + batch.len() - new);
                batch.clear();
                sleep(PAUSE);
            }
        }
        writeln!(out, "{taken} taken, {known} known already")?;
        if wrong > 0 {
            return Err(format!("{wrong} of {number} lines are no create event").into());
        }
        Ok(())
    }
}

/// Reads a line by the rules of the worker, which decodes it again; or returns why it can't be taken,
/// never by a value of it.
fn line(mut body: Vec<u8>, account: Option<Account>) -> std::result::Result<Line, String> {
    body.truncate(body.trim_ascii_end().len());
    let body = Bytes::from(body);
    let event = event::raw(&body, Some(MEDIA_TYPE)).decode::<Event>();
    let event = event.map_err(|rejection| rejection.to_string())?;
    let Event::Create(_) = event else { return Err("not a create event".to_owned()) };
    let identity = Identity::of(&event, account).ok_or("its event has no key")?;
    Ok(Line { key: identity.key, body: body.into() })
}

/// Stores the events whose key is not known, in one transaction, and returns how many.
///
/// Without a delivery and a timestamp: a call that reports the event later is a duplicate and changes
/// nothing, though its timestamp may be another than the row's `created`.
fn store(db: &mut Connection, lines: &[Line], account: Option<Account>) -> Result<usize> {
    let account = account.map(|account| account.to_string());
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let stored = insert(&tx, lines, account.as_deref())?;
    tx.commit()?;
    Ok(stored)
}

fn insert(tx: &Transaction<'_>, lines: &[Line], account: Option<&str>) -> Result<usize> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO inbox (event_key, account, media_type, body, received, next_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT (event_key) DO NOTHING",
    )?;
    let now = now();
    lines.iter().try_fold(0, |stored, Line { key, body }| {
        Ok(stored + insert.execute(params![key, account, MEDIA_TYPE, body, now])?)
    })
}
