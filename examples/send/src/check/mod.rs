//! `check`: what the way from Copernica to the service changes.

mod bound;
mod compare;
mod dns;
mod listener;

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    io::Write as _,
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Uri;
use rustls::ClientConfig;
use tokio::net::TcpListener;
use webhook_core::{
    Account, Receiver,
    testing::{Signer, fixtures},
};

use self::compare::Line;
use self::listener::Arrivals;
use crate::args::{account, endpoint, seconds};
use crate::connect::{self, Failure};
use crate::wire::{Head, Whole};

const MIB: usize = 1024 * 1024;
const STEP: usize = 64 * 1024;
/// How long an answer may take that is not delayed on purpose.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Of a clock, more than the second that HTTP's dates are cut to, and less than what calls are refused for.
const CLOCK: i64 = 30;

/// What to check.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(long, value_parser = endpoint)]
    url: Uri,
    #[arg(long, value_parser = account)]
    account: Account,
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[arg(long, value_name = "NAME")]
    selector: Option<String>,
    #[arg(long, value_name = "ADDR")]
    resolver: Option<SocketAddr>,
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    patience: Duration,
    #[arg(long)]
    mail: bool,
    #[arg(long, value_name = "URL", value_parser = endpoint)]
    clock_url: Option<Uri>,
}

struct Check {
    url: Uri,
    tls: ClientConfig,
    signer: Signer,
    arrivals: Arc<Arrivals>,
    run: String,
    next: AtomicU64,
}

/// A call to send, different from the plain one in one thing.
#[derive(Debug, Default, Clone)]
struct Probe {
    /// What comes after the URL's path, or its query.
    suffix: &'static str,
    size: usize,
    fold: bool,
    twice: bool,
    delay: Duration,
    pause: Duration,
}

struct Seen {
    sent: Whole,
    arrived: Option<Whole>,
    answer: Result<Whole, Failure>,
    /// Whether the answer is that of this process.
    ours: bool,
}

/// Checks, and prints a line for each thing.
///
/// # Errors
/// The address is taken, or the key or the certificate can't be used.
pub(crate) async fn run(args: Args) -> Result<ExitCode, String> {
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        format!("cannot listen on {}: {error}: stop the service first", args.listen)
    })?;
    let signer = match &args.key {
        Some(path) => crate::explain::key(path)?,
        None => Signer::ephemeral().map_err(|error| error.to_string())?,
    };
    let keys = dns::keys(args.resolver)?;
    let check = Arc::new(Check {
        url: args.url.clone(),
        tls: connect::tls(args.ca.as_deref())?,
        signer: signer.account(args.account).key_name("check._domainkey.copernica.com"),
        arrivals: Arc::default(),
        run: format!("{:016x}{:016x}", random(), random()),
        next: AtomicU64::new(0),
    });
    let serving = tokio::spawn(listener::serve(listener, Arc::clone(&check.arrivals)));
    let mut good = true;
    // After the pipe was closed, lines have no reader; the exit code still counts.
    let mut say = |(ok, text): Line| {
        good &= ok;
        let text: String =
            text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        let _ = writeln!(std::io::stdout(), "{} {text}", if ok { "ok  " } else { "!!  " });
    };
    let first = check.send(Probe::default()).await?;
    // Now, not where it is shown: what comes between takes half a minute.
    let proxy_clock = clock(&first.answer, Utc::now(), "the proxy");
    if let Some(arrived) = &first.arrived {
        say((true, format!("calls to {} arrive", args.url)));
        compare::target(&first.sent, arrived).into_iter().for_each(&mut say);
        compare::headers(&first.sent, arrived).into_iter().for_each(&mut say);
        say(compare::body(&first.sent, arrived));
        say(check.proof(args.account, arrived).await);
        say(if first.ours {
            (true, "answers come back unchanged".into())
        } else {
            (false, format!("the answer is not the service's: {}", why(&first.answer)))
        });
        check.targets().await?.into_iter().for_each(&mut say);
        say(check.folded().await?);
        say(check.size(args.mail).await?);
        Arc::clone(&check).patience(args.patience).await?.into_iter().for_each(&mut say);
    } else {
        say((false, nothing(&first.answer)));
    }
    dns::lines(&keys, args.selector.as_deref()).await.into_iter().for_each(&mut say);
    say(proxy_clock);
    if let Some(url) = &args.clock_url {
        let host = url.authority().map_or("", |host| host.as_str());
        let target = url.path_and_query().map_or("/", |target| target.as_str());
        let text = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let (bytes, zero) = (text.as_bytes(), Duration::ZERO);
        let answer = connect::exchange(url, &check.tls, bytes, zero, TIMEOUT).await;
        say(clock(&answer, Utc::now(), host));
    }
    let others = check.arrivals.others.load(Ordering::Relaxed);
    if others > 0 {
        say((true, format!("{others} other calls arrived meanwhile and were answered 503")));
    }
    serving.abort();
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Says what an answer was, or why there is no answer.
fn why(answer: &Result<Whole, Failure>) -> String {
    match answer {
        Ok(answer) => answer.head.start.clone(),
        Err(failure) => failure.to_string(),
    }
}

