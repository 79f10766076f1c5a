//! Serves HTTP/1.1 with hyper, bounded in connections and in time.
//!
//! `axum::serve` and `warp::serve` have no settings for what matters to a webhook: how long a
//! connection may stay silent, how many connections there may be, and that a sender that closed
//! its half of a connection still waits for the answer. HTTP/2 and TLS are a proxy's business.
//! The file is the same in every example that needs it, and made to be copied.

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::{error::Error, io::ErrorKind, sync::Arc, time::Duration};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tokio::{sync::Semaphore, task};

/// Most connections at once; further ones wait in the kernel's queue until one of these ends.
const MAX_CONNECTIONS: usize = 512;
/// How long the head of a request may take, counted from the first moment of a connection or
/// from the answer before. A connection that sends nothing is closed then, too.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long it may take while more than half of the connections are in use, so that silent ones
/// never keep a call waiting for long.
const HEAD_TIME_WHEN_BUSY: Duration = Duration::from_secs(2);
/// Most bytes that a connection holds before the receiver takes them: the longest head, too.
const MAX_BUFFER: usize = 64 << 10;
/// How long calls that have begun may take to end when the program stops, and then handlers that
/// go on without their connection.
const STOP_TIME: Duration = Duration::from_secs(10);
/// Pause after a connection could not be accepted: no file descriptor is left, most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Pause between two log lines about that.
const LOG_PAUSE: Duration = Duration::from_secs(10);

/// Serves `service` until `stop` resolves, then waits for calls that have begun to end, and for
/// `idle`: that of the receiver, whose handlers outlive senders that did not wait for an answer.
pub async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    stop: impl Future<Output = ()>,
    idle: impl Future<Output = ()>,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let accepting = async {
        // Never closed, so this does not end.
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            let socket = accept(&listener).await;
            let is_busy = places.available_permits() < MAX_CONNECTIONS / 2;
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).max_buf_size(MAX_BUFFER);
            http.header_read_timeout(if is_busy { HEAD_TIME_WHEN_BUSY } else { HEAD_TIME });
            // By default hyper drops the handler when the sender has no more to send.
            http.half_close(true);
            let connection = http.serve_connection(TokioIo::new(socket), service.clone());
            let connection = connections.watch(connection);
            task::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection broke");
                }
                drop(place);
            });
        }
    };
    tokio::select! { () = accepting => {}, () = stop => {} }
    drop(listener);
    if timeout(STOP_TIME, connections.shutdown()).await.is_err() {
        tracing::warn!("calls that did not end in {STOP_TIME:?} are cut off");
    }
    if timeout(STOP_TIME, idle).await.is_err() {
        tracing::warn!("handlers that did not end in {STOP_TIME:?} are cut off");
    }
}

/// Accepts a connection, whatever happens: an error is that connection's, or passes.
async fn accept(listener: &TcpListener) -> TcpStream {
    let mut logged: Option<Instant> = None;
    loop {
        let error = match listener.accept().await {
            Ok((socket, _)) => return socket,
            Err(error) => error,
        };
        // The sender left before it was its turn; the next one may be waiting.
        if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) {
            continue;
        }
        // EMFILE, ENFILE, ENOBUFS, ENOMEM: connections that end give back what is missing.
        if logged.is_none_or(|logged| logged.elapsed() >= LOG_PAUSE) {
            tracing::error!(%error, "can't accept connections");
            logged = Some(Instant::now());
        }
        sleep(ACCEPT_PAUSE).await;
    }
}
