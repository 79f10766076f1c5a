//! Calls of every kind: what is decoded late, and what can't be decoded.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use inbox::call::Call;
use inbox::database;
use inbox::store::{Stored, store};
use inbox::work::{Runner, Settings};
use support::{Database, FORM, Program, Result, SOON, call, credulous, receiver};
use tokio::task::JoinSet;
use webhook_axum::testing::{self, fixtures};
use webhook_axum::{Limits, Raw};

const JSON: &str = "application/json";
const KEY: &str = "copernica:v1:unverified:create:profile:1:";
const SETTINGS: Settings =
    Settings { attempts: 5, concurrency: 8, crashed_after: 2, longest: 10, batch: 100 };

fn creation(profile: u64, timestamp: &str) -> String {
    format!("type=create&profile={profile}&database=1&timestamp={timestamp}")
}

#[tokio::test]
async fn every_trigger_has_its_effect() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, sender, port) = receiver(&database.url).await?;
    let mut worker = Program::start("work", support::worker(&database.url))?;
    for fixture in fixtures::ALL {
        let status = sender.send_body(port, FORM, fixture.form).await?;
        assert_eq!(status, 204, "{}", fixture.kind);
    }
    let all = i64::try_from(fixtures::ALL.len())?;
    let status = database.until(SOON, |status| status.done == all).await?;
    assert_eq!((status.dead, status.set_aside, status.duplicates), (0, 0, 0));
    assert!(worker.stop().await?);
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 2);
    let happened = "SELECT count(DISTINCT key) FROM happened";
    assert_eq!(database.number(happened).await?, all - 2);
    assert_eq!(database.number("SELECT count(DISTINCT kind) FROM happened").await?, 9);
    // An event with a name of its own has it as its key from the beginning; of others it is the call's.
    let named = "SELECT count(*) FROM happened WHERE key NOT LIKE '%:account_1234:call:%'";
    assert_eq!(database.number(named).await?, 4, "two deletions, a delivery, an unsubscription");
    database.drop().await
}

#[tokio::test]
async fn what_can_not_be_decoded_is_acknowledged_and_set_aside() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (receiver, sender, port) = receiver(&database.url).await?;
    let bad: [(&str, &str, &[u8], &str); 6] = [
        ("lacks", FORM, b"type=create&database=1&fields[name]=Johny", "invalid_variable: profile"),
        ("utf8", FORM, b"type=create&profile=1&database=1&fields[name]=%FFJohny", "malformed_body"),
        ("shape", JSON, b"[\"Johny\"]", "malformed_body"),
        ("type", "text/plain", b"Dear Johny\0", "unsupported_media_type"),
        ("unknown", FORM, b"type=Johny&id=1", "the effect does not know such events"),
        ("empty", FORM, b"", "the effect does not know such events"),
    ];
    for (what, media_type, body, _) in bad {
        assert_eq!(sender.send_body(port, media_type, body).await?, 204, "{what}");
    }
    assert_eq!(sender.send(port, &support::event(1, "")).await?.status(), 204);
    let mut worker = Program::start("work --attempts 3", support::worker(&database.url))?;
    database.until(SOON, |status| (status.set_aside, status.done) == (6, 1)).await?;
    // No job is left that would try them again.
    assert!(worker.stop().await?);
    let jobs = "SELECT count(*) FROM graphile_worker._private_jobs";
    assert_eq!(database.number(jobs).await?, 0);
    let status = database.status().await?;
    assert_eq!((status.waiting, status.running, status.dead, status.oldest), (0, 0, 0, None));

    let printed = database.ask(&["status"]).await?;
    let printed = String::from_utf8(printed.stdout)?;
    let lines: Vec<_> = printed.lines().filter(|line| line.starts_with("set aside  ")).collect();
    assert_eq!(lines.len(), 6, "{printed}");
    for ((what, .., why), line) in bad.iter().zip(&lines) {
        assert!(line.contains(&format!("  1 attempts: {why}")), "{what}: {lines:?}");
    }
    for text in [printed, worker.log(), receiver.log()] {
        assert!(!text.contains("Johny"), "no values: {text}");
    }
    let bodies = "SELECT body FROM inbox_call WHERE set_aside_at IS NOT NULL ORDER BY id";
    let bodies: Vec<Vec<u8>> =
        sqlx::query_scalar(bodies).fetch_all(&mut database.connect().await?).await?;
    assert_eq!(bodies, bad.map(|(_, _, body, _)| body.to_vec()));
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 1);
    database.drop().await
}

