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
    assert_eq!(scene.calls(), expected);
}

#[test]
fn a_claim_that_comes_late_is_remembered_all_the_same() {
    let scene = Scene::new(Commit::Works);
    for now in [60, 61, 1000] {
        scene.seconds.store(now, Ordering::Relaxed);
        drop(scene.claim());
        let until = now + REPLAY_MARGIN.num_seconds();
        assert!(scene.calls().contains(&format!("begin {until}")), "{now}: {:?}", scene.calls());
    }
}

#[test]
fn a_handler_may_take_longer_than_the_claim_lives() {
    let scene = Scene::new(Commit::Works);
    let (first, second) = (scene.claim(), scene.begin());
    assert!(matches!(second, Claimed::InFlight));
    scene.seconds.store(3600, Ordering::Relaxed);
    block_on(first.commit()).unwrap();
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
        assert!(!scene.calls().contains(&"release".to_owned()), "polled: {polled}");
        assert!(matches!(scene.begin(), Claimed::InFlight));
    }
}
