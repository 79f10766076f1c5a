//! What axum has in store for a webhook, each trap with a test.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{DefaultBodyLimit, FromRef, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use std::convert::Infallible;
use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use webhook_axum::{Limits, Receiver, Rejection, Webhook, WebhookRejection};
use webhook_core::adapter::{BodyError, PROBLEM_JSON};

const BODY: &str = "type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23";
const FORM: &str = "application/x-www-form-urlencoded";

/// Reports what arrived: target, host, length of the body.
async fn tell(Webhook { delivery, .. }: Webhook) -> String {
    let host = delivery.host().unwrap_or("-");
    format!("{} {host} {}", delivery.target(), delivery.body().len())
}

fn app() -> Router {
    taking(Receiver::unverified())
}

fn taking(receiver: Receiver) -> Router {
    Router::new().route("/", any(tell)).with_state(receiver)
}

fn call(target: &str, body: impl Into<Body>) -> Request {
    Request::post(target).header("content-type", FORM).body(body.into()).unwrap()
}

/// Returns a body of `length` bytes, announced or not.
fn sized(length: usize, announced: bool) -> Request {
    let body = format!("{BODY}&x={}", "x".repeat(length - BODY.len() - 3));
    assert_eq!(body.len(), length);
    if announced {
        let mut request = call("/", body);
        request.headers_mut().insert("content-length", length.into());
        return request;
    }
    let halves = body.as_bytes().chunks(length.div_ceil(2)).map(Bytes::copy_from_slice);
    let halves: Vec<Result<Bytes, Infallible>> = halves.map(Ok).collect();
    let mut request = call("/", Body::from_stream(futures_util::stream::iter(halves)));
    request.headers_mut().insert("transfer-encoding", "chunked".try_into().unwrap());
    request
}

async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().into()).unwrap()
}

/// Returns status, code and detail of a refusal, which must be the common one.
async fn refusal(response: Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], PROBLEM_JSON);
    let problem: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(problem["status"], status);
    let text = |key: &str| problem[key].as_str().unwrap().to_owned();
    (status, text("code"), text("detail"))
}

#[tokio::test]
async fn nested_routers_do_not_strip_the_target() {
    let inner = Router::new().nest("/hooks", Router::new().route("/copernica", post(tell)));
    let app = Router::new().nest("/v1", inner).with_state(Receiver::unverified());
    let request = call("http://Hooks.Example:8080/v1/hooks/copernica?a=%2F&b", BODY);
    let response = app.oneshot(request).await.unwrap();
    let expected = format!("/v1/hooks/copernica?a=%2F&b hooks.example:8080 {}", BODY.len());
    assert_eq!(text(response).await, expected);
}

/// Without a router there is no `OriginalUri`: then the URI was not changed.
#[tokio::test]
async fn a_bare_handler_sees_the_target() {
    use axum::handler::Handler;
    let handler = tell.with_state(Receiver::unverified());
    let response = handler.oneshot(call("/x?y", BODY)).await.unwrap();
    assert_eq!(text(response).await, format!("/x?y - {}", BODY.len()));
}

#[tokio::test]
async fn the_receiver_may_be_part_of_the_state() {
    #[derive(Clone)]
    struct State(Receiver);
    impl FromRef<State> for Receiver {
        fn from_ref(state: &State) -> Self {
            state.0.clone()
        }
    }
    let limits = Limits::default().body(BODY.len() - 1);
    let state = State(Receiver::builder().limits(limits).unverified());
    let app = Router::new().route("/", post(tell)).with_state(state);
    let response = app.oneshot(call("/", BODY)).await.unwrap();
    assert_eq!(response.status(), 413);
}

