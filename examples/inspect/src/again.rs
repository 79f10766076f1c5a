//! Sends a call that was received: as it was, or signed anew with a development key.

use crate::app::App;
use crate::call::Call;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request, header};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer is waited for.
const TIME: Duration = Duration::from_secs(30);
/// Bytes of an answer that are read, and shown.
const MAX_ANSWER: usize = 16 << 10;

/// What was answered.
pub struct Sent {
    pub status: u16,
    pub body: String,
}

/// Sends a call as it was, byte for byte, to the address of `--forward`.
///
/// # Errors
/// There is no such address, or no answer.
pub async fn as_it_was(app: &App, call: &Call) -> Result<Sent, String> {
    let address = app.forward.as_ref().ok_or("start it with --forward URL")?;
    let method = call.head().split(|byte| *byte == b' ').next().unwrap_or_default();
    let mut request = Request::new(body(call));
    *request.method_mut() = method.try_into().map_err(|_| "its method can't be sent")?;
    *request.uri_mut() = target(call)?;
    *request.headers_mut() = headers(call);
    send(address, request).await
}

/// Signs a call's body for the URL that was called and sends it: to the address of `--forward`, or to this
/// program.
///
/// # Errors
/// No key is set, or nothing answers.
pub async fn signed(app: &App, call: &Call) -> Result<Sent, String> {
    let signer = app.signer.clone().ok_or("set COPERNICA_SIGN_KEY to a private key in PEM")?;
    let account = call.header("x-copernica-id").and_then(|text| text.parse().ok());
    let account: Option<webhook_axum::Account> = account;
    let account = account.or_else(own_account);
    let account = account.ok_or("set COPERNICA_ACCOUNT: the call names no account")?;
    let mut signer = signer.account(account);
    if let Some(media_type) = call.header("content-type") {
        signer = signer.content_type(media_type);
    }
    let url = if let Some(url) = &app.public_url {
        called(url, &call.target)
    } else {
        let host = call.header("host").unwrap_or("localhost");
        format!("http://{host}{}", call.target)
    };
    let call_again = signer.sign(&url, body_of(call)).map_err(|error| error.to_string())?;
    let (parts, body) = call_again.into_parts();
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = parts.method;
    *request.headers_mut() = parts.headers;
    // As it arrives: the request line has no host in it, and a public URL's path is the proxy's.
    let same = app.public_url.is_none();
    *request.uri_mut() = match parts.uri.path_and_query().filter(|_| same) {
        Some(target) => target.as_str().parse().map_err(|_| "its target can't be sent")?,
        None => target(call)?,
    };
    let own = app.own.to_string();
    send(app.forward.as_deref().unwrap_or(&own), request).await
}

/// Returns what is called at a public URL when this machine sees `target`: the path and the query that it
/// does not name are those that arrive.
fn called(public_url: &str, target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let has_path = public_url.splitn(4, '/').nth(3).is_some();
    let has_query = public_url.contains('?');
    let path = if has_path || has_query { "" } else { path };
    let (mark, query) = if has_query || query.is_empty() { ("", "") } else { ("?", query) };
    [public_url, path, mark, query].concat()
}

/// Returns the first account that is configured.
fn own_account() -> Option<webhook_axum::Account> {
    let list = crate::setup::var("COPERNICA_ACCOUNT")?;
    let first = list.split(',').next()?.trim();
    let number = first.parse().ok().map(webhook_axum::Account::new);
    number.or_else(|| first.parse().ok())
}

fn body_of(call: &Call) -> Bytes {
    Bytes::copy_from_slice(call.body().unwrap_or_default())
}

fn body(call: &Call) -> Full<Bytes> {
    Full::new(body_of(call))
}

fn target(call: &Call) -> Result<hyper::Uri, String> {
    call.target.parse().map_err(|_| "its target can't be sent".to_owned())
}

fn headers(call: &Call) -> HeaderMap {
    let pair = |(name, value): (&[u8], &[u8])| {
        Some((header::HeaderName::from_bytes(name).ok()?, value.try_into().ok()?))
    };
    let mut headers = HeaderMap::new();
    for (name, value) in call.lines().filter_map(pair) {
        headers.append(name, value);
    }
    headers
}

async fn send(address: &str, request: Request<Full<Bytes>>) -> Result<Sent, String> {
    let sending = async {
        let socket = TcpStream::connect(address).await.map_err(|e| format!("{address}: {e}"))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(socket)).await.map_err(|e| format!("{address}: {e}"))?;
        let connection = tokio::spawn(connection);
        let answer = sender.send_request(request).await.map_err(|e| format!("{address}: {e}"))?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        connection.abort();
        let body = body.map_or_else(
            |_| format!("more than {MAX_ANSWER} bytes, or broken off"),
            |body| String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        );
        Ok(Sent { status, body })
    };
    let sent = timeout(TIME, sending).await;
    sent.unwrap_or_else(|_| Err(format!("{address} did not answer in {TIME:?}")))
}

#[cfg(test)]
mod tests {
    use super::called;

    #[test]
    fn a_public_url_is_completed_by_what_arrives() {
        for (url, expected) in [
            ("https://a.example", "https://a.example/x?y=1"),
            ("https://a.example/z", "https://a.example/z?y=1"),
            ("https://a.example/z?q", "https://a.example/z?q"),
        ] {
            assert_eq!(called(url, "/x?y=1"), expected);
        }
    }
}
