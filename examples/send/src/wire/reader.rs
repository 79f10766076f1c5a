//! Reading heads and bodies.

use std::io::{self, ErrorKind};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::head::Head;

/// More of a head than this is not one.
const MAX_HEAD: usize = 64 * 1024;
/// Bytes of a chunk's size and extensions.
const MAX_CHUNK_LINE: usize = 1024;

/// How long a body is (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Length(usize),
    Chunked,
    UntilClosed,
}

impl Framing {
    /// Returns what the head says; `None` when it says nothing.
    pub(crate) fn of(head: &Head) -> Option<Self> {
        let chunked = |coding: &str| coding.to_ascii_lowercase().ends_with("chunked");
        if head.value("transfer-encoding").is_some_and(chunked) {
            return Some(Self::Chunked);
        }
        head.value("content-length").and_then(|length| length.parse().ok()).map(Self::Length)
    }
}

/// Bytes that arrive, up to where they were read.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    inner: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, buffer: BytesMut::new() }
    }

    /// Returns the next head; `None` when the other side closed the connection before one began.
    pub(crate) async fn head(&mut self) -> io::Result<Option<Head>> {
        loop {
            match Head::parse(&self.buffer).map_err(invalid)? {
                Some((head, length)) => {
                    self.buffer.advance(length);
                    return Ok(Some(head));
                }
                None if self.buffer.len() > MAX_HEAD => return Err(invalid("its head is endless")),
                None => {}
            }
            if !self.more().await? {
                let clean = self.buffer.is_empty();
                return if clean { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
            }
        }
    }

    /// Returns a whole body of at most `limit` bytes.
    pub(crate) async fn body(&mut self, framing: Framing, limit: usize) -> io::Result<Bytes> {
        match framing {
            Framing::Length(length) if length > limit => Err(invalid("its body is too long")),
            Framing::Length(length) => self.exactly(length).await,
            Framing::UntilClosed => {
                while self.more().await? {
                    if self.buffer.len() > limit {
                        return Err(invalid("its body is too long"));
                    }
                }
                Ok(self.buffer.split().freeze())
            }
            Framing::Chunked => self.chunks(limit).await,
        }
    }

    /// Returns whether the other side has sent something that was not expected, or ended.
    pub(crate) async fn is_stale(&mut self) -> bool {
        // Tried once: a timer would wait for the next millisecond.
        tokio::select! {
            biased;
            _ = self.more() => true,
            () = std::future::ready(()) => !self.buffer.is_empty(),
        }
    }

    async fn chunks(&mut self, limit: usize) -> io::Result<Bytes> {
        let mut body = BytesMut::new();
        loop {
            let line = self.line().await?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| invalid("a chunk's size"))?;
            if size == 0 {
                break;
            }
            if size > limit || body.len() + size > limit {
                return Err(invalid("its body is too long"));
            }
            body.extend_from_slice(&self.exactly(size).await?);
            if !self.line().await?.is_empty() {
                return Err(invalid("a chunk is longer than it says"));
            }
        }
        while !self.line().await?.is_empty() {}
        Ok(body.freeze())
    }

    async fn exactly(&mut self, length: usize) -> io::Result<Bytes> {
        while self.buffer.len() < length {
            if !self.more().await? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.buffer.split_to(length).freeze())
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|bytes| bytes == b"\r\n") {
                let line = self.buffer.split_to(end);
                self.buffer.advance(2);
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            if self.buffer.len() > MAX_CHUNK_LINE {
                return Err(invalid("a chunk's size is endless"));
            }
            if !self.more().await? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    async fn more(&mut self) -> io::Result<bool> {
        self.buffer.reserve(16 * 1024);
        Ok(self.inner.read_buf(&mut self.buffer).await? > 0)
    }
}

fn invalid(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(bytes: &[u8], framing: Framing) -> io::Result<Bytes> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { Reader::new(bytes).body(framing, 100).await })
    }

    #[test]
    fn chunks_are_put_together() {
        let chunks = b"3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nA: b\r\n\r\n";
        assert_eq!(body(chunks, Framing::Chunked).unwrap(), "abcd");
        for wrong in
            [&b"3\r\nabcd\r\n"[..], b"x\r\n", b"3\r\nab", b"65\r\n", b"ffffffffffffffff\r\n"]
        {
            assert!(body(wrong, Framing::Chunked).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_short_body_is_an_error() {
        assert_eq!(body(b"abcd", Framing::Length(3)).unwrap(), "abc");
        assert!(body(b"ab", Framing::Length(3)).is_err());
        assert_eq!(body(b"ab", Framing::UntilClosed).unwrap(), "ab");
    }

    #[test]
    fn a_connection_that_the_other_side_ended_is_stale() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (near, far) = tokio::io::duplex(10);
            let mut reader = Reader::new(near);
            assert!(!reader.is_stale().await);
            drop(far);
            assert!(reader.is_stale().await);
            let (near, mut far) = tokio::io::duplex(10);
            tokio::io::AsyncWriteExt::write_all(&mut far, b"HTTP").await.unwrap();
            assert!(Reader::new(near).is_stale().await);
        });
    }
}
