//! The receiving side: a call is proven and decoded as in any service, answered, and kept whatever became
//! of it.

use crate::app::{App, UNIT};
use crate::call::{Call, Checked};
use crate::guess::Entity;
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout_at};
use webhook_axum::delivery::Delivery;
use webhook_axum::signature::Check;
use webhook_axum::webhook_core::adapter::{BodyError, Head};
use webhook_axum::{CreateEvent, Event, Raw, Received, Rejection, RejectionKind, UpdateEvent};

/// How long the body of a call that is refused already is waited for.
const REFUSED_TIME: Duration = Duration::from_secs(5);
/// Variables that name what a call is about.
const IDS: [&str; 6] = ["database", "collection", "profile", "subprofile", "mailing", "id"];
/// Characters of a trigger or an id that are shown in a row.
const MAX_SHOWN: usize = 48;

/// Bytes of a refused body up to which it is decoded for its row: a forgery costs no more time than that.
const MAX_DESCRIBED: usize = 256 << 10;

/// Returns the service that takes calls, on any path: the first call may miss the one that was meant.
pub fn router(app: Arc<App>) -> Router {
    Router::new().fallback(receive).with_state(app)
}

async fn receive(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    let mut taken = Taken::default();
    let received = prove(&app, &parts, &mut body, &mut taken).await;
    let mut held = None;
    if taken.is_unread {
        held = read_refused(&app, &mut body, &mut taken).await;
    }
    let (call, answer) = settle(&app, &parts, taken, received).await;
    app.keep(call);
    drop(held);
    answer
}

/// What was read of a body.
struct Taken {
    bytes: Vec<u8>,
    is_unread: bool,
    is_complete: bool,
}

impl Default for Taken {
    fn default() -> Self {
        Self { bytes: Vec::new(), is_unread: true, is_complete: false }
    }
}

/// Brings the call to core, as an adapter does, and keeps a copy of what is read.
async fn prove(
    app: &App,
    parts: &Parts,
    body: &mut Body,
    taken: &mut Taken,
) -> Result<Received<Event>, Rejection> {
    let begun = app.receiver.begin(&Head::of(parts));
    let mut call = begun?;
    call.ready().await?;
    taken.is_unread = false;
    let next = |context: &mut Context<'_>| {
        let data = ready!(poll_data(body, context));
        if let Some(Ok(data)) = &data {
            taken.bytes.extend_from_slice(data);
        }
        Poll::Ready(data.map(|data| data.map_err(BodyError::broken)))
    };
    call.read(next, |deadline| sleep_until(deadline.into())).await?;
    taken.is_complete = true;
    call.finish().await
}

fn poll_data(
    body: &mut Body,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, axum::Error>>> {
    loop {
        match ready!(Pin::new(&mut *body).poll_frame(context)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            // The other kind is trailers.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Poll::Ready(Some(Ok(data)));
                }
            }
        }
    }
}

/// Reads the body of a call that is refused already, so that it can be shown: within the receiver's
/// limit, a time, and what all such bodies may hold together. What it holds is returned.
async fn read_refused(
    app: &App,
    body: &mut Body,
    taken: &mut Taken,
) -> Option<OwnedSemaphorePermit> {
    let limit = app.receiver.limits().max_body();
    let deadline = Instant::now() + REFUSED_TIME;
    if body.size_hint().lower() > limit as u64 {
        return None;
    }
    let mut held = Arc::clone(&app.refused).try_acquire_owned().ok()?;
    loop {
        let frame = timeout_at(deadline, body.frame()).await.ok()?;
        let Some(frame) = frame else { break };
        let Ok(data) = frame.ok()?.into_data() else { continue };
        let length = taken.bytes.len().saturating_add(data.len());
        if length > limit {
            break;
        }
        while held.num_permits().saturating_mul(UNIT) < length {
            held.merge(Arc::clone(&app.refused).try_acquire_owned().ok()?);
        }
        taken.bytes.extend_from_slice(&data);
    }
    taken.is_complete = body.is_end_stream();
    Some(held)
}

