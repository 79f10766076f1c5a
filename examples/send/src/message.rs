//! A call in a file: one HTTP/1.1 message, as `inbox export` writes it.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};

use crate::wire::Head;

/// A call as it stands in a file.
#[derive(Debug)]
pub(crate) struct Message {
    /// All of it, to be sent as it is.
    pub(crate) bytes: Bytes,
    /// What a server makes of it.
    pub(crate) call: Request<Bytes>,
}

impl Message {
    /// Reads a message: request line, header lines, an empty line, a body.
    ///
    /// # Errors
    /// The bytes are no such message; the text says where.
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self, String> {
        let (head, at) = Head::parse(&bytes)?;
        let bytes = Bytes::from(bytes);
        let mut call = Request::new(bytes.slice(at..));
        let mut parts = head.start.split(' ');
        let (method, target) = (parts.next(), parts.next());
        if parts.next() != Some("HTTP/1.1") || parts.next().is_some() {
            return Err("line 1: not of the form `POST /path HTTP/1.1`".to_owned());
        }
        let method = method.and_then(|method| method.parse().ok());
        *call.method_mut() = method.ok_or("line 1: the method is not valid")?;
        let target = target.and_then(|target| target.parse().ok());
        *call.uri_mut() = target.ok_or("line 1: the target is not valid")?;
        for line in &head.lines {
            let wrong = |part| format!("header `{}`: its {part} is not valid", line.name);
            let name: HeaderName = line.name.parse().map_err(|_| wrong("name"))?;
            let value = HeaderValue::from_bytes(line.value.as_bytes());
            call.headers_mut().append(name, value.map_err(|_| wrong("value"))?);
        }
        if head.value("transfer-encoding").is_some() {
            return Err("header `Transfer-Encoding`: write the body without chunks".to_owned());
        }
        let length = head.value("content-length").map_or(Ok(0), str::parse::<usize>);
        let length = length.map_err(|_| "header `Content-Length`: not a number")?;
        if length != call.body().len() {
            let has = call.body().len();
            return Err(format!("body: it has {has} bytes, and Content-Length says {length}"));
        }
        Ok(Self { bytes, call })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_refused_with_its_place() {
        for (text, place) in [
            ("", "line 1: no line end"),
            ("POST / HTTP/1.1\n\n", "line 1: ends with LF"),
            ("POST /\r\n\r\n", "line 1: not of the form"),
            ("POST / HTTP/1.1\r\nHost\r\n\r\n", "line 2: no header line"),
            ("POST / HTTP/1.1\r\nHost: a\r\n", "line 3: no line end"),
            ("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", "body: it has 2 bytes"),
        ] {
            let error = Message::parse(text.into()).unwrap_err();
            assert!(error.starts_with(place), "{text:?}: {error}");
        }
    }
}
