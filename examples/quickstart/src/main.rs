//! The whole way in one process: a receiver that verifies, on a free port, and six calls to it
//! over HTTP, signed as Copernica signs its own, with a key that was made a moment ago.

mod calls;
mod send;

use axum::{Router, routing::post};
use bytes::Bytes;
use calls::{BROKEN, PROFILE, SUBPROFILE};
use chrono::{TimeDelta, Utc};
use http::StatusCode;
use send::{Outcome, Sender};
use std::sync::mpsc;
use tokio::net::TcpListener;
use webhook_axum::map::Map;
use webhook_axum::testing::Signer;
use webhook_axum::{CreateEvent, Interests, Receiver, Webhook, once};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    // The receiving side: what a service of yours has. In production keys come from DNS, and
    // `Receiver::builder().account(1234).build()?` is all of it.
    let signer = Signer::ephemeral()?;
    let receiver = Receiver::builder().account(1234).keys(signer.keys()).build()?;
    let (hand_off, events) = mpsc::channel();
    let on_create = move |webhook| on_create(webhook, hand_off.clone());
    let app = Router::new().route("/copernica", post(once(on_create)));
    let app = app.with_state(receiver.clone());

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/copernica", listener.local_addr()?);
    println!("Listening on {url}; takes what is signed for account_1234, once.");
    tokio::spawn(async { axum::serve(listener, app).await });

    // The sending side: Copernica's two documented calls…
    let sender = Sender::new(receiver);
    let handled = |expected: &str| -> Result<()> {
        let expected: CreateEvent = serde_json::from_str(expected)?;
        check(events.try_recv() == Ok(expected), "the handler did not get what was sent")
    };
    let profile = signer.sign(&url, PROFILE.0)?;
    accepted(&sender.send("A profile, signed", &profile).await?)?;
    handled(PROFILE.1)?;
    let subprofile = signer.sign(&url, SUBPROFILE.0)?;
    accepted(&sender.send("A subprofile, signed", &subprofile).await?)?;
    handled(SUBPROFILE.1)?;

    // …what was not signed like this…
    let mut tampered = signer.sign(&url, PROFILE.0)?;
    *tampered.body_mut() = Bytes::from(PROFILE.0.replace("Johny", "Jenny"));
    refused(&sender.send("Changed on its way", &tampered).await?, "digest")?;
    let old = signer.clone().date(Utc::now() - TimeDelta::hours(1)).sign(&url, PROFILE.0)?;
    refused(&sender.send("An hour old", &old).await?, "date")?;

    // …a copy, which is answered as if it were new but not handled again…
    let copy = sender.send("An exact copy of the first", &profile).await?;
    println!("    The handler did not run: it has had this one.");
    check(copy.status == StatusCode::OK && copy.body.is_empty(), "a copy is answered 200")?;

    // …and one that is genuine and makes no sense.
    let broken = sender.send("Signed, and not an event", &signer.sign(&url, BROKEN)?).await?;
    check(broken.status == StatusCode::UNPROCESSABLE_ENTITY, "the broken call is a 422")?;
    let problem: serde_json::Value = serde_json::from_str(&broken.body)?;
    check(problem["code"] == "invalid_variable", "the broken call has another code")?;

    check(events.try_recv().is_err(), "a call that was refused reached the handler")?;
    println!("\nAll as expected. A service to start from: examples/axum, -actix or -warp.");
    Ok(())
}

/// Handles a typed event whose origin is proven; otherwise it does not run.
async fn on_create(
    Webhook { event, .. }: Webhook,
    hand_off: mpsc::Sender<CreateEvent>,
) -> StatusCode {
    match &event {
        CreateEvent::Profile(p) => {
            println!("    handler     profile {} in database {}", p.profile, p.database);
            println!("    fields      {}", texts(&p.fields));
            println!("    interests   {}", active(&p.interests));
        }
        CreateEvent::Subprofile(s) => {
            println!("    handler     subprofile {} of profile {}", s.subprofile, s.profile);
            println!("    fields      {}", texts(&s.fields));
        }
    }
    match hand_off.send(event) {
        Ok(()) => StatusCode::NO_CONTENT,
        // Not handed on, so not handled: a copy of the call is another chance.
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn texts(map: &Map) -> String {
    let pair = |(name, value): (&str, _)| format!("{name}: {}", text(value));
    map.iter().map(pair).collect::<Vec<_>>().join(", ")
}

fn text(value: webhook_axum::Value<'_>) -> &str {
    value.as_text().unwrap_or("…")
}

fn active(interests: &Interests) -> String {
    let names: Vec<_> = interests.iter().filter(|it| it.is_active).map(|it| it.name).collect();
    names.join(", ")
}

fn accepted(outcome: &Outcome) -> Result<()> {
    check(outcome.status == StatusCode::NO_CONTENT, "an event was not accepted")
}

fn refused(outcome: &Outcome, check_that_fails: &str) -> Result<()> {
    check(outcome.status == StatusCode::UNAUTHORIZED, "a forgery was not answered 401")?;
    check(outcome.failed == Some(check_that_fails), "a forgery failed another check")
}

fn check(holds: bool, otherwise: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}
