//! The filters: a request's head to core, its body to core, core's verdict to warp.

use crate::body;
use crate::rejection::WebhookRejection;
use futures_util::future::ready;
use http::uri::Authority;
use http::{HeaderMap, header};
use std::borrow::Cow;
use std::cell::Cell;
use std::convert::Infallible;
use warp::Filter;
use webhook_core::{Call, CreateEvent, Delivery, Event, Head, Received, Receiver, Rejection};

/// A received webhook: what happened, and how it arrived.
///
/// `T` is what the handler wants: [`CreateEvent`], or
/// [`ProfileCreated`](webhook_core::ProfileCreated) or
/// [`SubprofileCreated`](webhook_core::SubprofileCreated) where the other one is to be refused;
/// each takes a struct of yours for its fields.
///
/// # In your tests
///
/// With the feature `testing`, a handler is called as what it is, a function:
///
/// ```
/// use warp::http::StatusCode;
/// use webhook_warp::testing::{Encoder, documented_profile, received};
/// use webhook_warp::{ProfileCreated, Webhook};
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
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Webhook<T = CreateEvent> {
    /// What happened.
    pub event: T,
    /// How it arrived.
    pub delivery: Delivery,
}

/// As it came from [`Receiver::receive`], or in tests from `testing::received`.
impl<T> From<Received<T>> for Webhook<T> {
    fn from(Received { event, delivery, .. }: Received<T>) -> Self {
        Self { event, delivery }
    }
}

/// A filter that hands the handler a [`Webhook`], and rejects every other call.
///
/// `T` follows from the handler's argument. [`recover`](crate::recover) on the route itself turns
/// the rejection into its answer; see [the crate](crate#a-rejection-means-try-the-next-route) for
/// why it must be there. Leave `warp::post()` and warp's body filters out: the method and the
/// limit are checked here, with the same answer as every other refusal.
///
/// ```
/// use warp::Filter;
/// use webhook_warp::{ProfileCreated, Receiver, Webhook, recover, webhook};
///
/// async fn on_profile(Webhook { event, .. }: Webhook<ProfileCreated>) -> String {
///     format!("welcome, {:?}", event.profile)
/// }
///
/// let receiver = Receiver::unverified();
/// let route = warp::path!("copernica" / "profiles")
///     .and(webhook(receiver))
///     .then(on_profile)
///     .recover(recover);
/// # let _ = route;
/// ```
///
/// # Errors
/// The filter rejects with [`WebhookRejection`] and nothing else. A call whose head is refused
/// leaves its body to the filters that follow; otherwise the body is taken, so two webhook filters
/// joined by `or` can't both see it. Take a [`CreateEvent`] and `match` instead.
#[must_use = "a filter does nothing until it is served"]
pub fn webhook<T: Event>(
    receiver: Receiver,
) -> impl Filter<Extract = (Webhook<T>,), Error = warp::Rejection> + Clone + Send + Sync {
    head(receiver)
        .and_then(|_| ready(verdict().map_err(reject)))
        .and(body::chunks())
        .and_then(|call, chunks| async { read(call, chunks).await.map_err(reject) })
}

/// A filter that never rejects: the handler gets the refusal and answers it.
///
/// ```
/// use warp::reply::{Reply, Response, with_status};
/// use warp::{Filter, http::StatusCode};
/// use webhook_warp::{CreateEvent, Receiver, RejectionKind, Webhook, WebhookRejection, try_webhook};
///
/// async fn on_call(call: Result<Webhook<CreateEvent>, WebhookRejection>) -> Response {
///     match call {
///         Ok(Webhook { event, .. }) => format!("{event:?}").into_response(),
///         // Not ours, but not wrong either: no reason for the sender to try again.
///         Err(refused) if refused.kind() == RejectionKind::NotACreateEvent => {
///             with_status("ignored", StatusCode::ACCEPTED).into_response()
///         }
///         Err(refused) => refused.into_response(),
///     }
/// }
///
/// let route = warp::path("copernica").and(try_webhook(Receiver::unverified())).then(on_call);
/// # let _ = route;
/// ```
///
/// # Errors
/// The filter itself has none; the `Result` that it yields holds the refusal.
#[must_use = "a filter does nothing until it is served"]
pub fn try_webhook<T: Event>(
    receiver: Receiver,
) -> impl Filter<Extract = (Result<Webhook<T>, WebhookRejection>,), Error = Infallible>
+ Clone
+ Send
+ Sync {
    head(receiver)
        .map(|_| verdict())
        .and(body::chunks())
        .then(|begun: Begun, chunks| async { Ok(read(begun?, chunks).await?) })
}

