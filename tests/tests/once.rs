//! A delivery is handled once, and what counts as handled is the handler's answer: by all four in
//! process, where a handler may panic and a call be cancelled.

#![allow(clippy::unwrap_used)]

use conformance::runner::{Answering, Kind, Runner, Server};
use conformance::wire::{self, Connection};
use conformance::{Case, Setup, counted};
use futures_util::future::FutureExt;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

/// What one implementation answered, call by call, and how often its handler ran.
type Said<const N: usize> = (&'static str, [String; N], u32);

/// What all of them must have said: whatever is no copy and no refusal ran the handler.
fn all<const N: usize>(expected: [&str; N]) -> [Said<N>; 4] {
    let ran = expected.iter().filter(|said| !["a copy", "in_flight"].contains(said)).count();
    let said = expected.map(str::to_owned);
    Kind::ALL.map(|kind| (kind.name(), said.clone(), u32::try_from(ran).unwrap()))
}

/// The same call, again and again, to a handler that does what `fields` say.
#[track_caller]
fn check<const N: usize>(setup: Setup, about: &str, fields: &str, expected: [&str; N]) {
    let said = Kind::ALL.map(|kind| {
        let run = format!("{about}-{}", kind.name());
        let runner = kind.in_process(setup, setup.receiver());
        let case = counted::call(&run, fields);
        let said = expected.map(|_| {
            let answer = catch_unwind(AssertUnwindSafe(|| runner.call(&case)));
            answer.map_or_else(|_| "a panic".to_owned(), |answer| answer.name())
        });
        (kind.name(), said, counted::calls(&run))
    });
    assert_eq!(said, all(expected), "{about}");
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

/// Nobody waits for an answer: the claim ends with the delivery.
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
    let said = Kind::ALL.map(|kind| {
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
    assert_eq!(said, all(["it waits", "in_flight", "200", "a copy"]));
}

/// What the senders of these tests do wrong: they do not wait for their answer.
fn sent(server: &Server, case: &Case) -> Connection {
    let mut connection = Connection::open(server.address()).unwrap();
    connection.send(&wire::request(case)).unwrap();
    connection
}

fn counting(kind: Kind) -> Server {
    Server::start(kind, Setup::Counted, Setup::Counted.receiver())
}

/// What became of the calls of one run: how many began, how many ended, how many were cut off.
fn counts(run: &str) -> [u32; 3] {
    [counted::calls(run), counted::ended(run), counted::cut_off(run)]
}

/// The answer to a copy once the first call is settled.
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
