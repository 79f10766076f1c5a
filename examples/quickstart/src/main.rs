//! The whole way in one process: a receiver on a free port, and three calls to it over HTTP.

mod calls;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::{Router, routing::post};
use calls::{BROKEN, PROFILE, SUBPROFILE};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::sync::mpsc::{self, Sender};
use tokio::net::TcpListener;
use webhook_axum::{CreateEvent, Interests, Map, Receiver, Webhook};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    // The receiving side: what a service of yours has.
    let (hand_off, events) = mpsc::channel();
    let receiver = Receiver::unverified();
    let on_create = move |webhook| on_create(webhook, hand_off.clone());
    let app = Router::new().route("/copernica", post(on_create)).with_state(receiver);

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/copernica", listener.local_addr()?);
    println!("Listening on {url}, UNVERIFIED: whoever reaches it could make up events.");
    tokio::spawn(async { axum::serve(listener, app).await });

    // The sending side: Copernica's two documented calls, and one that went wrong.
    for (body, expected) in [PROFILE, SUBPROFILE] {
        let (status, _) = send(&url, body).await?;
        println!("    {status}");
        check(status == StatusCode::NO_CONTENT, "an event was not accepted")?;
        let expected: CreateEvent = serde_json::from_str(expected)?;
        check(events.try_recv()? == expected, "an event is not what was sent")?;
    }
    let (status, problem) = send(&url, BROKEN).await?;
    println!("    refused, and the handler did not run\n    {status}\n    {problem}");
    check(status == StatusCode::UNPROCESSABLE_ENTITY, "the broken call has another status")?;
    let problem: serde_json::Value = serde_json::from_str(&problem)?;
    check(problem["code"] == "invalid_variable", "the broken call has another code")?;
    check(events.try_recv().is_err(), "the broken call reached the handler")?;

    println!("\nAll as expected. A service to start from: examples/axum, -actix or -warp.");
    Ok(())
}

/// The handler: a typed event, or it does not run.
async fn on_create(Webhook { event, .. }: Webhook, hand_off: Sender<CreateEvent>) -> StatusCode {
    match &event {
        CreateEvent::Profile(p) => {
            println!("    profile {} in database {}, {}", p.profile, p.database, p.timestamp);
            print("parameters", &p.parameters);
            print("fields", &p.fields);
            println!("    interests   {}", active(&p.interests));
        }
        CreateEvent::Subprofile(s) => {
            println!("    subprofile {} of profile {}, {}", s.subprofile, s.profile, s.timestamp);
            print("parameters", &s.parameters);
            print("fields", &s.fields);
        }
    }
    match hand_off.send(event) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn print(what: &str, map: &Map) {
    let pairs: Vec<_> = map
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.as_text().unwrap_or("…")))
        .collect();
    println!("    {what:<11} {}", pairs.join(", "));
}

fn active(interests: &Interests) -> String {
    let names: Vec<_> = interests.iter().filter(|(_, on)| *on).map(|(name, _)| name).collect();
    names.join(", ")
}

/// One call as Copernica makes it; the answer's status and body.
async fn send(url: &str, body: &'static str) -> Result<(StatusCode, String)> {
    println!("\nPOST {body}");
    let request = Request::post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body))?;
    let response = Client::builder(TokioExecutor::new()).build_http().request(request).await?;
    let status = response.status();
    let body = to_bytes(Body::new(response.into_body()), 1 << 20).await?;
    Ok((status, String::from_utf8(body.into())?))
}

fn check(holds: bool, otherwise: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}
