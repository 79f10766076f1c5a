//! What goes wrong with warp in particular, each pinned by a test.

// The helpers are tests too, which clippy.toml's allowances do not see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;
use warp::http::{Request, Response, StatusCode};
use warp::test::RequestBuilder;
use warp::{Filter, Reply};
use webhook_warp::{
    CreateEvent, Limits, ProfileCreated, Receiver, SubprofileCreated, Webhook, WebhookRejection,
    recover, try_webhook, webhook,
};

const FORM: &str = "application/x-www-form-urlencoded";
const EVENT: &str = "type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23\
                     &fields[name]=Johny&interests[]=blue";

fn receiver() -> Receiver {
    Receiver::unverified()
}

fn call(path: &str, body: &str) -> RequestBuilder {
    warp::test::request().method("POST").path(path).header("content-type", FORM).body(body)
}

async fn on_create(Webhook { event, delivery, .. }: Webhook<CreateEvent>) -> String {
    let CreateEvent::Profile(profile) = event else { panic!("a profile was sent") };
    format!("{} {}", profile.fields.get("name").unwrap(), delivery.target())
}

async fn on_call(call: Result<Webhook<CreateEvent>, WebhookRejection>) -> impl Reply {
    call.map(|Webhook { delivery, .. }| format!("{:?}", delivery.host()))
}

#[track_caller]
fn assert_refused(response: &Response<impl AsRef<[u8]>>, status: u16, code: &str) {
    let text = String::from_utf8_lossy(response.body().as_ref());
    assert_eq!(response.status(), status, "{text}");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&problem["code"], &problem["status"]), (&code.into(), &status.into()));
}

/// Makes one exchange with warp's own server: `sent` goes out as it stands.
async fn exchange<F>(filter: F, sent: &[u8]) -> Response<String>
where
    F: Filter + Clone + Send + Sync + 'static,
    F::Extract: Reply,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(warp::serve(filter).incoming(listener).run());
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(sent).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    server.abort();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let mut response = Response::builder().status(status);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        response = response.header(name, value);
    }
    response.body(body.to_owned()).unwrap()
}

fn head(headers: &str) -> String {
    format!(
        "POST /copernica HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
         Content-Type: {FORM}\r\n{headers}\r\n\r\n"
    )
}

#[tokio::test]
async fn the_handler_gets_the_event() {
    let hook = warp::post().and(warp::path("copernica")).and(webhook(receiver())).then(on_create);

    let response = call("/copernica", EVENT).reply(&hook).await;

    assert_eq!(
        (response.status(), response.body().as_ref()),
        (StatusCode::OK, &b"Johny /copernica"[..])
    );
}

