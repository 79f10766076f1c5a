//! Sends the calls and collects the answers.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinSet;

use crate::{
    args::Prepared,
    body::Body,
    report::{Outcome, Report},
    sign::{Call, Calls},
    wire::{Connection, Endpoint},
};

/// Shorter runs end before a progress bar can be read.
const LONG_RUN: Duration = Duration::from_secs(1);

/// How to send.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) count: u64,
    pub(crate) concurrency: usize,
    pub(crate) timeout: Duration,
    /// Whether an exact copy follows each call.
    pub(crate) repeat: bool,
    /// Whether to say of the first call, before it is sent, what becomes of its proof.
    pub(crate) explain: bool,
}

/// What the workers share.
struct Run {
    load: Load,
    calls: Calls,
    body: Body,
    endpoint: Endpoint,
    next: AtomicU64,
    progress: ProgressBar,
}

/// Sends all calls and waits for all answers.
pub(crate) async fn run(prepared: Prepared) -> Report {
    let Prepared { load, calls, body, endpoint } = prepared;
    let workers = load.count.min(load.concurrency as u64);
    let run = Arc::new(Run {
        endpoint,
        next: AtomicU64::new(0),
        progress: hidden_progress(load.count),
        load,
        calls,
        body,
    });

    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        tasks.spawn(work(Arc::clone(&run)));
    }
    let showing = tokio::spawn(show_progress(run.progress.clone()));
    let mut report = Report::default();
    for part in tasks.join_all().await {
        report.merge(part);
    }
    let took = started.elapsed();
    showing.abort();
    run.progress.finish_and_clear();
    report.finish(took)
}

async fn work(run: Arc<Run>) -> Report {
    let mut report = Report::default();
    let mut connection = None;
    loop {
        let index = run.next.fetch_add(1, Ordering::Relaxed);
        if index >= run.load.count {
            return report;
        }
        // Signed here, one by one: the time that it takes is in no latency.
        let call = run.body.of_call(index).and_then(|body| run.calls.call(body));
        match call {
            Ok(call) => {
                if run.load.explain && index == 0 {
                    explain(&run.calls, &call).await;
                }
                if run.load.repeat {
                    run.send(&mut connection, &mut report, &call).await;
                }
                run.send(&mut connection, &mut report, &call).await;
            }
            Err(error) => report.add(Outcome::Failed(error), Duration::ZERO),
        }
        run.progress.inc(1);
    }
}

async fn explain(calls: &Calls, call: &Call) {
    let Some(signed) = &call.signed else { return };
    if let Some(text) = calls.explain(signed).await {
        // After the pipe was closed, explanations have no reader.
        let _ = writeln!(std::io::stdout(), "{text}");
    }
}

impl Run {
    async fn send(&self, connection: &mut Option<Connection>, report: &mut Report, call: &Call) {
        let started = Instant::now();
        let answered = self.exchange(connection.take(), call);
        let outcome = match tokio::time::timeout(self.load.timeout, answered).await {
            Ok(Ok((kept, outcome))) => {
                *connection = Some(kept);
                outcome
            }
            Ok(Err(why)) => Outcome::Failed(why),
            Err(_) => Outcome::Failed("timed out".into()),
        };
        report.add(outcome, started.elapsed());
    }

    /// Sends a call on this connection, or on a new one where that can carry no more.
    async fn exchange(
        &self,
        connection: Option<Connection>,
        call: &Call,
    ) -> Result<(Connection, Outcome), String> {
        let mut ready = None;
        if let Some(mut connection) = connection
            && connection.is_ready().await
        {
            ready = Some(connection);
        }
        let mut connection = match ready {
            Some(connection) => connection,
            None => self.endpoint.connect().await.map_err(|error| error.to_string())?,
        };
        let answer = connection.exchange(&call.bytes).await.map_err(|error| error.to_string())?;
        Ok((connection, Outcome::Answered(answer)))
    }
}

fn hidden_progress(count: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(count), ProgressDrawTarget::hidden()).with_style(style)
}

async fn show_progress(progress: ProgressBar) {
    if std::io::stderr().is_terminal() {
        tokio::time::sleep(LONG_RUN).await;
        progress.set_draw_target(ProgressDrawTarget::stderr());
    }
}
