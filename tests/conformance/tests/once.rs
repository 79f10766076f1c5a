//! A delivery is handled once, and what counts as handled is the handler's answer: by all four in
//! process, where a handler may panic and a call be cancelled; and over sockets, where senders close
//! before they are answered.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use chrono::{DateTime, Utc};
use conformance::runner::{Answering, Kind, Runner, Server};
use conformance::wire::{self, Connection};
use conformance::{Case, Setup, counted, sign};
use futures_util::future::FutureExt;
use std::cell::Cell;
use std::future::pending;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, Once};
use std::thread;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::task::LocalSet;
use webhook_core::Receiver;
use webhook_core::future::BoxFuture;
use webhook_core::key::{KeyName, KeySource, Keys, LookupError};

/// What one implementation answered, call by call, and how often its handler ran.
type Answers<const N: usize> = (&'static str, [String; N], u32);

/// Returns what all of them must have answered: whatever is no copy and no refusal ran the handler.
fn all<const N: usize>(expected: [&str; N]) -> [Answers<N>; 4] {
    let ran = expected.iter().filter(|answer| !["a copy", "in_flight"].contains(answer)).count();
    let answers = expected.map(str::to_owned);
    Kind::ALL.map(|kind| (kind.name(), answers.clone(), u32::try_from(ran).unwrap()))
}

/// Sends the same call again and again, to a handler that does what `fields` say.
#[track_caller]
fn check<const N: usize>(setup: Setup, about: &str, fields: &str, expected: [&str; N]) {
    let answers = Kind::ALL.map(|kind| {
        let run = format!("{about}-{}", kind.name());
        let runner = kind.in_process(setup, setup.receiver());
        let case = counted::call(&run, fields);
        let answers = expected.map(|_| {
            let answer = catch_unwind(AssertUnwindSafe(|| runner.call(&case)));
            answer.map_or_else(|_| "a panic".to_owned(), |answer| answer.name())
        });
        (kind.name(), answers, counted::calls(&run))
    });
    assert_eq!(answers, all(expected), "{about}");
}

#[test]
fn a_status_of_2xx_counts_as_handled() {
    for status in ["200", "201", "204", "299"] {
        let fields = format!("&fields[first]={status}");
        check(Setup::Counted, &format!("handled-{status}"), &fields, [status, "a copy", "a copy"]);
    }
}

#[test]
fn after_another_status_a_copy_is_handled() {
    for status in ["199", "300", "304", "400", "404", "410", "422", "500", "503"] {
        let fields = format!("&fields[first]={status}");
        check(Setup::Counted, &format!("failed-{status}"), &fields, [status, "200", "a copy"]);
    }
}

#[test]
fn after_a_panic_a_copy_is_handled() {
    let fields = "&fields[first]=panic";
    check(Setup::Counted, "panicked", fields, ["a panic", "200", "a copy"]);
}

/// Nothing waits for an answer: the claim ends with the delivery.
#[test]
fn without_once_a_copy_is_handled() {
    check(Setup::Bare, "bare", "", ["200", "200", "200"]);
}

/// Whatever becomes of the call after that.
#[test]
fn a_delivery_can_be_committed_by_its_handler() {
    for (setup, name) in [(Setup::Counted, "once"), (Setup::Bare, "bare")] {
        for (first, answer) in [("204", "204"), ("500", "500"), ("panic", "a panic")] {
            let fields = format!("&fields[commits]=1&fields[first]={first}");
            check(setup, &format!("committed-{name}-{first}"), &fields, [answer, "a copy"]);
        }
    }
}

/// Its future is dropped, as servers do when the client goes away.
#[test]
fn after_a_cancelled_request_a_copy_is_handled() {
    // A copy that reaches the handler too early must not wait for ever.
    let polled = |answer: &mut Answering| match answer.now_or_never() {
        Some(answer) => answer.name(),
        None => "it waits".to_owned(),
    };
    let answers = Kind::ALL.map(|kind| {
        let run = format!("cancelled-{}", kind.name());
        let runner = kind.in_process(Setup::Counted, Setup::Counted.receiver());
        let case = counted::call(&run, "&fields[waits]=1");
        let mut first = runner.answering(&case);
        let before = [polled(&mut first), polled(&mut runner.answering(&case))];
        drop(first);
        counted::open(&run);
        let after = [(); 2].map(|()| polled(&mut runner.answering(&case)));
        let [[first, copy], [again, last]] = [before, after];
        (kind.name(), [first, copy, again, last], counted::calls(&run))
    });
    assert_eq!(answers, all(["it waits", "in_flight", "200", "a copy"]));
}

/// What was logged, by all tests of this file.
static LOG: Log = Log(Mutex::new(Vec::new()));

struct Log(Mutex<Vec<u8>>);

impl Log {
    fn start() {
        static STARTED: Once = Once::new();
        STARTED.call_once(|| {
            let log = tracing_subscriber::fmt().with_ansi(false).without_time();
            log.with_writer(|| &LOG).init();
        });
    }

    /// Returns the lines that have this in them.
    fn lines(&self, text: &str) -> Vec<String> {
        let log = self.0.lock().unwrap();
        let lines = str::from_utf8(&log).unwrap().lines();
        lines.filter(|line| line.contains(text)).map(str::to_owned).collect()
    }

    /// Returns the one warning that names a delivery.
    #[track_caller]
    fn warning(&self, delivery: &str) -> String {
        assert_eq!(delivery.len(), 64, "it was proven");
        assert!(counted::eventually(|| !self.lines(delivery).is_empty()));
        let [line] = <[String; 1]>::try_from(self.lines(delivery)).unwrap();
        assert!(line.trim_start().starts_with("WARN"), "{line}");
        line
    }
}

impl io::Write for &Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sends a case and does not wait for its answer, which is what the senders of these tests do wrong.
fn sent(server: &Server, case: &Case) -> Connection {
    let mut connection = Connection::open(server.address()).unwrap();
    connection.send(&wire::request(case)).unwrap();
    connection
}

fn counting(kind: Kind) -> Server {
    Server::start(kind, Setup::Counted, Setup::Counted.receiver())
}

/// Returns what became of the calls of one run: how many began, how many ended, how many were cut off.
fn counts(run: &str) -> [u32; 3] {
    [counted::calls(run), counted::ended(run), counted::cut_off(run)]
}

/// Returns the answer to a copy once the first call is settled.
fn copy(server: &Server, case: &Case) -> String {
    let name = Cell::new(String::new());
    counted::eventually(|| {
        name.set(server.call(case).name());
        let answered = name.take();
        let is_settled = answered != "in_flight";
        name.set(answered);
        is_settled
    });
    name.take()
}

#[test]
fn a_handler_outlives_a_sender_that_closes_while_it_runs() {
    for kind in Kind::ALL {
        let server = counting(kind);
        let run = format!("closed-{}", kind.name());
        let case = counted::call(&run, "&fields[waits]=1");
        let mut connection = sent(&server, &case);
        assert!(counted::eventually(|| counted::calls(&run) == 1), "{run}");
        connection.close();
        drop(connection);
        // Time for the server to notice; a server that is slower than this hides a fault, and
        // makes none.
        thread::sleep(Duration::from_millis(200));
        assert_eq!(server.call(&case).name(), "in_flight", "{run}");
        counted::open(&run);
        assert!(counted::eventually(|| counted::ended(&run) > 0), "{run}: {:?}", counts(&run));
        assert_eq!(copy(&server, &case), "a copy", "{run}");
        assert_eq!(counts(&run), [1, 1, 0], "{run}");
    }
}

#[test]
fn a_handler_of_100_ms_outlives_a_sender_that_waits_for_20() {
    for kind in Kind::ALL {
        let server = counting(kind);
        for at in 0..20 {
            let run = format!("short-{}-{at}", kind.name());
            let case = counted::call(&run, "&fields[sleeps]=100");
            let connection = sent(&server, &case);
            // On a machine that is busy, 20 ms may pass before the call is read: that is another test.
            assert!(counted::eventually(|| counted::calls(&run) == 1), "{run}: {:?}", counts(&run));
            thread::sleep(Duration::from_millis(20));
            drop(connection);
            assert!(counted::eventually(|| counted::ended(&run) > 0), "{run}: {:?}", counts(&run));
            assert_eq!(copy(&server, &case), "a copy", "{run}");
            assert_eq!(counts(&run), [1, 1, 0], "{run}");
        }
    }
}

/// A complete call, then `shutdown(SHUT_WR)` or `close` at once. With half-closing servers: hyper
/// looks for the end of a connection before it lets a handler run, and then drops the call.
#[test]
fn a_sender_that_closes_at_once_is_handled_exactly_once() {
    for kind in Kind::ALL {
        let server = Server::half_closing(kind, Setup::Counted, Setup::Counted.receiver());
        for (at, sleeps) in [("quick", ""), ("slow", "&fields[sleeps]=50")] {
            for number in 0..10 {
                let run = format!("at-once-{}-{at}-{number}", kind.name());
                let case = counted::call(&run, sleeps);
                drop(sent(&server, &case));
                assert!(counted::eventually(|| counted::ended(&run) > 0), "{run}");
                assert_eq!(copy(&server, &case), "a copy", "{run}");
                assert_eq!(counts(&run), [1, 1, 0], "{run}");
            }
        }
    }
}

/// Sends `case` after a request whose answer is left unread, so that its connection is reset when it
/// is closed: actix-web goes on for who merely closes, and might be answered.
fn sent_to_reset(server: &Server, case: &Case) -> Connection {
    let mut connection = Connection::open(server.address()).unwrap();
    connection.send(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n").unwrap();
    connection.send(&wire::request(case)).unwrap();
    connection
}

/// Sends a call whose handler waits, and resets the connection when it is there.
fn reset(server: &Server, run: &str) -> Case {
    let case = counted::call(run, "&fields[waits]=1&fields[holds]=1");
    let connection = sent_to_reset(server, &case);
    assert!(counted::eventually(|| counted::calls(run) == 1), "{run}");
    drop(connection);
    case
}

fn bounded(max: usize) -> Receiver {
    Setup::Counted.verifying().max_detached(max).build().unwrap()
}

#[test]
fn past_the_limit_a_handler_is_dropped_with_a_warning_that_names_the_delivery() {
    Log::start();
    for kind in Kind::ALL {
        for max in [0, 1] {
            let (name, receiver) = (kind.name(), bounded(max));
            let server = Server::start(kind, Setup::Counted, receiver.clone());
            let runs: Vec<_> = (0..=max).map(|at| format!("limit-{name}-{max}-{at}")).collect();
            let cases: Vec<_> = runs
                .iter()
                .map(|run| {
                    let case = reset(&server, run);
                    // One after the other, so that it is the last one that has no place.
                    let is_last = *run == runs[max];
                    let cut_off = || counted::cut_off(run) == 1;
                    assert!(if is_last { counted::eventually(cut_off) } else { settle(&receiver) });
                    case
                })
                .collect();
            let (last, case) = (&runs[max], &cases[max]);
            let line = LOG.warning(&counted::delivery(last));
            assert!(line.contains("max_detached"), "{line}");
            // It was released.
            counted::open(last);
            assert_eq!(copy(&server, case), "200", "{last}");
            assert_eq!(copy(&server, case), "a copy", "{last}");
            assert_eq!(counts(last), [2, 1, 1], "{last}");
            if max == 1 {
                counted::open(&runs[0]);
                assert_eq!(copy(&server, &cases[0]), "a copy", "{name}");
                assert_eq!(counts(&runs[0]), [1, 1, 0], "{name}");
            }
        }
    }
}

/// Waits until a handler of this receiver goes on without its connection.
fn settle(receiver: &Receiver) -> bool {
    counted::eventually(|| receiver.idle().now_or_never().is_none())
}

#[test]
fn without_once_a_handler_is_dropped_with_a_warning_that_names_the_delivery() {
    Log::start();
    for kind in Kind::ALL {
        let server = Server::start(kind, Setup::Bare, Setup::Bare.receiver());
        let run = format!("bare-closed-{}", kind.name());
        drop(reset(&server, &run));
        let line = LOG.warning(&counted::delivery(&run));
        assert!(line.contains("Wrap the handler in `once`"), "{line}");
        assert!(counted::eventually(|| counted::cut_off(&run) == 1), "{run}");
    }
}

#[test]
fn a_receiver_is_idle_when_the_last_handler_without_a_connection_has_settled() {
    for kind in Kind::ALL {
        let receiver = Setup::Counted.receiver();
        let server = Server::start(kind, Setup::Counted, receiver.clone());
        assert!(receiver.idle().now_or_never().is_some());
        let run = format!("idle-{}", kind.name());
        let case = reset(&server, &run);
        assert!(settle(&receiver), "{run}");
        let waiting = receiver.clone();
        let waiting = thread::spawn(move || {
            Builder::new_current_thread().build().unwrap().block_on(waiting.idle());
        });
        thread::sleep(Duration::from_millis(20));
        assert!(!waiting.is_finished(), "{run}");
        counted::open(&run);
        waiting.join().unwrap();
        assert_eq!(counts(&run), [1, 1, 0], "{run}");
        // Settled by then: it need not be called twice.
        assert_eq!(server.call(&case).name(), "a copy", "{run}");
    }
}

/// In process, where the future can be dropped outside of the span that it is polled in, as a server
/// does with its own futures.
#[test]
fn a_handler_without_its_connection_stays_in_its_span() {
    Log::start();
    for kind in [Kind::Axum, Kind::Actix, Kind::Warp] {
        let receiver = Setup::Counted.receiver();
        let runner = kind.in_process(Setup::Counted, receiver.clone());
        let run = format!("span-{}", kind.name());
        let case = counted::call(&run, "&fields[waits]=1");
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        LocalSet::new().block_on(&runtime, async {
            let mut answering = runner.answering(&case);
            let span = tracing::info_span!("request", number = 42);
            assert!(span.in_scope(|| (&mut answering).now_or_never()).is_none());
            drop((answering, span));
            assert!(receiver.idle().now_or_never().is_none(), "{run}");
            counted::open(&run);
            receiver.idle().await;
        });
        let lines = LOG.lines(&run);
        assert!(lines.len() == 1 && lines[0].contains("request{number=42}"), "{lines:?}");
    }
}

/// A source that does not answer for now.
#[derive(Debug)]
struct Silent;

impl KeySource for Silent {
    fn find<'a>(
        &'a self,
        _name: &'a KeyName,
        _now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        Box::pin(pending())
    }
}

/// They wait for their key, unproven, when their senders close; warp's handler is not reached.
#[test]
fn forged_calls_that_are_dropped_early_take_no_place() {
    for kind in [Kind::Core, Kind::Axum, Kind::Actix] {
        let keys = sign::keys().or(Silent);
        let receiver = Setup::Counted.verifying().keys(keys).max_detached(1).build().unwrap();
        let server = Server::start(kind, Setup::Counted, receiver.clone());
        let run = format!("forged-{}", kind.name());
        let template = sign::PLAIN.replace("one.", "made-up.");
        let covered = format!("{} x-nonce", sign::REQUIRED);
        let forged = counted::call(&run, "").signed_as(&covered, &template);
        for _ in 0..5 {
            let connection = sent_to_reset(&server, &forged);
            thread::sleep(Duration::from_millis(20));
            drop(connection);
        }
        thread::sleep(Duration::from_millis(50));
        assert!(receiver.idle().now_or_never().is_some(), "{run}");
        let run = format!("genuine-{}", kind.name());
        let case = reset(&server, &run);
        assert!(settle(&receiver), "{run}");
        counted::open(&run);
        assert_eq!(copy(&server, &case), "a copy", "{run}");
    }
}
