//! Which body size passes.

use std::time::Duration;

use webhook_core::Limits;

use super::{
    findings::Findings,
    probe::{Prober, Sent, Shape},
};

/// How exactly the bound is found.
const PRECISION: usize = 64 * 1024;
/// Time for the bytes of the longest body.
const TIME: Duration = Duration::from_secs(90);
const SUBJECT: &str = "body size";

/// Tries what receivers take, and looks for the bound where that does not pass.
pub(super) async fn check(prober: &Prober, mail: bool, findings: &mut Findings) {
    let mut passes = 0;
    let mut wanted = vec![("Limits::default()", Limits::default().max_body())];
    if mail {
        wanted.push(("Limits::mail()", Limits::mail().max_body()));
    }
    for (limits, size) in wanted {
        let sent = send(prober, size).await;
        if sent.passed() {
            passes = size;
            continue;
        }
        let (low, high, sent) = bound(passes, size, sent, async |size| {
            let sent = send(prober, size).await;
            (sent.passed(), sent)
        })
        .await;
        let what = format!(
            "up to {} pass, {} do not ({}), and {limits} is {}",
            mebibytes(low),
            mebibytes(high),
            sent.seen(),
            mebibytes(size),
        );
        let change = if mail {
            "raise the proxy's limit (in nginx: client_max_body_size 32m;), or check with --no-mail: \
             where no bounces and abuses are called, 2 MiB are enough"
        } else {
            "raise the proxy's limit (in nginx: client_max_body_size 2m;)"
        };
        return findings.wrong(SUBJECT, what, change);
    }
    findings.ok(SUBJECT, format!("up to {} pass", mebibytes(passes)));
}

async fn send(prober: &Prober, size: usize) -> Sent {
    prober.call(Shape { size: Some(size), extra: TIME, ..Shape::default() }).await
}

/// Bisects between a size that passes and one that does not, and returns the closest pair and what came of
/// the higher.
async fn bound<T>(
    mut low: usize,
    mut high: usize,
    mut seen: T,
    send: impl AsyncFn(usize) -> (bool, T),
) -> (usize, usize, T) {
    while high - low > PRECISION {
        let middle = low.midpoint(high);
        match send(middle).await {
            (true, _) => low = middle,
            (false, other) => (high, seen) = (middle, other),
        }
    }
    (low, high, seen)
}

fn mebibytes(bytes: usize) -> String {
    let hundredths = bytes * 100 / (1 << 20);
    format!("{}.{:02} MiB", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_found_to_64_kib() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for limit in [1, 1 << 20, 5_000_000, (32 << 20) - 1] {
            let passes = async |size| (size <= limit, size);
            let (low, high, seen) = runtime.block_on(bound(0, 32 << 20, 32 << 20, passes));
            assert!(
                low <= limit && limit < high && high - low <= PRECISION,
                "{low} {limit} {high}"
            );
            assert_eq!(seen, high);
        }
    }
}
