//! What a receiver is not built from: a setting that is missing or wrong is an error at the start.

use super::support::*;
use futures_executor::block_on;
use std::error::Error;
use std::time::Duration;
use webhook_core::key::NameError;
use webhook_core::limits::MAX_KEY_BITS;
use webhook_core::signature::Account;
use webhook_core::{BuildError, Receiver, ReceiverBuilder, Rejection, RejectionKind};

type Is = fn(&BuildError) -> bool;

#[test]
fn what_is_missing_or_contradicts_itself_builds_nothing() {
    let no_account = || Receiver::builder().keys(signer().keys());
    let public = |url| builder().public_url(url);
    let cases: [(&str, ReceiverBuilder, Is); 5] = [
        ("no account", no_account(), |error| matches!(error, BuildError::NoAccount)),
        ("no URL", public("hooks.example.com"), |error| {
            matches!(error, BuildError::PublicUrl(_)) && error.source().is_some()
        }),
        ("no URL of HTTP", public("ftp://hooks.example.com/"), |error| {
            matches!(error, BuildError::PublicUrl(_))
        }),
        ("a URL of another host", public("https://other.example/"), |error| {
            matches!(error, BuildError::HostOfPublicUrl)
        }),
        ("no key is so long", builder().min_key_bits(MAX_KEY_BITS + 1), |error| {
            matches!(error, BuildError::KeyBits)
        }),
    ];
    for (what, builder, is) in cases {
        let error = builder.build().expect_err(what);
        assert!(is(&error), "{what}: {error}");
        assert!(!error.to_string().is_empty());
    }
    for builds in [
        no_account().account(1234),
        public("https://hooks.example.com/x"),
        public("https://other.example/").host("other.example"),
        no_account().account(1234).public_url("https://other.example/"),
        builder().min_key_bits(MAX_KEY_BITS),
    ] {
        drop(builds.build().unwrap());
    }
}

#[test]
fn a_host_that_no_call_can_be_for_builds_nothing() {
    let long = format!("{}.example.com", "a".repeat(64));
    let longest = ["a".repeat(60).as_str(); 5].join(".");
    let cases = [
        ("", NameError::Empty),
        (".", NameError::Empty),
        (":443", NameError::Empty),
        ("https://h", NameError::Url),
        ("https://h:443/", NameError::Url),
        ("h/path", NameError::Path),
        ("h?query", NameError::Path),
        ("*.example.com", NameError::Wildcard),
        ("*", NameError::Wildcard),
        ("m\u{fc}nchen.example", NameError::NotAscii),
        ("2001:db8::1", NameError::Ipv6),
        ("::1", NameError::Ipv6),
        ("[::1", NameError::Ipv6),
        ("[h.example.com]", NameError::Ipv6),
        ("h:port", NameError::Port),
        ("h:0", NameError::Port),
        ("h:65536", NameError::Port),
        ("h:08", NameError::Port),
        ("h..example.com", NameError::Label),
        ("h.example.com..", NameError::Label),
        (".example.com", NameError::Label),
        (&long, NameError::Label),
        (&longest, NameError::TooLong),
        ("user@h", NameError::Character),
        ("h example", NameError::Character),
        ("h\u{0}", NameError::Character),
    ];
    for (host, expected) in cases {
        let error = builder().host(host).build().expect_err(host);
        let source = error.source().expect(host).to_string();
        match error {
            BuildError::Host { fault, .. } => assert_eq!(fault, expected, "{host:?}"),
            other => panic!("{host:?}: {other:?}"),
        }
        assert_eq!(source, expected.to_string(), "the cause says what to write");
    }
    for host in ["h", "H_1.example.com.:8443", "xn--mnchen-3ya.example", "[2001:db8::1]:8443"] {
        drop(builder().host(host).build().expect(host));
    }
}

#[test]
fn an_account_that_copernica_gives_to_no_customer_builds_nothing() {
    for account in [Account::new(0), Account::environment(0)] {
        let error = builder().account(account).build().expect_err("built");
        assert!(matches!(error, BuildError::Account), "{error:?}");
    }
}

