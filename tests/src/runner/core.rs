//! Core alone; behind a socket, with nothing but hyper.

use super::{Answering, Polled, Runner, hyper, request, runtime, sent};
use crate::answer::{Answer, Told, handled};
use crate::case::Case;
use crate::counted;
use crate::setup::{Customer, Setup};
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use ::hyper::body::{Body, Frame, Incoming};
use ::hyper::service::service_fn;
use serde::Serialize;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use webhook_core::{
    CreateEvent, Event, Head, ProfileCreated, Received, Receiver, Rejection, SubprofileCreated,
};

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
        Box::pin(async move { sent(is_head, Answer::of(answer(setup, &receiver, request).await)) })
    }
}

pub(super) async fn serve(listener: TcpListener, setup: Setup, receiver: Receiver) {
    let handle = service_fn(move |request: Request<Incoming>| {
        let receiver = receiver.clone();
        async move {
            let is_head = request.method() == Method::HEAD;
            let mut response = answer(setup, &receiver, request).await;
            // hyper does this by itself in HTTP/1 only.
            if is_head {
                *response.body_mut() = Bytes::new();
            }
            Ok::<_, Infallible>(response.map(Full::new))
        }
    });
    hyper::serve(listener, handle).await;
}

/// A request's body, come or coming.
trait Read {
    async fn read<T: Event>(
        receiver: &Receiver,
        request: Request<Self>,
    ) -> Result<Received<T>, Rejection>
    where
        Self: Sized;
}

struct Whole(Bytes);

impl Read for Whole {
    async fn read<T: Event>(
        receiver: &Receiver,
        request: Request<Self>,
    ) -> Result<Received<T>, Rejection> {
        receiver.receive(request.map(|Self(body)| body)).await
    }
}

impl Read for Incoming {
    async fn read<T: Event>(
        receiver: &Receiver,
        request: Request<Self>,
    ) -> Result<Received<T>, Rejection> {
        let (parts, mut body) = request.into_parts();
        let mut call = receiver.begin(&Head::of(&parts))?;
        let next = |context: &mut Context<'_>| {
            loop {
                let frame = ready!(Pin::new(&mut body).poll_frame(context));
                match frame.map(|frame| frame.map(Frame::into_data)) {
                    None => return Poll::Ready(None),
                    Some(Ok(Ok(data))) => return Poll::Ready(Some(Ok(data))),
                    Some(Ok(Err(_trailers))) => {}
                    Some(Err(broken)) => {
                        return Poll::Ready(Some(Err(Rejection::unreadable(broken))));
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
) -> Response<Bytes> {
    match setup {
        Setup::Events | Setup::Lossy => tell(B::read::<CreateEvent>(receiver, request).await),
        Setup::Profiles => tell(B::read::<ProfileCreated>(receiver, request).await),
        Setup::Subprofiles => tell(B::read::<SubprofileCreated>(receiver, request).await),
        Setup::Typed => tell(B::read::<ProfileCreated<Customer>>(receiver, request).await),
        Setup::Results => {
            return tell(B::read::<CreateEvent>(receiver, request).await)
                .unwrap_or_else(|refused| handled(&refused));
        }
        Setup::Missing => unreachable!("there is no application that could lack one"),
        Setup::Bare => match B::read(receiver, request).await {
            Ok(Received { event, delivery, .. }) => Ok(counted::handle(event, delivery).await),
            Err(refused) => Err(refused),
        },
        _ => once(setup, B::read::<CreateEvent>(receiver, request).await).await,
    }
    .unwrap_or_else(|refused| refused.to_response())
}

/// What the adapters' `once` does.
async fn once(
    setup: Setup,
    received: Result<Received<CreateEvent>, Rejection>,
) -> Result<Response<Bytes>, Rejection> {
    let received = received?;
    let settlement = received.delivery.settlement().cloned().unwrap_or_default();
    settlement.watch();
    let response = if setup == Setup::Counted {
        counted::handle(received.event, received.delivery).await
    } else {
        tell(Ok(received))?
    };
    settlement.settle(response.status().is_success()).await;
    Ok(response)
}

fn tell<T: Event + Serialize>(
    received: Result<Received<T>, Rejection>,
) -> Result<Response<Bytes>, Rejection> {
    received.map(|Received { event, delivery, .. }| Told::new(&event, &delivery).into_response())
}
