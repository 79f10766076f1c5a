//! hyper in front of a service: as the examples serve, and HTTP/2 as well.

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use std::error::Error;
use tokio::net::TcpListener;

pub(super) async fn serve<S, B>(listener: TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    while let Ok((socket, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            let mut server = auto::Builder::new(TokioExecutor::new());
            // A sender that has sent everything still waits for its answer.
            server.http1().half_close(true);
            // An error is the client's doing; what matters of it is the answer, or its absence.
            let _ = server.serve_connection(TokioIo::new(socket), service).await;
        });
    }
}
