//! One run: all lists are queried, then the cursor moves.

use crate::api::Api;
use crate::args::{Query, Since, Source, usage};
use crate::list::{self, Page};
use crate::progress::Progress;
use crate::sink::Sink;
use crate::state::{AGAIN, Cursor, Files, State};
use std::collections::VecDeque;
use webhook_core::Account;

/// Why a run ended before its end.
pub(crate) enum Failure {
    Usage(clap::Error),
    Failed(String),
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Failed(text)
    }
}

/// Queries what was created since the last run, and writes it where it belongs.
///
/// # Errors
///
/// When the command line is wrong, or anything fails; the cursor is where it was then.
pub(crate) async fn run(query: &Query, token: String) -> Result<(), Failure> {
    let sources = query.sources().map_err(Failure::Usage)?;
    let files = Files::lock(&query.state)?;
    let known = files.read()?;
    let is_known = |source: &Source| {
        known.as_ref().is_some_and(|state| state.cursors.contains_key(&source.to_string()))
    };
    let new: Vec<_> = sources.iter().copied().filter(|source| !is_known(source)).collect();
    if let (Some(source), None) = (new.first(), query.since_id) {
        let text = format!(
            "{source} is new: begin with --since-id N, or --since-id latest for what is created from now on"
        );
        return Err(Failure::Usage(usage(text)));
    }
    if !query.dry_run {
        // Its lines come again in this run.
        files.withdraw()?;
    }

    let mut api = Api::new(&query.api, &query.auth, token, query.back_off)?;
    let account = identify(&mut api, query, known.as_ref()).await?;
    let mut state = known.unwrap_or_else(|| State::new(account));
    for source in &new {
        let began = match query.since_id {
            Some(Since::Id(id)) => id,
            _ => list::latest(&mut api, *source).await?,
        };
        eprintln!("{source}: begins after id {began}");
        state.cursors.insert(source.to_string(), Cursor::after(began));
    }
    if !new.is_empty() && !query.dry_run {
        // At once: were this run to fail, `latest` would be another one in the next, and what was created
        // in between would be lost.
        files.write(&state)?;
    }

    let mut sink = Sink::open(&query.into, query.dry_run)?;
    let all_queried = all(&mut api, &sources, &mut state, &mut sink).await;
    // Also where a query failed: what the command has got, it takes.
    let closed = sink.close().await;
    all_queried?;
    closed?;
    eprintln!("{} calls to the API", api.calls);
    match (query.dry_run, query.into.is_empty()) {
        (true, _) => {}
        (false, true) => files.propose(&state)?,
        (false, false) => files.write(&state)?,
    }
    Ok(())
}

/// Returns the account's number, which must be the one that was named and that of the state.
async fn identify(api: &mut Api, query: &Query, known: Option<&State>) -> Result<u64, String> {
    let account = api.identity().await?;
    eprintln!("account {account}");
    if let Some(expected) = query.account.filter(|expected| *expected != Account::new(account)) {
        return Err(format!("the token is one of account {account}, and --account is {expected}"));
    }
    match known {
        Some(state) if state.account != account => Err(format!(
            "the token is one of account {account}, and the state is of account {}",
            state.account
        )),
        _ => Ok(account),
    }
}

async fn all(
    api: &mut Api,
    sources: &[Source],
    state: &mut State,
    sink: &mut Sink,
) -> Result<(), String> {
    for source in sources {
        // It was put there when it was new.
        if let Some(cursor) = state.cursors.get_mut(&source.to_string()) {
            one(api, *source, cursor, sink).await?;
        }
    }
    Ok(())
}

/// Queries one list up to its end, and moves its cursor.
async fn one(
    api: &mut Api,
    source: Source,
    cursor: &mut Cursor,
    sink: &mut Sink,
) -> Result<(), String> {
    let before = cursor.last;
    let progress = Progress::new(source);
    api.progress = Some(progress.clone());
    let written = pages(api, source, cursor, sink, &progress).await;
    // Also where it failed: the command may take a while for what it has got.
    progress.finish();
    let (written, fresh) = written?;
    eprintln!("{source}: {written} entities, {fresh} of them above id {before}");
    Ok(())
}

/// Returns how many were written, and how many of these are above the cursor.
async fn pages(
    api: &mut Api,
    source: Source,
    cursor: &mut Cursor,
    sink: &mut Sink,
    progress: &Progress,
) -> Result<(u64, u64), String> {
    let (mut after, mut written, mut fresh) = (cursor.from, 0_u64, 0_u64);
    let mut tail = VecDeque::with_capacity(AGAIN);
    loop {
        let Page { entities, is_last } = list::page(api, source, after).await?;
        let mut lines = String::new();
        for (id, entity) in entities {
            after = id;
            if tail.len() == AGAIN {
                tail.pop_front();
            }
            tail.push_back(id);
            if entity.is_removed() {
                continue;
            }
            lines.push_str(&entity.line(source)?);
            lines.push('\n');
            written += 1;
            fresh += u64::from(id > cursor.last);
        }
        sink.write(&lines).await?;
        progress.set(written, after);
        if is_last {
            break;
        }
    }
    cursor.advance(tail.into_iter());
    Ok((written, fresh))
}
