//! Whether DNS answers for the zone of the keys, by core's own source of keys.

use std::net::SocketAddr;

use chrono::Utc;
use webhook_core::key::{COPERNICA_ZONE, DnsKeys, KeyName, KeySource as _, LookupError};

use super::compare::Line;

/// Returns the source of keys.
///
/// # Errors
/// The system has no name servers.
pub(crate) fn keys(resolver: Option<SocketAddr>) -> Result<DnsKeys, String> {
    let keys = match resolver {
        Some(server) => DnsKeys::at([server]),
        None => DnsKeys::system(),
    };
    keys.map_err(|error| error.to_string())
}

/// Looks a name up that has no key, and the key of the selector.
pub(crate) async fn lines(keys: &DnsKeys, selector: Option<&str>) -> Vec<Line> {
    let mut lines = Vec::new();
    let find = async |selector: &str| {
        let name =
            KeyName::under(&[COPERNICA_ZONE], &format!("{selector}._domainkey.{COPERNICA_ZONE}"))?;
        Some(keys.find(&name, Utc::now()).await)
    };
    let advice = "let the service query its name servers (port 53), or pass --resolver";
    lines.push(match find("example-send-check").await {
        Some(Err(LookupError::NotFound) | Ok(_)) => (
            true,
            format!(
                "DNS answers for _domainkey.{COPERNICA_ZONE} (whether a key is there: --selector)"
            ),
        ),
        _ => (false, format!("DNS does not answer for _domainkey.{COPERNICA_ZONE}: {advice}")),
    });
    if let Some(selector) = selector {
        lines.push(match find(selector).await {
            Some(Ok(_)) => (true, format!("DNS has a key of the selector {selector}")),
            Some(Err(LookupError::NotFound)) => {
                (false, format!("DNS has no key of the selector {selector}: compare the name"))
            }
            Some(Err(_)) => (false, format!("DNS does not answer for {selector}: {advice}")),
            None => (false, format!("{selector} is not a selector: pass a single label")),
        });
    }
    lines
}
