//! Three frameworks by five handlers, each a server of one thread. All answer 204.

use crate::cores::{Cores, this_thread};
use crate::signed::{self, Memory};
use serde::Deserialize;
use std::collections::HashMap;
use std::hint::black_box;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::mpsc::{self, Sender};
use std::thread;
use webhook_core::{CreateEvent, Receiver};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framework {
    Axum,
    Actix,
    Warp,
}

impl Framework {
    pub(crate) const ALL: [Self; 3] = [Self::Axum, Self::Actix, Self::Warp];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| format!("{one:?}").eq_ignore_ascii_case(name))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handler {
    Bytes,
    Webhook,
    SerdeQs,
    /// The bytes, one RSA operation and one hash: what a proof can't cost less than.
    Proof,
    Verified,
}

impl Handler {
    pub(crate) const ALL: [Self; 5] =
        [Self::Bytes, Self::Webhook, Self::SerdeQs, Self::Proof, Self::Verified];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes only",
            Self::Webhook => "`Webhook<CreateEvent>`",
            Self::SerdeQs => "serde_qs by hand",
            Self::Proof => "bytes, RSA, SHA-256",
            Self::Verified => "verified, `once`",
        }
    }

    /// Returns the handler that does the same without us.
    pub(crate) const fn base(self) -> Self {
        match self {
            Self::Verified => Self::Proof,
            _ => Self::Bytes,
        }
    }

    fn receiver(self, memory: Memory) -> Receiver {
        match self {
            Self::Verified => signed::receiver(memory),
            _ => Receiver::unverified(),
        }
    }
}

/// Where a server listens, and where the kernel keeps what it knows of its thread.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) thread: PathBuf,
    /// What a verifying one has handled.
    pub(crate) memory: Memory,
}

/// Starts a server; it runs until the process ends.
pub(crate) fn start(framework: Framework, handler: Handler, cores: Cores) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, started) = mpsc::channel();
    let memory = Memory::default();
    let receiver = handler.receiver(memory.clone());
    thread::spawn(move || match framework {
        Framework::Actix => actix(listener, handler, receiver, cores, &sender),
        Framework::Axum | Framework::Warp => {
            settle(cores, &sender);
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                listener.set_nonblocking(true).unwrap();
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                match framework {
                    Framework::Axum => axum(listener, handler, receiver).await,
                    _ => warp(listener, handler, receiver).await,
                }
            });
        }
    });
    Server { address, thread: started.recv().unwrap(), memory }
}

/// Pins this thread as the server's.
fn settle(cores: Cores, started: &Sender<PathBuf>) {
    cores.serve_here();
    started.send(this_thread()).unwrap();
}

/// The same event by `serde_qs`: maps of text, numbers read, dates left as they are.
#[derive(Deserialize)]
#[allow(dead_code, reason = "reading them is what is measured")]
pub(crate) struct Event {
    r#type: String,
    profile: u64,
    database: u64,
    id: Option<u64>,
    timestamp: String,
    time: Option<i64>,
    created: Option<String>,
    modified: Option<String>,
    #[serde(default)]
    parameters: HashMap<String, String>,
    #[serde(default)]
    fields: HashMap<String, String>,
    #[serde(default)]
    interests: Vec<String>,
}

pub(crate) fn by_hand(body: &[u8]) -> Event {
    serde_qs::Config::new().use_form_encoding(true).deserialize_bytes(body).unwrap()
}

/// Does the least work that a proof needs.
fn prove(body: &[u8]) {
    signed::rsa();
    signed::sha256(body);
}

