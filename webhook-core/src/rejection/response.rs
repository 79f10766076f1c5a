//! A refusal as the answer that every adapter gives.

use super::{Refusal, RejectionKind};
use crate::sender::{FORM, JSON};
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use serde::Serialize;
use std::time::Duration;

/// The media type of every refusal's body: problem details, RFC 9457.
pub const PROBLEM_JSON: &str = "application/problem+json";

impl Refusal {
    /// Returns the body of the answer: problem details, RFC 9457, as JSON.
    pub(crate) fn problem(&self) -> String {
        #[derive(Serialize)]
        struct Problem<'a> {
            title: &'a str,
            status: u16,
            code: &'a str,
            detail: &'a str,
        }
        let (kind, detail) = (self.kind(), self.detail());
        let problem = Problem {
            title: kind.title(),
            status: kind.status().as_u16(),
            code: kind.code(),
            detail: &detail,
        };
        // Strings and a number always serialize; an empty body is the harmless rest of that.
        serde_json::to_string(&problem).unwrap_or_default()
    }

    /// Returns the answer that every adapter gives: status, headers and [`problem`](Self::problem).
    ///
    /// `challenge` is what `WWW-Authenticate` says in a 401: what a proof must cover at least.
    pub(crate) fn to_response(&self, challenge: fn() -> String) -> Response<Bytes> {
        if self.kind() == RejectionKind::AlreadyHandled {
            // As the first call was answered, as far as the sender can see.
            return Response::default();
        }
        if self.kind() == RejectionKind::Ignored {
            let mut response = Response::default();
            // RFC 9110 §15.3.5: a 204 has no body.
            *response.status_mut() = self.status();
            return response;
        }
        let mut response = Response::new(Bytes::from(self.problem()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(time) = self.retry_time() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(time)));
        }
        match self.kind() {
            // RFC 9110 §15.5.6: a 405 names what is allowed.
            RejectionKind::MethodNotAllowed => {
                headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
            }
            // RFC 9110 §15.5.16: a 415 says what would have been taken. The header distinguishes
            // the two reasons; §12.5.3 forbids this one in a 415 for any other reason.
            RejectionKind::UnsupportedMediaType if self.is_about_coding() => {
                headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            }
            RejectionKind::UnsupportedMediaType => {
                headers
                    .extend(value(format!("{FORM}, {JSON}")).map(|types| (header::ACCEPT, types)));
            }
            // RFC 9110 §15.5.2: a 401 says what is needed.
            RejectionKind::Unauthenticated => {
                let challenge = value(challenge());
                headers.extend(challenge.map(|challenge| (header::WWW_AUTHENTICATE, challenge)));
            }
            _ => {}
        }
        response
    }
}

/// Returns a text of our own as a header's value.
fn value(text: String) -> Option<HeaderValue> {
    HeaderValue::try_from(text).ok()
}

/// Returns whole seconds, one at least: `Retry-After` has no fractions.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0)).max(1)
}
