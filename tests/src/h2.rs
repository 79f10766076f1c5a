//! HTTP/2 with prior knowledge: no TLS, no upgrade, and no Host header.

use crate::answer::Answer;
use crate::case::Case;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::time::timeout;

/// Sends a case over a new connection; its Host goes as the authority and `extra` as it is.
///
/// # Errors
/// No answer, or none in good time.
pub fn exchange(
    address: SocketAddr,
    case: &Case,
    extra: &[(&str, &str)],
) -> Result<Answer, Box<dyn Error>> {
    let (mut authority, mut request) = ("example.com", Request::builder());
    for (name, value) in &case.headers {
        if name.eq_ignore_ascii_case("host") {
            authority = std::str::from_utf8(value)?;
        } else {
            request = request.header(name, value.as_slice());
        }
    }
    for (name, value) in extra {
        request = request.header(*name, *value);
    }
    let request = request
        .method(case.method.as_str())
        .uri(format!("http://{authority}{}", case.target))
        .body(Full::new(Bytes::copy_from_slice(&case.body)))?;

    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let socket = TokioIo::new(TcpStream::connect(address).await?);
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), socket).await?;
        tokio::spawn(connection);
        let answer = async {
            let (parts, body) = sender.send_request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok(Answer::of(http::Response::from_parts(parts, body)))
        };
        timeout(Duration::from_secs(30), answer).await?
    })
}
