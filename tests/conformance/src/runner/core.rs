//! Core alone; over a socket, with nothing but hyper.

use super::{Answering, Polled, Runner, request, runtime, sent};
use crate::answer::{Answer, Reported, decoded_later, handled};
use crate::case::Case;
use crate::counted;
use crate::for_event::ForEvent;
use crate::setup::Setup;
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde::Serialize;
use std::convert::Infallible;
use std::future::ready;
use std::pin::Pin;
use std::task::{self, Context, Poll};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use webhook_core::adapter::{BodyError, Head};
use webhook_core::adapter::{Detached, Handling, Settlement};
use webhook_core::future::BoxFuture;
use webhook_core::limits::DETACHED_TIME;
use webhook_core::{CreateEvent, FromDelivery, Raw, Received, Receiver, Rejection};

pub(super) struct InProcess {
    setup: Setup,
    receiver: Receiver,
    runtime: Runtime,
}

impl InProcess {
    pub(super) fn new(setup: Setup, receiver: Receiver) -> Self {
        Self { setup, receiver, runtime: runtime() }
    }
}

impl Runner for InProcess {
    fn call(&self, case: &Case) -> Answer {
        self.runtime.block_on(self.answering(case))
    }
}

impl Polled for InProcess {
    fn answering(&self, case: &Case) -> Answering {
        let (request, is_head) = (request(case).map(Whole), case.is_head());
        let (setup, receiver) = (self.setup, self.receiver.clone());
        Box::pin(async move {
            let answer = answer(setup, &receiver, request, None).await;
            sent(is_head, Answer::of(answer))
        })
    }
}

pub(super) async fn serve(
    listener: TcpListener,
    setup: Setup,
    receiver: Receiver,
    half_close: bool,
) {
    while let Ok((socket, _)) = listener.accept().await {
        let receiver = receiver.clone();
        tokio::spawn(async move {
            let handle = service_fn(|request| {
                let (receiver, once) = (receiver.clone(), Settlement::watched());
                let outcome = once.clone();
                let answer: Served = Box::pin(async move {
                    let is_head = request.method() == Method::HEAD;
                    let mut response = answer(setup, &receiver, request, Some(outcome)).await;
                    // hyper does this by itself in HTTP/1 only.
                    if is_head {
                        *response.body_mut() = Bytes::new();
                    }
                    Ok(response.map(Full::new))
                });
                Handling::new(answer, Some(once), detach)
            });
            let mut server = auto::Builder::new(TokioExecutor::new());
            server.http1().half_close(half_close);
            // An error is the client's doing; what matters of it is the answer, or none.
            let _ = server.serve_connection(TokioIo::new(socket), handle).await;
        });
    }
}

type Served = BoxFuture<'static, Result<Response<Full<Bytes>>, Infallible>>;

/// Moves a handler that lost its connection into a task, as the adapters do.
fn detach(handler: Detached<Served>) {
    tokio::spawn(async { handler.run(tokio::time::sleep(DETACHED_TIME)).await });
}

/// A request's body, come or coming.
trait Read: Send {
    fn read<T: FromDelivery>(
        receiver: &Receiver,
        request: Request<Self>,
        once: Option<Settlement>,
    ) -> impl Future<Output = Result<Received<T>, Rejection>> + Send
    where
        Self: Sized;
}

struct Whole(Bytes);

impl Read for Whole {
    async fn read<T: FromDelivery>(
        receiver: &Receiver,
        request: Request<Self>,
        _: Option<Settlement>,
    ) -> Result<Received<T>, Rejection> {
        receiver.receive(request.map(|Self(body)| body)).await
    }
}

