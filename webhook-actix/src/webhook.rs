//! The extractor.

use crate::body;
use crate::config::WebhookConfig;
use crate::rejection::WebhookRejection;
use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::http::uri::Authority;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use std::pin::Pin;
use webhook_core::adapter::{self, Call, Head, Headers, Settlement, WeakSettlement};
use webhook_core::{CreateEvent, Delivery, FromDelivery, Received, Receiver, Rejection};

/// A webhook that was accepted: what happened, and how the call arrived.
///
/// `T` is [`CreateEvent`], or [`ProfileCreated`](crate::ProfileCreated) or
/// [`SubprofileCreated`](crate::SubprofileCreated) for a handler that takes no other entity. Each
/// has a parameter of its own: what `fields` become.
///
/// ```
/// use actix_web::HttpResponse;
/// use serde::Deserialize;
/// use webhook_actix::{ProfileCreated, Webhook};
///
/// #[derive(Deserialize)]
/// struct Person {
///     #[serde(rename = "First name")]
///     first_name: String,
///     newsletter: bool,
///     born: Option<chrono::NaiveDate>,
/// }
///
/// async fn on_create(Webhook { event, delivery, .. }: Webhook<ProfileCreated<Person>>) -> HttpResponse {
///     println!("{} is {}", event.profile, event.fields.first_name);
///     println!("handle it once: {}", delivery.idempotency_key(&event));
///     HttpResponse::NoContent().finish()
/// }
/// # let _ = actix_web::web::post().to(on_create);
/// ```
///
/// The receiver is looked up in the application's data, as a [`Receiver`] and then as a
/// `web::Data<Receiver>`, innermost scope first.
///
/// # In your tests
///
/// With the feature `testing`, a handler is called as what it is, a function:
///
/// ```
/// use actix_web::HttpResponse;
/// use webhook_actix::testing::{Encoder, documented_profile, received};
/// use webhook_actix::{ProfileCreated, Webhook};
///
/// async fn on_create(Webhook { event, .. }: Webhook<ProfileCreated>) -> HttpResponse {
///     if event.interests.is_active("blue") {
///         HttpResponse::NoContent().finish()
///     } else {
///         HttpResponse::Conflict().finish()
///     }
/// }
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let body = Encoder::new().encode(&documented_profile())?;
/// assert_eq!(on_create(received(body).await?.into()).await.status(), 204);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// A call is refused, and the handler does not run, for the reasons that the guide's page
/// [`refusals`](crate::guide::refusals) lists. An application without a receiver answers 500.
/// [`WebhookConfig`] shapes the
/// answers of an application; in one handler, take a `Result`:
///
/// ```
/// use actix_web::HttpResponse;
/// use webhook_actix::{RejectionKind, Webhook, WebhookRejection};
///
/// async fn on_create(webhook: Result<Webhook, WebhookRejection>) -> Result<HttpResponse, WebhookRejection> {
///     match webhook {
///         Ok(webhook) => println!("{:?}", webhook.event),
///         // Another trigger's call: nothing to do, and nothing to send again.
///         Err(refused) if refused.kind() == RejectionKind::UnexpectedEvent => {}
///         Err(refused) => return Err(refused),
///     }
///     Ok(HttpResponse::NoContent().finish())
/// }
/// # let _ = actix_web::web::post().to(on_create);
/// ```
///
/// **`Option<Webhook>` runs the handler for refused calls too**, forged ones among them, with
/// `None`: actix-web swallows the refusal. Take `Webhook` or a `Result`.
///
/// A request has one body: no other extractor of the handler can have it too.
/// [`Delivery::body`] is where its bytes are.
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

impl<T: FromDelivery> FromRequest for Webhook<T> {
    type Error = WebhookRejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebhookRejection>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // The payload stays where it is when the head is refused.
        let call = begin(request).map(|call| (call, payload.take()));
        let request = request.clone();
        Box::pin(async move {
            let received = match call {
                Ok((call, payload)) => body::receive(call, &request, payload).await,
                Err(refused) => Err(refused),
            };
            match received {
                Ok(received) => Ok(received.into()),
                Err(refused) => Err(WebhookConfig::shape(refused, &request)),
            }
        })
    }
}

/// Lends the head to the receiver: what was called, not what proxies say was called.
fn begin(request: &HttpRequest) -> Result<Call, Rejection> {
    let uri = request.uri();
    let call = receiver(request)?.begin(&Head {
        method: request.method().as_str(),
        target: uri.path_and_query().map_or("", |target| target.as_str()),
        authority: uri.authority().map(Authority::as_str),
        headers: &Borrowed(request.headers()),
    })?;
    Ok(call.settled_by(settlement(request)))
}

fn receiver(request: &HttpRequest) -> Result<&Receiver, Rejection> {
    request
        .app_data::<Receiver>()
        .or_else(|| request.app_data::<web::Data<Receiver>>().map(web::Data::get_ref))
        .ok_or_else(|| {
            adapter::misconfigured(
                "the application has no receiver: add it with .app_data(receiver.clone())",
            )
        })
}

/// Returns where `once`, or the holder of the delivery, settles the call.
///
/// Two extractors of one request share it, as those of `Either` do: the first one's claim is the
/// second one's too. The request outlives both, so it keeps no claim alive.
fn settlement(request: &HttpRequest) -> Settlement {
    let mut extensions = request.extensions_mut();
    if let Some(once) = extensions.get::<Settlement>() {
        return once.clone();
    }
    if let Some(earlier) = extensions.get().and_then(WeakSettlement::upgrade) {
        return earlier;
    }
    let settlement = Settlement::default();
    extensions.insert(settlement.downgrade());
    settlement
}

/// The headers of a request, in actix-web's own type.
struct Borrowed<'a>(&'a HeaderMap);

impl Headers for Borrowed<'_> {
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a str, &'a [u8])) {
        self.0.iter().for_each(|(name, value)| visit(name.as_str(), value.as_bytes()));
    }
}
