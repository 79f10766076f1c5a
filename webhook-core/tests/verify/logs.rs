//! What logs contain, at any level: never a body, a signature, a nonce or what a header holds.
//!
//! Alone in its process: other tests' threads decide too which logs are on.
#![allow(clippy::expect_used, clippy::format_collect)]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, dead_code)]

mod calls;
mod sources;
mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use calls::unproven_calls;
use futures_executor::block_on;
use http::Request;
use sources::{Source, UNREACHABLE};
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use support::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use webhook_core::adapter::Head;
use webhook_core::key::{PublicKey, StaticKeys};
use webhook_core::replay::MemoryStore;
use webhook_core::{Limits, Receiver, Rejection};

/// Levels and texts of all that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(Level, String)>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = Text(String::new());
        span.record(&mut text);
        self.0.lock().unwrap().push((*span.metadata().level(), text.0));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut text = Text(String::new());
        values.record(&mut text);
        self.0.lock().unwrap().push((Level::TRACE, text.0));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push((*event.metadata().level(), text.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Returns what is logged, one at a time: other threads decide too which logs are on.
fn logged(work: impl FnOnce()) -> Vec<(Level, String)> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), work);
    let log = log.0.lock().unwrap();
    log.clone()
}

/// Returns a call whose every part is personal or secret.
fn personal() -> Request<Bytes> {
    let names =
        "(request-target) host date digest x-copernica-id x-nonce content-type x-extra cookie";
    let body = "type=create&profile=90071992&database=1&timestamp=1979-02-12+12:49:23\
        &fields%5Bname%5D=secret-name";
    let call = call_with(&signer().nonce("secret-nonce"), body);
    let call = set(call, "content-type", "application/x-www-form-urlencoded; x=secret-type");
    let call = set(set(call, "x-extra", "secret-extra"), "cookie", "secret-cookie");
    let plain = call.clone();
    sign_lines(call, names, |name| value_of(&plain, name))
}

fn spoil(call: Request<Bytes>, what: &str) -> Request<Bytes> {
    let mut call = call;
    match what {
        "body" => *call.body_mut() = vec![b'x'; call.body().len()].into(),
        "target" => *call.uri_mut() = "/elsewhere".parse().unwrap(),
        "variable" => {
            let body = "type=create&profile=secret-profile&fields[a]=secret-field";
            let spoilt = call_with(&signer().nonce("secret-nonce"), body);
            call = spoilt;
        }
        "syntax" => call = respell(call, "keyId=", "keyId=\"secret-key\",keyId="),
        name => {
            let name: &'static str = ["date", "digest", "x-copernica-id", "x-nonce", "x-extra"]
                .into_iter()
                .find(|known| *known == name)
                .unwrap();
            call = set(call, name, "secret-value");
        }
    }
    call
}

