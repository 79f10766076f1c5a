//! What is counted of calls: each once, in every adapter, as what became of it.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use actix_web::{App, Either, HttpResponse, test::TestRequest, test::init_service, web};
use conformance::runner::{Kind, Polled};
use conformance::{Setup, cases, counted};
use futures_util::future::FutureExt;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use webhook_actix::{CreateEvent, DeleteEvent, Receiver, UpdateEvent, Webhook};
use webhook_core::future::BoxFuture;
use webhook_core::key::{KeyName, KeySource, Keys, LookupError};

/// A call that was counted: outcome, code, check, event.
type Counted = [String; 4];

/// Returns the calls that are counted while `act` runs, on this thread.
fn counts<T>(act: impl FnOnce() -> T) -> (T, Vec<Counted>) {
    let recorder = DebuggingRecorder::new();
    let acted = metrics::with_local_recorder(&recorder, act);
    let mut counted = Vec::new();
    for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
        if let ("copernica_webhook_calls_total", DebugValue::Counter(count)) =
            (key.key().name(), value)
        {
            let labels: Vec<_> = key.key().labels().map(|it| it.value().to_owned()).collect();
            let labels = Counted::try_from(labels).unwrap();
            counted.extend((0..count).map(|_| labels.clone()));
        }
    }
    (acted, counted)
}

/// Returns the outcomes of the calls that are counted while `act` runs.
fn outcomes(act: impl FnOnce()) -> Vec<String> {
    counts(act).1.into_iter().map(|[outcome, ..]| outcome).collect()
}

