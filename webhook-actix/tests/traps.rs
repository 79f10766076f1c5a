//! What actix-web has in store for a webhook, each trap with a test.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, Service, ServiceResponse};
use actix_web::error::{InternalError, PayloadError};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::NormalizePath;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, Error, HttpResponse, HttpServer, rt, web};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use webhook_actix::{Limits, Receiver, Webhook, WebhookConfig, WebhookRejection};
use webhook_core::adapter::PROBLEM_JSON;

const BODY: &str = "type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23";
const FORM: &str = "application/x-www-form-urlencoded";

/// Reports what arrived: target, host, length of the body.
async fn tell(Webhook { delivery, .. }: Webhook) -> String {
    let host = delivery.host().unwrap_or("-");
    format!("{} {host} {}", delivery.target(), delivery.body().len())
}

fn call(target: &str) -> TestRequest {
    TestRequest::post().uri(target).insert_header(("content-type", FORM))
}

async fn text<B: MessageBody>(response: ServiceResponse<B>) -> String {
    String::from_utf8(read_body(response).await.to_vec()).unwrap()
}

/// Returns status, code and detail of a refusal, which must be the common one.
async fn refusal<B: MessageBody>(response: ServiceResponse<B>) -> (u16, String, String) {
    let status = response.status().as_u16();
    // What middleware reads of the error is what is answered.
    let error = response.response().error().unwrap().as_response_error();
    assert_eq!(error.status_code(), status);
    assert_eq!(response.headers().get("content-type").unwrap(), PROBLEM_JSON);
    let problem: serde_json::Value = serde_json::from_slice(&read_body(response).await).unwrap();
    assert_eq!(problem["status"], status);
    let text = |key: &str| problem[key].as_str().unwrap().to_owned();
    (status, text("code"), text("detail"))
}

macro_rules! app {
    ($($call:ident($($argument:expr),*)).*) => {
        init_service(App::new()$(.$call($($argument),*))*).await
    };
}

#[actix_web::test]
async fn scopes_do_not_strip_the_target() {
    let inner = web::scope("/hooks").route("/copernica", web::post().to(tell));
    let app = app!(app_data(Receiver::unverified()).service(web::scope("/v1").service(inner)));
    let target = "/v1/hooks/copernica?a=%2F&b";
    let reported =
        text(call_service(&app, call(target).set_payload(BODY).to_request()).await).await;
    assert_eq!(reported, format!("{target} - {}", BODY.len()));
}

/// As documented: what this middleware rewrote, no handler sees in its original form.
#[actix_web::test]
async fn normalize_path_rewrites_the_target() {
    let app = app!(
        wrap(NormalizePath::trim())
            .app_data(Receiver::unverified())
            .route("/a/b", web::post().to(tell))
    );
    let reported =
        text(call_service(&app, call("//a//b/?c=//").set_payload(BODY).to_request()).await).await;
    assert!(reported.starts_with("/a/b?c=// "), "{reported}");
}

#[actix_web::test]
async fn forwarded_headers_do_not_change_the_host() {
    let app = app!(app_data(Receiver::unverified()).route("/", web::post().to(tell)));
    let request = call("/")
        .insert_header(("host", "Hooks.Example:8443"))
        .insert_header(("forwarded", "host=evil.example"))
        .insert_header(("x-forwarded-host", "evil.example"))
        .set_payload(BODY);
    let reported = text(call_service(&app, request.to_request()).await).await;
    assert!(reported.starts_with("/ hooks.example:8443 "), "{reported}");
}

#[actix_web::test]
async fn repeated_headers_are_all_seen() {
    let app = app!(app_data(Receiver::unverified()).route("/", web::post().to(tell)));
    let mut request = call("/").set_payload(BODY).to_request();
    let headers: &mut HeaderMap = request.headers_mut();
    for host in ["a.example", "b.example"] {
        headers.append("Host".parse().unwrap(), host.parse().unwrap());
    }
    let (status, code, _) = refusal(call_service(&app, request).await).await;
    assert_eq!((status, code.as_str()), (400, "malformed_request"));
}

