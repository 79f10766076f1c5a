//! HTTP/1.1 written by hand, so that nothing between a test and a server is polite.

use crate::answer::Answer;
use crate::case::Case;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

/// Nothing takes longer: a test that waits has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Returns a request's head, up to and with the empty line, but for `framing`, which is whole lines.
pub fn head(case: &Case, framing: &str) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\n", case.method, case.target).into_bytes();
    for (name, value) in &case.headers {
        head.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    head.extend_from_slice(framing.as_bytes());
    head.extend_from_slice(b"\r\n");
    head
}

/// Returns a whole request whose length is announced.
pub fn request(case: &Case) -> Vec<u8> {
    let length = case.announced().map(|length| format!("Content-Length: {length}\r\n"));
    let mut request = head(case, &length.unwrap_or_default());
    request.extend_from_slice(&case.body);
    request
}

/// Returns a whole request in chunks of so many bytes.
pub fn chunked(case: &Case, bytes: usize) -> Vec<u8> {
    let mut request = head(case, "Transfer-Encoding: chunked\r\n");
    for chunk in case.body.chunks(bytes) {
        request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    request
}

/// Sends `request` over a new connection and reads its answer, both at once: a server may answer
/// before it has read everything.
///
/// # Errors
/// No answer, or none that can be read.
pub fn exchange(address: SocketAddr, request: &[u8], is_head: bool) -> io::Result<Answer> {
    let mut connection = Connection::open(address)?;
    let mut socket = connection.socket()?;
    thread::scope(|scope| {
        // The server may close when it has answered: then the rest is of no use.
        scope.spawn(move || drop(socket.write_all(request)));
        let answer = connection.answer(is_head);
        connection.close();
        answer
    })
}

/// A connection that is kept alive.
#[derive(Debug)]
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Nothing listens there.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(socket)))
    }

    /// Returns the same socket, to write to from elsewhere.
    ///
    /// # Errors
    /// The system has no handle left.
    pub fn socket(&self) -> io::Result<TcpStream> {
        self.0.get_ref().try_clone()
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// The connection is closed.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Sends no more, but still reads.
    ///
    /// # Errors
    /// The connection is closed.
    pub fn end(&mut self) -> io::Result<()> {
        self.0.get_ref().shutdown(Shutdown::Write)
    }

    /// Closes both ways.
    pub fn close(&mut self) {
        // Closed already is closed.
        let _ = self.0.get_ref().shutdown(Shutdown::Both);
    }

    /// Reads the next answer; that to HEAD has no body.
    ///
    /// # Errors
    /// No answer, or none that can be read.
    pub fn answer(&mut self, is_head: bool) -> io::Result<Answer> {
        let (mut status, mut headers) = self.head()?;
        while (100..200).contains(&status) {
            (status, headers) = self.head()?;
        }
        let header = |name: &str| {
            headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
        };
        let mut body = Vec::new();
        match header("content-length") {
            _ if is_head || status == 204 => {}
            Some(length) => {
                body.resize(length.parse().map_err(io::Error::other)?, 0);
                self.0.read_exact(&mut body)?;
            }
            None if header("transfer-encoding").is_some() => {
                return Err(io::Error::other("a small answer, and it is chunked"));
            }
            None => drop(self.0.read_to_end(&mut body)?),
        }
        Ok(Answer::new(status, headers, body))
    }

    /// Reads the next head: the status and the headers.
    ///
    /// # Errors
    /// No answer, or none that can be read.
    pub fn head(&mut self) -> io::Result<(u16, Vec<(String, String)>)> {
        let line = self.line()?;
        let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no status line"))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok((status, headers));
            }
            let (name, value) =
                line.split_once(':').ok_or_else(|| io::Error::other("no header"))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}
