//! One call, as it came and what became of it.

use crate::guess::Entity;
use bytes::Bytes;
use chrono::{DateTime, Utc};

/// Bytes that a call costs beyond its texts.
const FIXED_COST: usize = 1024;

#[derive(Debug, Clone)]
pub struct Call {
    /// Given by the store.
    pub id: u64,
    pub at: DateTime<Utc>,
    /// Whether its origin is proven, and it was the first of its copies.
    pub is_proven: bool,
    /// What was answered.
    pub status: u16,
    pub code: &'static str,
    /// What was refused, and what to change; for the operator, so more than the answer says.
    pub detail: String,
    pub checks: Vec<Checked>,
    /// The trigger, where the body says one.
    pub kind: String,
    pub ids: Vec<(&'static str, String)>,
    pub idempotency_key: Option<String>,
    /// What its fields are of.
    pub entity: Option<Entity>,
    pub target: String,
    /// Head and body, in memory of its own: nothing of a connection's buffers is held.
    message: Bytes,
    head_len: usize,
    has_body: bool,
}

/// A check of the proof.
#[derive(Debug, Clone)]
pub struct Checked {
    pub name: &'static str,
    pub verdict: &'static str,
    pub compared: String,
}

impl Call {
    /// Makes one of a head that ends with an empty line, and a body.
    pub fn of_message(head: &[u8], body: &[u8]) -> Self {
        Self {
            id: 0,
            at: Utc::now(),
            is_proven: false,
            status: 0,
            code: "",
            detail: String::new(),
            checks: Vec::new(),
            kind: String::new(),
            ids: Vec::new(),
            idempotency_key: None,
            entity: None,
            target: String::new(),
            message: Bytes::from([head, body].concat()),
            head_len: head.len(),
            has_body: true,
        }
    }

    /// Makes one whose body was not read to its end.
    pub fn of_head(head: &[u8]) -> Self {
        Self { has_body: false, ..Self::of_message(head, b"") }
    }

    /// Returns the message as it is saved; `None` without its body.
    pub fn message(&self) -> Option<&Bytes> {
        self.has_body.then_some(&self.message)
    }

    pub fn head(&self) -> &[u8] {
        self.message.get(..self.head_len).unwrap_or_default()
    }

    pub fn body(&self) -> Option<&[u8]> {
        self.message.get(self.head_len..).filter(|_| self.has_body)
    }

    /// Returns the lines of the head after the first: names and values as they came.
    pub fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.head().split(|byte| *byte == b'\n').skip(1).filter_map(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let (name, value) = line.split_at_checked(line.iter().position(|it| *it == b':')?)?;
            Some((name, value.get(1..)?.trim_ascii()))
        })
    }

    /// Returns the value of a header, if it is text.
    pub fn header(&self, wanted: &str) -> Option<&str> {
        let mut lines = self.lines();
        let (_, value) = lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted.as_bytes()))?;
        str::from_utf8(value).ok()
    }

    /// Returns the bytes of memory that it holds, rounded up.
    pub fn cost(&self) -> usize {
        let checks = self.checks.iter().map(|it| it.compared.len() + size_of::<Checked>());
        let ids = self.ids.iter().map(|(_, id)| id.len() + 64);
        let texts = [&self.detail, &self.kind, &self.target].map(String::len).iter().sum::<usize>();
        let key = self.idempotency_key.as_ref().map_or(0, String::len);
        FIXED_COST + self.message.len() + texts + key + checks.chain(ids).sum::<usize>()
    }

    pub fn drop_body(&mut self) {
        *self =
            Self { message: Bytes::copy_from_slice(self.head()), has_body: false, ..self.clone() };
    }
}
