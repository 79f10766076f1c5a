//! The page and its requests.

use crate::access::Refused;
use crate::app::App;
use crate::{again, answer, events, view};
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use std::sync::Arc;

const HTML: &str = include_str!("../page/index.html");
const STYLE: &str = include_str!("../page/page.css");
const SCRIPT: &str = include_str!("../page/page.js");

/// Returns the service that shows calls.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(html))
        .route("/page.css", get(async || answer::of(StatusCode::OK, "text/css", STYLE)))
        .route("/page.js", get(async || answer::of(StatusCode::OK, "text/javascript", SCRIPT)))
        .route("/events", get(stream))
        .route("/calls/{id}", get(call))
        .route("/calls/{id}/values", get(call_with_values))
        .route("/calls/{id}/saved", get(save))
        .route("/calls/{id}/sign", post(sign))
        .route("/calls/{id}/forward", post(forward))
        .layer(from_fn_with_state(Arc::clone(&app), guard))
        .with_state(app)
}

/// Checks every request, also for what does not exist, and secures every answer.
async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (uri, headers) = (request.uri(), request.headers());
    if let Some(cookie) = app.access.cookie_for(uri, headers) {
        return answer::secured(seen_token(&cookie));
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let answer = match app.access.check(uri, headers, changes) {
        Ok(()) => next.run(request).await,
        Err(refused) => refuse(&refused),
    };
    answer::secured(answer)
}

fn refuse(refused: &Refused) -> Response {
    let (status, text) = match refused {
        Refused::Host => (
            StatusCode::MISDIRECTED_REQUEST,
            "This page is at 127.0.0.1, [::1] or localhost with its port; INSPECT_HOST names another.",
        ),
        Refused::Origin => (StatusCode::FORBIDDEN, "A page of another site may not request this."),
        Refused::Csrf => {
            (StatusCode::FORBIDDEN, "Load the page again: its token is not this run's.")
        }
        Refused::Token => (StatusCode::UNAUTHORIZED, "Open /?token=… with INSPECT_TOKEN once."),
    };
    answer::text(status, text)
}

/// Goes on to the page, without the token in its address.
fn seen_token(cookie: &str) -> Response {
    let mut answer = answer::text(StatusCode::SEE_OTHER, "");
    answer.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/"));
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    answer
}

async fn html(State(app): State<Arc<App>>) -> Response {
    let html = HTML.replace("{{csrf}}", app.access.csrf());
    answer::of(StatusCode::OK, "text/html; charset=utf-8", html)
}

async fn stream(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let Ok(place) = Arc::clone(&app.pages).try_acquire_owned() else {
        return answer::text(StatusCode::SERVICE_UNAVAILABLE, "Too many pages are open.");
    };
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    events::stream(Arc::clone(&app), last, place).into_response()
}

async fn call(app: State<Arc<App>>, id: Path<u64>) -> Response {
    opened(&app, *id, false)
}

async fn call_with_values(app: State<Arc<App>>, id: Path<u64>) -> Response {
    opened(&app, *id, true)
}

fn opened(app: &App, id: u64, values: bool) -> Response {
    let Some(call) = app.calls().store.get(id) else { return gone() };
    let json = view::opened(app, &call, values).to_string();
    answer::of(StatusCode::OK, "application/json", json)
}

/// Sends a call as a file: what `example-send --from` takes.
async fn save(State(app): State<Arc<App>>, Path(id): Path<u64>, _: Uri) -> Response {
    let call = app.calls().store.get(id);
    let Some(message) = call.as_ref().and_then(|call| call.message()) else { return gone() };
    let mut answer = answer::of(StatusCode::OK, "application/octet-stream", message.clone());
    let name = format!("attachment; filename=\"call-{id}.http\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    answer
}

async fn sign(State(app): State<Arc<App>>, Path(id): Path<u64>) -> Response {
    send(&app, id, true).await
}

async fn forward(State(app): State<Arc<App>>, Path(id): Path<u64>) -> Response {
    send(&app, id, false).await
}

async fn send(app: &App, id: u64, signed: bool) -> Response {
    let call = app.calls().store.get(id);
    let Some(call) = call.filter(|call| call.body().is_some()) else { return gone() };
    let sent =
        if signed { again::signed(app, &call).await } else { again::as_it_was(app, &call).await };
    let json = match sent {
        Ok(sent) => serde_json::json!({ "status": sent.status, "body": sent.body }),
        Err(error) => serde_json::json!({ "error": error }),
    };
    answer::of(StatusCode::OK, "application/json", json.to_string())
}

fn gone() -> Response {
    answer::text(StatusCode::NOT_FOUND, "This call is not kept any more, or its body was not.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_weighs_less_than_60_kb() {
        let weight = HTML.len() + STYLE.len() + SCRIPT.len();
        assert!(weight < 60_000, "{weight} bytes");
    }

    #[test]
    fn no_text_becomes_markup() {
        for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!SCRIPT.contains(way), "{way}");
        }
        assert!(!HTML.contains("style=") && !HTML.contains("onclick") && !HTML.contains("//"));
    }
}
