//! What came back, as the tables that are printed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use http::StatusCode;

use crate::wire::Answer;

/// Distinct refusals kept; details may differ in every answer.
const REFUSALS: usize = 20;
/// Characters of a detail that are printed.
const DETAIL: usize = 300;

/// What became of one call.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answered(Answer),
    /// No complete answer, and why.
    Failed(String),
}

/// The answers to all calls, or to one worker's.
#[derive(Debug, Default)]
pub(crate) struct Report {
    statuses: BTreeMap<StatusCode, u64>,
    failures: BTreeMap<String, u64>,
    refusals: BTreeSet<Refusal>,
    /// Of the answered calls; sorted by `finish`.
    latencies: Vec<Duration>,
    took: Duration,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Refusal {
    status: StatusCode,
    code: String,
    detail: String,
}

impl Report {
    pub(crate) fn add(&mut self, outcome: Outcome, latency: Duration) {
        match outcome {
            Outcome::Answered(answer) => {
                *self.statuses.entry(answer.status).or_default() += 1;
                self.latencies.push(latency);
                if !answer.status.is_success() {
                    self.keep(Refusal::of(&answer));
                }
            }
            Outcome::Failed(why) => *self.failures.entry(why).or_default() += 1,
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        for (why, count) in other.failures {
            *self.failures.entry(why).or_default() += count;
        }
        for refusal in other.refusals {
            self.keep(Some(refusal));
        }
        self.latencies.extend(other.latencies);
    }

    /// Completes the report of a run that took this long.
    pub(crate) fn finish(mut self, took: Duration) -> Self {
        self.latencies.sort_unstable();
        self.took = took;
        self
    }

    /// Returns whether every call was answered with 2xx.
    pub(crate) fn all_accepted(&self) -> bool {
        self.failures.is_empty() && self.statuses.keys().all(StatusCode::is_success)
    }

    fn keep(&mut self, refusal: Option<Refusal>) {
        if self.refusals.len() < REFUSALS {
            self.refusals.extend(refusal);
        }
    }
}

impl Refusal {
    /// Reads a problem+json body; returns `None` when the body is not of that form.
    fn of(answer: &Answer) -> Option<Self> {
        let problem: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
        let text = |name| problem.get(name).and_then(serde_json::Value::as_str).map(printable);
        let (code, detail) = (text("code"), text("detail"));
        if code.is_none() && detail.is_none() {
            return None;
        }
        Some(Self {
            status: answer.status,
            code: code.unwrap_or_default(),
            detail: detail.unwrap_or_default(),
        })
    }
}

/// Escapes a server's text, so that it can't steer the terminal.
fn printable(text: &str) -> String {
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().take(DETAIL).map(clean).collect()
}

/// Returns a percentile by nearest rank: the smallest value that at least `percent` of all values do
/// not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statuses = self.statuses.iter().map(|(status, count)| (status.to_string(), *count));
        let failures =
            self.failures.iter().map(|(why, count)| (format!("no answer: {why}"), *count));
        let rows: Vec<_> = statuses.chain(failures).collect();
        let wide = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(6);
        writeln!(f, "{:wide$}  {:>8}", "answer", "calls")?;
        for (name, count) in &rows {
            writeln!(f, "{name:wide$}  {count:>8}")?;
        }

        if !self.refusals.is_empty() {
            writeln!(f, "\nrefused because")?;
            let wide = self.refusals.iter().map(|r| r.code.chars().count()).max().unwrap_or(0);
            for Refusal { status, code, detail } in &self.refusals {
                writeln!(f, "{}  {code:wide$}  {detail}", status.as_u16())?;
            }
            if self.refusals.len() == REFUSALS {
                writeln!(f, "(there may be more: the first {REFUSALS} are shown)")?;
            }
        }

        if let Some(min) = self.latencies.first() {
            let columns = ["min", "p50", "p90", "p99", "max", "req/s"];
            let at = |percent| percentile(&self.latencies, percent).unwrap_or(*min);
            writeln!(f)?;
            for column in columns {
                write!(f, "{column:>10}")?;
            }
            writeln!(f)?;
            for latency in [*min, at(50), at(90), at(99), at(100)] {
                write!(f, "{:>10}", milliseconds(latency))?;
            }
            writeln!(f, "{:>10.0}", rate(self.latencies.len(), self.took))?;
        }
        Ok(())
    }
}

fn milliseconds(latency: Duration) -> String {
    format!("{:.2} ms", latency.as_secs_f64() * 1000.0)
}

#[expect(clippy::cast_precision_loss, reason = "printed without decimals")]
fn rate(answers: usize, took: Duration) -> f64 {
    answers as f64 / took.as_secs_f64().max(f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::Head;
    use bytes::Bytes;

    fn answer(status: StatusCode, body: &'static str) -> Answer {
        let head = Head { start: String::new(), lines: Vec::new() };
        Answer { status, head, body: Bytes::from_static(body.as_bytes()), keeps: true }
    }

    fn ms(values: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        values.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let hundred = ms(1..=100);
        for percent in [1, 50, 90, 99, 100] {
            let expected = Duration::from_millis(percent as u64);
            assert_eq!(percentile(&hundred, percent), Some(expected));
        }
        assert_eq!(percentile(&ms([10, 20, 30]), 50), Some(Duration::from_millis(20)));
        assert_eq!(percentile(&ms([10, 20, 30]), 90), Some(Duration::from_millis(30)));
        assert_eq!(percentile(&ms([10, 20]), 50), Some(Duration::from_millis(10)));
        assert_eq!(percentile(&ms([10]), 99), Some(Duration::from_millis(10)));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn a_refusal_cannot_steer_the_terminal() {
        let steering = r#"{"code":"x","detail":"a\u001b[2Jb"}"#;
        let answer = super::tests::answer(StatusCode::BAD_REQUEST, steering);
        assert_eq!(Refusal::of(&answer).map(|r| r.detail).as_deref(), Some("a\u{fffd}[2Jb"));
        let html = super::tests::answer(StatusCode::BAD_GATEWAY, "<html>");
        assert_eq!(Refusal::of(&html), None);
    }

    #[test]
    fn worker_reports_add_up() {
        let mut report = Report::default();
        for latency in [30, 10] {
            let mut part = Report::default();
            let answer = answer(StatusCode::OK, "");
            part.add(Outcome::Answered(answer), Duration::from_millis(latency));
            report.merge(part);
        }
        assert!(report.all_accepted());
        report.add(Outcome::Failed("timed out".into()), Duration::ZERO);
        assert!(!report.all_accepted());
        assert_eq!(report.finish(Duration::from_secs(1)).latencies, ms([10, 30]));
    }
}
