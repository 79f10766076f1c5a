//! Connections to an endpoint, and messages sent over them byte for byte.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use http::{Uri, uri::Scheme};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::wire::{self, Whole};

/// Why there is no answer: what failed first.
#[derive(Debug)]
pub(crate) enum Failure {
    Dns(String),
    Tcp(String),
    Tls(String),
    Closed(String),
    TimedOut,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(why) => write!(f, "DNS: {why}"),
            Self::Tcp(why) => write!(f, "TCP: {why}"),
            Self::Tls(why) => write!(f, "TLS: {why}"),
            Self::Closed(why) => f.write_str(why),
            Self::TimedOut => f.write_str("timed out"),
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Returns settings of TLS: the system's roots, and those of a file in PEM.
///
/// # Errors
/// The file has no certificate, or cannot be read.
pub(crate) fn tls(ca: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca {
        let failed = |error: &dyn fmt::Display| format!("--ca {}: {error}", path.display());
        let before = roots.len();
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(&error))? {
            let certificate = certificate.map_err(|error| failed(&error))?;
            roots.add(certificate).map_err(|error| failed(&error))?;
        }
        if roots.len() == before {
            return Err(failed(&"no certificate in it"));
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

async fn connect(url: &Uri, tls: &ClientConfig) -> Result<Box<dyn Stream>, Failure> {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let secure = url.scheme() == Some(&Scheme::HTTPS);
    let port = url.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let addresses = tokio::net::lookup_host((host, port)).await;
    let addresses: Vec<_> = addresses.map_err(|e| Failure::Dns(e.to_string()))?.collect();
    let stream = TcpStream::connect(&*addresses).await;
    let stream = stream.map_err(|error| Failure::Tcp(error.to_string()))?;
    drop(stream.set_nodelay(true));
    if !secure {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|e| Failure::Tls(e.to_string()))?;
    let stream = TlsConnector::from(Arc::new(tls.clone())).connect(name, stream).await;
    Ok(Box::new(stream.map_err(|error| Failure::Tls(error.to_string()))?))
}

/// Sends these bytes, with a pause in the middle, and returns the answer.
pub(crate) async fn exchange(
    url: &Uri,
    tls: &ClientConfig,
    bytes: &[u8],
    pause: Duration,
    timeout: Duration,
) -> Result<Whole, Failure> {
    let exchange = async {
        let stream = connect(url, tls).await?;
        let (mut input, mut output) = tokio::io::split(stream);
        let write = async {
            // The pause is in the body: its last bytes come late.
            let (early, late) = bytes.split_at(bytes.len().saturating_sub(16));
            let early = if pause.is_zero() { bytes } else { early };
            let mut sent = output.write_all(early).await;
            sent = sent.and(output.flush().await);
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
                sent = sent.and(output.write_all(late).await);
                sent = sent.and(output.flush().await);
            }
            // A server that refuses a body early answers while it is sent: the answer counts.
            drop(sent);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            answer = wire::read(&mut input, true) => answer.map_err(|e| Failure::Closed(e.to_string())),
            () = write => Err(Failure::TimedOut),
        }
    };
    tokio::time::timeout(timeout, exchange).await.unwrap_or(Err(Failure::TimedOut))
}
