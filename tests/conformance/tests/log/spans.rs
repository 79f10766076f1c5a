//! The span that a handler runs in under `once`, as a subscriber writes it before the handler's lines.

use super::frameworks::{FRAMEWORKS, Framework, Way};
use super::{CREATED, MISFIT, call, one, receiver, signer};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;
use webhook_core::Receiver;

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Text {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Returns the line that the handler wrote about one signed call.
fn line(framework: &Framework, way: Way, body: &'static str, verified: bool) -> String {
    let text = Text::default();
    let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(text.clone());
    tracing::subscriber::with_default(lines.finish(), || {
        let signer = signer();
        let receiver = if verified { receiver(&signer) } else { Receiver::unverified() };
        tracing::info_span!("request").in_scope(|| {
            (framework.answer)(way, receiver, call(&signer, body));
        });
    });
    let all = String::from_utf8(text.0.lock().unwrap().clone()).unwrap();
    let mut lines = all.lines().filter(|line| line.contains("from the handler"));
    lines.next().unwrap_or_else(|| panic!("{}: {all}", framework.name)).to_owned()
}

#[test]
fn a_line_of_a_handler_under_once_has_kind_ids_and_key_name() {
    let _one = one();
    for framework in FRAMEWORKS {
        let line = line(framework, Way::Once, CREATED, true);
        let span = "webhook{kind=\"create\" profile=9001 database=77 key_name=";
        assert!(line.contains(span) && line.contains("_domainkey.copernica.com}"), "{line}");
        assert!(line.contains("request:webhook{"), "{}: {line}", framework.name);
        for value in ["marker", "example.com/", "code="] {
            assert!(!line.contains(value), "{}: {value} in {line}", framework.name);
        }
    }
}

#[test]
fn a_refused_call_has_its_code_too() {
    let _one = one();
    for framework in FRAMEWORKS {
        let line = line(framework, Way::Takes, MISFIT, true);
        assert!(
            line.contains("profile=9002") && line.contains("code=\"invalid_fields\""),
            "{line}"
        );
        assert!(!line.contains("marker"), "{}: {line}", framework.name);
    }
}

#[test]
fn an_unverified_call_has_a_span_without_a_key() {
    let _one = one();
    for framework in FRAMEWORKS {
        let line = line(framework, Way::Once, CREATED, false);
        assert!(line.contains("webhook{kind=\"create\" profile=9001 database=77}"), "{line}");
    }
}

#[test]
fn without_once_there_is_no_span() {
    let _one = one();
    for framework in FRAMEWORKS {
        let line = line(framework, Way::Bare, CREATED, true);
        assert!(!line.contains("webhook{"), "{}: {line}", framework.name);
    }
}
