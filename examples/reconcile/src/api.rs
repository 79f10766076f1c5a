//! Calls to the REST API: a JWT that is renewed, and calls that are repeated after a pause.

use crate::entity;
use crate::progress::Progress;
use chrono::{DateTime, Utc};
use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use std::time::Duration;
// Which tests move.
use tokio::time::Instant;

/// A JWT is valid for 24 hours; it is renewed before.
const RENEWED_AFTER: Duration = Duration::from_hours(23);
/// Times that a call is made, 429, 5xx and broken connections together.
const ATTEMPTS: u32 = 7;
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// An API that requires a longer pause is queried again by the next run.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(15);
/// The longest that one call may take: a page has 1000 entities with all their fields.
const CALL_TIME: Duration = Duration::from_mins(2);
const CONNECT_TIME: Duration = Duration::from_secs(15);
/// More than this is no answer of the API.
const ANSWER_LIMIT: usize = 256 << 20;
/// Characters of the API's own error message that are repeated.
const MESSAGE_LIMIT: usize = 200;

/// The REST API, version 4.
pub(crate) struct Api {
    client: Client,
    base: String,
    auth: String,
    token: String,
    back_off: Duration,
    jwt: Option<(HeaderValue, Instant)>,
    /// Calls that were made, those for a JWT among them.
    pub(crate) calls: u64,
    /// What the terminal shows while it is called.
    pub(crate) progress: Option<Progress>,
}

impl Api {
    /// Makes a client; nothing is called.
    ///
    /// # Errors
    ///
    /// When the machine has no TLS to offer.
    pub(crate) fn new(
        base: &str,
        auth: &str,
        token: String,
        back_off: Duration,
    ) -> Result<Self, String> {
        let client = Client::builder()
            .user_agent(concat!("example-reconcile/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIME)
            .timeout(CALL_TIME)
            // The token is for this host only.
            .redirect(Policy::none())
            .build()
            .map_err(|error| described(&error))?;
        let (base, auth) = (base.to_owned(), auth.to_owned());
        Ok(Self { client, base, auth, token, back_off, jwt: None, calls: 0, progress: None })
    }

    /// Returns the number of the account that the token is of.
    ///
    /// # Errors
    ///
    /// When the API does not answer, or otherwise than documented.
    pub(crate) async fn identity(&mut self) -> Result<u64, String> {
        let identity = self.get("identity", &[]).await?;
        identity.as_object().and_then(entity::id).ok_or_else(|| "identity: no id in it".to_owned())
    }

    /// Gets a path below the base.
    ///
    /// # Errors
    ///
    /// When it is refused, or still not answered after the last attempt, or the answer is no JSON.
    pub(crate) async fn get(
        &mut self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Value, String> {
        let mut is_renewed = false;
        loop {
            let jwt = self.jwt().await?;
            let request = self.client.get(format!("{}/{path}", self.base)).query(query);
            let request = request.header(AUTHORIZATION, jwt);
            let (status, body) = self.call(path, request).await?;
            if status == StatusCode::UNAUTHORIZED && !is_renewed {
                // It may end before its time, when the token's rights change for one.
                self.jwt = None;
                is_renewed = true;
                continue;
            }
            if status != StatusCode::OK {
                return Err(refused(path, status, &body));
            }
            return serde_json::from_slice(&body)
                .map_err(|_| format!("{path}: the answer is no JSON"));
        }
    }

    /// Returns the JWT, a new one where it is missing or ends soon.
    async fn jwt(&mut self) -> Result<HeaderValue, String> {
        if let Some((jwt, since)) = &self.jwt
            && since.elapsed() < RENEWED_AFTER
        {
            return Ok(jwt.clone());
        }
        let since = Instant::now();
        let request = self.client.post(&self.auth).form(&[("access_token", &self.token)]);
        let (status, body) = self.call("the JWT", request).await?;
        if status != StatusCode::OK {
            return Err(refused("the JWT", status, &body));
        }
        let text = str::from_utf8(&body).map(str::trim).unwrap_or_default();
        let is_jwt =
            text.split('.').count() == 3 && text.bytes().all(|byte| byte.is_ascii_graphic());
        let header = HeaderValue::try_from(format!("Bearer {text}")).ok().filter(|_| is_jwt);
        let mut header = header.ok_or("the JWT: the answer has another form")?;
        header.set_sensitive(true);
        self.jwt = Some((header.clone(), since));
        Ok(header)
    }

    /// Makes a call, again after a pause where that may help, and returns its answer.
    async fn call(
        &mut self,
        what: &str,
        request: RequestBuilder,
    ) -> Result<(StatusCode, Vec<u8>), String> {
        let mut pause = self.back_off;
        let mut attempt = 1;
        loop {
            let this = request.try_clone().ok_or("a call that can't be repeated")?;
            self.calls += 1;
            let (failed, required) = match answer(this).await {
                Ok((response, body)) => {
                    let status = response.status;
                    if status != StatusCode::TOO_MANY_REQUESTS && !status.is_server_error() {
                        return Ok((status, body));
                    }
                    (refused(what, status, &body), response.retry_after)
                }
                Err(error) => (format!("{what}: {error}"), None),
            };
            let wait = required.unwrap_or(pause).max(pause);
            if attempt == ATTEMPTS {
                return Err(failed);
            }
            if wait > LONGEST_RETRY_AFTER {
                return Err(format!("{failed}; it requires a pause of {} s", wait.as_secs()));
            }
            let note = format!("{failed}; again in {:.1} s", wait.as_secs_f64());
            match &self.progress {
                Some(progress) => progress.note(&note),
                None => eprintln!("{note}"),
            }
            tokio::time::sleep(wait).await;
            attempt += 1;
            pause = (pause * 2).min(LONGEST_PAUSE.max(self.back_off));
        }
    }
}

/// The head of an answer, as far as it matters.
struct Head {
    status: StatusCode,
    retry_after: Option<Duration>,
}

async fn answer(request: RequestBuilder) -> Result<(Head, Vec<u8>), String> {
    let mut response = request.send().await.map_err(|error| described(&error))?;
    let head = Head { status: response.status(), retry_after: retry_after(&response) };
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| described(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_LIMIT {
            return Err("the answer does not end".to_owned());
        }
    }
    Ok((head, body))
}

/// Reads `Retry-After`: seconds, or a date (RFC 9110 §10.2.3).
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    (date.to_utc() - Utc::now()).to_std().ok()
}

/// Describes an answer that is no success: its status, and the API's own words where it has some.
fn refused(what: &str, status: StatusCode, body: &[u8]) -> String {
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    let message = answer.as_ref().and_then(|answer| answer.pointer("/error/message")?.as_str());
    let message = message.map(|text| {
        let text: String = text.chars().take(MESSAGE_LIMIT).filter(|c| !c.is_control()).collect();
        format!(": {text}")
    });
    format!("{what}: {}{}", status.as_u16(), message.unwrap_or_default())
}

/// Describes an error by its innermost cause; never with the URL.
fn described(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() { "timed out".to_owned() } else { cause.to_string() }
}

#[cfg(test)]
mod tests;