/// Says why nothing arrived, and what to change.
fn nothing(answer: &Result<Whole, Failure>) -> String {
    let advice = match answer {
        Err(Failure::Dns(_)) => "the URL's host has no address: publish one",
        Err(Failure::Tcp(_)) => "nothing accepts connections there: start the proxy, open its port",
        Err(Failure::Tls(_)) => "install a certificate for this host with its chain, or pass --ca",
        Err(Failure::Closed(_)) => "the proxy closes without an answer: see its log",
        Err(Failure::TimedOut) => "no answer: see where the proxy sends calls",
        Ok(answer) => match answer.status().map_or(0, |status| status.as_u16()) {
            300..=399 => "the proxy redirects: give Copernica the URL that it redirects to",
            404 => "the proxy does not know the path: add it",
            502..=504 => "the proxy does not reach --listen: make it send calls there",
            200..=299 => "something else answers: stop the service, or correct --listen",
            _ => "the proxy refuses calls: see its log",
        },
    };
    format!("nothing arrived: {}: {advice}", why(answer))
}

/// Compares the `Date` of an answer with when it came.
fn clock(answer: &Result<Whole, Failure>, came: DateTime<Utc>, whose: &str) -> Line {
    let date = answer.as_ref().ok().and_then(|answer| answer.head.value("date"));
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let Some(date) = date else {
        return (true, format!("clock not compared: no Date of {whose}: try --clock-url"));
    };
    let off = (came - date.to_utc()).num_seconds();
    if off.abs() > CLOCK {
        return (false, format!("clock differs from {whose}'s by {off} s: run NTP on both"));
    }
    (true, format!("clock agrees with {whose}'s Date (to {CLOCK} s)"))
}

