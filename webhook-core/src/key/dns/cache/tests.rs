use super::*;
use crate::key::PublicKey;
use crate::key::dns::negative::MAX_NEGATIVE_NAMES;
use crate::key::dns::rate_limit::UNKNOWN_NAMES_BURST;
use chrono::TimeDelta;
use proptest::prelude::*;
use std::sync::LazyLock;

const DRAFT: &str = "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB";

/// Returns the same key `count` times, by which keys differ here.
fn keys(count: usize) -> Keys {
    static KEY: LazyLock<PublicKey> = LazyLock::new(|| PublicKey::from_record(DRAFT).unwrap());
    Keys::new(vec![KEY.clone(); count]).unwrap()
}

fn name(number: usize) -> KeyName {
    KeyName::under(&["copernica.com"], &format!("s{number}._domainkey.copernica.com")).unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn day() -> Cache {
    Cache::new(seconds(86_400), KnownNames::default())
}

const NOT_FOUND: Decision<CachedKeys> = Decision::Refuse(LookupError::NotFound);

fn fresh(keys: &Keys) -> Decision<CachedKeys> {
    Decision::Use(CachedKeys { keys: keys.clone(), is_due: false })
}

#[test]
fn keys_are_due_after_four_fifths_of_their_ttl() {
    for (ttl, due) in [(0, 48), (60, 48), (300, 240), (3_600, 2_880), (86_400, 2_880)] {
        let mut cache = day();
        cache.store(&name(1), &Answer::Keys(keys(1), seconds(ttl)), at(0));
        assert_eq!(cache.find(&name(1), at(due - 1)), fresh(&keys(1)), "{ttl}");
        let old = Decision::Use(CachedKeys { keys: keys(1), is_due: true });
        assert_eq!(cache.find(&name(1), at(due)), old, "{ttl}");
    }
}

#[test]
fn caches_are_bounded() {
    let mut cache = day();
    for number in 0..1_500 {
        cache.store(&name(number), &Answer::Negative(Some(seconds(60))), at(0));
        cache.store(&name(20_000 + number), &Answer::Failed, at(0));
    }
    assert_eq!(cache.len(), (0, MAX_NEGATIVE_NAMES));
    for number in 0..1_000 {
        cache.store(&name(number), &Answer::Keys(keys(1), seconds(300)), at(1));
    }
    assert_eq!(cache.len().0, MAX_KEY_NAMES);
    assert!(cache.len().1 <= MAX_NEGATIVE_NAMES);

    let mut cache = day();
    cache.store(&name(1), &Answer::Negative(None), at(0));
    cache.store(&name(1), &Answer::Keys(keys(1), seconds(300)), at(1));
    assert_eq!(cache.len(), (1, 0), "one entry a name");
    cache.store(&name(1), &Answer::Negative(None), at(2));
    assert_eq!(cache.len(), (0, 1));
}

#[test]
fn the_least_recently_used_name_makes_room() {
    let mut cache = day();
    for number in 0..MAX_KEY_NAMES {
        cache.store(&name(number), &Answer::Keys(keys(1), seconds(300)), at(0));
    }
    assert_eq!(cache.find(&name(0), at(1)), fresh(&keys(1)));
    // A name that is cached evicts none.
    cache.store(&name(5), &Answer::Keys(keys(2), seconds(300)), at(1));
    assert_eq!(cache.len().0, MAX_KEY_NAMES);
    cache.store(&name(1_000), &Answer::Keys(keys(1), seconds(300)), at(1));
    assert_eq!(cache.find(&name(1), at(1)), Decision::Query);
    assert_eq!(cache.find(&name(0), at(1)), fresh(&keys(1)));
    assert_eq!(cache.find(&name(5), at(1)), fresh(&keys(2)));
    assert_eq!(cache.find(&name(1_000), at(1)), fresh(&keys(1)));
}

#[test]
fn expired_negative_answers_make_room_first() {
    let mut cache = day();
    cache.store(&name(0), &Answer::Negative(Some(seconds(60))), at(0));
    for number in 1..=MAX_NEGATIVE_NAMES {
        cache.store(&name(number), &Answer::Negative(Some(seconds(10))), at(0));
    }
    assert_eq!(cache.find(&name(0), at(1)), NOT_FOUND);
    cache.store(&name(5_000), &Answer::Negative(None), at(10));
    assert_eq!(cache.len().1, 2, "expired entries go first");
    assert_eq!(cache.find(&name(0), at(10)), NOT_FOUND);
}

#[test]
fn stamps_of_a_wrong_clock_expire_once_it_is_set_right() {
    let (mut cache, far) = (day(), 100 * 365 * 86_400);
    cache.store(&name(1), &Answer::Keys(keys(1), seconds(300)), at(far));
    cache.store(&name(2), &Answer::Negative(None), at(far));
    cache.store(&name(3), &Answer::Failed, at(far));
    for _ in 0..UNKNOWN_NAMES_BURST {
        assert_eq!(cache.admit(&name(9), at(far)), Ok(()));
    }
    assert!(cache.admit(&name(9), at(far)).is_err());
    for number in 1..=3 {
        assert_eq!(cache.find(&name(number), at(0)), Decision::Query);
    }
    assert_eq!(cache.renew(&name(1), &keys(1), at(0)), Decision::Query);
    assert_eq!(cache.admit(&name(9), at(0)), Ok(()));
    // Concurrent calls may see times that differ a little.
    cache.store(&name(1), &Answer::Keys(keys(1), seconds(300)), at(0));
    assert_eq!(cache.find(&name(1), at(-60)), fresh(&keys(1)));
    assert_eq!(cache.find(&name(1), at(-61)), Decision::Query);
    // The last moment that there is.
    let end = DateTime::<Utc>::MAX_UTC;
    cache.store(&name(1), &Answer::Keys(keys(1), seconds(300)), end);
    cache.store(&name(1), &Answer::Failed, end);
    let _ = (cache.find(&name(1), end), cache.admit(&name(9), end));
    let _ = cache.renew(&name(1), &keys(1), DateTime::<Utc>::MIN_UTC);
}

#[test]
fn unknown_names_get_a_burst_and_then_fifty_a_second() {
    let mut cache = day();
    assert_eq!(admitted(&mut cache, at(0), 0..100), 50);
    assert_eq!(cache.admit(&name(1), at(0)), Err(Duration::from_millis(20)));
    let almost = at(0) + TimeDelta::milliseconds(19);
    assert_eq!(cache.admit(&name(1), almost), Err(Duration::from_millis(1)));
    assert_eq!(admitted(&mut cache, at(0) + TimeDelta::milliseconds(100), 0..100), 5);
    assert_eq!(admitted(&mut cache, at(1), 0..100), 45);
    assert_eq!(admitted(&mut cache, at(1_000), 0..100), 50, "no more is saved up");
}

fn admitted(cache: &mut Cache, now: DateTime<Utc>, names: std::ops::Range<usize>) -> usize {
    names.filter(|number| cache.admit(&name(*number), now).is_ok()).count()
}

#[test]
fn known_names_have_a_rate_limit_of_their_own() {
    let named = KnownNames::with_selectors(&["S1".to_owned(), "s2".to_owned()]);
    let mut cache = Cache::new(seconds(86_400), named);
    // Configured, in any case; and one that had a key, after a negative answer too.
    cache.store(&name(3), &Answer::Keys(keys(1), seconds(300)), at(0));
    cache.store(&name(3), &Answer::Negative(None), at(1));
    assert_eq!(admitted(&mut cache, at(2), 4..200), 50);
    for number in 1..=3 {
        assert_eq!(cache.admit(&name(number), at(2)), Ok(()), "{number}");
    }
    assert_eq!(admitted(&mut cache, at(2), 4..200), 0);
    // It is a limit all the same.
    let often = (0..1_000).filter(|_| cache.admit(&name(1), at(2)).is_ok()).count();
    assert_eq!(often, 256 - 3);
}

#[test]
fn unknown_names_evict_no_known_one_from_the_negative_cache() {
    let mut cache = Cache::new(seconds(86_400), KnownNames::with_selectors(&["s1".to_owned()]));
    cache.store(&name(1), &Answer::Failed, at(0));
    for number in 10..3_000 {
        cache.store(&name(number), &Answer::Negative(Some(seconds(60))), at(0));
    }
    assert_eq!(
        cache.find(&name(1), at(1)),
        Decision::Refuse(LookupError::Unavailable { retry_after: seconds(4) })
    );
    assert_eq!(cache.len().1, MAX_NEGATIVE_NAMES + 1);
}

#[test]
fn known_names_are_bounded() {
    let mut names = KnownNames::default();
    for number in 0..1_000 {
        names.insert(&name(number));
        names.insert(&name(0));
    }
    assert_eq!(names.len(), 256);
    assert!(names.contains(&name(0)) && names.contains(&name(999)) && !names.contains(&name(1)));
}

#[test]
fn a_failure_shortens_no_ttl() {
    let mut cache = day();
    cache.store(&name(1), &Answer::Keys(keys(1), seconds(300)), at(0));
    cache.store(&name(1), &Answer::Failed, at(240));
    assert_eq!(cache.find(&name(1), at(241)), fresh(&keys(1)), "not at once again");
    assert_eq!(
        cache.find(&name(1), at(264)),
        Decision::Use(CachedKeys { keys: keys(1), is_due: true })
    );
    assert!(matches!(cache.find(&name(1), at(299)), Decision::Use(_)));
    assert_eq!(cache.find(&name(1), at(300)), Decision::Query);
    cache.store(&name(1), &Answer::Failed, at(290));
    assert!(matches!(cache.find(&name(1), at(319)), Decision::Use(_)));
    assert_eq!(cache.find(&name(1), at(320)), Decision::Query);
}

/// What may happen to a name.
#[derive(Debug, Clone)]
enum CacheEvent {
    Answer(Answer),
    Find,
    Renew,
    Admit,
}

fn event() -> impl Strategy<Value = CacheEvent> {
    let answer = prop_oneof![
        (1..=4_usize, 0..100_000_u64)
            .prop_map(|(count, ttl)| Answer::Keys(keys(count), seconds(ttl))),
        prop::option::of(0..1_000_u64).prop_map(|ttl| Answer::Negative(ttl.map(seconds))),
        Just(Answer::Failed),
    ];
    prop_oneof![
        2 => answer.prop_map(CacheEvent::Answer),
        3 => Just(CacheEvent::Find),
        1 => Just(CacheEvent::Renew),
        1 => Just(CacheEvent::Admit),
    ]
}

proptest! {
    /// In every order of events, keys are those of the last answer, never after a negative one, and
    /// never used for longer than their time to live and the time for stale keys.
    #[test]
    fn keys_are_those_of_the_last_answer(
        events in prop::collection::vec((event(), 0..3_usize, 0..4_000_i64), 1..60),
        stale in 0..10_000_u64,
    ) {
        let mut cache = Cache::new(seconds(stale), KnownNames::default());
        let mut answered: HashMap<usize, (Keys, i64)> = HashMap::new();
        let mut now = 0;
        for (event, number, pause) in events {
            now += pause;
            let one = name(number);
            match event {
                CacheEvent::Answer(answer) => {
                    match &answer {
                        Answer::Keys(keys, ttl) => {
                            let ttl = i64::try_from(ttl.as_secs()).unwrap().clamp(60, 3_600);
                            answered.insert(number, (keys.clone(), now + ttl + stale.cast_signed()));
                        }
                        Answer::Negative(_) => drop(answered.remove(&number)),
                        Answer::Failed => {}
                    }
                    let good = matches!(answer, Answer::Keys(..));
                    cache.store(&one, &answer, at(now));
                    let usable = matches!(cache.find(&one, at(now)), Decision::Use(_));
                    prop_assert!(usable || !good, "an answer can be used at once");
                }
                CacheEvent::Find => match (cache.find(&one, at(now)), answered.get(&number)) {
                    (Decision::Use(CachedKeys { keys, .. }), Some((known, until))) => {
                        prop_assert_eq!(&keys, known);
                        prop_assert!(now < *until);
                    }
                    (Decision::Use(_), None) => prop_assert!(false, "keys after a negative answer"),
                    (Decision::Refuse(LookupError::NotFound), known) => prop_assert!(known.is_none()),
                    (Decision::Refuse(LookupError::Unavailable { retry_after }), _) => {
                        prop_assert!(retry_after <= seconds(5));
                    }
                    (Decision::Query, _) => {}
                },
                CacheEvent::Renew => match cache.renew(&one, &keys(1), at(now)) {
                    Decision::Use(Some(keys)) => {
                        prop_assert_eq!(Some(&keys), answered.get(&number).map(|(keys, _)| keys));
                    }
                    Decision::Query => {
                        cache.note_renewal(&one, at(now));
                        let again = cache.renew(&one, &keys(1), at(now + 59));
                        prop_assert!(again != Decision::Query || !answered.contains_key(&number));
                    }
                    Decision::Use(None) | Decision::Refuse(_) => {}
                },
                CacheEvent::Admit => {
                    let admitted = cache.admit(&one, at(now));
                    prop_assert!(admitted.is_ok() || !answered.contains_key(&number));
                }
            }
        }
    }
}
