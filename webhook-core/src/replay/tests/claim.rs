//! Claims: committed, released, expired.

use super::*;

#[test]
fn a_claim_is_committed_or_released() {
    let scene = Scene::new(Commit::Works);
    let claim = scene.claim();
    assert!(matches!(scene.begin(), Claimed::InFlight));
    drop(claim);
    let claim = scene.claim();
    block_on(claim.commit()).unwrap();
    assert!(matches!(scene.begin(), Claimed::Done));
    // The margin is on top of the signature's own time.
    let until = 60 + REPLAY_MARGIN.num_seconds();
    let begin = format!("begin {until}");
    let commit = format!("commit 0 {until}");
    let expected = [&begin, &begin, "release", &begin, &commit, &begin];
    assert_eq!(scene.asked(), expected);
}

#[test]
fn a_date_that_got_too_old_meanwhile_claims_nothing() {
    let scene = Scene::new(Commit::Works);
    scene.seconds.store(60, Ordering::Relaxed);
    drop(scene.claim());
    // The store would remember for the margin more, but a copy after that would be fresh again.
    for now in [61, 69, 71, 1000] {
        scene.seconds.store(now, Ordering::Relaxed);
        assert!(matches!(scene.begin(), Claimed::Expired), "{now}");
    }
}

#[test]
fn a_handler_may_take_longer_than_the_claim_lives() {
    let scene = Scene::new(Commit::Works);
    let (first, second) = (scene.claim(), scene.begin());
    assert!(matches!(second, Claimed::InFlight));
    scene.seconds.store(3600, Ordering::Relaxed);
    assert!(matches!(scene.begin(), Claimed::Expired));
    block_on(first.commit()).unwrap();
    assert!(matches!(scene.begin(), Claimed::Expired));
}

#[test]
fn a_commit_that_is_interrupted_releases_nothing() {
    for polled in [false, true] {
        let scene = Scene::new(Commit::Hangs);
        let settlement = Settlement::default();
        settlement.hold(scene.claim());
        let mut commit = Box::pin(settlement.commit());
        if polled {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(commit.as_mut().poll(&mut context).is_pending());
        }
        drop((commit, settlement));
        assert!(!scene.asked().contains(&"release".to_owned()), "polled: {polled}");
        assert!(matches!(scene.begin(), Claimed::InFlight));
    }
}
