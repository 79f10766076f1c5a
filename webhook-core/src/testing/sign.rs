//! Making a call and signing it.

use super::signer::{Nonce, Style};
use super::{Encoder, Signer, SignerError};
use crate::base64;
use crate::crypto::{random, sha256};
use crate::sender::{ACCOUNT_HEADER, NONCE_HEADER};
use bytes::Bytes;
use http::uri::Authority;
use http::{HeaderValue, Method, Request, Uri};
use serde::Serialize;

const REQUEST_TARGET: &str = "(request-target)";
/// What the vendor's own verifier takes (CopernicaMarketingSoftware/http-signatures-php): it looks
/// covered names and the digest's name up as they are written, among lower-case ones. The last name
/// goes with its header, which that verifier demands.
const VERIFIABLE: Texts = Texts {
    covered: "(request-target) host date content-length content-type x-copernica-id digest",
    covered_nonce: " x-nonce",
    digest: "sha-256",
    separators: [",", ","],
};
/// As Copernica documents it, letter by letter: a space, once a line break, and no comma stands
/// before `signature`.
const DOCUMENTED: Texts = Texts {
    covered: "(request-target) Host Date Content-length Content-type X-Copernica-ID Digest",
    covered_nonce: " X-nonce",
    digest: "SHA-256",
    separators: [", ", " "],
};

/// The texts in which styles differ.
struct Texts {
    covered: &'static str,
    covered_nonce: &'static str,
    digest: &'static str,
    /// The separators before `headers` and before `signature`.
    separators: [&'static str; 2],
}

impl Style {
    const fn texts(self) -> &'static Texts {
        match self {
            Self::Verifiable => &VERIFIABLE,
            Self::Documented => &DOCUMENTED,
        }
    }
}

/// Bytes of a nonce that the test kit's signer makes: enough that no two are the same.
const SIGNER_NONCE_BYTES: usize = 16;

impl Signer {
    /// Returns a call to this URL, complete and signed: what
    /// [`Receiver::receive`](crate::Receiver::receive) takes, a service of `tower` or `warp`, or an
    /// HTTP client. Its URI is absolute; `Host` is without the port that is the scheme's default,
    /// as HTTP clients send it, and path and query are never normalised. A fragment is not sent.
    ///
    /// ```
    /// use webhook_core::testing::Signer;
    ///
    /// let signer = Signer::ephemeral()?.date("2014-01-05T21:31:40Z".parse()?).nonce("fsd9f2");
    /// let call = signer.sign("https://example.com/hook?a=1", "type=create&profile=7")?;
    /// assert_eq!(call.headers()["date"], "Sun, 05 Jan 2014 21:31:40 GMT");
    /// assert_eq!(call.headers()["content-length"], "21");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The URL is not one that can be called, or has a user name; the key's name, the nonce or the content type can't
    /// stand in a header; a name is covered that the call does not have.
    pub fn sign(&self, url: &str, body: impl Into<Bytes>) -> Result<Request<Bytes>, SignerError> {
        let mut call = Request::new(body.into());
        let (uri, host) = uri(url).ok_or(SignerError::Url)?;
        *call.method_mut() = Method::POST;
        *call.uri_mut() = uri;
        let texts = self.style.texts();
        let sha256 = base64::encode(sha256(call.body()));
        let nonce = self.next_nonce()?;
        let headers = [
            ("host", host),
            // IMF-fixdate, RFC 9110 §5.6.7.
            ("date", self.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
            (ACCOUNT_HEADER, self.account.to_string()),
            ("digest", format!("{}={sha256}", texts.digest)),
            ("content-type", self.content_type.clone()),
            ("content-length", call.body().len().to_string()),
        ];
        for (name, value) in headers.into_iter().chain(nonce.clone().map(|n| (NONCE_HEADER, n))) {
            // White space around a value is not part of it (RFC 9110 §5.5): it would not arrive.
            let value = value.trim_matches([' ', '\t']).parse();
            call.headers_mut().insert(name, value.map_err(|_| SignerError::Header(name))?);
        }
        let default =
            || [texts.covered, nonce.as_ref().map_or("", |_| texts.covered_nonce)].concat();
        let covered = self.covered.clone().unwrap_or_else(default);
        let covered: Vec<_> = covered.split_ascii_whitespace().collect();
        let signature = self.key.sign(&signing_string(&call, &covered)?)?;
        call.headers_mut().insert("signature", self.signature(&covered.join(" "), &signature)?);
        Ok(call)
    }

    /// Returns a call to this URL that reports this event, of any trigger, as a form that [`Encoder`] writes by
    /// default (interests that are off are left out); for another style give what it encodes to
    /// [`sign`](Self::sign).
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign) and of [`Encoder::encode`].
    pub fn sign_event<E: Serialize>(
        &self,
        url: &str,
        event: &E,
    ) -> Result<Request<Bytes>, SignerError> {
        self.sign(url, Encoder::new().encode(event).map_err(SignerError::Event)?)
    }

