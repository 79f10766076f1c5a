//! A refusal as the answer that every adapter gives.

use super::{PROBLEM_JSON, Rejection, RejectionKind};
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use serde::Serialize;
use std::time::Duration;

/// What is taken, for `Accept`.
const MEDIA_TYPES: &str = "application/x-www-form-urlencoded, application/json";
/// What a proof must cover at least.
const CHALLENGE: &str = "Signature headers=\"(request-target) host date digest x-copernica-id\"";

impl Rejection {
    /// The body of the answer: problem details, RFC 9457, as JSON.
    #[must_use]
    pub fn problem(&self) -> String {
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

    /// The answer that every adapter gives: status, headers and [`problem`](Self::problem).
    #[must_use]
    pub fn to_response(&self) -> Response<Bytes> {
        if self.kind() == RejectionKind::AlreadyHandled {
            // As the first call was answered, as far as the sender can tell.
            return Response::default();
        }
        let mut response = Response::new(Bytes::from(self.problem()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(time) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(time)));
        }
        match self.kind() {
            // RFC 9110 §15.5.6: a 405 names what is allowed.
            RejectionKind::MethodNotAllowed => {
                headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
            }
            // RFC 9110 §15.5.16: a 415 says what would have been taken. The two reasons are told
            // apart by the header; §12.5.3 forbids this one in a 415 for any other reason.
            RejectionKind::UnsupportedMediaType if self.0.coding => {
                headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            }
            RejectionKind::UnsupportedMediaType => {
                headers.insert(header::ACCEPT, HeaderValue::from_static(MEDIA_TYPES));
            }
            // RFC 9110 §15.5.2: a 401 says what would do.
            RejectionKind::Unauthenticated => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
            }
            _ => {}
        }
        response
    }
}

/// At least a second: `Retry-After` has no fractions.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0)).max(1)
}