impl Check {
    async fn send(&self, probe: Probe) -> Result<Seen, String> {
        let mark = format!("{}-{}.", self.run, self.next.fetch_add(1, Ordering::Relaxed));
        let mut body = format!("{}&check={mark}", fixtures::CREATE_PROFILE.form.trim_end());
        body.extend(std::iter::repeat_n('x', probe.size.saturating_sub(body.len())));
        // At the front, where it is looked for.
        let body = format!("check={mark}&{body}");
        let body = body.get(..probe.size.max(1024).min(body.len())).unwrap_or(&body).to_owned();
        let path = self.url.path_and_query().map_or("/", |target| target.as_str());
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let target = match (probe.suffix.strip_prefix('?'), query) {
            (None, "") => format!("{path}{}", probe.suffix),
            (None, query) => format!("{path}{}?{query}", probe.suffix),
            (Some(more), "") => format!("{path}?{more}"),
            (Some(more), query) => format!("{path}?{query}&{more}"),
        };
        let scheme = self.url.scheme_str().unwrap_or("http");
        let host = self.url.authority().map_or("", |host| host.as_str());
        let call =
            self.signer.clone().nonce(&mark).sign(&format!("{scheme}://{host}{target}"), body);
        let call = call.map_err(|error| error.to_string())?;
        let mut head = format!("POST {target} HTTP/1.1\r\n");
        for (name, value) in call.headers() {
            let mut value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if probe.fold && name == "signature" {
                value = value.replace(",headers=", ",\r\n    headers=");
            }
            head.extend([name.as_str(), ": ", &value, "\r\n"]);
        }
        head.extend(["x-check: ", &mark, "\r\n"]);
        if probe.twice {
            head.push_str("x-check-twice: a\r\nx-check-twice: b\r\n");
        }
        head.push_str("connection: close\r\n\r\n");
        let body: Bytes = call.into_body();
        let sent = Whole { head: Head::parse(head.as_bytes())?.0, body: body.clone() };
        let bytes = [head.as_bytes(), &body].concat();
        self.arrivals.expect(&mark, probe.delay);
        let timeout = TIMEOUT + probe.delay + probe.pause;
        let answer = connect::exchange(&self.url, &self.tls, &bytes, probe.pause, timeout).await;
        let ours = answer.as_ref().is_ok_and(|answer| *answer.body == *mark.as_bytes());
        Ok(Seen { sent, arrived: self.arrivals.take(&mark), answer, ours })
    }

    /// Verifies what arrived, as a receiver without settings for a proxy would.
    async fn proof(&self, account: Account, arrived: &Whole) -> Line {
        let mut call = http::Request::new(arrived.body.clone());
        *call.method_mut() = http::Method::POST;
        *call.uri_mut() = compare::parts(&arrived.head).1.parse().unwrap_or_default();
        for line in &arrived.head.lines {
            let name = line.name.parse::<http::HeaderName>();
            if let (Ok(name), Ok(value)) = (name, line.value.parse()) {
                call.headers_mut().append(name, value);
            }
        }
        match Receiver::builder().account(account).keys(self.signer.keys()).build() {
            Ok(receiver) => {
                let explanation = receiver.explain(&call).await;
                if explanation.is_proven() {
                    return (true, "the proof verifies where it arrives".to_owned());
                }
                (false, format!("the proof does not verify where it arrives: {explanation}"))
            }
            Err(error) => (false, error.to_string()),
        }
    }

    /// Compares other targets; a proxy that does not route them here changes nothing.
    async fn targets(&self) -> Result<Vec<Line>, String> {
        let mut lines = Vec::new();
        for (what, suffix) in [
            ("query", "?check=%2F%2f+d&e="),
            ("trailing slash", "/"),
            ("double slash", "//a"),
            ("percent-encoding", "/%7Ea%2Fb"),
        ] {
            let seen = self.send(Probe { suffix, twice: true, ..Probe::default() }).await?;
            let sent = compare::parts(&seen.sent.head).1.to_owned();
            lines.push(match &seen.arrived {
                None => {
                    (true, format!("{what}: {sent} is not routed here ({})", why(&seen.answer)))
                }
                Some(arrived) if compare::parts(&arrived.head).1 == sent => {
                    (true, format!("{what}: {sent} unchanged"))
                }
                Some(arrived) => {
                    let is = compare::parts(&arrived.head).1;
                    (false, format!("{what}: {sent} arrives as {is}: pass it on unchanged"))
                }
            });
            if let (Some(arrived), true) = (&seen.arrived, suffix.starts_with('?')) {
                let values = arrived.head.all("x-check-twice").map(|line| &*line.value);
                let values: Vec<_> = values.collect();
                lines.push(match &values[..] {
                    ["a", "b"] => (true, "duplicate header lines unchanged".to_owned()),
                    [] => (false, "duplicate header lines are dropped: pass them on".to_owned()),
                    _ => (true, format!("duplicate header lines arrive as {}", values.join(" | "))),
                });
            }
        }
        Ok(lines)
    }

