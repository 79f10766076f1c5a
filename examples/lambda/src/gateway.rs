//! What a REST API of API Gateway may rename on the way, named as it was.

use axum::extract::Request;
use axum::http::HeaderName;

/// Headers of a call that are on AWS's list of those that a REST API may hand on as
/// `x-amzn-remapped-…` ("Amazon API Gateway important notes"). A call without its `Date` can't be
/// proven.
const RENAMED: [(HeaderName, HeaderName); 3] = [
    (HeaderName::from_static("x-amzn-remapped-date"), HeaderName::from_static("date")),
    (
        HeaderName::from_static("x-amzn-remapped-content-length"),
        HeaderName::from_static("content-length"),
    ),
    (
        HeaderName::from_static("x-amzn-remapped-content-type"),
        HeaderName::from_static("content-type"),
    ),
];

/// Gives headers their names back where the name is missing.
///
/// A sender can send the other name too, and gains nothing: a value counts only if the signature
/// covers it.
pub async fn restore(mut request: Request) -> Request {
    for (renamed, name) in &RENAMED {
        if request.headers().contains_key(name) {
            continue;
        }
        if let Some(value) = request.headers_mut().remove(renamed) {
            request.headers_mut().insert(name, value);
        }
    }
    request
}
