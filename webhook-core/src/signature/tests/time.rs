//! When a call is taken.

use super::*;
use FaultKind::{Malformed, Unauthenticated};
use std::time::Duration;

/// `Date`, the clock, and the last moment at which the call is taken.
#[test]
fn a_date_is_fresh_up_to_its_bounds() {
    let last = "2014-01-05T21:36:40Z";
    let cases = [
        ("2014-01-05T21:31:40Z", Ok(())),
        ("2014-01-05T21:36:40Z", Ok(())),
        ("2014-01-05T21:36:40.001Z", Err(Check::Date)),
        ("2014-01-05T21:30:40Z", Ok(())),
        ("2014-01-05T21:30:39.999Z", Err(Check::Date)),
        ("2015-01-05T21:31:40Z", Err(Check::Date)),
        ("1970-01-01T00:00:00Z", Err(Check::Date)),
    ];
    for (now, expected) in cases {
        let signed = Call::plain().examine(&policy(), now);
        assert_eq!(signed.as_ref().map(|_| ()).map_err(|fault| fault.check), expected, "{now}");
        assert!(signed.is_err() || signed.unwrap().until() == at(last), "{now}");
    }
    let mut wide = policy();
    (wide.oldest, wide.ahead) = (Duration::MAX, Duration::MAX);
    for now in ["1970-01-01T00:00:00Z", "9999-01-01T00:00:00Z"] {
        let signed = Call::plain().examine(&wide, now).unwrap();
        assert_eq!(signed.until(), DateTime::<Utc>::MAX_UTC);
    }
    let mut narrow = policy();
    (narrow.oldest, narrow.ahead) = (Duration::ZERO, Duration::ZERO);
    assert!(Call::plain().examine(&narrow, NOW).is_ok());
    assert!(Call::plain().examine(&narrow, "2014-01-05T21:31:41Z").is_err());
}

/// The last moment, or the fault.
type Until = Result<&'static str, (FaultKind, Check)>;

/// Seconds since 1970 around the plain call's date: 1388957500.
#[test]
fn created_and_expires_bound_the_time() {
    use Check::{Created, Expires};
    let last = "2014-01-05T21:36:40Z";
    let cases: &[(&str, &str, Until)] = &[
        ("created=1388957500", "(created)", Ok(last)),
        ("created=\"1388957500\"", "(created)", Ok(last)),
        ("created=1388957560", "(created)", Ok(last)),
        ("created=1388957561", "(created)", Err((Unauthenticated, Created))),
        ("created=1388957200", "(created)", Ok("2014-01-05T21:31:40Z")),
        ("created=1388957199", "(created)", Err((Unauthenticated, Created))),
        ("created=1388957500.5", "(created)", Err((Malformed, Created))),
        ("created=-1", "(created)", Err((Malformed, Created))),
        ("created=\"+1388957500\"", "(created)", Err((Malformed, Created))),
        ("created=\"\"", "(created)", Err((Malformed, Created))),
        ("created=99999999999999999999", "(created)", Err((Malformed, Created))),
        ("created=999999999999999999", "(created)", Err((Malformed, Created))),
        ("expires=1388957500", "(expires)", Ok("2014-01-05T21:31:40Z")),
        ("expires=1388957499", "(expires)", Err((Unauthenticated, Expires))),
        ("expires=1388957510", "(expires)", Ok("2014-01-05T21:31:50Z")),
        ("expires=1500000000", "(expires)", Ok(last)),
        ("expires=x", "(expires)", Err((Malformed, Expires))),
        (
            "created=1388957500,expires=1388957501",
            "(created) (expires)",
            Ok("2014-01-05T21:31:41Z"),
        ),
    ];
    for algorithm in ["", "algorithm=hs2019,"] {
        for (parameters, covered, expected) in cases {
            let header =
                signature(&format!(r#"{algorithm}{parameters},headers="{COVERED} {covered}""#));
            let signed = Call::plain().set("Signature", header).examine(&policy(), NOW);
            let until = signed.map(|signed| signed.until()).map_err(|fault| failed(&fault));
            assert_eq!(until, expected.map(at), "{parameters}");
        }
    }
    let header = signature(&format!(r#"created="01388957500",headers="(created) {COVERED}""#));
    let signed = Call::plain().set("Signature", header).examine(&policy(), NOW).unwrap();
    assert!(signed.signing_string(0).starts_with(b"(created): 01388957500\n(request-target): "));
}

/// They need the newer algorithm, and have to be present.
#[test]
fn created_and_expires_are_of_the_newer_algorithm() {
    let cases = [("(created)", Check::Created), ("(expires)", Check::Expires)];
    for (name, check) in cases {
        let names = format!("{COVERED} {name}");
        let fault = |header: String| {
            failed(&Call::plain().set("Signature", header).examine(&policy(), NOW).unwrap_err())
        };
        let times = "created=1388957500,expires=1388957500";
        let old = format!(r#"{times},algorithm="RSA-SHA256",headers="{names}""#);
        assert_eq!(fault(signature(&old)), (Malformed, check));
        assert_eq!(fault(covering(&names)), (Malformed, check));
        assert_eq!(fault(signature(&format!(r#"headers="{names}""#))), (Unauthenticated, check));
    }
}
