//! Stands in the service's place: keeps marked calls, and refuses others for now.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{io::AsyncWriteExt as _, net::TcpListener, net::TcpStream};

use crate::wire::{self, Whole};

/// What has arrived so far.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    /// Marks that are awaited, and how long their answers take.
    delays: Mutex<HashMap<String, Duration>>,
    calls: Mutex<HashMap<String, Whole>>,
    /// Calls without a mark, such as Copernica's own.
    pub(crate) others: AtomicU64,
}

impl Arrivals {
    /// Awaits a call with this mark, to be answered so late.
    pub(crate) fn expect(&self, mark: &str, delay: Duration) {
        let mut delays = self.delays.lock().unwrap_or_else(PoisonError::into_inner);
        delays.insert(mark.to_owned(), delay);
    }

    /// Takes the call with this mark out, if it has arrived.
    pub(crate) fn take(&self, mark: &str) -> Option<Whole> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).remove(mark)
    }

    /// Finds the mark, wherever it is left: a proxy may drop a header or change a body.
    fn mark(&self, call: &Whole) -> Option<(String, Duration)> {
        let delays = self.delays.lock().unwrap_or_else(PoisonError::into_inner);
        let start = call.body.get(..call.body.len().min(512)).unwrap_or_default();
        let start = String::from_utf8_lossy(start);
        let has = |mark: &str| {
            call.head.lines.iter().any(|line| line.value == mark) || start.contains(mark)
        };
        let (mark, delay) = delays.iter().find(|(mark, _)| has(mark))?;
        Some((mark.clone(), *delay))
    }

    async fn answer(&self, mut stream: TcpStream) {
        let Ok(call) = wire::read(&mut stream, false).await else { return };
        // No Date of ours: one that arrives is the proxy's.
        let Some((mark, delay)) = self.mark(&call) else {
            self.others.fetch_add(1, Ordering::Relaxed);
            let text = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 120\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            drop(stream.write_all(text.as_bytes()).await);
            return;
        };
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).insert(mark.clone(), call);
        tokio::time::sleep(delay).await;
        let length = mark.len();
        let text = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{mark}"
        );
        drop(stream.write_all(text.as_bytes()).await);
    }
}

/// Answers calls for as long as the process runs.
pub(crate) async fn serve(listener: TcpListener, arrivals: Arc<Arrivals>) {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let arrivals = Arc::clone(&arrivals);
            tokio::spawn(async move { arrivals.answer(stream).await });
        }
    }
}
