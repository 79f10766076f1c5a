//! Receivers in the three frameworks, routed as the README routes them, that answer 204.

use actix_web::rt::System;
use actix_web::{App, HttpResponse, HttpServer, web};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use conformance::runner::Kind;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread;
use tokio::runtime::Builder;
use warp::Filter;
use webhook_core::Receiver;

/// The frameworks, in the order of the guide's columns.
pub(crate) const FRAMEWORKS: [Kind; 3] = [Kind::Axum, Kind::Actix, Kind::Warp];

/// Starts a receiver that runs until the process ends, and returns where it listens.
pub(crate) fn start(kind: Kind, receiver: Receiver) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (started, wait) = mpsc::channel();
    thread::spawn(move || {
        if kind == Kind::Actix {
            System::new().block_on(async {
                let app = move || {
                    let app = App::new().app_data(receiver.clone());
                    app.route("/copernica", web::to(webhook_actix::once(on_actix)))
                };
                let server = HttpServer::new(app).workers(1).disable_signals();
                let server = server.listen(listener).unwrap().run();
                started.send(()).unwrap();
                server.await.unwrap();
            });
            return;
        }
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            listener.set_nonblocking(true).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            started.send(()).unwrap();
            if kind == Kind::Axum {
                let route = post(webhook_axum::once(on_axum));
                let router = Router::new().route("/copernica", route).with_state(receiver);
                axum::serve(listener, router).await.unwrap();
            } else {
                let route = warp::path!("copernica").and(webhook_warp::webhook(receiver));
                let route = route.then(webhook_warp::once(on_warp)).recover(webhook_warp::recover);
                warp::serve(route).incoming(listener).run().await;
            }
        });
    });
    wait.recv().unwrap();
    address
}

async fn on_axum(_: webhook_axum::Webhook) -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn on_actix(_: webhook_actix::Webhook) -> HttpResponse {
    HttpResponse::NoContent().finish()
}

async fn on_warp(_: webhook_warp::Webhook) -> impl warp::Reply {
    StatusCode::NO_CONTENT
}
