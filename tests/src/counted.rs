//! A handler whose calls are counted, and which fails or waits when the event says so. For replays:
//! how often it runs is what they are about.

use crate::answer::Told;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use tokio::sync::Semaphore;
use webhook_core::{CreateEvent, Delivery, Fields};

/// By the field `run` of the event.
static RUNS: LazyLock<Mutex<HashMap<String, Run>>> = LazyLock::new(Mutex::default);

#[derive(Debug, Clone)]
struct Run {
    calls: u32,
    gate: Arc<Semaphore>,
}

impl Default for Run {
    fn default() -> Self {
        Self { calls: 0, gate: Arc::new(Semaphore::new(0)) }
    }
}

fn with<T>(run: &str, look: impl FnOnce(&mut Run) -> T) -> T {
    let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    look(runs.entry(run.to_owned()).or_default())
}

/// How often the handler was called in a run.
pub fn calls(run: &str) -> u32 {
    with(run, |run| run.calls)
}

/// Lets all handlers of a run go on that wait.
pub fn open(run: &str) {
    with(run, |run| run.gate.add_permits(1 << 20));
}

/// Counts. The first calls answer 500, as many as the field `fails` says; with the field `waits`
/// each waits until its run is [opened](open).
pub(crate) async fn handle(event: &CreateEvent, delivery: &Delivery) -> http::Response<Bytes> {
    let fields: &Fields = match event {
        CreateEvent::Profile(profile) => &profile.fields,
        CreateEvent::Subprofile(subprofile) => &subprofile.fields,
    };
    let (call, gate) = with(fields.get("run").unwrap(), |run| {
        run.calls += 1;
        (run.calls, Arc::clone(&run.gate))
    });
    if fields.get("waits").is_some() {
        gate.acquire().await.unwrap().forget();
    }
    let fails: u32 = fields.get("fails").map_or(0, |fails| fails.parse().unwrap());
    if call > fails {
        return Told::new(event, delivery).into_response();
    }
    let failed = http::Response::builder().status(500).header("content-type", "text/plain");
    failed.body("not today".into()).unwrap()
}
