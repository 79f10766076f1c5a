//! What the log says of a call, in the three frameworks: ids and keys of what is proven, never a value;
//! and of a refusal what became of it.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod frameworks;
mod lines;
mod spans;

use bytes::Bytes;
use frameworks::{FRAMEWORKS, Framework, Way};
use http::Request;
use lines::{Line, logged};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;
use tracing::Level;
use webhook_core::Receiver;
use webhook_core::testing::Signer;

/// A target may hold a secret.
const URL: &str = "https://hooks.example.com/copernica?token=marker-target";
const CREATED: &str = "type=create&profile=9001&database=77&timestamp=1979-02-12+12:49:23\
    &fields%5Bmail%5D=marker%40example.com&fields%5Bage%5D=7&interests%5B%5D=marker-interest";
const MISFIT: &str = "type=create&profile=9002&database=77&timestamp=1979-02-12+12:49:23\
    &fields%5Bmail%5D=marker%40example.com&fields%5Bage%5D=marker-age&parameters%5Ba%5D=marker-p";
const CLICKED: &str = "type=click&id=b4icbaqjswyrb7tc&profile=9003&database=77\
    &recipient=marker%40example.com&original=https://marker.example/&ip=192.0.2.7";
const UNREADABLE: &str = "type=create&profile=marker-profile&database=77\
    &timestamp=marker&fields%5Bmail%5D=marker%40example.com";
const BODIES: [&str; 4] = [CREATED, MISFIT, CLICKED, UNREADABLE];

/// Waits for its turn: one test at a time, in a second of its own, because no more than five lines of a kind
/// are logged in one.
fn one() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    sleep(Duration::from_millis(1_100));
    one
}

fn signer() -> Signer {
    Signer::ephemeral().unwrap()
}

fn call(signer: &Signer, body: &'static str) -> Request<Bytes> {
    signer.sign(URL, body).unwrap()
}

fn receiver(signer: &Signer) -> Receiver {
    Receiver::builder().account(1234).keys(signer.keys()).build().unwrap()
}

/// Returns status and log of one signed call.
fn run(framework: &Framework, way: Way, body: &'static str) -> (u16, Vec<Line>) {
    let signer = signer();
    let (receiver, call) = (receiver(&signer), call(&signer, body));
    logged(|| (framework.answer)(way, receiver, call))
}

/// Returns the lines above the level of debugging.
fn above_debug(lines: &[Line]) -> Vec<&Line> {
    lines.iter().filter(|line| line.level < Level::DEBUG).collect()
}

/// Returns the one line above the level of debugging.
#[track_caller]
fn the_line<'a>(lines: &'a [Line], about: &str) -> &'a Line {
    let above = above_debug(lines);
    assert_eq!(above.len(), 1, "{about}: {lines:#?}");
    above[0]
}

#[test]
fn an_accepted_call_is_one_line_at_debug_with_kind_ids_and_delivery() {
    let _one = one();
    for framework in FRAMEWORKS {
        let (status, lines) = run(framework, Way::Once, CREATED);
        assert_eq!(status, 204, "{}", framework.name);
        let [line] = &lines[..] else { panic!("{}: {lines:#?}", framework.name) };
        assert_eq!((line.level, line.message.as_str()), (Level::DEBUG, "webhook accepted"));
        for part in ["kind=\"create\"", "profile=9001", "database=77"] {
            assert!(line.has(part), "{}: {part} in {line:?}", framework.name);
        }
        assert_eq!(line.value("delivery").len(), 64, "{line:?}");
        let (status, lines) = run(framework, Way::OnceAny, CLICKED);
        let accepted: Vec<_> =
            lines.iter().filter(|line| line.message == "webhook accepted").collect();
        let [line] = &accepted[..] else { panic!("{}: {lines:#?}", framework.name) };
        assert!(status == 204 && line.level == Level::DEBUG, "{line:?}");
        for part in ["kind=\"click\"", "id=b4icbaqjswyrb7tc", "profile=9003"] {
            assert!(line.has(part), "{}: {part} in {line:?}", framework.name);
        }
    }
}

#[test]
fn a_refusal_after_the_proof_is_one_warning_with_ids_and_key() {
    for framework in FRAMEWORKS {
        let _one = one();
        for way in [Way::Once, Way::Bare] {
            let about = format!("{} {way:?}", framework.name);
            let (status, lines) = run(framework, way, MISFIT);
            let line = the_line(&lines, &about);
            assert_eq!((line.level, line.message.as_str()), (Level::WARN, "webhook refused"));
            for part in [
                "code=\"invalid_fields\"",
                "status=422",
                "kind=\"create\"",
                "profile=9002",
                "database=77",
                "key=copernica:v1:account_1234:create:profile:77:9002",
            ] {
                assert!(line.has(part), "{about}: {part} in {line:?}");
            }
            assert_eq!((status, line.value("delivery").len()), (422, 64), "{about}: {line:?}");

            let (_, lines) = run(framework, way, CLICKED);
            let line = the_line(&lines, &about);
            let delivery = line.value("delivery");
            assert!(line.has("code=\"unexpected_event\"") && line.has("id=b4icbaqjswyrb7tc"));
            assert!(
                line.has(&format!("key=copernica:v1:account_1234:call:{delivery}")),
                "{line:?}"
            );

            // What can be read of it.
            let (_, lines) = run(framework, way, UNREADABLE);
            let line = the_line(&lines, &about);
            assert!(line.has("code=\"invalid_variable\"") && line.has("database=77"), "{line:?}");
            assert!(!line.has("profile=") && line.has("key=copernica:v1:account_1234:call:"));
        }
    }
}

