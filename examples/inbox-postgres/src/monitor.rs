//! Metrics and health on an address of their own, `METRICS_LISTEN`: numbers for the operator, and
//! never where calls come in, which is the open network. The file is the same in both inboxes.

use crate::health::Health;
use crate::keys::WatchedKeys;
use crate::{serve, setup};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Router, routing::get};
use hyper_util::service::TowerToHyperService;
use metrics::{counter, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// How old the oldest event that waits may be; `READY_OLDEST` is another number of seconds.
const OLDEST: u32 = 300;
/// How long a question to the database may take.
const ANSWER: Duration = Duration::from_secs(3);
/// How often what was recorded is made smaller, whether or not it is read.
const UPKEEP: Duration = Duration::from_secs(5);
/// The bounds of the times, in seconds.
const SECONDS: [f64; 12] =
    [0.000_01, 0.000_03, 0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0];

/// Calls in the database, by what becomes of them.
pub struct Counts {
    pub waiting: u32,
    pub running: u32,
    pub dead: u32,
    pub set_aside: u32,
}

/// What is exported, and where.
pub struct Watch {
    address: String,
    handle: PrometheusHandle,
}

#[derive(Clone)]
struct Shown {
    handle: PrometheusHandle,
    health: Health,
    keys: Option<WatchedKeys>,
    oldest: u32,
}

/// Installs the recorder, where `METRICS_LISTEN` is set: before the receiver is built.
pub fn install() -> Result<Option<Watch>, String> {
    let Some(address) = setup::var("METRICS_LISTEN") else { return Ok(None) };
    let matcher = Matcher::Full("copernica_webhook_seconds".to_owned());
    let recorder = PrometheusBuilder::new().set_buckets_for_metric(matcher, &SECONDS);
    let handle = recorder.and_then(PrometheusBuilder::install_recorder);
    Ok(Some(Watch { address, handle: handle.map_err(|error| format!("metrics: {error}"))? }))
}

/// Counts an attempt of the worker at a call, by the trigger that was decoded: the receiver has the call
/// as it came, and calls each event `other`.
pub fn attempted(event: &'static str, outcome: &'static str) {
    counter!("inbox_attempts_total", "event" => event, "outcome" => outcome).increment(1);
}

impl Watch {
    /// Serves until the program ends. `calls` is where calls come in, if they do, and `keys` what they are
    /// proven by, if that has to be asked.
    pub async fn serve(
        self,
        calls: Option<SocketAddr>,
        health: Health,
        keys: Option<WatchedKeys>,
    ) -> Result<(), String> {
        let Self { address, handle } = self;
        let refused = |why: &dyn std::fmt::Display| {
            format!("refusing to start: METRICS_LISTEN={address}: {why}")
        };
        let of_calls = "it must not be the address of LISTEN";
        let listener = TcpListener::bind(&address)
            .await
            .map_err(|error| refused(&format!("{error} ({of_calls})")))?;
        let bound = listener.local_addr().map_err(|error| refused(&error))?;
        // Linux has refused it by now. Other systems let one address be part of another.
        if calls.is_some_and(|calls| overlap(calls, bound)) {
            return Err(refused(&of_calls));
        }
        let oldest = setup::var("READY_OLDEST").map_or(Ok(OLDEST), |seconds| seconds.parse());
        let oldest = oldest.map_err(|error| format!("READY_OLDEST: {error}"))?;
        tracing::info!("metrics on http://{bound}/metrics");
        let upkeep = handle.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                upkeep.run_upkeep();
            }
        });
        if let Some(keys) = keys.clone() {
            tokio::spawn(keys.ask());
        }
        let app = Router::new()
            .route("/metrics", get(metrics))
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .with_state(Shown { handle, health, keys, oldest });
        let forever = std::future::pending();
        let app = TowerToHyperService::new(app);
        tokio::spawn(async { serve::serve(listener, app, forever, async {}).await });
        Ok(())
    }
}

/// Reports whether a connection to one of these addresses may be one to the other.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let any = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && (any || one.ip() == other.ip())
}

async fn metrics(State(shown): State<Shown>) -> (StatusCode, String) {
    let counts = in_time(shown.health.counts()).await;
    let oldest = in_time(shown.health.oldest()).await;
    if let Err(error) = counts.as_ref().map(drop).and(oldest.as_ref().map(drop)) {
        tracing::warn!(error, "the database can't be counted");
    }
    // The other numbers are true all the same, and these would be old ones.
    let counts = counts.ok();
    let number =
        |number: fn(&Counts) -> u32| counts.as_ref().map_or(f64::NAN, |all| number(all).into());
    gauge!("inbox_waiting").set(number(|all| all.waiting));
    gauge!("inbox_running").set(number(|all| all.running));
    gauge!("inbox_dead").set(number(|all| all.dead));
    gauge!("inbox_set_aside").set(number(|all| all.set_aside));
    gauge!("inbox_oldest_seconds").set(oldest.unwrap_or(f64::NAN));
    (StatusCode::OK, shown.handle.render())
}

/// Answers 200 when calls can be taken and are handled in time, and 503 with the reasons otherwise.
async fn ready(State(shown): State<Shown>) -> (StatusCode, String) {
    let writable = in_time(shown.health.write()).await.map(|()| "yes".to_owned());
    let oldest = in_time(shown.health.oldest()).await.and_then(|oldest| {
        let found = format!("{oldest:.0} s, bound {} s", shown.oldest);
        if oldest <= f64::from(shown.oldest) { Ok(found) } else { Err(found) }
    });
    let keys = shown.keys.map_or(Ok("none to ask".to_owned()), |keys| keys.status());
    let checks =
        [("database writable", writable), ("oldest waiting", oldest), ("key source", keys)];
    let is_ready = checks.iter().all(|(_, outcome)| outcome.is_ok());
    let lines = checks.map(|(name, outcome)| match outcome {
        Ok(found) => format!("ok    {name}: {found}\n"),
        Err(why) => format!("FAIL  {name}: {why}\n"),
    });
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, lines.concat())
}

async fn in_time<T>(answer: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(ANSWER, answer).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_overlap_where_a_connection_may_reach_both() {
        let overlaps = |one: &str, other: &str| {
            let (one, other) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!(overlap(one, other), overlap(other, one));
            overlap(one, other)
        };
        assert!(overlaps("127.0.0.1:3000", "127.0.0.1:3000"));
        assert!(overlaps("0.0.0.0:3000", "127.0.0.1:3000"));
        assert!(overlaps("[::]:3000", "127.0.0.1:3000"));
        assert!(!overlaps("0.0.0.0:3000", "127.0.0.1:9100"));
        assert!(!overlaps("10.0.0.1:3000", "127.0.0.1:3000"));
    }
}