/// Whichever layer sets the limit, and however the length is announced: the limit passes, and a
/// byte more is 413.
#[tokio::test]
async fn the_smallest_limit_holds() {
    const MIB: usize = 1 << 20;
    let (max, layer) = (DefaultBodyLimit::max, RequestBodyLimitLayer::new);
    let big = || taking(Receiver::builder().limits(Limits::default().body(4 * MIB)).unverified());
    // An application, its limit, and whether a layer answers a Content-Length by itself.
    let cases: [(&str, Router, usize, bool); 12] = [
        ("nothing", app(), 2 * MIB, false),
        ("a smaller default", app().layer(max(1000)), 1000, false),
        ("a default close to axum's", app().layer(max(2 * MIB - 1)), 2 * MIB - 1, false),
        ("a larger default", app().layer(max(9 * MIB)), 2 * MIB, false),
        ("no default", app().layer(DefaultBodyLimit::disable()), 2 * MIB, false),
        ("a layer", app().layer(layer(1000)), 1000, true),
        ("a larger layer", app().layer(layer(9 * MIB)), 2 * MIB, false),
        ("both, the layer smaller", app().layer(max(2000)).layer(layer(1000)), 1000, true),
        ("both, the default smaller", app().layer(layer(2000)).layer(max(1000)), 1000, false),
        (
            "a layer, no default",
            app().layer(DefaultBodyLimit::disable()).layer(layer(1000)),
            1000,
            true,
        ),
        ("raised in the receiver", big(), 4 * MIB, false),
        ("raised in the receiver, lowered by a default", big().layer(max(3 * MIB)), 3 * MIB, false),
    ];
    for (name, app, limit, layer_answers) in cases {
        for announced in [true, false] {
            let response = app.clone().oneshot(sized(limit, announced)).await.unwrap();
            assert_eq!(response.status(), 200, "{name}, announced: {announced}");
            let response = app.clone().oneshot(sized(limit + 1, announced)).await.unwrap();
            assert_eq!(response.status(), 413, "{name}, announced: {announced}");
            if !(announced && layer_answers) {
                assert_eq!(refusal(response).await.1, "body_too_large", "{name}");
            }
        }
    }
}

/// Nothing is read of a body whose announced length is over a limit of axum's.
#[tokio::test]
async fn an_announced_length_is_enough() {
    let unread = Body::from_stream(futures_util::stream::pending::<Result<Bytes, Infallible>>());
    let mut request = call("/", unread);
    request.headers_mut().insert("content-length", 1001.into());
    let answer = app().layer(DefaultBodyLimit::max(1000)).oneshot(request);
    let response = tokio::time::timeout(Duration::from_secs(5), answer).await.unwrap().unwrap();
    assert_eq!(refusal(response).await.1, "body_too_large");
}

/// A layer that decompresses hides the coding: as documented, nothing is left to refuse.
#[tokio::test]
async fn a_decompressing_layer_hides_the_coding() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(BODY.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let coded = || {
        let mut request = call("/", packed.clone());
        request.headers_mut().insert("content-encoding", "gzip".try_into().unwrap());
        request
    };
    let response = app().oneshot(coded()).await.unwrap();
    let (status, code, _) = refusal(response).await;
    assert_eq!((status, code.as_str()), (415, "unsupported_media_type"));

    let layered = app().layer(RequestDecompressionLayer::new());
    let response = layered.clone().oneshot(coded()).await.unwrap();
    assert_eq!(text(response).await, format!("/ - {}", BODY.len()), "not what was sent");

    // A bomb is bounded all the same: the limit counts what comes out.
    let app = layered.layer(DefaultBodyLimit::max(BODY.len() - 1));
    assert_eq!(app.oneshot(coded()).await.unwrap().status(), 413);
}

/// Middleware that reads the body and does not put it back, with a length announced and without.
#[tokio::test]
async fn a_body_that_was_taken_is_named() {
    async fn take(request: Request, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        assert!(!body.is_end_stream());
        to_bytes(body, usize::MAX).await.unwrap();
        next.run(Request::from_parts(parts, Body::empty())).await
    }
    let app = app().layer(from_fn(take));
    for announced in [true, false] {
        let response = app.clone().oneshot(sized(1000, announced)).await.unwrap();
        let (status, code, detail) = refusal(response).await;
        assert_eq!((status, code.as_str()), (400, "body_unreadable"));
        assert!(detail.contains("consumed the body"), "{detail}");
    }
}

