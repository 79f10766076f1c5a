//! TLS as a client: the authorities of this machine, and a private one.

use std::{path::Path, sync::Arc};

use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, pem::PemObject as _},
    },
};

/// Returns what connects to servers that these authorities certify.
///
/// # Errors
/// The file has no certificate in PEM, or there is no authority at all.
pub(super) fn connector(ca: Option<&Path>) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    // A certificate of the machine that can't be read is one that no server has.
    let (_added, _ignored) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca {
        let failed = |error: &dyn std::fmt::Display| format!("--ca {}: {error}", path.display());
        let pem = std::fs::read(path).map_err(|error| failed(&error))?;
        let mut found = false;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|error| failed(&error))?;
            roots.add(certificate).map_err(|error| failed(&error))?;
            found = true;
        }
        if !found {
            return Err(failed(&"no certificate in it"));
        }
    }
    if roots.is_empty() {
        return Err("this machine has no certificate authorities: name one with --ca".into());
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    // RFC 7301: no server may answer with HTTP/2.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
