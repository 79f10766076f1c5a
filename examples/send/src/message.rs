//! One HTTP/1.1 request as bytes (RFC 9112), in the form in which `inbox export` writes it.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};

use crate::head::{Head, is_token};

/// A request and the bytes that it is.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) bytes: Bytes,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) head: Head,
    pub(crate) body: Bytes,
}

impl Message {
    /// Reads a whole file.
    ///
    /// # Errors
    /// Where it is not one message, and why.
    pub(crate) fn parse(bytes: Bytes) -> Result<Self, String> {
        let Some((head, length)) = Head::parse(&bytes)? else {
            return Err("it ends before the empty line after the headers".into());
        };
        let (method, target) =
            request_line(&head.start).ok_or("line 1 is not `METHOD target HTTP/1.1`".to_owned())?;
        let body = bytes.slice(length..);
        if head.all("transfer-encoding").next().is_some() {
            return Err("its body is in chunks: write it with Content-Length".into());
        }
        if head.all("content-length").count() > 1 {
            return Err("Content-Length stands twice".into());
        }
        let said = head.value("content-length");
        if said.unwrap_or("0").parse() != Ok(body.len()) {
            let said = said.map_or("missing".to_owned(), |said| format!("{said:?}"));
            let len = body.len();
            return Err(format!("Content-Length is {said}, and {len} bytes follow the headers"));
        }
        Ok(Self { bytes, method, target, head, body })
    }

    /// Writes a request: its headers in their order, its target as it stands.
    pub(crate) fn of(call: &Request<Bytes>) -> Bytes {
        let mut bytes =
            format!("{} {} HTTP/1.1\r\n", call.method(), target(call.uri())).into_bytes();
        let authority = call.uri().authority();
        if let (false, Some(host)) = (call.headers().contains_key("host"), authority) {
            bytes.extend(format!("host: {host}\r\n").into_bytes());
        }
        for (name, value) in call.headers() {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        if !call.headers().contains_key("content-length") {
            bytes.extend(format!("content-length: {}\r\n", call.body().len()).into_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(call.body());
        bytes.into()
    }

    /// Returns the request as a server has it.
    ///
    /// # Errors
    /// The target or a header can't be in such a request.
    pub(crate) fn request(&self) -> Result<Request<Bytes>, String> {
        let mut call = Request::new(self.body.clone());
        *call.method_mut() = self.method.parse().map_err(|_| "its method is not one")?;
        *call.uri_mut() = uri(&self.target)?;
        *call.headers_mut() = self.headers()?;
        Ok(call)
    }

    /// Returns its headers.
    pub(crate) fn headers(&self) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        for line in &self.head.lines {
            let failed = || format!("{} can't be a header", line.name);
            let name = HeaderName::try_from(&line.name).map_err(|_| failed())?;
            let value = HeaderValue::from_bytes(&line.value).map_err(|_| failed())?;
            headers.append(name, value);
        }
        Ok(headers)
    }
}

/// Returns method and target of a request line.
pub(crate) fn request_line(line: &str) -> Option<(String, String)> {
    let mut parts = line.split(' ');
    let (method, target) = (parts.next()?, parts.next()?);
    let whole = parts.next() == Some("HTTP/1.1") && parts.next().is_none();
    let clean = !target.is_empty() && !target.contains(char::is_control);
    (whole && clean && is_token(method)).then(|| (method.to_owned(), target.to_owned()))
}

/// Returns what stands in the request line of a call to this URL.
pub(crate) fn target(url: &Uri) -> String {
    let target = url.path_and_query().map_or("", |target| target.as_str());
    // The text of "no path, but a query" begins with the query.
    let slash = if target.starts_with('/') { "" } else { "/" };
    format!("{slash}{target}")
}

/// Returns the target as a URI that is written in the same way.
pub(crate) fn uri(target: &str) -> Result<Uri, String> {
    let same = |uri: &Uri| uri.path_and_query().is_some_and(|path| path.as_str() == target);
    let uri = target.parse().ok().filter(same);
    uri.ok_or_else(|| format!("the target {target:?} is not a path as HTTP has them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Message, String> {
        Message::parse(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn a_message_is_whole_or_none() {
        let message =
            parse("POST /a?b HTTP/1.1\r\nHost: c\r\nContent-Length: 2\r\n\r\nde").unwrap();
        assert_eq!((message.target.as_str(), &*message.body), ("/a?b", &b"de"[..]));
        for (text, expected) in [
            ("", "ends before"),
            ("type=create&profile=1", "ends before"),
            ("POST / HTTP/1.1\r\nHost: c\r\n", "ends before"),
            ("POST /a b HTTP/1.1\r\n\r\n", "line 1"),
            ("POST / HTTP/2\r\n\r\n", "line 1"),
            ("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nde", "\"3\", and 2 bytes follow"),
            ("POST / HTTP/1.1\r\n\r\nde", "missing, and 2 bytes follow"),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "in chunks"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let call = Request::post("http://a.example/b?").header("x-a", "c").body(Bytes::from("de"));
        let message = Message::parse(Message::of(&call.unwrap())).unwrap();
        assert_eq!(
            (message.target.as_str(), message.head.value("host")),
            ("/b?", Some("a.example"))
        );
        assert_eq!(message.request().unwrap().headers()["x-a"], "c");
    }
}
