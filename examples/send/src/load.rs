//! Sends the calls and collects the answers.

use std::{
    error::Error as _,
    io::IsTerminal as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinSet;

use crate::{
    body::Body,
    report::{Answer, Outcome, Report},
};

/// Shorter runs end before anybody has read a progress bar.
const LONG_RUN: Duration = Duration::from_secs(1);
/// More of an answer than this is not an endpoint's answer to a webhook.
const ANSWER_LIMIT: usize = 1024 * 1024;

/// How to send.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) url: Uri,
    pub(crate) count: u64,
    pub(crate) concurrency: usize,
    pub(crate) timeout: Duration,
}

/// What the workers share.
struct Run {
    load: Load,
    body: Body,
    client: Client<HttpConnector, Full<Bytes>>,
    next: AtomicU64,
    progress: ProgressBar,
}

/// Sends all calls and waits for all answers.
pub(crate) async fn run(load: Load, body: Body) -> Report {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let workers = load.count.min(load.concurrency as u64);
    let run = Arc::new(Run {
        client: Client::builder(TokioExecutor::new()).build(connector),
        next: AtomicU64::new(0),
        progress: hidden_progress(load.count),
        load,
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
    loop {
        let index = run.next.fetch_add(1, Ordering::Relaxed);
        if index >= run.load.count {
            return report;
        }
        let request = request(&run.load.url, run.body.of_call(index));
        let started = Instant::now();
        let outcome = match tokio::time::timeout(run.load.timeout, call(&run.client, request)).await
        {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Failed("timed out".into()),
        };
        report.add(outcome, started.elapsed());
        run.progress.inc(1);
    }
}

fn request(url: &Uri, body: Bytes) -> Request<Full<Bytes>> {
    let mut request = Request::post(url.clone()).body(Full::new(body)).unwrap_or_default();
    request.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    request
}

async fn call(
    client: &Client<HttpConnector, Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Outcome {
    let response = match client.request(request).await {
        Ok(response) => response,
        Err(error) => return Outcome::Failed(innermost(&error)),
    };
    let status = response.status();
    // Read to its end, or the connection could not carry the next call.
    match Limited::new(response.into_body(), ANSWER_LIMIT).collect().await {
        Ok(body) => Outcome::Answered(Answer { status, body: body.to_bytes() }),
        Err(error) => Outcome::Failed(format!("{status}, then: {error}")),
    }
}

/// "client error (Connect)" helps nobody; its cause does.
fn innermost(error: &hyper_util::client::legacy::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = cause.to_string();
        source = cause.source();
    }
    text
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
