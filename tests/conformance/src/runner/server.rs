//! A server on a port of its own, in a thread of its own, until it is dropped.

use super::{Kind, Runner, actix, axum, core, half_closing, runtime, warp};
use crate::answer::Answer;
use crate::case::Case;
use crate::setup::Setup;
use crate::{panics, wire};
use actix_web::dev::ServerHandle;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;
use webhook_core::Receiver;

/// A real server on loopback. Dropping it stops it, and fails when it panicked.
#[derive(Debug)]
pub struct Server {
    kind: Kind,
    address: SocketAddr,
    stop: Option<Stop>,
    thread: Option<JoinHandle<()>>,
}

enum Stop {
    Tokio(oneshot::Sender<()>),
    Actix(ServerHandle),
}

impl std::fmt::Debug for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stop")
    }
}

impl Server {
    /// Starts one, served as its framework serves; it accepts connections from now on.
    pub fn start(kind: Kind, setup: Setup, receiver: Receiver) -> Self {
        Self::with(kind, setup, receiver, false)
    }

    /// Starts one that reads on, and answers, when its sender sends no more: hyper, set
    /// `half_close(true)`. actix-web always does.
    pub fn half_closing(kind: Kind, setup: Setup, receiver: Receiver) -> Self {
        Self::with(kind, setup, receiver, true)
    }

    fn with(kind: Kind, setup: Setup, receiver: Receiver, half_close: bool) -> Self {
        panics::watch();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = thread::Builder::new().name(format!("server-{}", kind.name()));
        let (stop, thread) = if kind == Kind::Actix {
            let (started, handle) = mpsc::channel();
            let thread = thread.spawn(move || actix::serve(listener, setup, receiver, &started));
            (Stop::Actix(handle.recv().unwrap()), thread)
        } else {
            let (stop, stopped) = oneshot::channel();
            let thread =
                thread.spawn(move || serve(kind, listener, (setup, receiver), half_close, stopped));
            (Stop::Tokio(stop), thread)
        };
        Self { kind, address, stop: Some(stop), thread: Some(thread.unwrap()) }
    }

    /// Returns which implementation it is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

fn serve(
    kind: Kind,
    listener: TcpListener,
    (setup, receiver): (Setup, Receiver),
    half_close: bool,
    stop: oneshot::Receiver<()>,
) {
    // What is counted is counted across workers.
    let runtime = if setup == Setup::Counted { workers() } else { runtime() };
    runtime.block_on(async {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let server = async {
            match kind {
                Kind::Core => core::serve(listener, setup, receiver, half_close).await,
                Kind::Axum if half_close => {
                    half_closing::serve(listener, axum::router(setup, receiver)).await;
                }
                Kind::Warp if half_close => {
                    half_closing::serve(listener, ::warp::service(warp::filter(setup, receiver)))
                        .await;
                }
                Kind::Axum => axum::serve(listener, setup, receiver).await,
                Kind::Warp => warp::serve(listener, setup, receiver).await,
                Kind::Actix => unreachable!("it has a system of its own"),
            }
        };
        tokio::select! { () = server => {}, _ = stop => {} }
    });
}

fn workers() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).thread_name("server-worker").enable_all().build().unwrap()
}

impl Runner for Server {
    /// Sends the case over a connection of its own, with its length announced.
    fn call(&self, case: &Case) -> Answer {
        wire::exchange(self.address, &wire::request(case), case.is_head())
            .unwrap_or_else(|error| panic!("{}, {}: {error}", self.kind.name(), case.name))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        match self.stop.take() {
            Some(Stop::Tokio(stop)) => drop(stop.send(())),
            // The command is sent at once; what is dropped is only the waiting.
            Some(Stop::Actix(handle)) => drop(handle.stop(false)),
            None => {}
        }
        let ended = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(!matches!(ended, Some(Err(_))), "{} ended by a panic", self.kind.name());
            assert_eq!(panics::count(), 0, "a server panicked: see its message above");
        }
    }
}
