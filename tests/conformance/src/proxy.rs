//! A proxy that rewrites path and host, as those in front of real services do.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1 as client;
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::net::SocketAddr;
use std::thread;
use tokio::net::{TcpListener, TcpStream};

type Failed = Box<dyn Error + Send + Sync>;

/// Starts a proxy: a path that begins with `public` begins with `inner` after it, at `upstream`,
/// which gets its own address as the host. It runs until the process ends.
pub fn start(upstream: SocketAddr, public: &'static str, inner: &'static str) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    let rewrite = move |path: &str| path.replacen(public, inner, 1);
    thread::spawn(move || {
        crate::runner::runtime().block_on(async {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((socket, _)) = listener.accept().await {
                let handle = service_fn(move |call| forward(call, upstream, rewrite));
                tokio::spawn(server::Builder::new().serve_connection(TokioIo::new(socket), handle));
            }
        });
    });
    address
}

async fn forward(
    mut call: Request<Incoming>,
    upstream: SocketAddr,
    rewrite: impl Fn(&str) -> String,
) -> Result<Response<Full<Bytes>>, Failed> {
    let target = call.uri().path_and_query().map_or("/", |target| target.as_str());
    *call.uri_mut() = rewrite(target).parse()?;
    let host = HeaderValue::from_str(&upstream.to_string())?;
    let called = call.headers_mut().insert(header::HOST, host);
    if let Some(called) = called {
        call.headers_mut().insert("x-forwarded-host", called);
    }
    let socket = TokioIo::new(TcpStream::connect(upstream).await?);
    let (mut sender, connection) = client::handshake(socket).await?;
    tokio::spawn(connection);
    let (parts, body) = sender.send_request(call).await?.into_parts();
    Ok(Response::from_parts(parts, Full::new(body.collect().await?.to_bytes())))
}
