//! Requests as Copernica sends them, signed beforehand, and the receiver that verifies them.

use crate::load::ROUND;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use std::hint::black_box;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::thread;
use webhook_core::Receiver;
use webhook_core::future::BoxFuture;
use webhook_core::replay::{Begun, DeliveryId, MemoryStore, ReplayStore, StoreError, Token};
use webhook_core::testing::Signer;

/// Whole requests, each with a nonce of its own.
pub(crate) type Requests = &'static [Vec<u8>];

/// More than a server on one core verifies in a second.
const FASTEST: u128 = 80_000;

/// Returns the time of every request, and of the receiver.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_648_700, 0).unwrap()
}

fn signer() -> Signer {
    Signer::ephemeral().unwrap().date(now())
}

/// Returns enough requests for a round.
pub(crate) fn requests(body: &[u8]) -> Requests {
    let count = usize::try_from(FASTEST * ROUND.as_millis() / 1000).unwrap();
    let signers = thread::available_parallelism().map_or(1, Into::into);
    let body = Bytes::copy_from_slice(body);
    let sign = || {
        let share = (0..count.div_ceil(signers)).map(|_| request(&body));
        share.collect::<Vec<_>>()
    };
    let requests: Vec<_> = thread::scope(|scope| {
        let signers: Vec<_> = (0..signers).map(|_| scope.spawn(sign)).collect();
        signers.into_iter().flat_map(|signer| signer.join().unwrap()).collect()
    });
    requests.leak()
}

fn request(body: &Bytes) -> Vec<u8> {
    let call = signer().sign("https://hooks.example.com/copernica", body.clone()).unwrap();
    let mut request = b"POST /copernica HTTP/1.1\r\n".to_vec();
    for (name, value) in call.headers() {
        request.extend_from_slice(
            &[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat(),
        );
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body);
    request
}

/// Verifies those requests, and remembers them in `memory`.
pub(crate) fn receiver(memory: Memory) -> Receiver {
    let builder = Receiver::builder().account(1234).keys(signer().keys());
    builder.clock(now).replay(memory).build().unwrap()
}

/// The memory of the process, which can be emptied: each round sends the same requests. What was
/// emptied is leaked, so that nothing is counted or boxed for the benchmark's sake.
#[derive(Debug, Clone)]
pub(crate) struct Memory(Arc<RwLock<&'static MemoryStore>>);

impl Default for Memory {
    fn default() -> Self {
        Self(Arc::new(RwLock::new(Box::leak(Box::default()))))
    }
}

impl Memory {
    pub(crate) fn empty(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Box::leak(Box::default());
    }

    fn now(&self) -> &'static MemoryStore {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReplayStore for Memory {
    fn begin<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Begun, StoreError>> {
        self.now().begin(id, now, until)
    }

    fn try_begin(
        &self,
        id: &DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Option<Result<Begun, StoreError>> {
        self.now().try_begin(id, now, until)
    }

    fn try_commit(
        &self,
        id: &DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Option<Result<(), StoreError>> {
        self.now().try_commit(id, now, until)
    }

    fn commit<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.now().commit(id, now, until)
    }

    fn release(&self, id: &DeliveryId, token: Token) {
        self.now().release(id, token);
    }
}

/// Does what every verification needs: one RSA operation with a key of 2048 bits.
pub(crate) fn rsa() {
    /// A key, and what it signed, about as long as what is signed of a call.
    static SIGNED: LazyLock<(ParsedPublicKey, [u8; 300], Vec<u8>)> = LazyLock::new(|| {
        let message = [b'x'; 300];
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature).unwrap();
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key()).unwrap();
        (key, message, signature)
    });
    let (key, message, signature) = &*SIGNED;
    key.verify_sig(message, signature).unwrap();
}

/// Hashes the body, the other part of every verification.
pub(crate) fn sha256(body: &[u8]) {
    black_box(digest(&SHA256, black_box(body)));
}
