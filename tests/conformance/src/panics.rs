//! Panics of servers, which the servers themselves survive or swallow.

use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Starts counting: panics of every thread that [is a server's](is_server).
pub(crate) fn watch() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let next = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if thread::current().name().is_some_and(is_server) {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            next(info);
        }));
    });
}

/// Returns whether a thread is a server's, by its name: ours are called so, and actix-web's workers `actix-…`.
fn is_server(thread: &str) -> bool {
    thread.starts_with("server-") || thread.starts_with("actix")
}

/// Returns how many panics there were on servers' threads since the first server started.
pub fn count() -> usize {
    PANICS.load(Ordering::SeqCst)
}