#[test]
fn a_zone_that_no_key_can_be_under_builds_nothing() {
    let long = [vec!["a".repeat(60); 3], vec!["a".repeat(58)]].concat().join(".");
    let cases = [
        ("", NameError::Empty),
        ("https://example.com", NameError::Url),
        ("example.com/keys", NameError::Path),
        ("*.example.com", NameError::Wildcard),
        ("m\u{fc}nchen.example", NameError::NotAscii),
        ("example.com:53", NameError::Port),
        ("example..com", NameError::Label),
        (&long, NameError::TooLong),
        ("_domainkey.example.com", NameError::KeyName),
        ("one._DomainKey.example.com", NameError::KeyName),
    ];
    for (zone, expected) in cases {
        let error = builder().zone(zone).build().expect_err(zone);
        let source = error.source().expect(zone).to_string();
        match error {
            BuildError::Zone { fault, .. } => assert_eq!(fault, expected, "{zone:?}"),
            other => panic!("{zone:?}: {other:?}"),
        }
        assert_eq!(source, expected.to_string());
    }
    for zone in ["example.com", "Example.COM.", &long[1..]] {
        drop(builder().zone(zone).build().expect(zone));
    }
}

#[cfg(feature = "dns")]
#[test]
fn a_selector_that_no_key_can_have_builds_nothing() {
    let from_dns = || Receiver::builder().account(1234);
    let cases = [
        ("", NameError::Empty),
        ("one.two", NameError::Selector),
        ("one._domainkey.copernica.com", NameError::Selector),
        ("*", NameError::Wildcard),
        ("\u{e9}n", NameError::NotAscii),
    ];
    for (selector, expected) in cases {
        match from_dns().selectors(["one", selector]).build() {
            Err(BuildError::Selector { fault, .. }) => assert_eq!(fault, expected, "{selector:?}"),
            other => panic!("{selector:?}: {other:?}"),
        }
    }
    // A hint for a source that is not used would be no hint at all.
    let error = builder().selectors(["one"]).build().unwrap_err();
    assert!(matches!(error, BuildError::SelectorsWithKeys), "{error:?}");
}

#[test]
fn a_public_url_that_no_call_can_have_builds_nothing() {
    for url in ["https://*.example.com/", "https://m\u{fc}nchen.example/", "https://::1/"] {
        let error = builder().public_url(url).build().expect_err(url);
        assert!(matches!(error, BuildError::PublicUrl(_)), "{url}: {error:?}");
    }
    // The same host, spelt as DNS does.
    drop(builder().public_url(format!("https://{HOST}.:443/x")).build().unwrap());
}

#[test]
fn a_final_dot_and_a_default_port_are_the_same_host() {
    let spellings = ["hooks.example.com", "hooks.example.com.", "HOOKS.example.com.:443"];
    for named in spellings {
        let receiver =
            || Receiver::builder().account(1234).host(named).keys(signer().keys()).clock(|| at(0));
        for called in spellings {
            let call = signer().sign(&format!("https://{called}{TARGET}"), BODY).unwrap();
            let mut call = set(call.map(Into::into), "host", called);
            call = sign_lines(call.clone(), COVERED, |name| match name {
                "(request-target)" => format!("post {TARGET}"),
                name => value_of(&call, name),
            });
            *call.uri_mut() = TARGET.parse().unwrap();
            receive(&receiver().build().unwrap(), call.clone()).expect(called);
            // An authority may spell it in another way than Host.
            for authority in spellings {
                let mut call = call.clone();
                *call.uri_mut() = format!("https://{authority}{TARGET}").parse().unwrap();
                receive(&receiver().build().unwrap(), call).expect(authority);
            }
        }
    }
}

#[test]
fn a_clock_set_back_within_the_freshness_of_this_receiver_handles_nothing_twice() {
    let hands = Hands::default();
    let receiver =
        builder().max_age(Duration::from_secs(3600)).clock(hands.clone()).build().unwrap();
    let handle = |call| {
        let received = receive(&receiver, call)?;
        block_on(received.delivery.commit()).unwrap();
        Ok::<_, Rejection>(())
    };
    handle(call()).unwrap();
    // An hour later it is forgotten.
    hands.turn(3800);
    handle(call_of(&signer().date(at(3800)))).unwrap();
    hands.turn(100);
    let refused = handle(call()).expect_err("handled twice");
    assert_eq!(refused.kind(), RejectionKind::ReplayUnavailable);
    // What is dated now is taken all the same.
    handle(call_of(&signer().date(at(100)))).unwrap();
    // That clock was wrong: nothing is refused for it.
    hands.turn(-7200);
    handle(call_of(&signer().date(at(-7200)))).unwrap();
}

const COVERED: &str = "(request-target) host date digest x-copernica-id x-nonce";
