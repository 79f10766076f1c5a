//! Which core is whose. Threads inherit the mask of the thread that starts them, so the cores are
//! looked up once, before anything is pinned.

use crate::handlers::Server;
use core_affinity::CoreId;
use std::fs;
use std::path::{Path, PathBuf};

/// The first core for the server, the last one for the load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cores {
    server: CoreId,
    load: CoreId,
}

impl Cores {
    /// Finds two cores. To be called before any thread is pinned.
    pub(crate) fn find() -> Self {
        let cores = core_affinity::get_core_ids().unwrap_or_default();
        let (Some(server), Some(load)) = (cores.first(), cores.last()) else {
            panic!("the system reports no cores");
        };
        Self { server: *server, load: *load }
    }

    /// Returns whether there is one for each.
    pub(crate) fn are_two(self) -> bool {
        self.server != self.load
    }

    /// Pins this thread as the server's.
    pub(crate) fn serve_here(self) {
        assert!(core_affinity::set_for_current(self.server), "the server can't be pinned");
    }

    /// Pins this thread as the load's.
    pub(crate) fn load_here(self) {
        assert!(core_affinity::set_for_current(self.load), "the load can't be pinned");
    }

    /// Asserts that the kernel's cores of the two threads are those that were set: else a round measures
    /// the two of them on one core.
    pub(crate) fn check(self, server: &Server) {
        let (server, load) = (allowed(&server.thread), allowed(&this_thread()));
        assert_eq!((&server, &load), (&self.server.id.to_string(), &self.load.id.to_string()));
        assert!(!self.are_two() || server != load, "server and load share core {load}");
    }
}

/// Returns where the kernel keeps what it knows of this thread.
pub(crate) fn this_thread() -> PathBuf {
    Path::new("/proc").join(fs::read_link("/proc/thread-self").unwrap())
}

/// Returns the cores that a thread may run on: `1`, `0-3`.
fn allowed(thread: &Path) -> String {
    let status = fs::read_to_string(thread.join("status")).unwrap();
    let cores = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    cores.unwrap().trim().to_owned()
}
