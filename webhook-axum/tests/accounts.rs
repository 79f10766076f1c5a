//! Accounts that come and go while the service runs.

#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::post;
use chrono::{DateTime, Utc};
use tower::ServiceExt;
use webhook_axum::account::{Account, Accounts};
use webhook_axum::testing::{Signer, documented_profile};
use webhook_axum::{Receiver, Webhook};

const URL: &str = "https://hooks.example.com/copernica";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_388_957_500, 0).unwrap()
}

#[tokio::test]
async fn a_customer_is_taken_on_and_let_go_without_a_restart() {
    let signer = Signer::ephemeral().unwrap().date(now());
    let accounts = Accounts::new([1]);
    let receiver = Receiver::builder().accounts(&accounts).keys(signer.keys()).clock(now);
    let handler = async |hook: Webhook| {
        assert_eq!(hook.delivery.proven().map(|proven| proven.account), Some(Account::new(1234)));
        StatusCode::NO_CONTENT
    };
    let app =
        Router::new().route("/copernica", post(handler)).with_state(receiver.build().unwrap());
    let send = async || {
        let call = signer.sign_event(URL, &documented_profile()).unwrap();
        app.clone().oneshot(call.map(Body::from)).await.unwrap().status()
    };

    assert_eq!(send().await, StatusCode::UNAUTHORIZED);
    accounts.add(1234).unwrap();
    assert_eq!(send().await, StatusCode::NO_CONTENT);
    accounts.remove(1234);
    assert_eq!(send().await, StatusCode::UNAUTHORIZED);
}
