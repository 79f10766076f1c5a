//! What a proof costs by each of the two libraries of cryptography, in one process: the RSA operation and the
//! hash of the body, called as `src/crypto.rs` calls them.
//!
//! `cargo bench -p webhook-core --bench crypto`

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]

#[allow(dead_code, reason = "the other benchmarks ask more of a body")]
mod bodies;

use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_SHA256};
use std::hint::black_box;
use std::time::Instant;

/// Operations of a round.
const TIMES: u32 = 200;
const ROUNDS: usize = 101;

/// As long as a signing string with six headers.
const MESSAGE: [u8; 400] = [b'a'; 400];

/// What is done, and how by each library.
type Row<'a> = (&'static str, [&'a dyn Fn(); 2]);

/// Returns a public key of 2048 bits in PKCS#1, and its signature of the message.
fn signed() -> (Vec<u8>, Vec<u8>) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    let random = aws_lc_rs::rand::SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, &MESSAGE, &mut signature).unwrap();
    (pair.public_key().as_ref().to_vec(), signature)
}

fn main() {
    let body = bodies::bodies().into_iter().find(|body| body.name == "typical").unwrap().bytes;
    let (key, signature) = &signed();

    let aws_key = || {
        let scheme = &aws_lc_rs::signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
        ParsedPublicKey::new(scheme, black_box(key)).unwrap()
    };
    let aws_hash = |bytes| aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, black_box(bytes));
    let parsed = aws_key();
    let aws_verify = |key: &ParsedPublicKey| {
        key.verify_digest_sig(&aws_hash(&MESSAGE), signature).unwrap();
    };
    let ring_verify = || {
        let scheme = &ring::signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
        let key = ring::signature::UnparsedPublicKey::new(scheme, black_box(key));
        key.verify(&MESSAGE, signature).unwrap();
    };

    let aws_sha256 = |bytes| {
        black_box(aws_hash(bytes));
    };
    let ring_sha256 = |bytes| {
        black_box(ring::digest::digest(&ring::digest::SHA256, black_box(bytes)));
    };

    let rows: [Row<'_>; 3] = [
        ("RSA verify, 2048 bits", [&|| aws_verify(&parsed), &ring_verify]),
        ("RSA verify, the key parsed each time", [&|| aws_verify(&aws_key()), &ring_verify]),
        ("SHA-256 of the body", [&|| aws_sha256(&body), &|| ring_sha256(&body)]),
    ];
    print_table(&rows);
}

/// Medians of alternating rounds, so that a machine's slow second hurts both alike.
fn print_table(rows: &[Row<'_>]) {
    let mut times = vec![[Vec::new(), Vec::new()]; rows.len()];
    for _ in 0..ROUNDS {
        for ((_, operations), times) in rows.iter().zip(&mut times) {
            for (operation, times) in operations.iter().zip(times) {
                let start = Instant::now();
                (0..TIMES).for_each(|_| operation());
                times.push(start.elapsed().as_secs_f64() / f64::from(TIMES) * 1e6);
            }
        }
    }
    println!("{:<40}{:>12}{:>12}{:>12}{:>12}", "µs", "aws-lc-rs", "least", "ring", "least");
    for ((what, _), times) in rows.iter().zip(&mut times) {
        let shown = times.each_mut().map(|times| {
            times.sort_by(f64::total_cmp);
            format!("{:>12.2}{:>12.2}", times[ROUNDS / 2], times[0])
        });
        println!("{what:<40}{}", shown.concat());
    }
}
