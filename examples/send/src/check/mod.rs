//! Stands in the service's place, calls it through the URL as Copernica would, and compares.
//!
//! By the sender of our own also where the URL is https: an HTTP client cleans paths up, has an order and a
//! form of its own for header lines, and can't fold one, so it could not show what the proxy did.

mod clock;
mod dns;
mod findings;
mod headers;
mod listener;
mod path;
mod probe;
mod proof;
mod reach;
mod sizes;
mod waits;

use std::sync::Arc;

use crate::args::{CheckPlan, wrong};

use findings::Findings;
use listener::Listener;
use probe::{Prober, Shape};

/// Checks all, prints a line for each, and returns whether all is ok.
///
/// # Errors
/// It can't listen.
pub(crate) async fn run(plan: CheckPlan) -> Result<bool, clap::Error> {
    let failed = |text| wrong(clap::error::ErrorKind::Io, text);
    let marker = probe::marker().map_err(failed)?;
    let listener = Listener::start(plan.listen, marker).await.map_err(|error| {
        failed(format!("cannot listen on {}: {error}: stop the service first", plan.listen))
    })?;
    let mut findings = Findings::new();
    let prober = Arc::new(Prober::new(&plan, listener).map_err(failed)?);

    let first = prober.call(Shape::default()).await;
    if reach::check(&first, &plan, &mut findings) {
        path::check_host(&first, &mut findings);
        path::check(&first, &prober, &mut findings).await;
        headers::check(&first, &mut findings);
        headers::check_folded(&prober, &mut findings).await;
        proof::check_body(&first, &mut findings);
        proof::check(&first, &prober, &mut findings).await;
        sizes::check(&prober, plan.mail, &mut findings).await;
        waits::check(&prober, &plan.waits, &mut findings).await;
    }
    dns::check(plan.dns.as_ref(), &prober, &mut findings).await;
    clock::check(&first, &mut findings);
    findings.others(prober.listener.others());
    Ok(findings.all_ok())
}