#[actix_web::test]
async fn the_authority_of_an_absolute_target_is_the_host() {
    let app = app!(app_data(Receiver::unverified()).route("/a", web::post().to(tell)));
    let request = call("http://Hooks.Example/a?b").set_payload(BODY);
    let reported = text(call_service(&app, request.to_request()).await).await;
    assert!(reported.starts_with("/a?b hooks.example "), "{reported}");
}

#[actix_web::test]
async fn other_methods_are_the_routers_or_ours() {
    let app = app!(
        app_data(Receiver::unverified())
            .route("/post", web::post().to(tell))
            .route("/any", web::to(tell))
    );
    let get = |target| TestRequest::get().uri(target).to_request();
    assert_eq!(call_service(&app, get("/post")).await.status(), StatusCode::NOT_FOUND);
    let response = call_service(&app, get("/any")).await;
    assert_eq!(response.headers().get("allow").unwrap(), "POST");
    assert_eq!(refusal(response).await.1, "method_not_allowed");
}

#[actix_web::test]
async fn limits_of_other_extractors_play_no_part() {
    let app = app!(
        app_data(Receiver::unverified())
            .app_data(web::PayloadConfig::new(16))
            .app_data(web::FormConfig::default().limit(16))
            .route("/", web::post().to(tell))
    );
    let body = format!("{BODY}&fields[text]={}", "x".repeat(300 << 10));
    let length = body.len();
    let reported = text(call_service(&app, call("/").set_payload(body).to_request()).await).await;
    assert_eq!(reported, format!("/ - {length}"));
}

#[actix_web::test]
async fn the_limit_is_the_receivers() {
    let receiver = Receiver::builder().limits(Limits::default().body(BODY.len() - 1)).unverified();
    let app = app!(app_data(receiver).route("/", web::post().to(tell)));
    let response = call_service(&app, call("/").set_payload(BODY).to_request()).await;
    assert_eq!(refusal(response).await.1, "body_too_large");
}

/// `BODY`, by gzip.
const GZIPPED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\xa9\x2c\x48\xb5\x4d\x2e\x4a\
    \x4d\x2c\x49\x55\x2b\x28\xca\x4f\xcb\xcc\x49\xb5\x35\x34\x32\x56\x4b\x49\x2c\x49\x4c\x4a\x2c\
    \x06\x72\xd4\x4a\x32\x73\x53\x8b\x4b\x12\x73\x0b\x6c\x0d\x2d\xcd\x2d\x75\x0d\x8c\x74\x0d\x8d\
    \xb4\x0d\x8d\xac\x4c\x2c\xad\x8c\x8c\x01\x24\x11\x8f\xc0\x40\x00\x00\x00";

#[actix_web::test]
async fn nothing_is_decompressed() {
    async fn by_actix(body: web::Bytes) -> web::Bytes {
        body
    }
    let app = app!(
        app_data(Receiver::unverified())
            .route("/", web::post().to(tell))
            .route("/by-actix", web::post().to(by_actix))
    );
    let gzipped =
        |target| call(target).insert_header(("content-encoding", "gzip")).set_payload(GZIPPED);
    // The trap is there: actix-web's own extractors would.
    let response = call_service(&app, gzipped("/by-actix").to_request()).await;
    assert_eq!(text(response).await, BODY);

    let response = call_service(&app, gzipped("/").to_request()).await;
    assert_eq!(response.headers().get("accept-encoding").unwrap(), "identity");
    let (status, code, _) = refusal(response).await;
    assert_eq!((status, code.as_str()), (415, "unsupported_media_type"));
}

#[actix_web::test]
async fn no_receiver_is_our_own_fault_and_says_what_to_do() {
    let app = app!(route("/", web::post().to(tell)));
    let response = call_service(&app, call("/").set_payload(BODY).to_request()).await;
    let (status, code, detail) = refusal(response).await;
    assert_eq!((status, code.as_str()), (500, "misconfigured"));
    assert!(detail.contains(".app_data(receiver.clone())"), "{detail}");
}

#[actix_web::test]
async fn the_receiver_may_be_web_data() {
    let receiver = web::Data::new(Receiver::unverified());
    let app = app!(app_data(receiver).route("/", web::post().to(tell)));
    let response = call_service(&app, call("/").set_payload(BODY).to_request()).await;
    assert_eq!(response.status(), StatusCode::OK);
}

