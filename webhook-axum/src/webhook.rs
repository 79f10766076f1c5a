//! The extractor.

use crate::body;
use crate::rejection::WebhookRejection;
use axum::body::Body;
use axum::extract::{FromRef, FromRequest, FromRequestParts, OriginalUri, Request};
use axum::http::request::Parts;
use axum::http::uri::{Authority, PathAndQuery};
use webhook_core::adapter::{Call, Head, Settlement};
use webhook_core::{CreateEvent, Delivery, FromDelivery, Received, Receiver, Rejection};

/// A webhook that was accepted: what happened, and how the call arrived.
///
/// `T` is [`CreateEvent`], or [`ProfileCreated`](crate::ProfileCreated) or
/// [`SubprofileCreated`](crate::SubprofileCreated) for a handler that takes no other entity. Each
/// has a parameter of its own: what `fields` become.
///
/// ```
/// use axum::http::StatusCode;
/// use axum::{Router, routing::post};
/// use serde::Deserialize;
/// use webhook_axum::{ProfileCreated, Receiver, Webhook};
///
/// #[derive(Deserialize)]
/// struct Person {
///     #[serde(rename = "First name")]
///     first_name: String,
///     newsletter: bool,
///     born: Option<chrono::NaiveDate>,
/// }
///
/// async fn on_create(Webhook { event, delivery, .. }: Webhook<ProfileCreated<Person>>) -> StatusCode {
///     println!("{} is {}", event.profile, event.fields.first_name);
///     println!("handle it once: {}", delivery.idempotency_key(&event));
///     StatusCode::NO_CONTENT
/// }
///
/// let app: Router = Router::new()
///     .route("/copernica", post(on_create))
///     .with_state(Receiver::unverified());
/// ```
///
/// The receiver is part of the router's state, by [`FromRef`]: the state itself, or a field of a
/// struct that derives `FromRef` (axum's feature `macros`). A router without one does not compile:
///
/// ```compile_fail
/// # use axum::{Router, routing::post};
/// # use webhook_axum::{Receiver, Webhook};
/// # async fn on_create(webhook: Webhook) {}
/// let app: Router = Router::new().route("/copernica", post(on_create));
/// ```
/// ```
/// # use axum::{Router, routing::post};
/// # use webhook_axum::{Receiver, Webhook};
/// # async fn on_create(webhook: Webhook) {}
/// let app: Router =
///     Router::new().route("/copernica", post(on_create)).with_state(Receiver::unverified());
/// ```
///
/// # In your tests
///
/// With the feature `testing`, a handler is called as what it is, a function:
///
/// ```
/// use axum::http::StatusCode;
/// use webhook_axum::testing::{Encoder, documented_profile, received};
/// use webhook_axum::{ProfileCreated, Webhook};
///
/// async fn on_create(Webhook { event, .. }: Webhook<ProfileCreated>) -> StatusCode {
///     if event.interests.is_active("blue") { StatusCode::NO_CONTENT } else { StatusCode::CONFLICT }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let body = Encoder::new().encode(&documented_profile())?;
/// assert_eq!(on_create(received(body).await?.into()).await, StatusCode::NO_CONTENT);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// A call is refused, and the handler does not run, for the reasons that the guide's page
/// [`refusals`](crate::guide::refusals) lists. A smaller limit of axum's counts as the receiver's (413).
/// [`WebhookRejection`] shows how a
/// handler shapes the answer: with a `Result`. There is no `Option<Webhook>`, which could not
/// distinguish a refused call from none:
///
/// ```compile_fail
/// # use axum::{Router, routing::post};
/// # use webhook_axum::{Receiver, Webhook};
/// # async fn on_create(webhook: Option<Webhook>) {}
/// let app: Router =
///     Router::new().route("/copernica", post(on_create)).with_state(Receiver::unverified());
/// ```
///
/// A request has one body, so `Webhook` is a handler's last argument. [`Delivery::body`] is where
/// the bytes are.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Webhook<T: FromDelivery = CreateEvent> {
    /// What happened.
    pub event: T,
    /// How it arrived, with the raw body.
    pub delivery: Delivery,
}

/// Makes a webhook of what [`Receiver::receive`] returns, or in tests `testing::received`.
impl<T: FromDelivery> From<Received<T>> for Webhook<T> {
    fn from(Received { event, delivery, .. }: Received<T>) -> Self {
        Self { event, delivery }
    }
}

impl<S, T> FromRequest<S> for Webhook<T>
where
    T: FromDelivery,
    Receiver: FromRef<S>, // the router's state: `.with_state(receiver)`, `debug_handler(state = Receiver)`
    S: Send + Sync,
{
    type Rejection = WebhookRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookRejection> {
        let (call, body, was_taken) = begin(&Receiver::from_ref(state), request)?;
        Ok(body::receive(call, body, was_taken).await?.into())
    }
}

/// No state of any router, and never made: what the compiler shows where a [`Webhook`] is not the last
/// argument.
#[doc(hidden)]
#[derive(Debug)]
pub enum MakeItTheLastArgument {}

/// For the compiler's words only. axum looks for this trait where an argument is not the last one.
#[doc(hidden)]
impl<T: FromDelivery> FromRequestParts<MakeItTheLastArgument> for Webhook<T> {
    type Rejection = WebhookRejection;

    async fn from_request_parts(
        _: &mut Parts,
        never: &MakeItTheLastArgument,
    ) -> Result<Self, WebhookRejection> {
        match *never {}
    }
}

/// Lends the head to the receiver, with the URI that was called: routers that nest strip theirs.
fn begin(receiver: &Receiver, request: Request) -> Result<(Call, Body, bool), Rejection> {
    let (parts, body) = request.into_parts();
    let uri = parts.extensions.get().map_or(&parts.uri, |OriginalUri(uri)| uri);
    let mut call = receiver.begin(&Head {
        target: uri.path_and_query().map_or("", PathAndQuery::as_str),
        authority: uri.authority().map(Authority::as_str),
        ..Head::of(&parts)
    })?;
    if let Some(once) = parts.extensions.get::<Settlement>() {
        call = call.settled_by(once.clone());
    }
    let was_taken = body::was_taken(&parts, &body);
    let call = match body::default_limit(parts) {
        Some(limit) => call.with_limit(limit),
        None => call,
    };
    Ok((call, body, was_taken))
}
