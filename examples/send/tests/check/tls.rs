//! A proxy that ends TLS, with a certificate of an authority of its own.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

pub(crate) struct Tls {
    pub(crate) port: u16,
    ca: PathBuf,
}

impl Tls {
    /// Serves `https://localhost:port` and sends all that comes on to `upstream`.
    pub(crate) fn start(upstream: SocketAddr) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let ca = std::env::temp_dir().join(format!("send-ca-{port}.pem"));
        std::fs::write(&ca, authority.pem()).unwrap();
        thread::spawn(move || serve(listener, upstream, &TlsAcceptor::from(Arc::new(config))));
        Self { port, ca }
    }

    /// Returns the authority's certificate.
    pub(crate) fn ca(&self) -> &Path {
        &self.ca
    }
}

fn serve(listener: std::net::TcpListener, upstream: SocketAddr, acceptor: &TlsAcceptor) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut service = TcpStream::connect(upstream).await.unwrap();
                // Either side may end first.
                let _ = copy_bidirectional(&mut stream, &mut service).await;
            });
        }
    });
}

impl Drop for Tls {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.ca));
    }
}
