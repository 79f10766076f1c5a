//! Every case through every implementation, in process and over sockets: what is expected comes
//! out, and it is the same bytes everywhere.

use conformance::runner::{Kind, Runner, Server};
use conformance::{Answer, Case, Setup, cases};

#[test]
fn in_process() {
    for setup in Setup::ALL {
        let cases = cases::of(setup);
        let least = if setup == Setup::Events { 150 } else { 2 };
        assert!(cases.len() >= least, "{setup:?}: only {} cases: some have got lost", cases.len());
        let runners: Vec<_> =
            setup.kinds().iter().map(|kind| kind.in_process(setup, setup.receiver())).collect();
        verify(&cases, &pairs(setup, runners.iter().map(|runner| &**runner)));
    }
}

#[test]
fn over_sockets() {
    for setup in Setup::ALL {
        let mut cases = cases::of(setup);
        cases.retain(|case| case.on_sockets);
        let servers: Vec<_> = setup
            .kinds()
            .iter()
            .map(|kind| Server::start(*kind, setup, setup.receiver()))
            .collect();
        verify(&cases, &pairs(setup, servers.iter().map(|server| server as &dyn Runner)));
    }
}

fn pairs<'a>(
    setup: Setup,
    runners: impl Iterator<Item = &'a dyn Runner>,
) -> Vec<(Kind, &'a dyn Runner)> {
    setup.kinds().iter().copied().zip(runners).collect()
}

/// Tells of everything that is wrong, not only of the first.
fn verify(cases: &[Case], runners: &[(Kind, &dyn Runner)]) {
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
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
