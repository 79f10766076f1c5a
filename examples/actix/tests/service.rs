//! The program as it is built.

mod support;

use std::process::Command;
use support::{PROGRAM, Service};
use webhook_actix::testing::{Signer, fixtures};

/// A key for development, which no account has.
const PRIVATE_PEM: &str = include_str!("support/private.pem");

#[test]
fn without_an_account_it_refuses_to_start() {
    let mut program = Command::new(PROGRAM);
    program.env_remove("COPERNICA_ACCOUNT").env_remove("COPERNICA_UNVERIFIED");
    let output = program.output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("set COPERNICA_ACCOUNT"));
}

#[test]
fn a_signed_call_is_printed_once_and_a_changed_one_is_refused() {
    let mut service = Service::verifying();
    let call = sign(&service, fixtures::CREATE_PROFILE.form);
    assert_eq!(service.call(&call), 204);
    // Its exact copy was handled.
    assert_eq!(service.call(&call), 200);
    let mut changed = sign(&service, fixtures::CREATE_SUBPROFILE.form);
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(service.call(&changed), 401);
    let printed = service.stop();
    assert_eq!(printed.lines().count(), 1, "{printed}");
    assert!(printed.starts_with(r#"{"type":"create""#), "{printed}");
}

#[test]
fn a_trigger_that_the_handler_does_not_take_is_answered_204_and_not_printed() {
    let mut service = Service::unverified();
    for other in ["type=click&id=b4icbaqjswyrb7tc", "type=delete&profile=123", "type=tomorrow"] {
        assert_eq!(service.post(other), 204, "{other}");
    }
    // What the handler does take, but lacks what names it, is refused all the same.
    assert_eq!(service.post("type=create&profile=&database=1"), 422);
    let create = "type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23";
    assert_eq!(service.post(create), 204);
    let printed = service.stop();
    assert_eq!(printed.lines().count(), 1, "{printed}");
    assert!(printed.starts_with(r#"{"type":"create""#), "{printed}");
}

/// Signs a call of the service, as Copernica does; returns it as it goes over the wire.
fn sign(service: &Service, form: &'static str) -> Vec<u8> {
    let url = format!("http://{}/copernica", service.address);
    let call = Signer::from_pem(PRIVATE_PEM).unwrap().sign(&url, form).unwrap();
    let mut wire = b"POST /copernica HTTP/1.1\r\nConnection: close\r\n".to_vec();
    for (name, value) in call.headers() {
        wire.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    wire.extend(b"\r\n");
    wire.extend(call.body());
    wire
}
