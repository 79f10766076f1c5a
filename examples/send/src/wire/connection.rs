//! A connection that carries calls one after the other.

use std::{fmt, io, net::SocketAddr};

use tokio::io::{AsyncWriteExt as _, ReadHalf, WriteHalf, split};

use super::{Answer, Reader, endpoint::Stream};

pub(crate) struct Connection {
    reader: Reader<ReadHalf<Box<dyn Stream>>>,
    writer: WriteHalf<Box<dyn Stream>>,
    pub(crate) own: SocketAddr,
    pub(crate) peer: SocketAddr,
    keeps: bool,
}

/// What came instead of an answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    Closed,
    Failed(io::Error),
}

impl Connection {
    pub(super) fn new(stream: Box<dyn Stream>, own: SocketAddr, peer: SocketAddr) -> Self {
        let (reader, writer) = split(stream);
        Self { reader: Reader::new(reader), writer, own, peer, keeps: true }
    }

    /// Sends these bytes and returns the answer, which may come before they are all sent: a server that
    /// refuses a body does not read it.
    pub(crate) async fn exchange(&mut self, message: &[u8]) -> Result<Answer, Unanswered> {
        // Until the answer was read to its end.
        self.keeps = false;
        let writer = &mut self.writer;
        let write = async move {
            writer.write_all(message).await?;
            writer.flush().await
        };
        let read = Answer::read(&mut self.reader);
        tokio::pin!(write, read);
        let mut written = None;
        loop {
            tokio::select! {
                answer = &mut read => {
                    return match (answer, written) {
                        (Ok(Some(answer)), written) => {
                            self.keeps = answer.keeps && matches!(written, Some(Ok(())));
                            Ok(answer)
                        }
                        (_, Some(Err(error))) | (Err(error), _) => Err(Unanswered::Failed(error)),
                        (Ok(None), _) => Err(Unanswered::Closed),
                    };
                }
                result = &mut write, if written.is_none() => written = Some(result),
            }
        }
    }

    /// Returns whether another call can be sent.
    pub(crate) async fn is_ready(&mut self) -> bool {
        self.keeps && !self.reader.is_stale().await
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the connection was closed before an answer"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}
