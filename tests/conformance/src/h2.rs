//! HTTP/2 with prior knowledge: no TLS, no upgrade, and no Host header.

use crate::answer::Answer;
use crate::case::Case;
use bytes::Bytes;
use futures_util::stream;
use http::Request;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
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
    send(address, case, extra, Full::new(Bytes::copy_from_slice(&case.body)).boxed())
}

/// Sends a case whose length is not announced.
///
/// # Errors
/// No answer, or none in good time.
pub fn exchange_streamed(address: SocketAddr, case: &Case) -> Result<Answer, Box<dyn Error>> {
    let frames = case.body.chunks(7).map(|chunk| Ok(Frame::data(Bytes::copy_from_slice(chunk))));
    let frames: Vec<_> = frames.collect();
    send(address, case, &[], StreamBody::new(stream::iter(frames)).boxed())
}

fn send(
    address: SocketAddr,
    case: &Case,
    extra: &[(&str, &str)],
    body: BoxBody<Bytes, Infallible>,
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
        .body(body)?;

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
