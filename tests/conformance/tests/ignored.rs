//! What `ignore_unexpected` leaves: nothing. The same call may be received again, by the same
//! handler or by one that takes it.

#![allow(missing_docs)]

use conformance::runner::{Kind, Runner, Server};
use conformance::{Answer, Case, Expect, Setup, cases};
use webhook_core::Receiver;

/// Returns signed calls that a handler of `CreateEvent` does not take.
fn ignored() -> Vec<Case> {
    let mut calls = cases::of(Setup::Ignoring);
    calls.retain(|case| matches!(case.expect, Expect::Ignored));
    assert!(calls.len() >= 12, "only {} are left", calls.len());
    calls
}

fn receiver() -> Receiver {
    Setup::Ignoring.receiver()
}

fn ignores_again_and_again(kind: Kind, runner: &dyn Runner) {
    for case in ignored() {
        for time in 1..=3 {
            let answer = runner.call(&case);
            // A copy of what was handled is a 200, and one of what is being handled a 503.
            assert_eq!(answer.name(), "204", "{}, {}, {time}: {answer:?}", kind.name(), case.name);
        }
    }
}

#[test]
fn the_same_call_is_ignored_again_in_process() {
    for kind in Kind::ALL {
        ignores_again_and_again(kind, &*kind.in_process(Setup::Ignoring, receiver()));
    }
}

#[test]
fn the_same_call_is_ignored_again_over_sockets() {
    for kind in Kind::ALL {
        ignores_again_and_again(kind, &Server::start(kind, Setup::Ignoring, receiver()));
    }
}

#[test]
fn what_was_ignored_is_received_once_by_a_handler_that_takes_it() {
    for kind in Kind::ALL {
        // One memory for two routes.
        let receiver = receiver();
        let ignoring = kind.in_process(Setup::Ignoring, receiver.clone());
        let taking = kind.in_process(Setup::SignedAny, receiver);
        for case in ignored() {
            let answers = [&ignoring, &taking, &taking, &ignoring].map(|route| route.call(&case));
            let names = answers.each_ref().map(Answer::name);
            assert_eq!(
                names,
                ["204", "200", "a copy", "a copy"],
                "{}, {}: {answers:?}",
                kind.name(),
                case.name
            );
        }
    }
}
