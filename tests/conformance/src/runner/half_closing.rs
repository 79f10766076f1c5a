//! hyper, set to answer a sender that sends no more: `axum::serve` and `warp::serve` can't be.

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::error::Error;
use tokio::net::TcpListener;
use tower_service::Service;

pub(super) async fn serve<S, B>(listener: TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    while let Ok((socket, _)) = listener.accept().await {
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .half_close(true)
                .serve_connection(TokioIo::new(socket), service);
            // An error is the client's doing; what matters of it is the answer, or none.
            let _ = connection.await;
        });
    }
}
