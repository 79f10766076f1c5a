//! Metrics and health on an address of their own, `METRICS_LISTEN`: numbers for the operator, and
//! never where calls come in, which is the open network.

use crate::queue::Inbox;
use crate::{Result, serve, setup};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Router, routing::get};
use hyper_util::service::TowerToHyperService;
use metrics::gauge;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use rusqlite::{Connection, OpenFlags};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// How old the oldest event that waits may be; `READY_OLDEST` is another number of seconds.
const OLDEST: u64 = 300;
/// How long a question to the database may take.
const ANSWER: Duration = Duration::from_secs(3);
/// How often what was recorded is made smaller, whether or not it is read.
const UPKEEP: Duration = Duration::from_secs(5);
/// The bounds of the times, in seconds.
const SECONDS: [f64; 12] =
    [0.000_01, 0.000_03, 0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0];

/// What is exported, and where.
pub struct Watch {
    address: String,
    handle: PrometheusHandle,
}

#[derive(Clone)]
struct Shown {
    handle: PrometheusHandle,
    inbox: Inbox,
    database: PathBuf,
    oldest: u64,
}

/// What the database says of the events that are not done.
struct Counts {
    waiting: u32,
    running: u32,
    dead: u32,
    set_aside: u32,
    oldest: f64,
}

/// Installs the recorder, where `METRICS_LISTEN` is set: before the receiver is built.
pub fn install() -> Result<Option<Watch>> {
    let Some(address) = setup::var("METRICS_LISTEN") else { return Ok(None) };
    let matcher = Matcher::Full("copernica_webhook_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(matcher, &SECONDS)?;
    Ok(Some(Watch { address, handle: builder.install_recorder()? }))
}

impl Watch {
    /// Serves until the program ends. `calls` is where calls come in.
    pub async fn serve(self, calls: SocketAddr, inbox: Inbox, database: &Path) -> Result<()> {
        let Self { address, handle } = self;
        let listener = TcpListener::bind(&address).await.map_err(|error| {
            format!(
                "refusing to start: METRICS_LISTEN={address}: {error} (it must not be the address \
                 of LISTEN, {calls})"
            )
        })?;
        tracing::info!("metrics on http://{}/metrics", listener.local_addr()?);
        let oldest = setup::var("READY_OLDEST").map_or(Ok(OLDEST), |seconds| seconds.parse())?;
        let upkeep = handle.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                upkeep.run_upkeep();
            }
        });
        let shown = Shown { handle, inbox, database: database.to_owned(), oldest };
        let app = Router::new()
            .route("/metrics", get(metrics))
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .with_state(shown);
        let forever = std::future::pending();
        let app = TowerToHyperService::new(app);
        tokio::spawn(async { serve::serve(listener, app, forever, async {}).await });
        Ok(())
    }
}

async fn metrics(State(shown): State<Shown>) -> (StatusCode, String) {
    match counts(shown.database).await {
        Ok(counts) => {
            gauge!("inbox_waiting").set(counts.waiting);
            gauge!("inbox_running").set(counts.running);
            gauge!("inbox_dead").set(counts.dead);
            gauge!("inbox_set_aside").set(counts.set_aside);
            gauge!("inbox_oldest_seconds").set(counts.oldest);
        }
        // The other numbers are true all the same, and these would be old ones.
        Err(error) => {
            tracing::warn!(error, "the database can't be counted");
            for name in [
                "inbox_waiting",
                "inbox_running",
                "inbox_dead",
                "inbox_set_aside",
                "inbox_oldest_seconds",
            ] {
                gauge!(name).set(f64::NAN);
            }
        }
    }
    (StatusCode::OK, shown.handle.render())
}

/// Answers 200 when calls can be taken and are handled in time, and 503 with the reasons otherwise.
async fn ready(State(shown): State<Shown>) -> (StatusCode, String) {
    let writable = timeout(ANSWER, shown.inbox.probe()).await;
    let writable = match writable {
        Ok(Ok(())) => Ok("yes".to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer in time".to_owned()),
    };
    let oldest = counts(shown.database).await.and_then(|counts| {
        let bound = shown.oldest;
        let said = format!("{} s, bound {bound} s", counts.oldest);
        #[allow(clippy::cast_precision_loss, reason = "seconds, and not of centuries")]
        if counts.oldest <= bound as f64 { Ok(said) } else { Err(said) }
    });
    let checks = [("database writable", writable), ("oldest waiting", oldest)];
    let is_ready = checks.iter().all(|(_, outcome)| outcome.is_ok());
    let lines = checks.map(|(name, outcome)| match outcome {
        Ok(said) => format!("ok    {name}: {said}\n"),
        Err(why) => format!("FAIL  {name}: {why}\n"),
    });
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, lines.concat())
}

/// Counts on a thread for it, by a connection that only reads.
async fn counts(database: PathBuf) -> std::result::Result<Counts, String> {
    let counting = tokio::task::spawn_blocking(move || count(&database));
    let counted = timeout(ANSWER, counting).await.map_err(|_| "no answer in time")?;
    counted.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

fn count(database: &Path) -> rusqlite::Result<Counts> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(database, flags)?;
    db.busy_timeout(ANSWER)?;
    // One whose lease has ended waits for its next attempt.
    db.query_one(
        "SELECT coalesce(sum(state = 'waiting' OR state = 'running' AND next_at <= ?1), 0),
                coalesce(sum(state = 'running' AND next_at > ?1), 0),
                coalesce(sum(state = 'dead'), 0),
                coalesce(sum(state = 'set aside'), 0),
                coalesce(max(0, ?1 - min(received) FILTER (WHERE state IN ('waiting', 'running'))), 0)
                    / 1000.0
         FROM inbox",
        [crate::inbox::now()],
        |row| {
            Ok(Counts {
                waiting: row.get(0)?,
                running: row.get(1)?,
                dead: row.get(2)?,
                set_aside: row.get(3)?,
                oldest: row.get(4)?,
            })
        },
    )
}
