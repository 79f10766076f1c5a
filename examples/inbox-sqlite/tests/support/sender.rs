//! Plays Copernica, and is more patient: each event is sent until it is acknowledged.

use super::{Client, form, wire};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};
use webhook_axum::testing::{Signer, documented_profile};
use webhook_axum::{CreateEvent, Fields};

const PATIENCE: Duration = Duration::from_secs(60);

pub struct Sender {
    address: SocketAddr,
    url: String,
    signer: Option<Signer>,
    plain: bool,
    next: AtomicU64,
    /// By profile: whether anybody said that it was received.
    events: Vec<AtomicBool>,
    pub acknowledged: AtomicU64,
    pub faults: AtomicU64,
    pub twice: AtomicU64,
    pub calls: AtomicU64,
    pub broken: AtomicU64,
    /// There is no point in going on.
    pub gave_up: AtomicBool,
}

impl Sender {
    pub fn new(address: SocketAddr, signer: Option<Signer>, events: u64, plain: bool) -> Self {
        Self {
            address,
            url: format!("http://{address}/copernica"),
            signer,
            plain,
            next: AtomicU64::new(0),
            events: (0..events).map(|_| AtomicBool::new(false)).collect(),
            acknowledged: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            twice: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            broken: AtomicU64::new(0),
            gave_up: AtomicBool::new(false),
        }
    }

    /// The profiles whose event was acknowledged.
    pub fn told(&self) -> impl Iterator<Item = u64> {
        (0..).zip(&self.events).filter_map(|(profile, told)| told.load(Relaxed).then_some(profile))
    }

    /// Sends events until there are no more.
    pub fn work(&self) {
        let mut client = Client::new(self.address);
        while let Some((profile, told)) = self.take() {
            if !self.until_acknowledged(&mut client, profile) {
                return;
            }
            told.store(true, Relaxed);
            self.acknowledged.fetch_add(1, Relaxed);
            // One of twenty is told again, signed anew: no replay, but the same creation.
            if profile % 20 == 3 {
                self.until_acknowledged(&mut client, profile);
                self.twice.fetch_add(1, Relaxed);
            }
        }
    }

    /// All calls, signed beforehand; a date is good for a minute.
    pub fn prepare(&self, threads: usize) -> Vec<Vec<u8>> {
        let profiles: Vec<u64> = (0..self.events.len() as u64).collect();
        scope(|scope| {
            let part = |part: &[u64]| part.iter().map(|profile| self.call(*profile)).collect();
            let parts = profiles.chunks(profiles.len().div_ceil(threads));
            let parts: Vec<_> = parts.map(|chunk| scope.spawn(move || part(chunk))).collect();
            parts.into_iter().flat_map(|part| -> Vec<_> { part.join().unwrap() }).collect()
        })
    }

    /// Sends calls that were made beforehand, and does not put up with a refusal.
    pub fn blast(&self, calls: &[Vec<u8>]) {
        let mut client = Client::new(self.address);
        while let Some((profile, told)) = self.take() {
            let answer = client.send(&calls[usize::try_from(profile).unwrap()]);
            if !matches!(answer, Ok((204, _))) {
                return self.give_up(&format!("{answer:?}"));
            }
            self.calls.fetch_add(1, Relaxed);
            told.store(true, Relaxed);
            self.acknowledged.fetch_add(1, Relaxed);
        }
    }

    fn take(&self) -> Option<(u64, &AtomicBool)> {
        if self.gave_up.load(Relaxed) {
            return None;
        }
        let profile = self.next.fetch_add(1, Relaxed);
        let told = self.events.get(usize::try_from(profile).ok()?)?;
        if !self.plain && fails_once(profile) {
            self.faults.fetch_add(1, Relaxed);
        }
        Some((profile, told))
    }

    /// Whether it was acknowledged: in a minute, or never.
    fn until_acknowledged(&self, client: &mut Client, profile: u64) -> bool {
        let started = Instant::now();
        while started.elapsed() < PATIENCE && !self.gave_up.load(Relaxed) {
            // Signed anew each time: a date is soon too old, and a nonce is good for one call.
            let call = self.call(profile);
            self.calls.fetch_add(1, Relaxed);
            match client.send(&call) {
                Ok((200..300, _)) => return true,
                Ok((503, _)) => {}
                Ok((status, head)) => self.give_up(&format!("{status} is no answer: {head}")),
                Err(_) => {
                    self.broken.fetch_add(1, Relaxed);
                }
            }
            sleep(Duration::from_millis(5));
        }
        self.give_up("an event was not acknowledged");
        false
    }

    /// The test has failed. Others would send, and wait for acknowledgements, for ever.
    fn give_up(&self, why: &str) {
        if !self.gave_up.swap(true, Relaxed) {
            println!("gave up: {why}");
        }
    }

    fn call(&self, profile: u64) -> Vec<u8> {
        let Some(signer) = &self.signer else { return form(profile, "") };
        let CreateEvent::Profile(mut event) = documented_profile() else { unreachable!() };
        event.profile = profile.into();
        // One of twenty fails its first attempt, after its effect was written.
        if !self.plain && fails_once(profile) {
            event.fields = Fields::from_iter([("mail", "a@example.com"), ("fault", "fail-once")]);
        }
        wire(&signer.sign_event(&self.url, &CreateEvent::Profile(event)).unwrap())
    }
}

fn fails_once(profile: u64) -> bool {
    profile % 20 == 7
}
