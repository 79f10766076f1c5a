use super::*;
use crate::key::dns::known_names::KnownNames;
use std::time::Duration;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn name() -> KeyName {
    KeyName::under(&["copernica.com"], "one._domainkey.copernica.com").unwrap()
}

fn lookups() -> Lookups {
    Lookups::new(Cache::new(Duration::ZERO, KnownNames::default()))
}

fn start(lookups: &Lookups) -> Started {
    match lookups.find(&name(), NOW) {
        Step::Start(started) => started,
        step => panic!("not started: {step:?}"),
    }
}

#[tokio::test]
async fn calls_join_the_look_up_in_flight() {
    let lookups = lookups();
    let started = start(&lookups);
    let Step::Join(mut outcome) = lookups.find(&name(), NOW) else { panic!("not joined") };
    let completed = lookups.complete(&name(), Answer::Negative(None), NOW);
    started.outcome.send_replace(Some(completed));
    let joined = outcome.wait_for(Option::is_some).await.unwrap().clone();
    assert_eq!(joined, Some(Err(LookupError::NotFound)));
    let Step::Return(cached) = lookups.find(&name(), NOW) else { panic!("not cached") };
    assert_eq!(cached, Err(LookupError::NotFound));
}

#[tokio::test]
async fn an_abandoned_look_up_makes_way_for_another() {
    let lookups = lookups();
    let first = start(&lookups);
    lookups.abandon(&first.name, first.id);
    let second = start(&lookups);
    // Too late: it is another's place by now.
    lookups.abandon(&first.name, first.id);
    assert!(matches!(lookups.find(&name(), NOW), Step::Join(_)));
    lookups.abandon(&second.name, second.id);
    start(&lookups);
}

#[test]
fn without_a_runtime_a_look_up_is_unavailable() {
    let Step::Return(result) = lookups().find(&name(), NOW) else { panic!("not returned") };
    assert_eq!(result, Err(UNAVAILABLE));
}
