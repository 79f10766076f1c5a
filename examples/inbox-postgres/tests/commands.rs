//! What an operator sees and does, next to receivers and workers that run.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::process::Output;
use support::{Database, FORM, Program, Result, SOON, receiver};

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(output: &Output, why: &str) {
    assert!(!output.status.success(), "{output:?}");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains(why), "{log}");
}

#[tokio::test]
async fn status_and_retry_print_what_they_do() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    let (_receiver, sender, port) = receiver(&database.url).await?;
    sender.deliver(&[port], 0, &support::event(1, "fail")).await?;
    sender.deliver(&[port], 0, &support::event(2, "fail")).await?;
    let mut worker = Program::start("work --attempts 1", support::worker(&database.url))?;
    database.until(SOON, |status| status.dead == 2).await?;
    assert!(worker.stop().await?);
    assert!(worker.log().contains("dead"));

    let told = out(&database.ask(&["status"]).await?);
    let words: Vec<_> = told.split_whitespace().collect();
    let names = [
        "waiting",
        "running",
        "done",
        "dead",
        "set-aside",
        "duplicates",
        "changed",
        "kept",
        "oldest",
    ];
    let numbers = ["0", "0", "0", "2", "0", "0", "0", "0", "-"];
    let (counted, listed) = words.split_at(names.len() * 2);
    assert!(counted == [names, numbers].concat(), "{told}");
    let dead = |id| format!("dead {} 1 attempts: as rehearsed", support::key(id));
    assert_eq!(listed.join(" "), format!("{} {}", dead(1), dead(2)));
    refused(&database.ask(&["retry", "nothing"]).await?, "nothing: no call has this key");
    let one = database.ask(&["retry", &support::key(1)]).await?;
    assert_eq!(out(&one), "1 to be tried again\n");
    assert_eq!(database.status().await?.waiting, 1);
    assert_eq!(out(&database.ask(&["retry"]).await?), "1 to be tried again\n");
    // Nobody wants it to fail any more.
    let mut healed = support::worker(&database.url);
    healed.retain(|(name, _)| *name != "INBOX_REHEARSAL");
    let _worker = Program::start("work", healed)?;
    database.until(SOON, |status| status.done == 2 && status.dead == 0).await?;
    assert_eq!(database.number("SELECT count(*) FROM welcome").await?, 2);
    database.drop().await
}
