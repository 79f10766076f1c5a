//! A call and what it must come to.

use crate::answer::{Answer, DELIVERY, HANDLED};
use crate::setup::Setup;
use webhook_core::adapter::PROBLEM_JSON;
use webhook_core::signature::Check;

/// The media type of a form.
pub const FORM: &str = "application/x-www-form-urlencoded";
/// The media type of the other one.
pub const JSON: &str = "application/json";

/// What a 401 requires.
const CHALLENGE: &str = "Signature headers=\"(request-target) host date digest x-copernica-id\"";

/// Returns what a refusal says of trying again, in seconds.
fn retry_after(code: &str) -> Option<&'static str> {
    match code {
        // As the source of keys says, rounded up.
        "key_unavailable" => Some("7"),
        "replay_unavailable" | "in_flight" => Some("5"),
        _ => None,
    }
}

/// A call and what it must come to.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it is about; unique.
    pub name: String,
    /// The method.
    pub method: String,
    /// The request line's target, origin or absolute form.
    pub target: String,
    /// All headers but those that frame the body.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
    /// What it is sent to.
    pub setup: Setup,
    /// What must come out.
    pub expect: Expect,
    /// The target and the host that the delivery must have, where the case says.
    pub delivery: Option<(String, String)>,
    /// What the event is called after prefix and account, where the case says; `call:` for the name of
    /// the call itself.
    pub key: Option<String>,
    /// The check of its proof that fails, which no answer reveals.
    pub fails: Option<Check>,
    /// Whether servers let it through to the webhook; otherwise it is run in process only.
    pub on_sockets: bool,
}

/// What a call must come to.
#[derive(Debug, Clone)]
pub enum Expect {
    /// The event in its JSON shape, byte by byte.
    Event(String),
    /// A refusal with this status and code, and a detail that contains this text.
    Refused(u16, &'static str, String),
    /// A refusal that the handler itself answered: its code and detail.
    Handled(String),
    /// The event as JSON, in any order of names.
    Json(String),
    /// 200 without a body, and no handler: a copy of what was handled.
    Repeated,
    /// 204 without a body, and no handler: what the handler does not take.
    Ignored,
}

impl Case {
    /// Makes a case of a form body, sent as Copernica does.
    pub fn form(name: &str, body: impl Into<Vec<u8>>, expect: Expect) -> Self {
        Self {
            name: name.to_owned(),
            method: "POST".to_owned(),
            target: "/copernica".to_owned(),
            headers: vec![
                ("Host".to_owned(), b"example.com".to_vec()),
                ("Content-Type".to_owned(), FORM.into()),
            ],
            body: body.into(),
            setup: Setup::Events,
            expect,
            delivery: None,
            key: None,
            fails: None,
            on_sockets: true,
        }
    }

    /// Makes a case of a JSON body.
    pub fn json(name: &str, body: impl Into<Vec<u8>>, expect: Expect) -> Self {
        Self::form(name, body, expect).header("Content-Type", JSON)
    }

    /// Sets this header instead of all others of the name.
    #[must_use]
    pub fn header(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.without(name).and_header(name, value)
    }

