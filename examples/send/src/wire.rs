//! HTTP/1.1 messages as bytes (RFC 9112): what a library would make nicer is seen here as it was sent.

use std::io::{Error, ErrorKind, Result};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// More than this is no head of a webhook.
const HEAD_LIMIT: usize = 256 * 1024;

/// The start line and the header lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    pub(crate) start: String,
    pub(crate) lines: Vec<Line>,
}

/// A header line; of a folded one, the value is joined by spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) folded: bool,
}

/// A whole message.
#[derive(Debug, Clone)]
pub(crate) struct Whole {
    pub(crate) head: Head,
    pub(crate) body: Bytes,
}

impl Whole {
    /// Returns the status of an answer.
    pub(crate) fn status(&self) -> Option<http::StatusCode> {
        self.head.start.split(' ').nth(1)?.parse().ok()
    }
}

impl Head {
    /// Reads the head that these bytes begin with, and returns where the body begins.
    ///
    /// # Errors
    /// The bytes are no such head; the text says in which line.
    pub(crate) fn parse(bytes: &[u8]) -> std::result::Result<(Self, usize), String> {
        let mut head = Self::default();
        let mut at = 0;
        for number in 1.. {
            let wrong = |what: &str| Err(format!("line {number}: {what}"));
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
                return wrong("no line end: the head ends with an empty line");
            };
            at += end + 1;
            let Some(line) = rest.get(..end).and_then(|line| line.strip_suffix(b"\r")) else {
                return wrong("ends with LF alone: lines end with CR LF");
            };
            if line.is_empty() && number > 1 {
                return Ok((head, at));
            }
            if line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
                return wrong("has a control character");
            }
            let line: String = String::from_utf8_lossy(line).into_owned();
            if number == 1 {
                head.start = line;
            } else if line.starts_with([' ', '\t']) {
                let Some(last) = head.lines.last_mut() else {
                    return wrong("continues a header line, and there is no line before it");
                };
                last.value = format!("{} {}", last.value, line.trim());
                last.folded = true;
            } else {
                let Some((name, value)) = line.split_once(':').filter(|(name, _)| !name.is_empty())
                else {
                    return wrong("no header line: it has no name and colon");
                };
                let value = value.trim_matches([' ', '\t']).to_owned();
                head.lines.push(Line { name: name.to_owned(), value, folded: false });
            }
        }
        Err("no head".to_owned())
    }

    /// Returns the lines of this name, in any case of letters.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name.eq_ignore_ascii_case(name))
    }

    /// Returns the value of the first line of this name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let mut lines = self.lines.iter();
        let line = lines.find(|line| line.name.eq_ignore_ascii_case(name));
        line.map(|line| line.value.as_str())
    }

    fn chunked(&self) -> bool {
        self.value("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked"))
    }
}

/// Reads one message. Without a length, a request has no body and an answer's ends with the connection.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin), answer: bool) -> Result<Whole> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if bytes.len() > HEAD_LIMIT || more(stream, &mut bytes).await? == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the connection ended in the head"));
        }
    };
    let (head, _) = Head::parse(&bytes).map_err(|why| Error::new(ErrorKind::InvalidData, why))?;
    bytes.drain(..end);
    // Such answers have no body (RFC 9112 §6.3).
    if answer && [" 204", " 304"].iter().any(|status| head.start.get(8..12) == Some(*status)) {
        return Ok(Whole { head, body: Bytes::new() });
    }
    if head.chunked() {
        let body = chunks(stream, bytes).await?;
        return Ok(Whole { head, body });
    }
    match head.value("content-length").and_then(|length| length.parse::<usize>().ok()) {
        Some(length) => {
            while bytes.len() < length {
                if more(stream, &mut bytes).await? == 0 {
                    return Err(Error::new(ErrorKind::UnexpectedEof, "the body is cut short"));
                }
            }
            bytes.truncate(length);
        }
        None if answer => while more(stream, &mut bytes).await.unwrap_or(0) > 0 {},
        None => bytes.clear(),
    }
    Ok(Whole { head, body: bytes.into() })
}

async fn more(stream: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> Result<usize> {
    bytes.reserve(16 * 1024);
    stream.read_buf(bytes).await
}

/// Joins chunks (RFC 9112 §7.1); extensions and trailers are of no interest.
async fn chunks(stream: &mut (impl AsyncRead + Unpin), mut bytes: Vec<u8>) -> Result<Bytes> {
    let mut body = Vec::new();
    let broken = || Error::new(ErrorKind::InvalidData, "the chunks are broken");
    loop {
        let end = loop {
            if let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
                break end;
            }
            if more(stream, &mut bytes).await? == 0 {
                return Err(broken());
            }
        };
        let line = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned();
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| broken())?;
        if size == 0 {
            return Ok(body.into());
        }
        let whole = size.checked_add(end + 4).ok_or_else(broken)?;
        while bytes.len() < whole {
            if more(stream, &mut bytes).await? == 0 {
                return Err(broken());
            }
        }
        body.extend_from_slice(bytes.get(end + 2..end + 2 + size).unwrap_or_default());
        bytes.drain(..whole);
    }
}