#[test]
fn a_refusal_that_a_result_handler_answers_2xx_is_not_refused_in_the_log() {
    for framework in FRAMEWORKS {
        let _one = one();
        for (way, status) in [(Way::Takes, 202), (Way::Commits, 200)] {
            let about = format!("{} {way:?}", framework.name);
            let (answered, lines) = run(framework, way, MISFIT);
            assert_eq!(answered, status, "{about}");
            assert!(!lines.iter().any(|line| line.message.contains("refused")), "{lines:#?}");
            let line = the_line(&lines, &about);
            assert_eq!(
                (line.level, line.message.as_str()),
                (Level::INFO, "webhook taken by its handler"),
                "{about}"
            );
            let key = "key=copernica:v1:account_1234:create:profile:77:9002";
            assert!(line.has("code=\"invalid_fields\"") && line.has(key), "{about}: {line:?}");
        }
        // Without `once` only the framework sees the status.
        let (answered, lines) = run(framework, Way::BareTakes, MISFIT);
        let line = the_line(&lines, framework.name);
        assert!(answered == 200 && !line.message.contains("refused"), "{line:?}");
        assert!(line.message.contains("wrap the handler in `once`"), "{line:?}");
    }
}

#[test]
fn a_refusal_that_a_result_handler_answers_otherwise_is_refused_in_the_log() {
    for framework in FRAMEWORKS {
        let _one = one();
        for (way, status) in [(Way::Fails, 503), (Way::Passes, 422)] {
            let about = format!("{} {way:?}", framework.name);
            let (answered, lines) = run(framework, way, MISFIT);
            let line = the_line(&lines, &about);
            let logged = (answered, line.level, line.message.as_str());
            assert_eq!(logged, (status, Level::WARN, "webhook refused"), "{about}");
        }
    }
}

#[test]
fn the_same_holds_where_nothing_is_verified() {
    for framework in FRAMEWORKS {
        let _one = one();
        for (way, level, message) in [
            (Way::Once, Level::WARN, "webhook refused"),
            (Way::Takes, Level::INFO, "webhook taken by its handler"),
            (Way::Bare, Level::WARN, "webhook refused"),
        ] {
            let signer = signer();
            let (receiver, call) = (Receiver::unverified(), call(&signer, MISFIT));
            let (_, lines) = logged(|| (framework.answer)(way, receiver, call));
            let line = the_line(&lines, framework.name);
            assert_eq!((line.level, line.message.as_str()), (level, message), "{way:?}");
            assert!(line.has("key=copernica:v1:unverified:create:profile:77:9002"), "{line:?}");
        }
    }
}

#[test]
fn a_copy_is_named_too() {
    let _one = one();
    for framework in FRAMEWORKS {
        let signer = signer();
        let receiver = receiver(&signer);
        let first = call(&signer, CREATED);
        let copy = first.clone();
        let (status, lines) = logged(|| {
            (framework.answer)(Way::Once, receiver.clone(), first);
            (framework.answer)(Way::Once, receiver, copy)
        });
        let line = the_line(&lines, framework.name);
        assert_eq!((status, line.level), (200, Level::INFO), "{line:?}");
        assert!(line.has("code=\"already_handled\"") && line.has("profile=9001"), "{line:?}");
        assert!(line.has("key=copernica:v1:account_1234:create:profile:77:9001"), "{line:?}");
    }
}

#[test]
fn no_line_at_any_level_has_a_value_and_none_above_debug_the_target() {
    for framework in FRAMEWORKS {
        // Half of them in a second: each body has a code of its own.
        for ways in Way::ALL.chunks(4) {
            let _one = one();
            for (way, body) in ways.iter().flat_map(|way| BODIES.map(|body| (*way, body))) {
                let (_, lines) = run(framework, way, body);
                assert!(!lines.is_empty(), "{} {way:?} {body}", framework.name);
                for line in &lines {
                    // The target is shown where debugging is on.
                    let text = format!("{line:?}").replace("marker-target", "");
                    for value in ["marker", "192.0.2.7", "example.com/", "left_out"] {
                        assert!(!text.contains(value), "{way:?}: {value} in {line:?}");
                    }
                }
                for line in above_debug(&lines) {
                    let text = format!("{line:?}");
                    for part in ["marker-target", "/copernica", "hooks.example"] {
                        assert!(!text.contains(part), "{way:?}: {part} in {line:?}");
                    }
                }
            }
            let (_, lines) = run(framework, Way::Once, MISFIT);
            let sent_to = |line: &&Line| line.message == "webhook was sent to";
            let line = lines.iter().find(sent_to).unwrap();
            assert!(
                line.level == Level::DEBUG && line.has("called=/copernica?token=marker-target")
            );
        }
    }
}

/// A forgery says nothing that is worth a line, and its refusal does not wait for an answer.
#[test]
fn an_unproven_call_is_refused_at_once_and_without_ids() {
    for framework in FRAMEWORKS {
        let _one = one();
        for way in [Way::Once, Way::Takes, Way::BareTakes] {
            let signer = signer();
            let (receiver, mut call) = (receiver(&signer), call(&signer, CREATED));
            call.headers_mut().insert("x-nonce", "made-up".parse().unwrap());
            let (_, lines) = logged(|| (framework.answer)(way, receiver, call));
            let line = the_line(&lines, framework.name);
            assert_eq!((line.level, line.message.as_str()), (Level::WARN, "webhook refused"));
            for part in ["9001", "kind=", "key=", "delivery="] {
                assert!(!lines.iter().any(|line| line.has(part)), "{part} in {lines:#?}");
            }
        }
    }
}