fn teapot(refused: WebhookRejection, request: &actix_web::HttpRequest) -> Error {
    let answer = HttpResponse::ImATeapot().body(format!("{} {}", request.path(), refused.code()));
    InternalError::from_response(refused, answer).into()
}

#[actix_web::test]
async fn the_error_handler_shapes_the_answer() {
    async fn passed_on(webhook: Result<Webhook, WebhookRejection>) -> Result<String, Error> {
        let refused = webhook.unwrap_err();
        // Shaped or not, the handler can read why.
        assert_eq!(refused.code(), "unexpected_event");
        Err(refused.into())
    }
    let config = WebhookConfig::default().error_handler(teapot);
    for shared in [true, false] {
        let app = App::new().app_data(Receiver::unverified());
        let app = if shared {
            app.app_data(web::Data::new(config.clone()))
        } else {
            app.app_data(config.clone())
        };
        let app = app.route("/", web::post().to(tell)).route("/r", web::post().to(passed_on));
        let app = init_service(app).await;
        for target in ["/", "/r"] {
            let request = call(target).set_payload("type=update").to_request();
            let response = call_service(&app, request).await;
            assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
            let shown: &WebhookRejection = response.response().error().unwrap().as_error().unwrap();
            assert_eq!(shown.kind().code(), "unexpected_event");
            assert_eq!(text(response).await, format!("{target} unexpected_event"));
        }
    }
}

#[actix_web::test]
async fn the_error_handler_may_hand_the_refusal_back() {
    let config = WebhookConfig::default().error_handler(|refused, _| refused.into());
    let app =
        app!(app_data(Receiver::unverified()).app_data(config).route("/", web::post().to(tell)));
    let response = call_service(&app, call("/").set_payload("type=update").to_request()).await;
    let (status, code, _) = refusal(response).await;
    assert_eq!((status, code.as_str()), (422, "unexpected_event"));
}

#[actix_web::test]
async fn a_result_is_the_handlers_to_answer() {
    async fn on_create(webhook: Result<Webhook, WebhookRejection>) -> String {
        webhook.map_or_else(|refused| refused.code().to_owned(), |_| "accepted".to_owned())
    }
    let app = app!(app_data(Receiver::unverified()).route("/", web::post().to(on_create)));
    for (body, reported) in [(BODY, "accepted"), ("type=update", "unexpected_event")] {
        let response = call_service(&app, call("/").set_payload(body).to_request()).await;
        assert_eq!(
            (response.status(), text(response).await),
            (StatusCode::OK, reported.to_owned())
        );
    }
}

/// As documented: this is why not to take an `Option`.
#[actix_web::test]
async fn an_option_runs_the_handler_for_refused_calls() {
    async fn on_create(webhook: Option<Webhook>) -> String {
        format!("ran, webhook: {}", webhook.is_some())
    }
    let app = app!(app_data(Receiver::unverified()).route("/", web::post().to(on_create)));
    let response = call_service(&app, call("/").set_payload("type=update").to_request()).await;
    assert_eq!(text(response).await, "ran, webhook: false");
}

/// Two extractors of one body: the second says so, with a length announced and without.
#[actix_web::test]
async fn a_body_that_was_taken_is_named() {
    async fn both(_first: web::Bytes, _webhook: Webhook) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let receiver = Receiver::unverified();
    let addr = serve(1, move |config| {
        config.app_data(receiver.clone()).route("/", web::post().to(both));
    });
    let announced = format!("content-length: {}\r\n\r\n{BODY}", BODY.len());
    let chunked =
        format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{BODY}\r\n0\r\n\r\n", BODY.len());
    for rest in [announced, chunked] {
        let answer = exchange(addr, move |stream| stream.write_all(head(&rest).as_bytes())).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("consumed the body"), "{answer}");
    }
}