impl Read for Incoming {
    async fn read<T: FromDelivery>(
        receiver: &Receiver,
        request: Request<Self>,
        once: Option<Settlement>,
    ) -> Result<Received<T>, Rejection> {
        let (parts, mut body) = request.into_parts();
        let mut call = receiver.begin(&Head::of(&parts))?;
        if let Some(once) = once {
            call = call.settled_by(once);
        }
        let next = |context: &mut Context<'_>| {
            loop {
                let frame = task::ready!(Pin::new(&mut body).poll_frame(context));
                match frame.map(|frame| frame.map(Frame::into_data)) {
                    None => return Poll::Ready(None),
                    Some(Ok(Ok(data))) => return Poll::Ready(Some(Ok(data))),
                    Some(Ok(Err(_trailers))) => {}
                    Some(Err(broken)) => {
                        return Poll::Ready(Some(Err(BodyError::broken(broken))));
                    }
                }
            }
        };
        call.read(next, |deadline| tokio::time::sleep_until(deadline.into())).await?;
        call.finish().await
    }
}

async fn answer<B: Read>(
    setup: Setup,
    receiver: &Receiver,
    request: Request<B>,
    once: Option<Settlement>,
) -> Response<Bytes> {
    match setup {
        _ if setup.is_plain() => setup.for_event(Plain { receiver, request }).await,
        Setup::Later => B::read::<Raw>(receiver, request, None)
            .await
            .map(|Received { event, delivery, .. }| decoded_later(&event, &delivery)),
        Setup::Results | Setup::IgnoringResults => {
            return report(B::read::<CreateEvent>(receiver, request, None).await)
                .unwrap_or_else(|refused| handled(&refused));
        }
        Setup::Missing => unreachable!("there is no application that could lack one"),
        Setup::Bare => match B::read(receiver, request, None).await {
            Ok(Received { event, delivery, .. }) => Ok(counted::handle(event, delivery).await),
            Err(refused) => Err(refused),
        },
        Setup::Counted => {
            let received = B::read::<CreateEvent>(receiver, request, once).await;
            settled(received, |received| counted::handle(received.event, received.delivery)).await
        }
        _ => setup.for_event(Once { receiver, request, settlement: once }).await,
    }
    .unwrap_or_else(|refused| refused.to_response())
}

type Answered<'a> = BoxFuture<'a, Result<Response<Bytes>, Rejection>>;

/// A handler without `once`.
struct Plain<'a, B> {
    receiver: &'a Receiver,
    request: Request<B>,
}

impl<'a, B: Read + 'a> ForEvent for Plain<'a, B> {
    type Answer = Answered<'a>;

    fn of<T: FromDelivery + Serialize + Sync>(self) -> Self::Answer {
        Box::pin(async { report(B::read::<T>(self.receiver, self.request, None).await) })
    }
}

/// A handler with it.
struct Once<'a, B> {
    receiver: &'a Receiver,
    request: Request<B>,
    settlement: Option<Settlement>,
}

impl<'a, B: Read + 'a> ForEvent for Once<'a, B> {
    type Answer = Answered<'a>;

    fn of<T: FromDelivery + Serialize + Sync>(self) -> Self::Answer {
        Box::pin(async {
            let received = B::read::<T>(self.receiver, self.request, self.settlement).await;
            settled(received, |received| ready(answered(received))).await
        })
    }
}

/// Settles by the answer, as the adapters' `once` does.
async fn settled<T, F: Future<Output = Response<Bytes>>>(
    received: Result<Received<T>, Rejection>,
    handle: impl FnOnce(Received<T>) -> F,
) -> Result<Response<Bytes>, Rejection> {
    let received = received?;
    let settlement = received.delivery.settlement().cloned().unwrap_or_default();
    settlement.watch();
    let response = handle(received).await;
    settlement.settle(response.status().is_success()).await;
    Ok(response)
}

fn report<T: FromDelivery + Serialize>(
    received: Result<Received<T>, Rejection>,
) -> Result<Response<Bytes>, Rejection> {
    received.map(answered)
}

fn answered<T: FromDelivery + Serialize>(
    Received { event, delivery, .. }: Received<T>,
) -> Response<Bytes> {
    Reported::new(&event, &delivery).into_response()
}
