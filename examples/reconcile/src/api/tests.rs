//! How long a JWT is used, by a clock that is moved.

use super::Api;
use stand_in::Modes;
use std::time::Duration;
use tokio::time::{advance, pause, resume};

#[path = "../../tests/support/api.rs"]
#[allow(dead_code, reason = "a part of it is used here")]
mod stand_in;

const TOKEN: &str = "a-token-of-the-stand-in";

/// Lets time pass, and with it the end of a JWT come nearer; calls themselves take the time that they take.
async fn pass(time: Duration) {
    pause();
    advance(time).await;
    resume();
}

#[tokio::test]
async fn a_jwt_is_used_for_23_hours_and_renewed_before_24() {
    let server = stand_in::Api::start(Modes::default());
    let jwts = || server.inner.lock().unwrap().jwts;
    let (base, auth) = (format!("{}/v4", server.url), format!("{}/auth", server.url));
    let token = TOKEN.to_owned();
    let mut api = Api::new(&base, &auth, token, Duration::from_millis(10)).unwrap();
    assert_eq!((api.identity().await, jwts()), (Ok(34), 1));

    pass(Duration::from_hours(23) - Duration::from_mins(1)).await;
    assert_eq!((api.identity().await, jwts()), (Ok(34), 1));
    pass(Duration::from_mins(1)).await;
    assert_eq!((api.identity().await, jwts()), (Ok(34), 2));

    // The stand-in takes only its newest JWT, and was never asked by another one.
    pass(Duration::from_hours(23)).await;
    assert_eq!((api.identity().await, jwts()), (Ok(34), 3));
    let calls = &server.inner.lock().unwrap().calls;
    assert_eq!(calls.iter().filter(|call| *call == "/v4/identity").count(), 4, "{calls:?}");
}