/// Answers, and writes down what became of the call.
async fn settle(
    app: &App,
    parts: &Parts,
    taken: Taken,
    received: Result<Received<Event>, Rejection>,
) -> (Call, Response) {
    let body = Bytes::from(if taken.is_complete { taken.bytes } else { Vec::new() });
    let explained = {
        let mut call = Request::new(body.clone());
        *call.method_mut() = parts.method.clone();
        *call.uri_mut() = parts.uri.clone();
        *call.headers_mut() = parts.headers.clone();
        app.receiver.explain(&call).await
    };
    let head = head(parts, body.len());
    let mut call =
        if taken.is_complete { Call::of_message(&head, &body) } else { Call::of_head(&head) };
    let checks = explained.checks().iter();
    // Without its body nothing is known of the digest, nor of what needs it.
    let checks = checks.filter(|it| taken.is_complete || it.check.as_str() != "digest");
    call.checks = checks
        .map(|it| Checked {
            name: it.check.as_str(),
            verdict: it.verdict.as_str(),
            compared: it.compared.clone(),
        })
        .collect();
    call.target = parts.uri.path_and_query().map_or("", |target| target.as_str()).to_owned();

    let answer = match received {
        Ok(Received { event, delivery, .. }) => {
            call.is_proven = delivery.proven().is_some();
            call.idempotency_key = Some(delivery.idempotency_key(&event));
            describe(&mut call, &event);
            app.guess(&call, &event);
            match delivery.commit().await {
                Ok(()) => {
                    call.code = "accepted";
                    let mut answer = Response::default();
                    *answer.status_mut() = StatusCode::NO_CONTENT;
                    answer
                }
                Err(error) => refuse(&mut call, &Rejection::from(error)),
            }
        }
        Err(refused) => {
            let small = call.body().filter(|body| body.len() <= MAX_DESCRIBED);
            if let Some(event) = small.and_then(|body| app.receiver.decode(body).ok()) {
                describe(&mut call, &event);
            }
            let delivery = refused.delivery();
            call.is_proven = delivery.is_some_and(|it| it.proven().is_some());
            call.idempotency_key = delivery.map(key_of_call);
            refuse(&mut call, &refused)
        }
    };
    call.status = answer.status().as_u16();
    (call, answer)
}

/// Returns the key of a call whose event can't be decoded.
fn key_of_call(delivery: &Delivery) -> String {
    delivery.idempotency_key(&Raw::new(delivery.body().clone()))
}

fn refuse(call: &mut Call, refused: &Rejection) -> Response {
    call.code = refused.code();
    let failed = refused.check().map(Check::as_str);
    let compared = call.checks.iter().find(|it| Some(it.name) == failed);
    call.detail = match (compared, refused.kind()) {
        (Some(check), _) => format!("{}: {}", check.name, check.compared),
        (None, RejectionKind::AlreadyHandled) => {
            "a copy of a call that was handled: it is answered 200, and no handler runs".to_owned()
        }
        (None, _) => refused.detail(),
    };
    refused.to_response().map(Body::from)
}

/// Writes down which event it is: the trigger, the ids, and what its fields are of.
fn describe(call: &mut Call, event: &Event) {
    let Ok(json) = serde_json::to_value(event) else { return };
    let text = |name: &str| match json.get(name)? {
        serde_json::Value::String(text) => Some(text.chars().take(MAX_SHOWN).collect()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    call.kind = text("type").or_else(|| text("action")).unwrap_or_default();
    call.ids = IDS.iter().filter_map(|name| Some((*name, text(name)?))).collect();
    call.entity = Entity::of(event);
}

impl App {
    /// Learns from a call what types its fields have: from proven ones only, unless nothing is proven
    /// here.
    fn guess(&self, call: &Call, event: &Event) {
        let fields = match event {
            Event::Create(CreateEvent::Profile(event)) => &event.fields,
            Event::Create(CreateEvent::Subprofile(event)) => &event.fields,
            Event::Update(UpdateEvent::Profile(event)) => &event.fields,
            Event::Update(UpdateEvent::Subprofile(event)) => &event.fields,
            _ => return,
        };
        if let Some(entity) = call.entity {
            self.calls().guesses.learn(entity, fields);
        }
    }
}

/// Writes the head as it came: names in lower case, as HTTP libraries keep them. The body is not
/// chunked any more, so it has a length.
fn head(parts: &Parts, length: usize) -> Vec<u8> {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut head = format!("{} {target} HTTP/1.1\r\n", parts.method).into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            head.extend_from_slice(part);
        }
    };
    for (name, value) in &parts.headers {
        if name != header::TRANSFER_ENCODING {
            line(name.as_str(), value.as_bytes());
        }
    }
    if !parts.headers.contains_key(header::CONTENT_LENGTH) {
        line("content-length", length.to_string().as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    head
}