async fn axum(listener: tokio::net::TcpListener, handler: Handler, receiver: Receiver) {
    use axum::body::Bytes;
    use axum::http::StatusCode;
    use axum::routing::post;
    use webhook_axum::{Webhook, once};

    let route = match handler {
        Handler::Bytes => post(async |body: Bytes| {
            black_box(body);
            StatusCode::NO_CONTENT
        }),
        Handler::Webhook => post(async |webhook: Webhook<CreateEvent>| {
            black_box(webhook.event);
            StatusCode::NO_CONTENT
        }),
        Handler::SerdeQs => post(async |body: Bytes| {
            black_box(by_hand(&body));
            StatusCode::NO_CONTENT
        }),
        Handler::Proof => post(async |body: Bytes| {
            prove(&body);
            StatusCode::NO_CONTENT
        }),
        Handler::Verified => post(once(async |webhook: Webhook<CreateEvent>| {
            black_box(webhook.event);
            StatusCode::NO_CONTENT
        })),
    };
    let app = axum::Router::new().route("/copernica", route).with_state(receiver);
    axum::serve(listener, app).await.unwrap();
}

async fn warp(listener: tokio::net::TcpListener, handler: Handler, receiver: Receiver) {
    use bytes::Bytes;
    use warp::http::StatusCode;
    use warp::{Filter, body, path};
    use webhook_warp::{Webhook, once, recover, webhook};

    let at = path!("copernica");
    match handler {
        Handler::Bytes => {
            let route = warp::post().and(at).and(body::bytes()).then(async |body: Bytes| {
                black_box(body);
                StatusCode::NO_CONTENT
            });
            warp::serve(route).incoming(listener).run().await;
        }
        Handler::Webhook => {
            let route = at.and(webhook(receiver));
            let route = route.then(async |webhook: Webhook<CreateEvent>| {
                black_box(webhook.event);
                StatusCode::NO_CONTENT
            });
            warp::serve(route.recover(recover)).incoming(listener).run().await;
        }
        Handler::Verified => {
            let route = at.and(webhook(receiver));
            let route = route.then(once(async |webhook: Webhook<CreateEvent>| {
                black_box(webhook.event);
                StatusCode::NO_CONTENT
            }));
            warp::serve(route.recover(recover)).incoming(listener).run().await;
        }
        Handler::Proof => {
            let route = warp::post().and(at).and(body::bytes()).then(async |body: Bytes| {
                prove(&body);
                StatusCode::NO_CONTENT
            });
            warp::serve(route).incoming(listener).run().await;
        }
        Handler::SerdeQs => {
            let route = warp::post().and(at).and(body::bytes()).then(async |body: Bytes| {
                black_box(by_hand(&body));
                StatusCode::NO_CONTENT
            });
            warp::serve(route).incoming(listener).run().await;
        }
    }
}

fn actix(
    listener: TcpListener,
    handler: Handler,
    receiver: Receiver,
    cores: Cores,
    started: &Sender<PathBuf>,
) {
    use actix_web::web::{Bytes, post};
    use actix_web::{App, HttpResponse, HttpServer};
    use webhook_actix::{Webhook, once};

    let started = started.clone();
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(move || {
            // Runs on the one worker.
            settle(cores, &started);
            let route = match handler {
                Handler::Bytes => post().to(async |body: Bytes| {
                    black_box(body);
                    HttpResponse::NoContent().finish()
                }),
                Handler::Webhook => post().to(async |webhook: Webhook<CreateEvent>| {
                    black_box(webhook.event);
                    HttpResponse::NoContent().finish()
                }),
                Handler::SerdeQs => post().to(async |body: Bytes| {
                    black_box(by_hand(&body));
                    HttpResponse::NoContent().finish()
                }),
                Handler::Proof => post().to(async |body: Bytes| {
                    prove(&body);
                    HttpResponse::NoContent().finish()
                }),
                Handler::Verified => post().to(once(async |webhook: Webhook<CreateEvent>| {
                    black_box(webhook.event);
                    HttpResponse::NoContent().finish()
                })),
            };
            App::new().app_data(receiver.clone()).route("/copernica", route)
        });
        server.workers(1).disable_signals().listen(listener).unwrap().run().await.unwrap();
    });
}