/// A middleware's limit, reported by a payload that overflows.
#[actix_web::test]
async fn an_overflow_before_us_is_too_large() {
    let cases: [(fn() -> PayloadError, u16); 2] =
        [(|| PayloadError::Overflow, 413), (|| PayloadError::Incomplete(None), 400)];
    for (error, code) in cases {
        let app = App::new()
            .app_data(Receiver::unverified())
            .wrap_fn(move |mut request, service| {
                let stream = futures_util::stream::iter([Err(error())]);
                request.set_payload(Payload::Stream { payload: Box::pin(stream) });
                service.call(request)
            })
            .route("/", web::post().to(tell));
        let app = init_service(app).await;
        let response = call_service(&app, call("/").set_payload(BODY).to_request()).await;
        assert_eq!(response.status(), code);
    }
}

/// The factory runs once a worker; the receiver was made once, and shaped answers count together.
#[actix_web::test]
async fn workers_share_what_was_built_outside() {
    let (factories, refusals) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&refusals);
    let config = WebhookConfig::default().error_handler(move |refused, _| {
        counted.fetch_add(1, Ordering::Relaxed);
        refused.into()
    });
    let receiver = Receiver::builder().limits(Limits::default().body(BODY.len())).unverified();
    let runs = Arc::clone(&factories);
    let addr = serve(3, move |app| {
        runs.fetch_add(1, Ordering::Relaxed);
        app.app_data(receiver.clone()).app_data(config.clone()).route("/", web::post().to(tell));
    });
    for turn in 0..12 {
        // Connections go round the workers.
        let (body, status) = if turn % 2 == 0 { (BODY, 200) } else { ("type=update", 422) };
        let rest = format!("content-length: {}\r\n\r\n{body}", body.len());
        let answer = exchange(addr, move |stream| stream.write_all(head(&rest).as_bytes())).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    assert_eq!(factories.load(Ordering::Relaxed), 3);
    assert_eq!(refusals.load(Ordering::Relaxed), 6);
}

#[actix_web::test]
async fn a_broken_stream_is_unreadable() {
    let receiver = Receiver::unverified();
    let addr = serve(1, move |app| {
        app.app_data(receiver.clone()).route("/", web::post().to(tell));
    });
    let rests = [
        format!("content-length: {}\r\n\r\n{BODY}", BODY.len() + 1),
        format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{BODY}\r\n", BODY.len()),
        format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{BODY}\r\nno length\r\n", BODY.len()),
    ];
    for rest in rests {
        let answer = exchange(addr, move |stream| {
            stream.write_all(head(&rest).as_bytes())?;
            stream.shutdown(Shutdown::Write)
        })
        .await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("body_unreadable"), "{answer}");
    }
}

/// A sender that writes everything before it reads must still see the refusal.
#[actix_web::test]
async fn an_early_refusal_reaches_the_client() {
    const LENGTH: usize = 64 << 20;
    let receiver = Receiver::unverified();
    let addr = serve(1, move |app| {
        app.app_data(receiver.clone()).route("/", web::post().to(tell));
    });
    for chunked in [false, true] {
        let answer = exchange(addr, move |stream| {
            let rest = if chunked {
                format!("transfer-encoding: chunked\r\n\r\n{LENGTH:x}\r\n")
            } else {
                format!("content-length: {LENGTH}\r\n\r\n")
            };
            stream.write_all(head(&rest).as_bytes())?;
            stream.write_all(&vec![b'x'; LENGTH])?;
            if chunked { stream.write_all(b"\r\n0\r\n\r\n") } else { Ok(()) }
        })
        .await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("body_too_large"), "{answer}");
    }
}

fn head(rest: &str) -> String {
    format!("POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: {FORM}\r\n{rest}")
}

/// Starts a real server on a free port, until the test ends.
fn serve(
    workers: usize,
    config: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> SocketAddr {
    let server = HttpServer::new(move || App::new().configure(&config))
        .workers(workers)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
    let addr = server.addrs()[0];
    rt::spawn(server.run());
    addr
}

/// Writes, then reads the answer to the end of the connection.
async fn exchange(
    addr: SocketAddr,
    write: impl FnOnce(&mut TcpStream) -> std::io::Result<()> + Send + 'static,
) -> String {
    let talk = move || {
        let mut stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write(&mut stream).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    };
    rt::task::spawn_blocking(talk).await.unwrap()
}