    fn next_nonce(&self) -> Result<Option<String>, SignerError> {
        match &self.nonce {
            Nonce::None => Ok(None),
            Nonce::Fixed(nonce) => Ok(Some(nonce.clone())),
            Nonce::Fresh => {
                let bytes: [u8; SIGNER_NONCE_BYTES] = random().ok_or(SignerError::Cryptography)?;
                Ok(Some(bytes.map(|byte| format!("{byte:02x}")).concat()))
            }
        }
    }

    /// Returns the value of the `Signature` header, in this signer's style.
    fn signature(&self, covered: &str, signature: &str) -> Result<HeaderValue, SignerError> {
        let name = &self.key_name;
        if name.contains(['"', '\\']) {
            return Err(SignerError::KeyName);
        }
        let [before_headers, before_signature] = self.style.texts().separators;
        let value = format!(
            r#"keyId="{name}",algorithm="rsa-sha256"{before_headers}headers="{covered}"{before_signature}signature="{signature}""#
        );
        HeaderValue::from_str(&value).map_err(|_| SignerError::KeyName)
    }
}

/// Returns the URI of a call, and its Host.
fn uri(url: &str) -> Option<(Uri, String)> {
    let url: Uri = url.parse().ok()?;
    let scheme = url.scheme_str()?.to_ascii_lowercase();
    let port = match &*scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let host = url.authority().filter(|host| !host.host().is_empty()).map(Authority::as_str)?;
    let host = host.strip_suffix(port).unwrap_or(host);
    // The text of "no path, but a query" begins with the query.
    let target = url.path_and_query().map_or("", |target| target.as_str());
    let slash = if target.starts_with('/') { "" } else { "/" };
    let uri = format!("{scheme}://{host}{slash}{target}").parse().ok()?;
    (!host.contains('@')).then(|| (uri, host.to_owned()))
}

/// Builds the signing string of the draft, §2.3, on its own: the verifier's must not be used here,
/// or both would share a mistake.
fn signing_string(call: &Request<Bytes>, covered: &[&str]) -> Result<Vec<u8>, SignerError> {
    let line = |name: &&str| {
        let name = name.to_ascii_lowercase();
        let target = || {
            let target = call.uri().path_and_query()?;
            Some(format!("{} {target}", call.method().as_str().to_ascii_lowercase()).into_bytes())
        };
        let value = if name == REQUEST_TARGET {
            target()
        } else {
            call.headers().get(&name).map(|value| value.as_bytes().to_vec())
        };
        let value = value.ok_or_else(|| SignerError::MissingHeader(name.clone()))?;
        Ok([name.as_bytes(), b": ", &value].concat())
    };
    let lines: Vec<_> = covered.iter().map(line).collect::<Result<_, _>>()?;
    Ok(lines.join(&b'\n'))
}
