//! What handlers of both listeners share.

use crate::access::Access;
use crate::call::Call;
use crate::guess::Guesses;
use crate::options::Options;
use crate::store::Store;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, watch};
use webhook_axum::Receiver;
use webhook_axum::testing::Signer;

/// Bytes of bodies of refused calls that are read at a time, in units of [`UNIT`]: 16 MiB.
const REFUSED_UNITS: usize = 256;
/// Bytes of a unit.
pub const UNIT: usize = 64 << 10;
/// Pages that may be open at a time.
const MAX_PAGES: usize = 16;

pub struct App {
    pub receiver: Receiver,
    pub access: Access,
    /// What bodies of refused calls may hold while they are read.
    pub refused: Arc<Semaphore>,
    pub pages: Arc<Semaphore>,
    pub signer: Option<Signer>,
    pub forward: Option<String>,
    pub public_url: Option<String>,
    /// Where calls come in.
    pub own: SocketAddr,
    calls: Mutex<Calls>,
    /// The number of the newest call.
    newest: watch::Sender<u64>,
    stopping: watch::Sender<bool>,
}

/// What was received.
#[derive(Default)]
pub struct Calls {
    pub store: Store,
    pub guesses: Guesses,
}

impl App {
    pub fn new(receiver: Receiver, access: Access, options: Options, own: SocketAddr) -> Self {
        let Options { forward, signer, public_url, .. } = options;
        Self {
            receiver,
            access,
            refused: Arc::new(Semaphore::new(REFUSED_UNITS)),
            pages: Arc::new(Semaphore::new(MAX_PAGES)),
            signer,
            forward,
            public_url,
            own,
            calls: Mutex::default(),
            newest: watch::Sender::default(),
            stopping: watch::Sender::default(),
        }
    }

    /// Returns what was received. Nothing waits while it is held.
    pub fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a call, and notifies the pages.
    pub fn keep(&self, call: Call) {
        let newest = self.calls().store.insert(call);
        self.newest.send_replace(newest);
    }

    /// Returns the number of the newest call, to wait for others.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Waits until the program stops.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.stopping.subscribe();
        async move {
            // The sender is gone: that is an end, too.
            drop(stopping.wait_for(|stopping| *stopping).await);
        }
    }
}
