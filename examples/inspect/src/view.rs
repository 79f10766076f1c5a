//! What the page is given of calls, as JSON. Values are in it only where they are requested.

use crate::app::App;
use crate::call::Call;
use crate::code;
use crate::variables;
use serde_json::{Value, json};

/// Headers whose values are no secret and no personal data.
const PLAIN: [&str; 11] = [
    "host",
    "date",
    "digest",
    "content-type",
    "content-length",
    "x-copernica-id",
    "user-agent",
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
];

/// Returns what a row shows.
pub fn row(call: &Call) -> Value {
    let ids = call.ids.iter().map(|(name, id)| format!("{name} {id}"));
    json!({
        "id": call.id,
        "at": call.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "kind": call.kind,
        "ids": ids.collect::<Vec<_>>().join(", "),
        "status": call.status,
        "code": call.code,
        "proven": call.is_proven,
    })
}

/// Returns what an opened call shows.
pub fn opened(app: &App, call: &Call, values: bool) -> Value {
    let header = |(name, value): (&[u8], &[u8])| {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let is_shown = values || PLAIN.contains(&name.as_str());
        let length = value.len();
        let value = is_shown.then(|| variables::shown(&String::from_utf8_lossy(value)));
        json!({ "name": name, "value": value, "length": length })
    };
    let checks = call.checks.iter().map(|it| {
        let change = if it.verdict == "failed" { what_to_change(it.name) } else { "" };
        json!({ "name": it.name, "verdict": it.verdict, "compared": it.compared, "change": change })
    });
    let seen = call.entity.and_then(|entity| app.calls().guesses.of(entity).cloned());
    let event = call.body().filter(|_| values).and_then(|body| {
        let event: webhook_axum::Event = app.receiver.decode(body).ok()?;
        serde_json::to_string_pretty(&event).ok()
    });
    let first = call.head().split(|byte| *byte == b'\r').next().unwrap_or_default();
    json!({
        "row": row(call),
        "detail": call.detail,
        "change": general(call.code),
        "line": variables::shown(&String::from_utf8_lossy(first)),
        "checks": checks.collect::<Vec<_>>(),
        "headers": call.lines().map(header).collect::<Vec<_>>(),
        "bytes": call.body().map(<[u8]>::len),
        "variables": call.body().map(|body| variables::tree(body, values)),
        "cut": call.body().is_some_and(variables::is_cut),
        "event": event.as_deref().map(variables::shown),
        "key": call.idempotency_key,
        "code": code::of(&call.kind, call.entity, seen.as_ref()),
        "values": values,
        "can_sign": app.signer.is_some(),
        "can_forward": app.forward.is_some(),
    })
}

/// Returns what to change when a check of the proof fails.
fn what_to_change(check: &str) -> &'static str {
    match check {
        "signature_header" => {
            "The call is not signed, or something on the way took or folded the header."
        }
        "algorithm" => "Copernica names rsa-sha256 or hs2019: this is another sender.",
        "coverage" => "The signature leaves out what it has to cover: this is another sender.",
        "key_id" => "Keys are taken from Copernica's zone only; is this a call of Copernica's?",
        "account" => "Set COPERNICA_ACCOUNT to the account that the call names, if it is yours.",
        "date" | "created" | "expires" => {
            "Set this machine's clock (NTP); or the call is a copy that comes too late."
        }
        "host" => {
            "Set COPERNICA_PUBLIC_URL to the URL that the webhook is registered with, or let the \
             proxy keep the host."
        }
        "digest" => "Something on the way rewrites or decompresses bodies: switch that off.",
        "nonce" | "header" => "Something on the way changes headers that are signed.",
        "signature" => {
            "Does a proxy rewrite host or path? Set COPERNICA_PUBLIC_URL. Is COPERNICA_KEY the key \
             that signed? Otherwise it is a forgery."
        }
        _ => "",
    }
}

/// Returns what to change when a call is refused for another reason.
fn general(code: &str) -> &'static str {
    match code {
        "method_not_allowed" => "Copernica sends POST; this was a browser or a scanner.",
        "unsupported_media_type" => "A form or JSON in UTF-8 is taken; look at Content-Type.",
        "body_too_large" => "Raise Limits::body of the receiver, and the limit of the proxy.",
        "body_timeout" | "body_unreadable" => {
            "The connection broke or was slow: look at the proxy."
        }
        "already_handled" => "Nothing: copies are answered 200 and not handled again.",
        "key_unavailable" => "Look whether this machine's DNS works.",
        _ => "",
    }
}