type Begun = Result<Call, Rejection>;

fn reject(refused: Rejection) -> warp::Rejection {
    warp::reject::custom(WebhookRejection::from(refused))
}

async fn read<T: Event>(
    mut call: Call,
    chunks: Option<impl body::Chunks>,
) -> Result<Webhook<T>, Rejection> {
    body::read(&mut call, chunks).await?;
    Ok(call.finish().await?.into())
}

/// What was found out of a request before its head is shown.
type Found = (Option<String>, Host);

thread_local! {
    static FOUND: Cell<Option<Found>> = const { Cell::new(None) };
    static BEGUN: Cell<Option<Begun>> = const { Cell::new(None) };
}

/// Shows the request's head to core, whose [`verdict`] the next filter takes.
///
/// Only to loggers does warp lend the head; other filters get clones of its parts. (And
/// `warp::path::full` panics where the request line has no path, `POST a.example HTTP/1.1`, in
/// warp 0.4.3 with http 1.5.) All filters here are ready at once, so they run one after the other
/// in one poll, hence on one thread, where nothing comes in between.
fn head(
    receiver: Receiver,
) -> impl Filter<Extract = (impl warp::Reply,), Error = Infallible> + Clone + Send + Sync {
    let look = warp::log::custom(move |info| {
        let (query, host) = FOUND.take().unwrap_or((None, Err(NoAuthority)));
        let headers = info.request_headers();
        let begun = receiver.begin(&Head {
            method: info.method().as_str(),
            target: &target(info.path(), query.as_deref()),
            authority: authority(&host, headers),
            headers,
        });
        BEGUN.set(Some(begun));
    });
    let found = query().and(host()).map(|query, host| {
        FOUND.set(Some((query, host)));
        warp::reply()
    });
    found.with(look)
}

/// What came of it. The logger ran: there is a verdict.
fn verdict() -> Begun {
    BEGUN.take().unwrap_or_else(|| Err(Rejection::consumed()))
}

/// The query as sent; empty where there is a lone `?`.
fn query() -> impl Filter<Extract = (Option<String>,), Error = Infallible> + Copy + Send + Sync {
    warp::query::raw().map(Some).or_else(|_| ready(Ok((None,))))
}

/// Path and query as sent, whatever routes have matched already.
fn target<'a>(path: &'a str, query: Option<&str>) -> Cow<'a, str> {
    match query {
        Some(query) => format!("{path}?{query}").into(),
        None => path.into(),
    }
}

type Host = Result<Option<Authority>, NoAuthority>;

/// The request line's authority and Host differ, or Host is not a host.
#[derive(Clone, Copy)]
struct NoAuthority;

fn host() -> impl Filter<Extract = (Host,), Error = Infallible> + Copy + Send + Sync {
    warp::host::optional().map(Ok).or_else(|_| ready(Ok((Err(NoAuthority),))))
}

/// The request's authority. Warp shows it only as far as it agrees with Host.
fn authority<'a>(host: &'a Host, headers: &HeaderMap) -> Option<&'a str> {
    if let Ok(authority) = host {
        return authority.as_ref().map(Authority::as_str);
    }
    let host = headers.get(header::HOST).map(|host| Authority::try_from(host.as_bytes()));
    // A sound Host was turned down for differing: core, which decides, is shown one that differs.
    matches!(host, Some(Ok(_))).then_some("")
}