/// Every case of the suite, whatever becomes of it.
#[test]
fn each_call_is_counted_once_as_it_was_answered() {
    let mut wrong = Vec::new();
    for setup in Setup::all() {
        for kind in setup.kinds() {
            let runner = kind.in_process(setup, setup.receiver());
            for case in cases::of(setup) {
                let (answer, counted) = counts(|| runner.call(&case));
                let fits = match &counted[..] {
                    [[outcome, code, check, _]] => match answer.code() {
                        // Its handler has it, and refuses it in a receiver's words.
                        Some(_) if setup == Setup::Later => outcome == "unknown",
                        Some(answered) => {
                            let is_unproven = answered == "unauthenticated";
                            let may_be = is_unproven || answered == "malformed_request";
                            let has_check = !check.is_empty();
                            let fits = if has_check { may_be } else { !is_unproven };
                            outcome == "refused" && *code == answered && fits
                        }
                        None if answer.name() == "a copy" => outcome == "copy",
                        None if code == "ignored" => outcome == "ignored",
                        // Of its own words: refused before the proof, or nothing says how it ended.
                        None if !code.is_empty() => outcome == "refused" || outcome == "unknown",
                        None if is_under_once(setup) => outcome == "handled",
                        None => outcome == "unknown",
                    },
                    _ => false,
                };
                if !fits {
                    let kind = kind.name();
                    wrong
                        .push(format!("{setup:?}, {kind}, {}: {counted:?}, {answer:?}", case.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whether its handler is under `once`, and so its answer is known.
fn is_under_once(setup: Setup) -> bool {
    let bare = [
        Setup::Events,
        Setup::Profiles,
        Setup::Subprofiles,
        Setup::Typed,
        Setup::Lossy,
        Setup::Results,
        Setup::Any,
        Setup::Raw,
        Setup::Later,
        Setup::Mail,
        Setup::IgnoringResults,
    ];
    !bare.contains(&setup) && !matches!(setup, Setup::Alone(_))
}

fn runner(kind: Kind, setup: Setup) -> Box<dyn Polled> {
    kind.in_process(setup, setup.receiver())
}

/// The same call again and again, to a handler that does what `fields` say.
#[track_caller]
fn check<const N: usize>(setup: Setup, about: &str, fields: &str, expected: [&str; N]) {
    for kind in Kind::ALL {
        let runner = runner(kind, setup);
        let case = counted::call(&format!("{about}-{}", kind.name()), fields);
        for (at, expected) in expected.iter().enumerate() {
            let call = || catch_unwind(AssertUnwindSafe(|| drop(runner.call(&case))));
            let outcomes = outcomes(|| drop(call()));
            assert_eq!(outcomes, [*expected], "{about}, {}, call {at}", kind.name());
        }
    }
}

#[test]
fn a_call_is_handled_by_2xx_and_failed_by_anything_else() {
    for (first, outcome) in [("204", "handled"), ("299", "handled")] {
        let fields = format!("&fields[first]={first}");
        check(Setup::Counted, &format!("handled-{first}"), &fields, [outcome, "copy", "copy"]);
    }
    for first in ["300", "422", "503", "panic"] {
        let fields = format!("&fields[first]={first}");
        check(Setup::Counted, &format!("failed-{first}"), &fields, ["failed", "handled", "copy"]);
    }
}

#[test]
fn a_commit_is_handled_whatever_the_answer_is() {
    for setup in [Setup::Counted, Setup::Bare] {
        for first in ["204", "503", "panic"] {
            let fields = format!("&fields[commits]=1&fields[first]={first}");
            check(setup, &format!("committed-{setup:?}-{first}"), &fields, ["handled", "copy"]);
        }
    }
}

/// Neither `once` nor a commit says how it ended.
#[test]
fn without_once_and_commit_an_outcome_is_unknown() {
    check(Setup::Bare, "bare", "", ["unknown", "unknown"]);
    check(Setup::Bare, "bare-503", "&fields[first]=503", ["unknown"]);
    // Whose delivery a panic takes along.
    check(Setup::Bare, "bare-panic", "&fields[holds]=1&fields[first]=panic", ["failed"]);
}

/// In process and without a runtime, so that a handler can't go on without its connection.
#[test]
fn a_handler_that_is_dropped_has_failed() {
    for kind in Kind::ALL {
        let runner = runner(kind, Setup::Counted);
        let case = counted::call(&format!("cut-off-{}", kind.name()), "&fields[waits]=1");
        let outcomes = outcomes(|| {
            let mut answer = runner.answering(&case);
            assert!((&mut answer).now_or_never().is_none());
            // A copy that comes meanwhile is counted on its own.
            assert_eq!(runner.answering(&case).now_or_never().unwrap().name(), "in_flight");
        });
        let mut outcomes = outcomes;
        outcomes.sort();
        assert_eq!(outcomes, ["failed", "refused"], "{}", kind.name());
    }
}

/// A source that does not answer for now.
#[derive(Debug)]
struct Silent;

impl KeySource for Silent {
    fn find<'a>(
        &'a self,
        _name: &'a KeyName,
        _now: chrono::DateTime<chrono::Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        Box::pin(pending())
    }
}

#[test]
fn a_call_whose_sender_goes_before_the_proof_is_dropped() {
    for kind in Kind::ALL {
        let receiver = Setup::Counted.verifying().keys(Silent).build().unwrap();
        let runner = kind.in_process(Setup::Counted, receiver);
        let case = counted::call(&format!("early-{}", kind.name()), "");
        let outcomes = outcomes(|| {
            let mut answer = runner.answering(&case);
            assert!((&mut answer).now_or_never().is_none());
        });
        assert_eq!(outcomes, ["dropped"], "{}", kind.name());
    }
}

/// actix-web tries one extractor after the other on one call.
#[test]
fn a_call_that_several_extractors_look_at_is_counted_once() {
    type Any = Either<Webhook<DeleteEvent>, Either<Webhook<UpdateEvent>, Webhook<CreateEvent>>>;
    async fn on_any(_: Any) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
    let ask = |receiver: Receiver, is_once: bool, body: &'static str| {
        let call = || {
            actix_web::rt::System::new().block_on(async {
                let route = if is_once {
                    web::post().to(webhook_actix::once(on_any))
                } else {
                    web::post().to(on_any)
                };
                let app = App::new().app_data(receiver).route("/", route);
                let service = init_service(app).await;
                let form = ("content-type", "application/x-www-form-urlencoded");
                let request = TestRequest::post().uri("/").insert_header(form).set_payload(body);
                actix_web::test::call_service(&service, request.to_request()).await.status()
            })
        };
        let (status, counted) = counts(call);
        let counted =
            counted.into_iter().map(|[outcome, _, _, event]| format!("{outcome} {event}"));
        (status.as_u16(), counted.collect::<Vec<_>>())
    };
    let (plain, ignoring) =
        (Receiver::unverified, || Receiver::builder().ignore_unexpected().unverified());
    let created = "type=create&profile=1&database=2&timestamp=1979-02-12+12:49:23";
    assert_eq!(ask(plain(), true, created), (204, vec!["handled create".to_owned()]));
    assert_eq!(ask(ignoring(), true, created), (204, vec!["handled create".to_owned()]));
    assert_eq!(ask(plain(), true, "type=open&id=a1"), (422, vec!["refused open".to_owned()]));
    // `once` shares its settlement, and an earlier extractor's refusal holds it open without one.
    assert_eq!(ask(plain(), false, created), (204, vec!["unknown create".to_owned()]));
}

#[test]
fn a_forged_call_is_refused_with_the_check_that_failed() {
    for kind in Kind::ALL {
        let runner = runner(kind, Setup::Counted);
        let mut case = counted::call(&format!("forged-{}", kind.name()), "");
        case.body.push(b'1');
        let (_, counted) = counts(|| runner.call(&case));
        let expected = ["refused", "unauthenticated", "digest", "other"].map(str::to_owned);
        assert_eq!(counted, [expected], "{}", kind.name());
    }
}
