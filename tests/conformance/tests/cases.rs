//! Every case through every implementation, in process and over sockets: what is expected comes
//! out, and it is the same bytes everywhere.

#![allow(clippy::unwrap_used)]

use conformance::runner::request;
use conformance::runner::{Kind, Runner, Server};
use conformance::{Answer, Case, Expect, Setup, cases};
use std::collections::HashSet;

#[test]
fn every_case_is_answered_as_expected_in_process() {
    let mut wrong = Vec::new();
    for setup in Setup::all() {
        let cases = cases::of(setup);
        let least = match setup {
            Setup::Events => 150,
            Setup::Signed => 120,
            Setup::Forgetful | Setup::Any => 80,
            Setup::LongKeys => 1,
            _ => 2,
        };
        assert!(cases.len() >= least, "{setup:?}: only {} cases: some have got lost", cases.len());
        let runners: Vec<_> =
            setup.kinds().iter().map(|kind| kind.in_process(setup, setup.receiver())).collect();
        wrong.extend(verify(
            &cases,
            &pairs(setup, runners.iter().map(|runner| &**runner as &dyn Runner)),
        ));
    }
    none(&wrong);
}

#[test]
fn every_case_is_answered_as_expected_over_sockets() {
    let mut wrong = Vec::new();
    for setup in Setup::all() {
        let mut cases = cases::of(setup);
        cases.retain(|case| case.on_sockets);
        let servers: Vec<_> = setup
            .kinds()
            .iter()
            .map(|kind| Server::start(*kind, setup, setup.receiver()))
            .collect();
        wrong.extend(verify(
            &cases,
            &pairs(setup, servers.iter().map(|server| server as &dyn Runner)),
        ));
    }
    none(&wrong);
}

/// No answer reveals which check failed: here the receiver itself explains.
#[test]
fn every_case_fails_the_check_that_it_names() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut wrong = Vec::new();
    for setup in Setup::all() {
        let receiver = setup.receiver();
        for case in cases::of(setup) {
            let explained = runtime.block_on(receiver.explain(&request(&case)));
            if explained.failed() != case.fails {
                wrong.push(format!("{}: {explained}", case.name));
            }
        }
    }
    none(&wrong);
}

/// Whatever check failed, the answer is the same: all headers and each byte.
#[test]
fn all_failed_proofs_have_one_answer() {
    for kind in Kind::ALL {
        let mut answers = HashSet::new();
        for setup in Setup::all().into_iter().filter(|setup| setup.kinds().contains(&kind)) {
            let runner = kind.in_process(setup, setup.receiver());
            let unproven = cases::of(setup);
            let unproven =
                unproven.iter().filter(|case| matches!(case.expect, Expect::Refused(401, ..)));
            answers.extend(unproven.map(|case| format!("{:?}", runner.call(case))));
        }
        assert_eq!(answers.len(), 1, "{}: {answers:#?}", kind.name());
    }
}

fn pairs<'a>(
    setup: Setup,
    runners: impl Iterator<Item = &'a dyn Runner>,
) -> Vec<(Kind, &'a dyn Runner)> {
    setup.kinds().iter().copied().zip(runners).collect()
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Returns everything that is wrong, not only the first.
fn verify(cases: &[Case], runners: &[(Kind, &dyn Runner)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in cases {
        let mut first: Option<(Kind, Answer)> = None;
        for (kind, runner) in runners {
            let answer = runner.call(case);
            if let Err(problem) = case.check(&answer) {
                wrong.push(format!("{}: {problem}", kind.name()));
            }
            match &first {
                Some((other, same)) if *same != answer => wrong.push(format!(
                    "{}: {} answers {same:?} and {} {answer:?}",
                    case.name,
                    other.name(),
                    kind.name()
                )),
                Some(_) => {}
                None => first = Some((*kind, answer)),
            }
        }
    }
    wrong
}
