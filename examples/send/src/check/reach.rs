//! Whether a call arrives at all.

use super::{
    findings::Findings,
    probe::{Failure, Sent},
};
use crate::{args::CheckPlan, wire::Unreachable};

const SUBJECT: &str = "reached";

/// Returns whether the call arrived; the finding says at which step it did not.
pub(super) fn check(sent: &Sent, plan: &CheckPlan, findings: &mut Findings) -> bool {
    let Some(arrival) = sent.arrival() else {
        let (what, change) = lost(sent, plan);
        findings.wrong(SUBJECT, what, change);
        return false;
    };
    match &sent.answer {
        Ok(answer) if answer.status == 200 => {
            let by = sent.peer.map_or(String::new(), |peer| format!(" by {peer}"));
            findings.ok(SUBJECT, format!("a call arrives at {}{by}", plan.listen));
        }
        _ => findings.wrong(
            SUBJECT,
            format!("a call arrives and its answer, 200, does not: {}", sent.seen()),
            "have the proxy pass answers on as they are",
        ),
    }
    if arrival.method == "POST" {
        findings.ok("method", "POST, as sent");
    } else {
        let what = format!("POST was sent, {} arrived", arrival.method);
        findings.wrong("method", what, "have the proxy pass it on, not redirect or rewrite it");
    }
    if sent.arrived.len() > 1 {
        let what = format!("one call arrived {} times", sent.arrived.len());
        let change = "have the proxy not repeat a POST (in nginx: no `non_idempotent` in \
            proxy_next_upstream; no mirror)";
        findings.wrong(SUBJECT, what, change);
    }
    true
}

/// Returns at which step a call was lost, and what to change.
fn lost(sent: &Sent, plan: &CheckPlan) -> (String, String) {
    let host = plan.url.host().unwrap_or_default();
    let listen = plan.listen;
    let answer = match &sent.answer {
        Ok(answer) => answer,
        Err(failure) => {
            let change = match failure {
                Failure::Unsent(_) => "mend --url".to_owned(),
                Failure::Unreachable(Unreachable::Dns(_)) => {
                    format!("publish an address (A or AAAA) of {host}, or mend --url")
                }
                Failure::Unreachable(Unreachable::Tcp(_)) => {
                    "start the proxy, and open its port in the firewall".to_owned()
                }
                Failure::Unreachable(Unreachable::Tls(_)) => format!(
                    "give the proxy a certificate for {host} with its chain, of an authority that this \
                     machine knows, or name a private one with --ca"
                ),
                Failure::Unconnected => {
                    "start the proxy, and open its port in the firewall, which drops packets now"
                        .to_owned()
                }
                Failure::Unanswered(_) | Failure::TimedOut => format!(
                    "look in the proxy's log: it accepts connections and has no way to {listen}"
                ),
            };
            let step = match failure {
                Failure::Unreachable(Unreachable::Tcp(_)) | Failure::Unconnected => "TCP: ",
                _ => "",
            };
            return (format!("nothing arrives: {step}{failure}"), change);
        }
    };
    let what = format!("nothing arrives: {}", sent.seen());
    let change = match answer.status.as_u16() {
        404 | 405 => {
            format!("route {} of {host} to {listen}: the proxy has no such route", sent.target)
        }
        502..=504 => format!("have the proxy connect to {listen}, which it can't reach"),
        300..=399 => {
            let to = answer.head.value("location").unwrap_or("another URL");
            format!(
                "give Copernica the URL that it redirects to, {to}: no redirect is followed here"
            )
        }
        401 | 403 => format!("let calls of {} pass without a login", sent.target),
        _ => format!("route {} of {host} to {listen}: something else answers", sent.target),
    };
    (what, change)
}
