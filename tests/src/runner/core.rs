//! Core alone; behind a socket, with nothing but hyper.

use super::{Runner, request, runtime, sent};
use crate::answer::{Answer, Told};
use crate::case::Case;
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use webhook_core::{CreateEvent, Head, Received, Receiver, Rejection};

pub(super) struct InProcess {
    receiver: Receiver,
    runtime: Runtime,
}

impl InProcess {
    pub(super) fn new(receiver: Receiver) -> Self {
        Self { receiver, runtime: runtime() }
    }
}

impl Runner for InProcess {
    fn call(&self, case: &Case) -> Answer {
        let received = self.runtime.block_on(self.receiver.receive(request(case)));
        sent(case, Answer::of(answer(received)))
    }
}

pub(super) async fn serve(listener: TcpListener, receiver: Receiver) {
    while let Ok((socket, _)) = listener.accept().await {
        let receiver = receiver.clone();
        tokio::spawn(async move {
            let handle = service_fn(|request| {
                let receiver = receiver.clone();
                async move {
                    let is_head = request.method() == Method::HEAD;
                    let mut response = answer(receive(&receiver, request).await);
                    // hyper does this by itself in HTTP/1 only.
                    if is_head {
                        *response.body_mut() = Bytes::new();
                    }
                    Ok::<_, Infallible>(response.map(Full::new))
                }
            });
            let server = auto::Builder::new(TokioExecutor::new());
            // An error is the client's doing; what matters of it is the answer, or none.
            let _ = server.serve_connection(TokioIo::new(socket), handle).await;
        });
    }
}

async fn receive(
    receiver: &Receiver,
    request: Request<Incoming>,
) -> Result<Received<CreateEvent>, Rejection> {
    let (parts, mut body) = request.into_parts();
    let mut call = receiver.begin(&Head::of(&parts))?;
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => call.push(data)?,
            Ok(Err(_trailers)) => {}
            Err(broken) => return Err(call.broken(broken)),
        }
    }
    call.finish().await
}

fn answer(received: Result<Received<CreateEvent>, Rejection>) -> Response<Bytes> {
    match received {
        Ok(Received { event, delivery, .. }) => Told::new(&event, &delivery).into_response(),
        Err(refused) => refused.to_response(),
    }
}
