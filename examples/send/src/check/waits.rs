//! How long the proxy waits for an answer.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;

use super::{
    findings::Findings,
    probe::{Prober, Sent, Shape},
};

const SUBJECT: &str = "waiting";

/// Answers late, all calls at once, and looks which answers come.
pub(super) async fn check(prober: &Arc<Prober>, waits: &[Duration], findings: &mut Findings) {
    let mut tasks = JoinSet::new();
    for delay in waits.iter().copied() {
        let prober = Arc::clone(prober);
        tasks.spawn(async move { (delay, prober.call(Shape { delay, ..Shape::default() }).await) });
    }
    let mut sent: Vec<(Duration, Sent)> = tasks.join_all().await;
    sent.sort_by_key(|(delay, _)| *delay);
    let mut waited = Vec::new();
    for (delay, sent) in &sent {
        let delay = format!("{} s", delay.as_secs_f64());
        if sent.passed() {
            waited.push(delay);
            continue;
        }
        let took = sent.took.as_secs_f64();
        findings.wrong(
            SUBJECT,
            format!("an answer after {delay} does not come: {} after {took:.1} s", sent.seen()),
            "have the proxy wait as long as your handler may take (in nginx: proxy_read_timeout 60s;)",
        );
    }
    if !waited.is_empty() {
        findings.ok(SUBJECT, format!("an answer comes after {}", waited.join(", ")));
    }
}
