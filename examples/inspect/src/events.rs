//! Calls as they arrive, for pages that are open: server-sent events, in batches.

use crate::app::App;
use crate::view;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::sleep;

/// How long calls are gathered: a page is written to ten times a second at most.
const BATCH: Duration = Duration::from_millis(100);
/// How much longer, where so many came meanwhile that they are not read one by one: most of them are
/// pushed out before they would be drawn.
const BUSY_BATCH: Duration = Duration::from_millis(400);
const BUSY_CALLS: u64 = 50;

/// What a page has got so far.
struct Page {
    app: Arc<App>,
    newest: watch::Receiver<u64>,
    last: u64,
    /// Whether the page has to forget what it shows.
    is_new: bool,
    _place: OwnedSemaphorePermit,
}

/// Returns what happens after `last`, the id of an event of this process; or everything that is kept.
pub fn stream(
    app: Arc<App>,
    last: Option<&str>,
    place: OwnedSemaphorePermit,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let newest = app.newest();
    let last = last.and_then(|last| last.strip_prefix(run(&app))?.strip_prefix('-')?.parse().ok());
    let last = last.filter(|last| *last <= app.calls().store.newest());
    let page = Page { app, newest, last: last.unwrap_or(0), is_new: last.is_none(), _place: place };
    let events = stream::unfold(page, |mut page| async move {
        let event = page.next().await?;
        Some((Ok(event), page))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// Returns what distinguishes this process's events from another's.
fn run(app: &App) -> &str {
    app.access.csrf().get(..8).unwrap_or_default()
}

impl Page {
    async fn next(&mut self) -> Option<Event> {
        if !self.is_new {
            let (last, stopped) = (self.last, self.app.stopped());
            tokio::select! {
                changed = self.newest.wait_for(|newest| *newest > last) => { changed.ok()?; }
                () = stopped => return None,
            }
            sleep(BATCH).await;
            if *self.newest.borrow() > last.saturating_add(BUSY_CALLS) {
                sleep(BUSY_BATCH).await;
            }
        }
        let (rows, oldest, seen, newest) = {
            let calls = self.app.calls();
            let store = &calls.store;
            (store.after(self.last), store.oldest(), store.seen, store.newest())
        };
        let data = json!({
            "fresh": self.is_new,
            "rows": rows.iter().map(|call| view::row(call)).collect::<Vec<_>>(),
            "oldest": oldest,
            "seen": seen,
        });
        (self.last, self.is_new) = (newest, false);
        Some(Event::default().id(format!("{}-{newest}", run(&self.app))).data(data.to_string()))
    }
}
