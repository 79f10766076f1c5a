//! Plays Copernica, and is more patient: each event is sent until it is acknowledged.

use super::mix::{Fate, Mix};
use super::{Client, form, wire};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};
use webhook_axum::CreateEvent;
use webhook_axum::testing::{Signer, documented_profile};

const PATIENCE: Duration = Duration::from_secs(60);

pub struct Sender {
    address: SocketAddr,
    url: String,
    signer: Option<Signer>,
    plain: bool,
    pub mix: Mix,
    next: AtomicU64,
    /// By position: whether it was acknowledged.
    events: Vec<AtomicBool>,
    pub acknowledged: AtomicU64,
    /// Genuine, and answered that they are at fault: Copernica would never send them again.
    pub refused: AtomicU64,
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
            mix: Mix { events },
            next: AtomicU64::new(0),
            events: (0..events).map(|_| AtomicBool::new(false)).collect(),
            acknowledged: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            twice: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            broken: AtomicU64::new(0),
            gave_up: AtomicBool::new(false),
        }
    }

    /// Returns the positions of the calls that were acknowledged.
    pub fn told(&self) -> impl Iterator<Item = u64> {
        (0..).zip(&self.events).filter_map(|(at, told)| told.load(Relaxed).then_some(at))
    }

    /// Sends calls until there are no more.
    pub fn work(&self) {
        let mut client = Client::new(self.address);
        while let Some((at, told)) = self.take() {
            let call = Call::new(self, at);
            match self.until_answered(&mut client, &call) {
                Answer::Acknowledged => {}
                Answer::Refused => continue,
                Answer::GaveUp => return,
            }
            told.store(true, Relaxed);
            self.acknowledged.fetch_add(1, Relaxed);
            // One of twenty comes again: an event with a name of its own signed anew, which is no replay
            // but the same event; of another a copy of its call.
            if at % 20 == 3 {
                self.until_answered(&mut client, &call);
                self.twice.fetch_add(1, Relaxed);
            }
        }
    }

    /// Signs all calls beforehand; a date is good for a minute.
    pub fn prepare(&self, threads: usize) -> Vec<Vec<u8>> {
        let all: Vec<u64> = (0..self.events.len() as u64).collect();
        scope(|scope| {
            let part = |part: &[u64]| part.iter().map(|at| self.creation(*at)).collect();
            let parts = all.chunks(all.len().div_ceil(threads));
            let parts: Vec<_> = parts.map(|chunk| scope.spawn(move || part(chunk))).collect();
            parts.into_iter().flat_map(|part| -> Vec<_> { part.join().unwrap() }).collect()
        })
    }

    /// Sends calls that were made beforehand, and does not put up with a refusal.
    pub fn blast(&self, calls: &[Vec<u8>]) {
        let mut client = Client::new(self.address);
        while let Some((at, told)) = self.take() {
            let answer = client.send(&calls[usize::try_from(at).unwrap()]);
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
        let at = self.next.fetch_add(1, Relaxed);
        let told = self.events.get(usize::try_from(at).ok()?)?;
        if !self.plain && self.mix.fails_once(at) {
            self.faults.fetch_add(1, Relaxed);
        }
        Some((at, told))
    }

    /// Sends a call until it is answered: in a minute, or never.
    fn until_answered(&self, client: &mut Client, call: &Call<'_>) -> Answer {
        let started = Instant::now();
        while started.elapsed() < PATIENCE && !self.gave_up.load(Relaxed) {
            self.calls.fetch_add(1, Relaxed);
            match client.send(&call.wire()) {
                Ok((200..300, _)) => return Answer::Acknowledged,
                Ok((503, _)) => {}
                Ok((400..500, _)) if call.fate == Fate::Undecodable => {
                    self.refused.fetch_add(1, Relaxed);
                    return Answer::Refused;
                }
                Ok((status, head)) => self.give_up(&format!("{status} is no answer: {head}")),
                Err(_) => {
                    self.broken.fetch_add(1, Relaxed);
                }
            }
            sleep(Duration::from_millis(5));
        }
        self.give_up("an event was not acknowledged");
        Answer::GaveUp
    }

    /// Ends the run, whose test has failed: other threads would send and wait for acknowledgements for ever.
    fn give_up(&self, why: &str) {
        if !self.gave_up.swap(true, Relaxed) {
            println!("gave up: {why}");
        }
    }

    /// Returns a creation, for what measures.
    fn creation(&self, profile: u64) -> Vec<u8> {
        let Some(signer) = &self.signer else { return form(profile, "") };
        let CreateEvent::Profile(mut event) = documented_profile() else { unreachable!() };
        event.profile = profile.into();
        wire(&signer.sign_event(&self.url, &CreateEvent::Profile(event)).unwrap())
    }

    /// Signs a call of the mix, dated now.
    fn sign(&self, at: u64) -> Vec<u8> {
        let body = self.mix.body(at);
        let signer = self.signer.clone().unwrap().content_type(body.media_type);
        wire(&signer.sign(&self.url, body.bytes).unwrap())
    }
}

enum Answer {
    Acknowledged,
    Refused,
    GaveUp,
}

/// A call of the mix, which may be sent several times.
struct Call<'a> {
    sender: &'a Sender,
    at: u64,
    fate: Fate,
    first: Vec<u8>,
}

impl<'a> Call<'a> {
    fn new(sender: &'a Sender, at: u64) -> Self {
        Self { sender, at, fate: sender.mix.fate(at), first: sender.sign(at) }
    }

    /// Returns the bytes to send now: signed anew where the event has a name of its own, else the
    /// same each time.
    fn wire(&self) -> Vec<u8> {
        match self.fate {
            Fate::Named => self.sender.sign(self.at),
            _ => self.first.clone(),
        }
    }
}