#[tokio::test]
async fn unrecovered_is_a_500_that_reveals_nothing_personal() {
    let hook = webhook(receiver()).then(on_create);
    let wrong = "type=create&profile=secret-1&database=1&timestamp=secret-2&fields[a]=secret-3";

    let response = call("/copernica", wrong).reply(&hook).await;

    let text = std::str::from_utf8(response.body()).unwrap();
    assert_eq!(response.status(), 500);
    assert!(text.contains("InvalidVariable"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn a_refusal_falls_through_unless_recovered_on_the_route() {
    let hook = warp::path("copernica").and(webhook(receiver())).then(on_create);
    let rest = warp::any().map(|| "rest");

    let open = call("/copernica", "type=create").reply(&hook.clone().or(rest)).await;
    let shut = hook.recover(recover).or(rest);
    let refused = call("/copernica", "type=create").reply(&shut).await;
    let elsewhere = call("/other", "type=create").reply(&shut).await;

    assert_eq!((open.status(), open.body().as_ref()), (StatusCode::OK, &b"rest"[..]));
    assert_refused(&refused, 422, "invalid_variable");
    assert_eq!(elsewhere.body().as_ref(), b"rest");
}

#[tokio::test]
async fn recover_at_the_end_prefers_the_refusal() {
    let hook = warp::path("copernica").and(webhook(receiver())).then(on_create);
    let all = hook.or(warp::path("other").map(|| "other")).recover(recover);

    assert_refused(&call("/copernica", "type=create").reply(&all).await, 422, "invalid_variable");
    assert_eq!(call("/nowhere", EVENT).reply(&all).await.status(), 404);
}

#[tokio::test]
async fn try_webhook_never_falls_through() {
    let hook = warp::path("copernica").and(try_webhook(receiver())).then(on_call);
    let all = hook.or(warp::any().map(|| "rest"));

    let get = warp::test::request().path("/copernica").reply(&all).await;
    let plain = call("/copernica", EVENT).header("content-encoding", "gzip").reply(&all).await;
    let other = call("/copernica", "type=update").reply(&all).await;

    assert_refused(&get, 405, "method_not_allowed");
    assert_eq!(get.headers()["allow"], "POST");
    assert_refused(&plain, 415, "unsupported_media_type");
    assert_refused(&other, 422, "unexpected_event");
    assert_eq!(call("/copernica", EVENT).reply(&all).await.body().as_ref(), b"None");
}

#[tokio::test]
async fn a_refused_head_leaves_the_body_to_the_next_route() {
    let hook = webhook(receiver()).then(on_create);
    let text = warp::body::bytes().map(|body: Bytes| body.len().to_string());

    let plain = call("/", "12345").header("content-encoding", "gzip").reply(&hook.or(text)).await;

    assert_eq!(plain.body().as_ref(), b"5");
}

/// Loudly, and for every event that the first one does not take.
#[tokio::test]
async fn of_two_webhooks_only_the_first_sees_the_body() {
    let profiles = webhook(receiver()).map(|_: Webhook<ProfileCreated>| "profile");
    let subprofiles = webhook(receiver()).map(|_: Webhook<SubprofileCreated>| "subprofile");

    let either = subprofiles.or(profiles).recover(recover);

    assert_refused(&call("/", EVENT).reply(&either).await, 400, "body_unreadable");
}

#[tokio::test]
async fn a_body_that_was_taken_is_unreadable() {
    let hook = warp::body::bytes()
        .and(webhook(receiver()))
        .then(|_, hook: Webhook<CreateEvent>| on_create(hook))
        .recover(recover);

    let response = call("/copernica", EVENT).reply(&hook).await;
    let sent = head("Transfer-Encoding: chunked") + "4\r\ntype\r\n0\r\n\r\n";
    let chunked = exchange(hook, sent.as_bytes()).await;

    assert_refused(&chunked, 400, "body_unreadable");
    assert_refused(&response, 400, "body_unreadable");
    let text = std::str::from_utf8(response.body()).unwrap();
    assert!(text.contains("consumed"), "{text}");
}

#[tokio::test]
async fn the_target_is_what_was_sent() {
    let hook = warp::path("hooks").and(warp::path!("copernica" / ..)).and(webhook(receiver()));
    let hook = hook.then(on_create);

    for target in ["/hooks/copernica", "/hooks/copernica?", "/hooks/copernica/?a=%20b&c=%C3%A9?d"] {
        let response = call(target, EVENT).reply(&hook).await;
        assert_eq!(response.body().as_ref(), format!("Johny {target}").as_bytes());
    }
}

#[tokio::test]
async fn the_limit_holds_by_content_length() {
    let small = Receiver::builder().limits(Limits::default().body(1000)).unverified();
    let hook = webhook(small).then(on_create).recover(recover);

    // Not a byte of the body is waited for.
    let response = exchange(hook, head("Content-Length: 1001").as_bytes()).await;

    assert_refused(&response, 413, "body_too_large");
}

#[tokio::test]
async fn the_limit_holds_while_streaming() {
    let hook = |limit| {
        let receiver = Receiver::builder().limits(Limits::default().body(limit)).unverified();
        webhook(receiver).then(on_create).recover(recover)
    };
    let chunks = EVENT.as_bytes().chunks(10).map(|chunk| {
        let chunk = std::str::from_utf8(chunk).unwrap();
        format!("{:x}\r\n{chunk}\r\n", chunk.len())
    });
    let endless = head("Transfer-Encoding: chunked") + &chunks.collect::<String>();
    let whole = format!("{endless}0\r\n\r\n");

    let at_limit = exchange(hook(EVENT.len()), whole.as_bytes()).await;
    let over = exchange(hook(EVENT.len() - 1), endless.as_bytes()).await;

    assert_eq!(at_limit.body(), "Johny /copernica");
    assert_refused(&over, 413, "body_too_large");
}

#[tokio::test]
async fn a_limit_around_warp_is_honoured() {
    let hook = webhook(receiver()).then(on_create).recover(recover);
    let body = Limited::new(Full::new(Bytes::from(EVENT)), EVENT.len() - 1);
    let request = Request::post("/").header("content-type", FORM).body(body).unwrap();

    let (parts, body) = warp::service(hook).call(request).await.unwrap().into_parts();

    let body = body.collect().await.unwrap().to_bytes();
    assert_refused(&Response::from_parts(parts, body), 413, "body_too_large");
}

#[tokio::test]
async fn a_broken_stream_is_unreadable() {
    let hook = webhook(receiver()).then(on_create).recover(recover);
    let broken = head("Transfer-Encoding: chunked") + "4\r\ntype\r\nno length\r\n";

    let response = exchange(hook, broken.as_bytes()).await;

    assert_refused(&response, 400, "body_unreadable");
}

/// Warp gives the authority away only where it agrees with `Host`.
#[tokio::test]
async fn hosts_and_authorities_that_differ_are_refused() {
    let send_to = async |target: &str, hosts: &[&str]| {
        let hook = try_webhook(receiver()).then(on_call).map(Reply::into_response);
        let hosts: String = hosts.iter().flat_map(|host| ["Host: ", host, "\r\n"]).collect();
        let length = EVENT.len();
        let request = format!(
            "POST {target} HTTP/1.1\r\nConnection: close\r\n{hosts}\
             Content-Type: {FORM}\r\nContent-Length: {length}\r\n\r\n{EVENT}"
        );
        exchange(hook, request.as_bytes()).await
    };
    for (target, hosts, host) in [
        ("/copernica", &["A.example:8080"][..], "Some(\"a.example:8080\")"),
        ("/copernica", &[], "None"),
        ("http://A.example/copernica", &["a.example"], "Some(\"a.example\")"),
        ("http://a.example/copernica", &[], "Some(\"a.example\")"),
    ] {
        assert_eq!(send_to(target, hosts).await.body(), host, "{target} {hosts:?}");
    }
    for (target, hosts) in [
        ("/copernica", &["a", "a"][..]),
        ("/copernica", &["a", "b"]),
        ("http://a/copernica", &["b"]),
        ("http://a/copernica", &["a", "b"]),
        ("http://a/copernica", &["b", "a"]),
    ] {
        assert_refused(&send_to(target, hosts).await, 400, "malformed_request");
    }
}

/// A request line without a path makes `warp::path::full` panic: the answer would be none.
#[tokio::test]
async fn a_request_line_without_a_path_is_answered() {
    for target in ["a.example", "a.example:80", "*"] {
        let hook = webhook(receiver()).then(on_create).recover(recover);
        let sent = head("Content-Length: 0").replacen("/copernica", target, 1);
        let sent = sent.replacen("Host: a", &format!("Host: {target}"), 1);

        let response = exchange(hook, sent.as_bytes()).await;

        assert_refused(&response, 422, "unexpected_event");
    }
}