#[test]
fn no_log_and_no_debug_output_holds_personal_data() {
    let shown = Mutex::new(Vec::<String>::new());
    let mut refusals = 0;
    let mut show = |refused: &Rejection| {
        // Slowly enough that the log has every one of them.
        refusals += 1;
        if refusals % 5 == 0 {
            std::thread::sleep(Duration::from_secs(1));
        }
        let source = std::error::Error::source(refused).map(ToString::to_string);
        shown
            .lock()
            .unwrap()
            .push(format!("{refused} {refused:?} {source:?} {}", refused.problem()));
    };
    let by = |source: Source| builder().keys(source).build().unwrap();
    let work = || {
        let store = MemoryStore::new();
        let receiver = builder().replay(store.clone()).build().unwrap();
        // On its way in.
        let (parts, body) = personal().into_parts();
        let mut begun = receiver.begin(&Head::of(&parts)).unwrap();
        for chunk in [body.slice(..40), body.slice(40..)] {
            begun.push(chunk).unwrap();
            shown.lock().unwrap().push(format!("{begun:?}"));
        }
        // Released, in flight, handled, and again.
        drop(receive(&receiver, personal()).unwrap());
        let received = receive(&receiver, personal()).unwrap();
        shown.lock().unwrap().push(format!("{:?} {receiver:?} {store:?}", received.delivery));
        show(&receive(&receiver, personal()).unwrap_err());
        block_on(received.delivery.commit()).unwrap();
        show(&receive(&receiver, personal()).unwrap_err());
        for what in [
            "body",
            "target",
            "variable",
            "syntax",
            "date",
            "digest",
            "x-copernica-id",
            "x-nonce",
            "x-extra",
        ] {
            let spoilt = spoil(personal(), what);
            let explained = block_on(receiver.explain(&spoilt));
            shown.lock().unwrap().push(format!("{explained} {explained:?}"));
            show(&receive(&receiver, spoilt).expect_err(what));
        }
        let lost: [Receiver; 5] = [
            by(Source::finding(Err(UNREACHABLE))),
            by(Source::cached(other_key().into())),
            by(Source::renewing(Ok(None))),
            builder().replay(MemoryStore::bounded(0)).build().unwrap(),
            builder().clock(|| at(301)).build().unwrap(),
        ];
        for receiver in lost {
            let explained = block_on(receiver.explain(&personal()));
            shown.lock().unwrap().push(format!("{explained} {explained:?}"));
            show(&receive(&receiver, personal()).unwrap_err());
        }
        for (what, receiver, call) in unproven_calls() {
            show(&receive(&receiver, call).expect_err(what));
        }
    };
    let logged = logged(work);
    let lines = logged
        .iter()
        .filter(|(_, text)| text.contains("message=webhook ") && text.contains(" code="));
    assert_eq!(lines.count(), refusals, "a line a refusal");
    assert!(!logged.iter().any(|(_, text)| text.contains("left_out")));
    assert!(logged.len() > 40, "{}", logged.len());
    assert!(logged.iter().any(|(level, _)| *level == Level::DEBUG));

    let personal = personal();
    let (_, signature) = header(&personal, "signature").split_once("signature=\"").unwrap();
    let bytes = BASE64.decode(signature.trim_end_matches('"')).unwrap();
    let hex: String = bytes[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = &header(&personal, "digest")[8..];
    let never = ["secret", "Johny", "fsd9f2", &signature[..16], &hex, digest, "05 Jan 2026 21"];
    let shown = shown.into_inner().unwrap();
    // The ids of what is proven are in its lines, and nowhere else.
    let is_proven = |text: &&String| text.contains(" delivery=");
    let others = logged.iter().map(|(_, text)| text).filter(|text| !is_proven(text));
    for text in others.chain(&shown) {
        assert!(!text.contains("90071992"), "{text}");
    }
    for text in logged.iter().map(|(_, text)| text).chain(&shown) {
        for part in never {
            assert!(!text.contains(part), "{part} in: {text}");
        }
        assert!(!text.contains(&format!("{:?}", &bytes[..4])[1..12]), "{text}");
    }
    // Where to and whose is for the operator who turned debugging on.
    for (level, text) in logged.iter().filter(|(level, _)| *level <= Level::INFO) {
        // But for the key, under which the application knows the event.
        let text = text.replace("key=copernica:v1:account_4321:", "");
        for part in [HOST, TARGET, "4321", "elsewhere"] {
            assert!(!text.contains(part), "{level}: {part} in: {text}");
        }
    }
}

#[test]
fn an_explanation_is_not_logged_as_a_refusal() {
    let small = builder().limits(Limits::default().body(8)).build().unwrap();
    let receivers = [receiver(), small, by_another_key()];
    let logged = logged(|| {
        for receiver in receivers {
            let call = without(personal(), "content-length");
            let _ = block_on(receiver.explain(&call));
            let _ = block_on(receiver.explain(&spoil(call, "x-nonce")));
        }
    });
    assert_eq!(logged, []);
}

#[test]
fn a_weak_key_that_is_configured_is_logged() {
    let give =
        |key: PublicKey| logged(|| drop(StaticKeys::new().with(name(KEY_NAME), key).unwrap()));
    let line =
        format!("message=weak key: at least 2048 bits are recommended key={KEY_NAME} bits=1024 ");
    assert_eq!(give(other_key()), [(Level::WARN, line)]);
    assert_eq!(give(PublicKey::from_pem(PUBLIC).unwrap()), []);
}

fn by_another_key() -> Receiver {
    builder().keys(Source::cached(other_key().into())).build().unwrap()
}