    async fn folded(&self) -> Result<Line, String> {
        let seen = self.send(Probe { fold: true, ..Probe::default() }).await?;
        let text = match &seen.arrived {
            None => format!("refused before it arrives: {}", why(&seen.answer)),
            Some(call) if call.head.all("signature").any(|line| line.folded) => {
                "arrives folded: servers on hyper and actix answer 400 to it".to_owned()
            }
            Some(_) => "arrives unfolded".to_owned(),
        };
        Ok((true, format!("folded Signature, as the vendor prints it: {text}")))
    }

    async fn passes(&self, size: usize) -> bool {
        let seen = self.send(Probe { size, ..Probe::default() }).await;
        seen.is_ok_and(|seen| {
            seen.ours && seen.arrived.is_some_and(|arrived| arrived.body == seen.sent.body)
        })
    }

    async fn size(&self, mail: bool) -> Result<Line, String> {
        let need = if mail { 32 * MIB } else { 2 * MIB };
        if self.passes(32 * MIB).await {
            return Ok((true, "bodies of 32 MiB pass".to_owned()));
        }
        if self.passes(need).await {
            let bound = bound::bisect(need, 32 * MIB, STEP, |size| self.passes(size)).await;
            let kib = bound / 1024;
            let text = format!("bodies of {kib} KiB pass (2048 by default; --mail needs 32768)");
            return Ok((true, text));
        }
        let bound = bound::bisect(0, need, STEP, |size| self.passes(size)).await;
        let seen = self.send(Probe { size: need, ..Probe::default() }).await?;
        let (bound, need) = (bound / 1024, need / 1024);
        Ok((
            false,
            format!(
                "bodies over some {bound} KiB do not pass ({}): let {need} KiB through (nginx: \
                 client_max_body_size {}m)",
                why(&seen.answer),
                need / 1024
            ),
        ))
    }

    /// Tries late answers and a slow body, all at once.
    async fn patience(self: Arc<Self>, patience: Duration) -> Result<Vec<Line>, String> {
        let mut delays: Vec<_> = [5, 15, 30].map(Duration::from_secs).into();
        delays.retain(|delay| *delay < patience);
        delays.push(patience);
        let slow = patience.min(Duration::from_secs(5));
        let mut probes = Vec::new();
        for delay in delays {
            let check = Arc::clone(&self);
            let probe = Probe { delay, ..Probe::default() };
            probes.push((delay, "an answer", tokio::spawn(async move { check.send(probe).await })));
        }
        let probe = Probe { pause: slow, ..Probe::default() };
        probes.push((
            slow,
            "the rest of a body",
            tokio::spawn(async move { self.send(probe).await }),
        ));
        let mut lines = Vec::new();
        for (time, what, probe) in probes {
            let seen = probe.await.map_err(|error| error.to_string())??;
            lines.push(if seen.ours {
                (true, format!("the proxy waits {time:?} for {what}"))
            } else {
                let why = why(&seen.answer);
                (
                    false,
                    format!(
                        "the proxy does not wait {time:?} for {what} ({why}): raise its time-out"
                    ),
                )
            });
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_half_a_minute_off_is_said() {
        let head = "HTTP/1.1 204 No Content\r\nDate: Fri, 27 Nov 2026 01:00:00 GMT\r\n\r\n";
        let (head, _) = Head::parse(head.as_bytes()).unwrap();
        let answer = Ok(Whole { head, body: Bytes::new() });
        let sent = DateTime::parse_from_rfc3339("2026-11-27T01:00:00Z").unwrap().to_utc();
        for (seconds, agrees) in [(0, true), (30, true), (31, false), (-31, false)] {
            let came = sent + chrono::TimeDelta::seconds(seconds);
            assert_eq!(clock(&answer, came, "the proxy").0, agrees, "{seconds}");
        }
    }
}
