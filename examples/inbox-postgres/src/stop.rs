//! SIGTERM and Ctrl-C, for the tasks that wait for them.

use std::io;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Whether the process is to end.
#[derive(Debug, Clone)]
pub struct Stopping(watch::Receiver<bool>);

pub fn on_signal() -> io::Result<Stopping> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        tell.send_replace(true);
    });
    Ok(Stopping(told))
}

impl Stopping {
    pub fn asked(&self) -> bool {
        *self.0.borrow()
    }

    pub async fn wait(mut self) {
        // An error is a sender that is gone: nothing can stop it later, so it stops now.
        let _ = self.0.wait_for(|asked| *asked).await;
    }
}
