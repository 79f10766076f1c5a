//! Calls as they are sent, signed as Copernica signs its own when a key is given.

use bytes::Bytes;
use http::{HeaderValue, Request, Uri, header};
use webhook_core::{
    Account, Explanation, Receiver,
    signature::Check,
    testing::{Signer, SignerError},
};

/// Makes calls.
#[derive(Debug)]
pub(crate) struct Calls {
    /// Where they are sent.
    pub(crate) url: Uri,
    pub(crate) signing: Option<Signing>,
}

/// How calls are signed.
#[derive(Debug)]
pub(crate) struct Signing {
    pub(crate) signer: Signer,
    pub(crate) account: Account,
    /// The URL that the signature is about, when a proxy is played that rewrites host and path.
    pub(crate) sign_for: Option<String>,
    /// Another `Host` than the URL's.
    pub(crate) host: Option<String>,
}

impl Calls {
    /// Makes a call with this body, dated now and with a nonce of its own.
    pub(crate) fn call(&self, body: Bytes) -> Result<Request<Bytes>, SignerError> {
        let Some(signing) = &self.signing else {
            let mut call = Request::post(self.url.clone()).body(body).unwrap_or_default();
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            call.headers_mut().insert(header::CONTENT_TYPE, form);
            return Ok(call);
        };
        let target = self.url.path_and_query().map_or("/", |target| target.as_str());
        let url = match (&signing.sign_for, &signing.host) {
            (Some(url), _) => url.clone(),
            (None, Some(host)) => format!("http://{host}{target}"),
            (None, None) => self.url.to_string(),
        };
        let mut call = signing.signer.sign(&url, body)?;
        if signing.sign_for.is_some() {
            // As behind a proxy: the host is that of the endpoint.
            let host = self.url.authority().and_then(|host| host.as_str().parse().ok());
            call.headers_mut().insert(header::HOST, host.ok_or(SignerError::Url)?);
        }
        *call.uri_mut() = self.url.clone();
        Ok(call)
    }

    /// Verifies this call as a receiver with the public half of the key would, and returns lines to print.
    pub(crate) async fn explain(&self, call: &Request<Bytes>) -> Option<String> {
        let signing = self.signing.as_ref()?;
        // As it arrives: the request line has no host in it.
        let mut call = call.clone();
        let target = call.uri().path_and_query().map_or("/", |target| target.as_str());
        *call.uri_mut() = target.parse().ok()?;
        let explanation = signing.explain(&call, None).await.ok()?;
        let mut text = format!("explain: {explanation}\n");
        if let Some(url) = &signing.sign_for
            && explanation.failed() == Some(Check::Signature)
        {
            let public = match signing.explain(&call, Some(url)).await {
                Ok(explanation) => explanation.to_string(),
                Err(error) => error.to_string(),
            };
            text = format!("{text}with the public URL {url}: {public}\n");
        }
        Some(text)
    }
}

impl Signing {
    async fn explain(
        &self,
        call: &Request<Bytes>,
        public_url: Option<&str>,
    ) -> Result<Explanation, webhook_core::BuildError> {
        let mut builder = Receiver::builder().account(self.account).keys(self.signer.keys());
        if let Some(url) = public_url {
            builder = builder.public_url(url);
        }
        Ok(builder.build()?.explain(call).await)
    }
}