/// Without a `Content-Type` a body is not decoded where it is received; what was stored has none that
/// speaks against it.
#[tokio::test]
async fn an_event_whose_key_is_found_late_is_handled_once() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, port) = credulous(&database.url).await?;
    let mut worker = Program::start("work", support::worker(&database.url))?;
    let counts = async |done, duplicates, changed| {
        database
            .until(SOON, |status| {
                (status.done, status.duplicates, status.changed) == (done, duplicates, changed)
            })
            .await
    };
    // First by a call with a key, then late; and the other way around.
    let at = "1979-02-12+12:49:23";
    assert_eq!(call(port, Some(FORM), creation(1, at)).await?, 204);
    counts(1, 0, 0).await?;
    assert_eq!(call(port, None, creation(1, at) + "&a=1").await?, 204);
    counts(2, 1, 0).await?;
    assert_eq!(call(port, None, creation(2, at) + "&a=1").await?, 204);
    counts(3, 1, 0).await?;
    assert_eq!(call(port, Some(FORM), creation(2, at)).await?, 204);
    counts(3, 2, 0).await?;
    // With another timestamp.
    let other = creation(1, "2001-02-03+04:05:06");
    assert_eq!(call(port, None, other.clone()).await?, 204);
    let status = counts(4, 3, 1).await?;
    assert_eq!((status.kept, status.dead, status.set_aside), (1, 0, 0));
    let effects = "SELECT key FROM welcome ORDER BY key";
    let connection = &mut database.connect().await?;
    let effects: Vec<String> = sqlx::query_scalar(effects).fetch_all(&mut *connection).await?;
    assert_eq!(effects, [format!("{KEY}1"), format!("{KEY}2")]);
    let whole: (String, String, Vec<u8>) =
        sqlx::query_as("SELECT key, stamp, body FROM inbox_changed").fetch_one(connection).await?;
    assert_eq!(whole, (format!("{KEY}1"), "2001-02-03 04:05:06".to_owned(), other.into_bytes()));
    assert!(worker.stop().await?);
    assert_eq!(worker.log().matches("done: a duplicate").count(), 2, "{}", worker.log());
    database.drop().await
}

/// Returns a call as a receiver stores it that could not decode it.
async fn undecoded(body: String) -> Result<Call> {
    let hook = testing::received::<Raw>(body).await?;
    Ok(Call { event: None, ..Call::new(hook.event, &hook.delivery).0 })
}

#[tokio::test]
async fn of_two_calls_whose_one_event_is_found_at_once_one_has_its_effect() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    database::prepare(&database.url).await?;
    let pool = database::patient(&database.url, 40)?;
    for profile in 1..=10 {
        for more in ["", "&a=1"] {
            let body = creation(profile, "1979-02-12+12:49:23") + more;
            store(&pool, &undecoded(body).await?).await?;
        }
    }
    let runner = Runner::new(pool, &SETTINGS);
    let mut running = JoinSet::new();
    for row in 1..=20 {
        let runner = runner.clone();
        running.spawn(async move { runner.run(row).await });
    }
    while let Some(ran) = running.join_next().await {
        ran??;
    }
    let status = database.status().await?;
    assert_eq!((status.done, status.duplicates, status.changed), (20, 10, 0));
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 10);
    assert_eq!(database.number("SELECT count(DISTINCT key) FROM welcome").await?, 10);
    database.drop().await
}

#[tokio::test]
async fn of_calls_that_come_at_once_one_is_new() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    database::prepare(&database.url).await?;
    let pool = database::patient(&database.url, 32)?;
    for round in 0..20 {
        // Copies of a call with a key and of one without, and the event of the first in other calls.
        let named = support::received(round + 1, "").await?;
        let unnamed = undecoded(format!("type=click&id=m{round}")).await?;
        let mut storing = JoinSet::new();
        for at in 0..8 {
            let call = match at % 4 {
                0 | 1 => named.clone(),
                2 => Call { delivery: format!("another {round} {at}"), ..named.clone() },
                _ => unnamed.clone(),
            };
            let pool = pool.clone();
            storing.spawn(async move { store(&pool, &call).await });
        }
        let (mut new, mut again) = (0, 0);
        while let Some(stored) = storing.join_next().await {
            match stored?? {
                Stored::New => new += 1,
                Stored::Again { changed } => again += usize::from(!changed),
            }
        }
        assert_eq!((new, again), (2, 6));
    }
    assert_eq!(database.status().await?.duplicates, 120);
    database.drop().await
}

/// Whole mails come in some calls: more than fits the default limits.
#[tokio::test]
async fn the_largest_call_is_stored_in_time_and_acted_on() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, sender, port) = receiver(&database.url).await?;
    let head = "type=bounce&id=m1&mime=";
    let mut body = head.to_owned();
    // What no compression makes small.
    let mut dice = support::Dice::new(Some(1)).0;
    while body.len() + 1 < Limits::mail().max_body() {
        body.push(char::from(b'!' + u8::try_from(dice.below(4))?));
        body.push(char::from(b'a' + u8::try_from(dice.below(26))?));
    }
    assert_eq!(sender.send_body(port, FORM, body).await?, 204);
    let _worker = Program::start("work", support::worker(&database.url))?;
    database.until(SOON, |status| status.done == 1).await?;
    let happened = "SELECT count(*) FROM happened WHERE kind = 'bounce' AND id = 'm1'";
    assert_eq!(database.number(happened).await?, 1);
    database.drop().await
}
