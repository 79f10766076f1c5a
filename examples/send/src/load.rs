//! Sends the calls and collects the answers.

use std::{
    error::Error as _,
    io::{IsTerminal as _, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustls::ClientConfig;
use tokio::task::JoinSet;

use crate::{
    body::Body,
    connect,
    message::Message,
    report::{Answer, Outcome, Report},
    sign::Calls,
};

/// Shorter runs end before anybody has read a progress bar.
const LONG_RUN: Duration = Duration::from_secs(1);
/// More of an answer than this is not an endpoint's answer to a webhook.
const ANSWER_LIMIT: usize = 1024 * 1024;

/// How to send.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) tls: ClientConfig,
    pub(crate) count: u64,
    pub(crate) concurrency: usize,
    pub(crate) timeout: Duration,
    /// Whether an exact copy follows each call.
    pub(crate) repeat: bool,
    /// Whether to say of the first call, before it is sent, what becomes of its proof.
    pub(crate) explain: bool,
}

type Https = HttpsConnector<HttpConnector>;

/// What the workers share.
struct Run {
    load: Load,
    calls: Calls,
    body: Body,
    client: Client<Https, Full<Bytes>>,
    next: AtomicU64,
    progress: ProgressBar,
}

/// Sends all calls and waits for all answers.
pub(crate) async fn run(load: Load, calls: Calls, body: Body) -> Report {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(load.tls.clone())
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    let workers = load.count.min(load.concurrency as u64);
    let run = Arc::new(Run {
        client: Client::builder(TokioExecutor::new()).build(connector),
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
    loop {
        let index = run.next.fetch_add(1, Ordering::Relaxed);
        if index >= run.load.count {
            return report;
        }
        if let Body::Message(message) = &run.body {
            for _ in 0..=u8::from(run.load.repeat) {
                run.send_as_it_is(&mut report, message).await;
            }
            run.progress.inc(1);
            continue;
        }
        // Signed here, one by one: the time that it takes is in no latency.
        let call = run
            .body
            .of_call(index)
            .and_then(|body| run.calls.call(body).map_err(|error| error.to_string()));
        match call {
            Ok(call) => {
                if run.load.explain && index == 0 {
                    explain(&run.calls, &call).await;
                }
                if run.load.repeat {
                    run.send(&mut report, call.clone()).await;
                }
                run.send(&mut report, call).await;
            }
            Err(error) => report.add(Outcome::Failed(error), Duration::ZERO),
        }
        run.progress.inc(1);
    }
}

async fn explain(calls: &Calls, call: &Request<Bytes>) {
    if let Some(text) = calls.explain(call).await {
        // After the pipe was closed, explanations have no reader.
        let _ = writeln!(std::io::stdout(), "{text}");
    }
}

impl Run {
    async fn send_as_it_is(&self, report: &mut Report, message: &Message) {
        let started = Instant::now();
        let (url, tls, timeout) = (&self.calls.url, &self.load.tls, self.load.timeout);
        let answer = connect::exchange(url, tls, &message.bytes, Duration::ZERO, timeout).await;
        let outcome = match answer {
            Ok(answer) => match answer.status() {
                Some(status) => Outcome::Answered(Answer { status, body: answer.body }),
                None => Outcome::Failed("the answer is not HTTP".into()),
            },
            Err(failure) => Outcome::Failed(failure.to_string()),
        };
        report.add(outcome, started.elapsed());
    }

    async fn send(&self, report: &mut Report, request: Request<Bytes>) {
        let request = request.map(Full::new);
        let started = Instant::now();
        let outcome =
            match tokio::time::timeout(self.load.timeout, call(&self.client, request)).await {
                Ok(outcome) => outcome,
                Err(_) => Outcome::Failed("timed out".into()),
            };
        report.add(outcome, started.elapsed());
    }
}

async fn call(client: &Client<Https, Full<Bytes>>, request: Request<Full<Bytes>>) -> Outcome {
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

/// Returns the innermost cause: "client error (Connect)" alone does not help.
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
