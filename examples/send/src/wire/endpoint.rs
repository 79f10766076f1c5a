//! Where a URL leads to.

use std::{fmt, io, net::SocketAddr, path::Path};

use http::Uri;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

use super::{Connection, tls};

/// The server of a URL.
#[derive(Clone)]
pub(crate) struct Endpoint {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// What keeps a connection from being there.
#[derive(Debug)]
pub(crate) enum Unreachable {
    Dns(io::Error),
    Tcp(io::Error),
    Tls(io::Error),
}

/// A connection of either kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Endpoint {
    /// Reads the server of this URL.
    ///
    /// # Errors
    /// It has no host, or TLS can't be set up.
    pub(crate) fn new(url: &Uri, ca: Option<&Path>) -> Result<Self, String> {
        let host = url.host().unwrap_or_default();
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        let secure = url.scheme_str() == Some("https");
        let port = url.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let tls = if secure {
            let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
            Some((tls::connector(ca)?, name))
        } else {
            None
        };
        Ok(Self { host: host.to_owned(), port, tls })
    }

    /// Connects, to the first of its addresses that accepts.
    ///
    /// # Errors
    /// At which step it failed.
    pub(crate) async fn connect(&self) -> Result<Connection, Unreachable> {
        let addresses = lookup_host((&*self.host, self.port)).await.map_err(Unreachable::Dns)?;
        let addresses: Vec<SocketAddr> = addresses.collect();
        let stream = TcpStream::connect(&*addresses).await.map_err(Unreachable::Tcp)?;
        let peer = stream.peer_addr().map_err(Unreachable::Tcp)?;
        let own = stream.local_addr().map_err(Unreachable::Tcp)?;
        // Not necessary, only faster.
        let _ = stream.set_nodelay(true);
        let stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(stream),
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await;
                Box::new(stream.map_err(Unreachable::Tls)?)
            }
        };
        Ok(Connection::new(stream, own, peer))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(error) => write!(f, "DNS: {error}"),
            Self::Tcp(error) => error.fmt(f),
            Self::Tls(error) => write!(f, "TLS: {error}"),
        }
    }
}