    /// Adds a header.
    #[must_use]
    pub fn and_header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Removes this header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// Sets another method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// Sets another target.
    #[must_use]
    pub fn target(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// Expects this target and host in the delivery (`-` for none).
    #[must_use]
    pub fn delivered(mut self, target: &str, host: &str) -> Self {
        self.delivery = Some((target.to_owned(), host.to_owned()));
        self
    }

    /// Expects this idempotency key.
    #[must_use]
    pub fn keyed(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// Expects the proof to fail by this check.
    #[must_use]
    pub fn failing(mut self, check: Check) -> Self {
        self.fails = Some(check);
        self
    }

    /// Sets another set-up.
    #[must_use]
    pub fn to(mut self, setup: Setup) -> Self {
        self.setup = setup;
        self
    }

    /// Excludes the case from sockets: servers themselves treat it in ways of their own.
    #[must_use]
    pub fn in_process_only(mut self) -> Self {
        self.on_sockets = false;
        self
    }

    /// Returns the length to announce, unless a header claims one; a request without a body announces none
    /// unless it is a POST.
    pub fn announced(&self) -> Option<usize> {
        if self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            return None;
        }
        (self.method == "POST" || !self.body.is_empty()).then_some(self.body.len())
    }

    /// Returns whether the answer to it has no body to compare.
    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    /// Compares an answer with what is expected.
    ///
    /// # Errors
    /// What is wrong about the answer.
    pub fn check(&self, answer: &Answer) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("{}: {what}: {answer:?}", self.name));
        let header = |name: &str| answer.headers.get(name).map(String::as_str);
        match &self.expect {
            Expect::Event(event) => {
                if answer.status != 200 || header("content-type") != Some(JSON) {
                    return wrong("not accepted");
                }
                if answer.body != event.as_bytes() {
                    let event: String = event.chars().take(2000).collect();
                    return wrong(&format!("not the event {event}"));
                }
            }
            Expect::Json(event) => {
                let event: serde_json::Value = serde_json::from_str(event).unwrap();
                let read = serde_json::from_slice(&answer.body);
                if answer.status != 200 || !read.is_ok_and(|read: serde_json::Value| read == event)
                {
                    return wrong(&format!("not the event {event}"));
                }
            }
            Expect::Ignored => {
                if answer.status != 204 || !answer.body.is_empty() || !answer.headers.is_empty() {
                    return wrong("not ignored");
                }
            }
            Expect::Handled(text) => {
                let answered = (answer.status, header("content-type"), answer.body.as_slice());
                if answered != (HANDLED, Some("text/plain"), text.as_bytes()) {
                    return wrong(&format!("the handler did not answer {text}"));
                }
            }
            Expect::Repeated => {
                if answer.status != 200 || !answer.body.is_empty() || !answer.headers.is_empty() {
                    return wrong("not answered as a copy");
                }
            }
            Expect::Refused(status, code, detail) => {
                if answer.status != *status || header("content-type") != Some(PROBLEM_JSON) {
                    return wrong(&format!("not refused by {status} {code}"));
                }
                if (header("allow") == Some("POST")) != (*status == 405) {
                    return wrong("a 405, and no other, names what is allowed");
                }
                let (types, codings) = match status {
                    415 if detail.contains("coding") => (None, Some("identity")),
                    415 => (Some("application/x-www-form-urlencoded, application/json"), None),
                    _ => (None, None),
                };
                if (header("accept"), header("accept-encoding")) != (types, codings) {
                    return wrong("a 415, and no other, names what is accepted");
                }
                if header("www-authenticate") != (*status == 401).then_some(CHALLENGE) {
                    return wrong("a 401, and no other, says what would prove it");
                }
                if header("retry-after") != retry_after(code) {
                    return wrong("a 503, and no other, says when to try again");
                }
                if self.is_head() {
                    return Ok(());
                }
                let problem: serde_json::Value = serde_json::from_slice(&answer.body)
                    .map_err(|error| format!("{}: {error}: {answer:?}", self.name))?;
                if problem["status"] != *status || problem["code"] != *code {
                    return wrong(&format!("not refused by {status} {code}"));
                }
                if !problem["detail"].as_str().is_some_and(|text| text.contains(detail)) {
                    return wrong(&format!("the detail does not say {detail:?}"));
                }
            }
        }
        if let Some((target, host)) = &self.delivery {
            let reported = format!("{target} {host} ").escape_default().to_string();
            if !header(DELIVERY).is_some_and(|delivery| delivery.starts_with(&reported)) {
                return wrong(&format!("not delivered to {reported}"));
            }
        }
        match &self.key {
            Some(key) if !is_keyed(header(DELIVERY).unwrap_or_default(), key) => {
                wrong(&format!("the key is not {key}"))
            }
            _ => Ok(()),
        }
    }
}

/// Returns whether a delivery, as the handler reports it, has this key under its account.
fn is_keyed(delivery: &str, key: &str) -> bool {
    let words: Vec<_> = delivery.split(' ').collect();
    let [_, _, _, found, account, rest @ ..] = &words[..] else { return false };
    let account = if *account == "-" { "unverified" } else { account };
    let Some(found) = found.strip_prefix(&format!("copernica:v1:{account}:")) else {
        return false;
    };
    match found.strip_prefix("call:") {
        // The name of the delivery, where it is proven: the last word.
        Some(call) if key == "call:" => {
            call.len() == 64 && rest.last().is_none_or(|id| *id == call)
        }
        _ => found == key,
    }
}
