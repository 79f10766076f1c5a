//! What a call costs more where the accounts may change while the receiver runs: the check of its head with one
//! fixed account, and with `Accounts`; and the look-up alone, also while another thread looks up.
//!
//! `cargo bench -p webhook-core --bench accounts`

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]

use chrono::{DateTime, Utc};
use http::request::Parts;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use webhook_core::adapter::Head;
use webhook_core::future::BoxFuture;
use webhook_core::key::{KeyName, KeySource, Keys, LookupError};
use webhook_core::testing::Signer;
use webhook_core::{Accounts, Receiver, ReceiverBuilder};

/// Calls of a round.
const CALLS: u32 = 1000;
const ROUNDS: usize = 201;
const ACCOUNT: u64 = 1234;
/// Accounts of an agency.
const MANY: u64 = 10_000;

/// Keys that are found, and never at hand: the head is checked and nothing is verified.
#[derive(Debug)]
struct Later;

impl KeySource for Later {
    fn find<'a>(
        &'a self,
        _: &'a KeyName,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        Box::pin(std::future::ready(Err(LookupError::NotFound)))
    }
}

fn head() -> Parts {
    let signer = Signer::ephemeral().unwrap().date(Utc::now()).account(ACCOUNT);
    let body = "type=create&profile=123&database=1&timestamp=1979-02-12+12%3A49%3A23";
    signer.sign("https://hooks.example.com/copernica", body).unwrap().into_parts().0
}

fn receiver(with: impl FnOnce(ReceiverBuilder) -> ReceiverBuilder) -> Receiver {
    let builder = Receiver::builder().keys(Later).max_age(Duration::from_secs(3600));
    with(builder).build().unwrap()
}

fn main() {
    let head = &head();
    let (few, many) = (Accounts::new([ACCOUNT]), Accounts::new(1..=MANY));
    let begin =
        |receiver: Receiver| move || drop(black_box(receiver.begin(&Head::of(head)).unwrap()));
    let look_up = |accounts: &Accounts| {
        let accounts = accounts.clone();
        move || assert!(accounts.contains(black_box(ACCOUNT)))
    };
    let rows: [(&str, &dyn Fn()); 5] = [
        ("head, one fixed account", &begin(receiver(|builder| builder.account(ACCOUNT)))),
        ("head, Accounts of 1", &begin(receiver(|builder| builder.accounts(&few)))),
        ("head, Accounts of 10,000", &begin(receiver(|builder| builder.accounts(&many)))),
        ("look-up in 1", &look_up(&few)),
        ("look-up in 10,000", &look_up(&many)),
    ];
    println!("{:<44}{:>10}{:>10}", "ns", "median", "least");
    print_rows(&rows, "");

    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ends.load(Ordering::Relaxed) {
                assert!(few.contains(black_box(ACCOUNT)));
            }
        });
        print_rows(&rows[3..4], ", and another thread does nothing else");
        ends.store(true, Ordering::Relaxed);
    });
}

/// Of alternating rounds, so that a machine's slow second hurts all alike.
fn print_rows(rows: &[(&str, &dyn Fn())], while_: &str) {
    let mut times = vec![Vec::new(); rows.len()];
    for _ in 0..ROUNDS {
        for ((_, operation), times) in rows.iter().zip(&mut times) {
            let start = Instant::now();
            (0..CALLS).for_each(|_| operation());
            times.push(start.elapsed().as_secs_f64() / f64::from(CALLS) * 1e9);
        }
    }
    for ((what, _), times) in rows.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let what = format!("{what}{while_}");
        println!("{what:<44}{:>10.1}{:>10.1}", times[ROUNDS / 2], times[0]);
    }
}
