//! Settlements: how an outcome is reported, and what becomes of a claim without a report.

use super::log::logs;
use super::*;

#[test]
fn the_first_report_settles() {
    type Act = fn(&Settlement);
    let commit: Act = |settlement| block_on(settlement.commit()).unwrap();
    let success: Act = |settlement| block_on(settlement.settle(true));
    let failure: Act = |settlement| block_on(settlement.settle(false));
    let unpolled: Act = |settlement| drop(settlement.settle(false));
    let cases: [(&[Act], &str); 7] = [
        (&[success], "commit"),
        (&[commit], "commit"),
        (&[failure], "release"),
        (&[unpolled, commit], "release"),
        (&[commit, failure], "commit"),
        (&[failure, commit, success], "release"),
        (&[success, success, failure], "commit"),
    ];
    for (at, (acts, expected)) in cases.into_iter().enumerate() {
        let scene = Scene::new(Commit::Works);
        let settlement = Settlement::watched();
        settlement.hold(scene.claim());
        // Any clone will do, and it counts at once, not when the last is gone.
        for act in acts {
            act(&settlement.clone());
        }
        let calls = scene.calls();
        assert_eq!(calls.len(), 2, "{at}: {calls:?}");
        assert!(calls[1].starts_with(expected), "{at}: {calls:?}");
        drop(settlement);
        assert!(scene.calls().is_empty(), "{at}");
    }
}

#[test]
fn without_a_claim_there_is_nothing_to_settle() {
    let logged = logs(|| {
        let settlement = Settlement::default();
        block_on(settlement.settle(false));
        block_on(settlement.settle(true));
        assert!(block_on(settlement.commit()).is_ok());
    });
    assert_eq!(logged, "");
}

#[test]
fn a_second_claim_releases_the_first() {
    let (one, two) = (Scene::new(Commit::Works), Scene::new(Commit::Works));
    let settlement = Settlement::default();
    settlement.hold(one.claim());
    settlement.hold(two.claim());
    assert_eq!(one.calls().pop().unwrap(), "release");
    assert_eq!(two.calls().len(), 1);
}

#[test]
fn a_delivery_that_is_not_settled_is_released_with_a_warning() {
    let cases = [
        (Settlement::default as fn() -> Settlement, "Wrap the handler in `once`"),
        (Settlement::watched, "dropped before it answered"),
    ];
    for (make, text) in cases {
        let scene = Scene::new(Commit::Works);
        let settlement = make();
        settlement.hold(scene.claim());
        let clone = settlement.clone();
        let logged = logs(|| {
            drop(settlement);
            assert_eq!(scene.calls().len(), 1, "a clone is left");
            drop(clone);
        });
        assert_eq!(scene.calls(), ["release"]);
        assert_warned(&logged, text);
        drop(scene.claim());
    }
}

#[test]
fn a_panic_releases_with_a_warning() {
    let scene = Scene::new(Commit::Works);
    let settlement = Settlement::default();
    settlement.hold(scene.claim());
    let logged = logs(|| {
        let handler = move || {
            let _held = settlement;
            std::panic::resume_unwind(Box::new("handler"))
        };
        let ended: Result<(), _> = catch_unwind(AssertUnwindSafe(handler));
        assert!(ended.is_err());
    });
    assert_warned(&logged, "a panic ended its handler");
    assert_eq!(scene.calls().pop().unwrap(), "release");
    drop(scene.claim());
}

#[test]
fn a_store_that_fails_at_the_end_changes_no_answer_and_frees_nothing() {
    let scene = Scene::new(Commit::Fails);
    let settlement = Settlement::watched();
    settlement.hold(scene.claim());
    let logged = logs(|| block_on(settlement.settle(true)));
    assert!(logged.starts_with("ERROR") && logged.contains("not written down"), "{logged}");
    assert!(!logged.contains(&DeliveryId::from(ID).to_string()));
    assert!(block_on(settlement.commit()).is_ok());
    drop(settlement);
    assert!(matches!(scene.begin(), Claimed::InFlight));

    let scene = Scene::new(Commit::Fails);
    let settlement = Settlement::default();
    settlement.hold(scene.claim());
    assert!(matches!(block_on(settlement.commit()), Err(StoreError::Unavailable(_))));
}

#[test]
fn settlements_cross_threads() {
    fn check<T: Send + Sync + Clone + 'static>(_: &T) {}
    fn future<T: Send + 'static>(_: &T) {}
    let settlement = Settlement::default();
    check(&settlement);
    future(&settlement.commit());
    future(&settlement.settle(true));
    assert_eq!(format!("{settlement:?}"), "Settlement { open: false, .. }");
}
