//! Stops the server when the program is to end, and loses no handler by it.

use actix_web::dev::ServerHandle;
use std::io;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

/// How long calls that have begun may take to end, and before that handlers that go on without
/// their connection, in seconds.
pub const SECONDS: u64 = 10;

/// Stops the server, cleanly, on SIGTERM and Ctrl-C; what hangs is cut off.
pub fn on_signal(
    server: ServerHandle,
    idle: impl Future<Output = ()>,
) -> io::Result<impl Future<Output = ()>> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        // No new connections. Handlers whose senders did not wait run in the workers, and would end
        // with them.
        server.pause().await;
        if timeout(Duration::from_secs(SECONDS), idle).await.is_err() {
            tracing::warn!("handlers that did not end in {SECONDS} s are cut off");
        }
        server.stop(true).await;
    })
}