#[tokio::test]
async fn a_result_is_the_handlers_to_answer() {
    async fn on_create(webhook: Result<Webhook, WebhookRejection>) -> String {
        webhook.map_or_else(|refused| refused.code().to_owned(), |_| "accepted".to_owned())
    }
    let app = Router::new().route("/", post(on_create)).with_state(Receiver::unverified());
    for (body, expected) in [(BODY, "accepted"), ("type=update", "unexpected_event")] {
        let response = app.clone().oneshot(call("/", body)).await.unwrap();
        assert_eq!((response.status().as_u16(), text(response).await), (200, expected.to_owned()));
    }
}

#[tokio::test]
async fn other_methods_are_refused_by_what_sees_them() {
    let request = || Request::get("/").body(Body::empty()).unwrap();
    let response = app().oneshot(request()).await.unwrap();
    assert_eq!(response.headers()["allow"], "POST");
    assert_eq!(refusal(response).await.1, "method_not_allowed");

    let posts = Router::new().route("/", post(tell)).with_state(Receiver::unverified());
    let response = posts.oneshot(request()).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["allow"] == "POST"), (405, true));
}

#[test]
fn the_error_is_the_refusals() {
    let refused = WebhookRejection::from(Rejection::from(BodyError::broken("cable cut")));
    assert_eq!(refused.source().unwrap().to_string(), "cable cut");
    assert!(refused.to_string().starts_with("body_unreadable: "));
    assert!(!refused.to_string().contains("cable cut"));
    let expected = refused.to_response();
    let answer = WebhookRejection::from(refused.into_inner()).into_response();
    assert_eq!((answer.status(), answer.headers()), (expected.status(), expected.headers()));
}

#[tokio::test]
async fn a_broken_stream_is_unreadable() {
    let addr = serve(app()).await;
    let chunk = format!("{:x}\r\n{BODY}\r\n", BODY.len());
    let rests = [
        (format!("content-length: {}\r\n\r\n{BODY}", BODY.len() + 1), true),
        (format!("transfer-encoding: chunked\r\n\r\n{chunk}"), true),
        (format!("transfer-encoding: chunked\r\n\r\n{chunk}no length\r\n"), false),
    ];
    for (rest, shut) in rests {
        let answer = exchange(addr, &rest, shut).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{rest}: {answer}");
        assert!(answer.contains("body_unreadable"), "{answer}");
    }
}

/// A chunked body may come in pieces of any size, and may be empty: neither was taken.
#[tokio::test]
async fn chunks_are_put_together() {
    let addr = serve(app()).await;
    let chunked = |body: &str| {
        let chunks: Vec<_> = body.chars().map(|byte| format!("1\r\n{byte}\r\n")).collect();
        let chunks = chunks.concat();
        format!("transfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
    };
    let answer = exchange(addr, &chunked(BODY), false).await;
    assert!(answer.ends_with(&format!("/ a {}", BODY.len())), "{answer}");
    let answer = exchange(addr, &chunked(""), false).await;
    assert!(answer.contains("unexpected_event"), "{answer}");
}

/// Starts a real server on a free port, until the test ends.
async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await });
    addr
}

/// Sends a head that ends in `rest`, then reads the answer to the end of the connection.
async fn exchange(addr: SocketAddr, rest: &str, shut: bool) -> String {
    let talk = async {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let head = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: ";
        stream.write_all(format!("{head}{FORM}\r\n{rest}").as_bytes()).await.unwrap();
        if shut {
            stream.shutdown().await.unwrap();
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    tokio::time::timeout(Duration::from_secs(10), talk).await.unwrap()
}
