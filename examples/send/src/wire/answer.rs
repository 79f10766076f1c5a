//! An answer.

use std::io;

use bytes::Bytes;
use http::StatusCode;
use tokio::io::AsyncRead;

use super::{Framing, Reader};
use crate::head::Head;

/// More of an answer than this is not an endpoint's answer to a webhook.
const MAX_BODY: usize = 1024 * 1024;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) head: Head,
    pub(crate) body: Bytes,
    /// Whether the connection can carry another call.
    pub(crate) keeps: bool,
}

impl Answer {
    /// Reads the next answer that is not an interim one; `None` when the connection was closed.
    pub(super) async fn read<R: AsyncRead + Unpin>(
        reader: &mut Reader<R>,
    ) -> io::Result<Option<Self>> {
        loop {
            let Some(head) = reader.head().await? else { return Ok(None) };
            let (version, status) = status_line(&head.start)
                .ok_or_else(|| io::Error::other("its answer is not HTTP/1.1"))?;
            if status.is_informational() {
                continue;
            }
            // RFC 9112 §6.3: these have none, whatever they say.
            let empty = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
            let framing = match Framing::of(&head) {
                _ if empty => Framing::Length(0),
                framing => framing.unwrap_or(Framing::UntilClosed),
            };
            let body = match reader.body(framing, MAX_BODY).await {
                Ok(body) => body,
                Err(error) => return Err(io::Error::other(format!("{status}, then: {error}"))),
            };
            let close = |value: &str| value.to_ascii_lowercase().contains("close");
            let keeps = version == "HTTP/1.1"
                && framing != Framing::UntilClosed
                && !head.value("connection").is_some_and(close);
            return Ok(Some(Self { status, head, body, keeps }));
        }
    }
}

fn status_line(line: &str) -> Option<(&str, StatusCode)> {
    let mut parts = line.splitn(3, ' ');
    let version = parts.next().filter(|version| version.starts_with("HTTP/1."))?;
    let status = parts.next()?.parse().ok()?;
    Some((version, status))
}
