//! Plays Copernica, and is more patient: each event is sent until it is acknowledged.

use crate::common::{Client, form, wire};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::Duration;
use webhook_axum::testing::{Signer, documented_profile};
use webhook_axum::{CreateEvent, Fields};

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
            self.until_acknowledged(&mut client, profile);
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
            let (status, _) = client.send(&calls[usize::try_from(profile).unwrap()]).unwrap();
            assert_eq!(status, 204);
            self.calls.fetch_add(1, Relaxed);
            told.store(true, Relaxed);
            self.acknowledged.fetch_add(1, Relaxed);
        }
    }

    fn take(&self) -> Option<(u64, &AtomicBool)> {
        let profile = self.next.fetch_add(1, Relaxed);
        let told = self.events.get(usize::try_from(profile).ok()?)?;
        if !self.plain && fails_once(profile) {
            self.faults.fetch_add(1, Relaxed);
        }
        Some((profile, told))
    }

    fn until_acknowledged(&self, client: &mut Client, profile: u64) {
        loop {
            // Signed anew each time: a date is soon too old, and a nonce is good for one call.
            let call = self.call(profile);
            self.calls.fetch_add(1, Relaxed);
            match client.send(&call) {
                Ok((200..300, _)) => return,
                Ok((503, _)) => {}
                Ok((status, head)) => panic!("{status} is no answer to this: {head}"),
                Err(_) => {
                    self.broken.fetch_add(1, Relaxed);
                }
            }
            sleep(Duration::from_millis(5));
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
