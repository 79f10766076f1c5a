//! Calls that come to the program as Lambda hands them on: the events in `tests/events`, each with a call that
//! was signed a moment ago, fetched by the built program from a Runtime API.

mod support;

use serde_json::Value;
use support::{CREATE, Event, Function, Shape, sign};

const REST: &str = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/copernica";
const FUNCTION: &str = "https://a1b2c3d4e5f6g7h8.lambda-url.eu-west-1.on.aws/copernica";
const DOMAIN: &str = "https://hooks.example.com/copernica";
const MAPPED: &str = "https://hooks.example.com/crm/copernica";

/// Signs a call of `url` and hands it to a new function as the event in `file`; returns the status
/// and what was printed.
async fn call(url: &str, file: &str, shape: Shape, variables: &[(&str, &str)]) -> (u64, String) {
    let mut function = Function::start(variables).await;
    let answer = function.call(&Event::new(file, shape, &sign(url, CREATE))).await;
    (answer.status(), function.stop())
}

#[tokio::test]
async fn what_copernica_called_is_proven_without_a_setting_where_host_and_path_arrive() {
    let cases = [
        ("rest.json", Shape::Rest, REST),
        ("rest.json", Shape::RestBinary, REST),
        ("http.json", Shape::Lower, REST),
        ("function-url.json", Shape::Lower, FUNCTION),
        ("alb.json", Shape::Lower, DOMAIN),
        ("alb-multi.json", Shape::LowerMulti, DOMAIN),
        // A domain of one's own without a path in its mapping, on the stage `$default`.
        ("http-domain.json", Shape::Lower, DOMAIN),
    ];
    for (file, shape, url) in cases {
        let (status, printed) = call(url, file, shape, &[]).await;
        assert_eq!(status, 204, "{file}");
        assert!(printed.starts_with(r#"{"type":"create""#), "{file}: {printed}");
    }
}

#[tokio::test]
async fn a_stage_that_copernica_did_not_call_needs_the_public_url() {
    let (status, printed) = call(DOMAIN, "rest-domain.json", Shape::Rest, &[]).await;
    assert_eq!((status, &*printed), (401, ""));
    let public_url = [("COPERNICA_PUBLIC_URL", DOMAIN)];
    let (status, printed) = call(DOMAIN, "rest-domain.json", Shape::Rest, &public_url).await;
    assert_eq!((status, printed.lines().count()), (204, 1));
    // The other way, if the path is all that differs.
    let no_stage = [("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "1")];
    let (status, _) = call(DOMAIN, "rest-domain.json", Shape::Rest, &no_stage).await;
    assert_eq!(status, 204);
}

#[tokio::test]
async fn a_mapping_that_the_gateway_takes_off_the_path_needs_the_public_url() {
    let (status, printed) = call(MAPPED, "http-domain.json", Shape::Lower, &[]).await;
    assert_eq!((status, &*printed), (401, ""));
    let public_url = [("COPERNICA_PUBLIC_URL", MAPPED)];
    let (status, printed) = call(MAPPED, "http-domain.json", Shape::Lower, &public_url).await;
    assert_eq!((status, printed.lines().count()), (204, 1));
}

#[tokio::test]
async fn a_query_of_a_rest_api_is_proven_by_the_public_url_that_has_it() {
    let url = format!("{REST}?team=a%2Fb&shop=nl&env=1");
    let call = sign(&url, CREATE);
    let event = Event::new("rest.json", Shape::Rest, &call);
    let event = event.query(&[("team", "a/b"), ("shop", "nl"), ("env", "1")]);
    let mut function = Function::start(&[("COPERNICA_PUBLIC_URL", &url)]).await;
    assert_eq!(function.call(&event).await.status(), 204);
}

#[tokio::test]
async fn headers_that_a_rest_api_renamed_are_read() {
    let event = Event::new("rest.json", Shape::Rest, &sign(REST, CREATE));
    let event = event.rename("Date", "x-amzn-Remapped-Date");
    let event = event.rename("Content-Type", "x-amzn-Remapped-Content-Type");
    let mut function = Function::start(&[]).await;
    assert_eq!(function.call(&event).await.status(), 204);
}

#[tokio::test]
async fn an_exact_copy_is_answered_200_and_not_printed_again() {
    let event = Event::new("http.json", Shape::Lower, &sign(REST, CREATE));
    let mut function = Function::start(&[]).await;
    assert_eq!(function.call(&event).await.status(), 204);
    assert_eq!(function.call(&event).await.status(), 200);
    assert_eq!(function.stop().lines().count(), 1);
}

#[tokio::test]
async fn a_call_that_was_changed_is_refused_with_a_text_and_not_printed() {
    let mut call = sign(REST, CREATE);
    *call.body_mut() = CREATE.replace("Johny", "Jenny").into();
    assert_ne!(call.body(), CREATE);
    for (file, shape) in [("rest.json", Shape::Rest), ("http.json", Shape::Lower)] {
        let mut function = Function::start(&[]).await;
        let answer = function.call(&Event::new(file, shape, &call)).await;
        assert_eq!(answer.status(), 401, "{file}");
        // Text, and not base64, which a REST API without binary media types would not decode.
        assert_eq!(answer.0["isBase64Encoded"], false, "{file}");
        let problem: Value = serde_json::from_str(answer.0["body"].as_str().unwrap()).unwrap();
        assert_eq!(problem["status"], 401, "{file}: {problem}");
        assert_eq!(function.stop(), "", "{file}");
    }
}

#[tokio::test]
async fn other_methods_and_other_triggers_do_not_reach_the_handler() {
    let mut function = Function::start(&[]).await;
    let mut event = Event::new("http.json", Shape::Lower, &sign(REST, CREATE));
    event.0["requestContext"]["http"]["method"] = "GET".into();
    assert_eq!(function.call(&event).await.status(), 405);
    let click = sign(REST, "type=click&id=b4icbaqjswyrb7tc");
    assert_eq!(function.call(&Event::new("http.json", Shape::Lower, &click)).await.status(), 204);
    assert_eq!(function.stop(), "");
}
