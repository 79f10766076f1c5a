//! Whether keys can be looked up.

use chrono::Utc;
use webhook_core::key::{COPERNICA_ZONE, KeyName, KeySource as _, LookupError};

use super::{findings::Findings, probe::Prober};
use crate::args::Dns;

const SUBJECT: &str = "dns";
const CHANGE: &str =
    "let this machine query its name servers (/etc/resolv.conf) by UDP and TCP, port 53";

/// Looks up a name that does not exist, and the key of the selector.
pub(super) async fn check(dns: Option<&Dns>, prober: &Prober, findings: &mut Findings) {
    let Some(Dns { keys, key }) = dns else {
        return findings.ok(SUBJECT, "not checked");
    };
    // A selector is one label: the marker is.
    let unknown = prober.listener.marker().trim_matches('-');
    let unknown = format!("{unknown}._domainkey.{COPERNICA_ZONE}");
    if let Some(name) = KeyName::under(&[COPERNICA_ZONE], &unknown) {
        match keys.find(&name, Utc::now()).await {
            Err(LookupError::NotFound) => {
                // A name server that knows no name at all says the same.
                let more = if key.is_some() { "" } else { "; --selector looks a real one up" };
                let text =
                    format!("{COPERNICA_ZONE} answers that a made-up key does not exist{more}");
                findings.ok(SUBJECT, text);
            }
            Err(error) => findings.wrong(SUBJECT, format!("{COPERNICA_ZONE}: {error}"), CHANGE),
            Ok(_) => findings.wrong(
                SUBJECT,
                format!("{COPERNICA_ZONE} has a key under a name that was made up"),
                "query name servers that forge no answers",
            ),
        }
    }
    let Some(key) = key else { return };
    match keys.find(key, Utc::now()).await {
        Ok(keys) => {
            let bits: Vec<_> = keys.iter().map(|key| key.bits().to_string()).collect();
            findings.ok(SUBJECT, format!("{key} has a key of {} bits", bits.join(" and ")));
        }
        Err(LookupError::NotFound) => {
            let what = format!("{key} has no key");
            findings.wrong(SUBJECT, what, "name a selector of a call's Signature (keyId)");
        }
        Err(error) => findings.wrong(SUBJECT, format!("{key}: {error}"), CHANGE),
    }
}
