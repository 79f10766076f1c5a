//! Every case through every implementation, in process and over sockets: what is expected comes
//! out, and it is the same bytes everywhere.

use conformance::runner::{Kind, Runner, Server};
use conformance::{Answer, Case, cases};
use webhook_core::Receiver;

#[test]
fn in_process() {
    let runners = Kind::ALL.map(|kind| (kind, kind.in_process(Receiver::unverified())));
    let all = cases::all();
    assert!(all.len() > 150, "only {} cases: some have got lost", all.len());
    verify(&all, &runners.each_ref().map(|(kind, runner)| (*kind, &**runner)));
}

#[test]
fn over_sockets() {
    let servers = Kind::ALL.map(|kind| Server::start(kind, Receiver::unverified()));
    let all: Vec<_> = cases::all().into_iter().filter(|case| case.on_sockets).collect();
    verify(&all, &servers.each_ref().map(|server| (server.kind(), server as &dyn Runner)));
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
