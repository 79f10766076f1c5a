//! Calls as they are sent, signed as Copernica signs its own when a key is given.

use bytes::Bytes;
use http::{HeaderValue, Request, Uri, header};
use webhook_core::{
    Account, Explanation, Receiver,
    signature::Check,
    testing::{Signer, SignerError},
};

use crate::message::{self, Message};

/// Headers that a signer writes, or that prove an older call.
const OF_THE_PROOF: [&str; 8] = [
    "host",
    "date",
    "content-length",
    "content-type",
    "x-copernica-id",
    "digest",
    "x-nonce",
    "signature",
];

/// Makes calls.
#[derive(Debug)]
pub(crate) struct Calls {
    /// Where they are sent.
    pub(crate) url: Uri,
    pub(crate) signing: Option<Signing>,
    /// What each of them is, but for a new signature.
    pub(crate) message: Option<Message>,
}

/// A call as it is sent.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) bytes: Bytes,
    /// The same call, where it is signed here.
    pub(crate) signed: Option<Request<Bytes>>,
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
    /// Makes a call with this body; a signed one is dated now and has a nonce of its own.
    ///
    /// # Errors
    /// It can't be signed.
    pub(crate) fn call(&self, body: Bytes) -> Result<Call, String> {
        match (&self.signing, &self.message) {
            (Some(signing), _) => {
                let call = self.signed(signing, body)?;
                Ok(Call { bytes: Message::of(&call), signed: Some(call) })
            }
            (None, Some(message)) => Ok(Call { bytes: message.bytes.clone(), signed: None }),
            (None, None) => {
                let mut call = Request::post(self.url.clone()).body(body).unwrap_or_default();
                let form = HeaderValue::from_static("application/x-www-form-urlencoded");
                call.headers_mut().insert(header::CONTENT_TYPE, form);
                Ok(Call { bytes: Message::of(&call), signed: None })
            }
        }
    }

    fn signed(&self, signing: &Signing, body: Bytes) -> Result<Request<Bytes>, String> {
        let mut signer = signing.signer.clone();
        let own = self.url.authority().map_or("", |host| host.as_str());
        let (mut target, mut host) = (message::target(&self.url), None);
        if let Some(message) = &self.message {
            target.clone_from(&message.target);
            host = message.head.value("host").filter(|host| !host.is_empty());
            if let Some(media_type) = message.head.value("content-type") {
                signer = signer.content_type(media_type);
            }
        }
        let host = signing.host.as_deref().or(host);
        let url = match (&signing.sign_for, host) {
            (Some(url), _) => url.clone(),
            (None, Some(host)) => format!("http://{host}{target}"),
            (None, None) => {
                format!("{}://{own}{target}", self.url.scheme_str().unwrap_or("http"))
            }
        };
        let mut call = signer.sign(&url, body).map_err(|error| error.to_string())?;
        if signing.sign_for.is_some() {
            // As behind a proxy: the host is that of the endpoint.
            let host = own.parse().map_err(|_| SignerError::Url.to_string())?;
            call.headers_mut().insert(header::HOST, host);
        } else if message::target(call.uri()) != target {
            return Err(format!("the target {target:?} can't be signed as it stands"));
        }
        if let Some(message) = &self.message {
            *call.method_mut() = message.method.parse().map_err(|_| "its method is not one")?;
            for (name, value) in &message.headers()? {
                if !OF_THE_PROOF.contains(&name.as_str()) {
                    call.headers_mut().append(name, value.clone());
                }
            }
        }
        // As it arrives: the request line has no host in it.
        *call.uri_mut() = message::uri(&target)?;
        Ok(call)
    }

    /// Verifies this call as a receiver with the public half of the key would, and returns lines to print.
    pub(crate) async fn explain(&self, call: &Request<Bytes>) -> Option<String> {
        let signing = self.signing.as_ref()?;
        let explanation = signing.explain(call, None).await.ok()?;
        let mut text = format!("explain: {explanation}\n");
        if let Some(url) = &signing.sign_for
            && explanation.failed() == Some(Check::Signature)
        {
            let public = match signing.explain(call, Some(url)).await {
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
