//! The head of an HTTP/1.1 message (RFC 9112), line by line as it stands.

/// The first line and the header lines.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) start: String,
    pub(crate) lines: Vec<Line>,
}

/// A header line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) name: String,
    /// Without the white space around it; of a folded line its parts with a space between.
    pub(crate) value: Vec<u8>,
    pub(crate) folded: bool,
}

impl Head {
    /// Reads a head from the start of these bytes and returns it with its length; `None` when it does not
    /// end in them.
    ///
    /// # Errors
    /// Which line is not one, and why.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, String> {
        let mut head: Option<Self> = None;
        let mut length = 0;
        for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let number = index + 1;
            let Some(line) = line.strip_suffix(b"\n") else { return Ok(None) };
            length += line.len() + 1;
            let line = line
                .strip_suffix(b"\r")
                .ok_or_else(|| format!("line {number} ends with LF, not with CRLF"))?;
            let Some(begun) = &mut head else {
                let start = std::str::from_utf8(line).map_err(|_| "line 1 is not UTF-8")?;
                head = Some(Self { start: start.to_owned(), lines: Vec::new() });
                continue;
            };
            if line.is_empty() {
                return Ok(head.map(|head| (head, length)));
            }
            begun.add(line).map_err(|why| format!("line {number} {why}"))?;
        }
        Ok(None)
    }

    fn add(&mut self, line: &[u8]) -> Result<(), &'static str> {
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            // RFC 9112 §5.2, obs-fold.
            let last = self.lines.last_mut().ok_or("is folded, and no header stands before it")?;
            last.value.push(b' ');
            last.value.extend(line.trim_ascii());
            last.folded = true;
            return Ok(());
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or("has no colon")?;
        let (name, value) = line.split_at(colon);
        let name = std::str::from_utf8(name).ok().filter(|name| is_token(name));
        let name = name.ok_or("has no header's name before its colon")?;
        let value = value.get(1..).unwrap_or_default().trim_ascii().to_vec();
        self.lines.push(Line { name: name.to_owned(), value, folded: false });
        Ok(())
    }

    /// Returns the lines of this name.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.name.eq_ignore_ascii_case(name))
    }

    /// Returns the value of the first line of this name, when it is text.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let line = self.lines.iter().find(|line| line.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(&line.value).ok()
    }
}

/// Returns whether a text is a token (RFC 9110 §5.6.2).
pub(crate) fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_what_they_say() {
        let bytes =
            b"POST / HTTP/1.1\r\nHost: a\r\nX-A:\tb\xff \r\nSignature: a\r\n  b\r\n\r\nbody";
        let (head, length) = Head::parse(bytes).unwrap().unwrap();
        assert_eq!(&bytes[length..], b"body");
        assert_eq!((head.start.as_str(), head.value("host")), ("POST / HTTP/1.1", Some("a")));
        assert_eq!(head.lines[1].value, b"b\xff");
        assert_eq!((head.value("signature"), head.lines[2].folded), (Some("a b"), true));
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (bytes, expected) in [
            ("POST / HTTP/1.1\n", "line 1 ends with LF"),
            ("POST / HTTP/1.1\r\n a\r\n", "line 2 is folded"),
            ("POST / HTTP/1.1\r\nHost: a\r\nb\r\n", "line 3 has no colon"),
            ("POST / HTTP/1.1\r\nHost : a\r\n", "line 2 has no header's name"),
        ] {
            let error = Head::parse(bytes.as_bytes()).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
        assert!(Head::parse(b"POST / HTTP/1.1\r\nHost: a\r\n").unwrap().is_none());
    }
}
