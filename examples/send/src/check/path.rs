//! Whether host, path and query are what was called.

use super::{
    findings::Findings,
    probe::{Prober, Sent, Shape},
};
use crate::message;

/// Compares the host of a call with the one that arrived.
pub(super) fn check_host(sent: &Sent, findings: &mut Findings) {
    let Some(arrival) = sent.arrival() else { return };
    let arrived = arrival.head.value("host").unwrap_or("none");
    // RFC 9110 §4.2.3: in any case.
    if arrived.eq_ignore_ascii_case(&sent.host) {
        findings.ok("host", format!("{}, as sent", sent.host));
    } else {
        let what = format!("{} was sent, {arrived} arrived", sent.host);
        let change = "have the proxy keep it (in nginx: proxy_set_header Host $http_host;), or \
            configure ReceiverBuilder::public_url";
        findings.wrong("host", what, change);
    }
}

/// Compares the path and query of the URL, and of URLs that proxies like to clean up.
pub(super) async fn check(first: &Sent, prober: &Prober, findings: &mut Findings) {
    let Some(arrival) = first.arrival() else { return };
    let rewriting = Rewriting::of(&first.target, &arrival.target);
    if rewriting.is_none() {
        findings.ok("path", format!("{}, as sent", first.target));
    } else {
        let what = format!("{} was sent, {} arrived", first.target, arrival.target);
        let change = "have the proxy keep it (in nginx: proxy_pass without a path after the host; in \
            others: no stripped prefix), or configure ReceiverBuilder::public_url";
        findings.wrong("path", what, change);
    }
    let (mut kept, mut lost, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for (name, target) in variants(&message::target(&prober.url)) {
        let sent = prober.call(Shape { target: Some(target.clone()), ..Shape::default() }).await;
        match sent.arrival() {
            None => lost.push(format!("{name} ({})", sent.seen())),
            Some(arrival) if arrival.target == rewriting.apply(&target) => kept.push(name),
            Some(arrival) => changed.push(format!("{target} to {}", arrival.target)),
        }
    }
    if !changed.is_empty() {
        let what = format!("the proxy changes {}", changed.join(", "));
        let change = "have it pass the request line on as it is (in nginx: proxy_pass without a path \
            after the host; in Apache: nocanon, MergeSlashes Off)";
        findings.wrong("path", what, change);
    }
    if !kept.is_empty() {
        findings.ok("path", format!("{} arrive as sent", kept.join(", ")));
    }
    if !lost.is_empty() {
        // Copernica calls nothing but the URL.
        let text = format!("not passed on, which is fine: the URL has none: {}", lost.join(", "));
        findings.ok("path", text);
    }
}

/// Returns other targets than this one, and what is special about each.
fn variants(target: &str) -> Vec<(&'static str, String)> {
    let path = target.split('?').next().unwrap_or_default();
    let inner = path.trim_end_matches('/');
    let mut variants = vec![
        ("a query", format!("{path}?a=%2F%2f+%C3%A9&&b=")),
        ("a lone question mark", format!("{path}?")),
        ("percent-encoding", format!("{inner}/%7Echeck%2fa%20b")),
        ("double slashes", format!("/{path}")),
    ];
    if path != "/" {
        let other = if path.ends_with('/') { inner.to_owned() } else { format!("{path}/") };
        variants.push(("a trailing slash more or less", other));
    }
    variants
}

/// What a proxy makes of the start of each target.
#[derive(Debug, PartialEq, Eq)]
struct Rewriting {
    from: String,
    to: String,
}

impl Rewriting {
    /// Returns the shortest starts that explain it.
    fn of(sent: &str, arrived: &str) -> Self {
        let pairs = sent.bytes().rev().zip(arrived.bytes().rev());
        let mut same = pairs.take_while(|(sent, arrived)| sent == arrived).count();
        let start = |text: &str, same| text.get(..text.len() - same).map(str::to_owned);
        loop {
            if let (Some(from), Some(to)) = (start(sent, same), start(arrived, same)) {
                return Self { from, to };
            }
            // Not in the middle of a character; all of a text is always one.
            same = same.saturating_sub(1);
        }
    }

    fn is_none(&self) -> bool {
        self.from == self.to
    }

    fn apply(&self, target: &str) -> String {
        target
            .strip_prefix(&self.from)
            .map_or_else(|| target.to_owned(), |rest| format!("{}{rest}", self.to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stripped_prefix_explains_other_targets() {
        let rewriting = Rewriting::of("/hooks/copernica", "/copernica");
        assert_eq!(rewriting.apply("/hooks/copernica?"), "/copernica?");
        assert!(Rewriting::of("/a?b", "/a?b").is_none());
        assert_eq!(Rewriting::of("/a", "/b/a").apply("/a/"), "/b/a/");
        assert_eq!(Rewriting::of("/é", "/\u{2829}").apply("/é"), "/\u{2829}");
    }

    #[test]
    fn variants_keep_the_path_of_the_url() {
        let targets: Vec<_> = variants("/a?b").into_iter().map(|(_, target)| target).collect();
        assert!(targets.contains(&"/a?".to_owned()) && targets.contains(&"//a".to_owned()));
        assert!(targets.contains(&"/a/".to_owned()));
        assert_eq!(variants("/").len(), 4);
    }
}
