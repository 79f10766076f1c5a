//! A handler whose calls are counted, and which does what the event says: fail, wait, panic, commit.
//! For replays: how often it runs is what they are about.

use crate::answer::Reported;
use crate::case::Case;
use crate::cases;
use crate::setup::Setup;
use crate::sign::sha256;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use webhook_core::{CreateEvent, Delivery, Fields};

/// Nothing takes longer that is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// By the field `run` of the event.
static RUNS: LazyLock<Mutex<HashMap<String, Run>>> = LazyLock::new(Mutex::default);

#[derive(Debug, Clone)]
struct Run {
    calls: u32,
    ended: u32,
    cut_off: u32,
    delivery: String,
    gate: Arc<Semaphore>,
}

impl Default for Run {
    fn default() -> Self {
        let gate = Arc::new(Semaphore::new(0));
        Self { calls: 0, ended: 0, cut_off: 0, delivery: String::new(), gate }
    }
}

fn with<T>(run: &str, look: impl FnOnce(&mut Run) -> T) -> T {
    let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    look(runs.entry(run.to_owned()).or_default())
}

/// Returns how often the handler was called in a run.
pub fn calls(run: &str) -> u32 {
    with(run, |run| run.calls)
}

/// Returns how many handlers of a run came to their end.
pub fn ended(run: &str) -> u32 {
    with(run, |run| run.ended)
}

/// Returns how many handlers of a run were dropped before their end, by a panic or from outside.
pub fn cut_off(run: &str) -> u32 {
    with(run, |run| run.cut_off)
}

/// Returns the id of the delivery that a run's last call brought.
pub fn delivery(run: &str) -> String {
    with(run, |run| run.delivery.clone())
}

/// Waits until `look` says so, a while; returns whether it did.
pub fn eventually(look: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while !look() {
        if begun.elapsed() > PATIENCE {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
    true
}

/// Lets all handlers of a run go on that wait.
pub fn open(run: &str) {
    with(run, |run| run.gate.add_permits(1 << 20));
}

/// Returns a signed call for it, `fields` of which are given next to its run.
pub fn call(run: &str, fields: &str) -> Case {
    let body = format!("{}&fields[run]={run}{fields}", cases::PROFILE);
    let mut case = cases::call(run).to(Setup::Counted).header("Digest", sha256(body.as_bytes()));
    case.body = body.into();
    case.header("X-Nonce", run)
        .signed_over("(request-target) host date digest x-copernica-id x-nonce")
}

/// One call of the handler, which is counted as ended or as cut off.
struct Call {
    run: String,
    has_ended: bool,
}

impl Drop for Call {
    fn drop(&mut self) {
        with(&self.run, |run| {
            let outcome = if self.has_ended { &mut run.ended } else { &mut run.cut_off };
            *outcome += 1;
        });
    }
}

/// Counts, and does what the fields say. With `commits` the handler itself says that it was handled;
/// with `holds` it keeps the delivery to its end; with `sleeps` each call takes so many milliseconds; with `waits` each call waits until its run is
/// [opened](open). The first call answers the status that `first` says, or panics; the first ones
/// answer 500, as many as `fails` says.
pub(crate) async fn handle(event: CreateEvent, delivery: Delivery) -> http::Response<Bytes> {
    let reported = Reported::new(&event, &delivery);
    let fields: &Fields = match &event {
        CreateEvent::Profile(profile) => &profile.fields,
        CreateEvent::Subprofile(subprofile) => &subprofile.fields,
    };
    let run = fields.get("run").unwrap().to_owned();
    let (call, gate) = with(&run, |run| {
        run.calls += 1;
        run.delivery = delivery.proven().map_or_else(String::new, |proven| proven.id.to_string());
        (run.calls, Arc::clone(&run.gate))
    });
    let mut this = Call { run, has_ended: false };
    if fields.get("commits").is_some() {
        delivery.commit().await.unwrap();
    }
    // Without `holds` it takes the event and leaves the delivery: what learns the answer has to keep
    // the claim.
    let _held = fields.get("holds").map(|_| delivery);
    if let Some(millis) = fields.get("sleeps") {
        tokio::time::sleep(Duration::from_millis(millis.parse().unwrap())).await;
    }
    if fields.get("waits").is_some() {
        gate.acquire().await.unwrap().forget();
    }
    let fails: u32 = fields.get("fails").map_or(0, |fails| fails.parse().unwrap());
    let first = fields.get("first").filter(|_| call == 1);
    assert!(first != Some("panic"), "as the fields say");
    this.has_ended = true;
    tracing::info!(run = this.run, "handler ended");
    let status = match first {
        Some(status) => status.parse().unwrap(),
        None if call <= fails => 500,
        None => return reported.into_response(),
    };
    let failed = http::Response::builder().status(status).header("content-type", "text/plain");
    failed.body("not today".into()).unwrap()
}
