//! The sending side: signed calls over HTTP, and what came of each.

use crate::Result;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use webhook_axum::Receiver;

/// Sends calls, and has the receiver explain, as its operator may, what it makes of their proof.
pub struct Sender {
    client: Client<HttpConnector, Full<Bytes>>,
    receiver: Receiver,
}

/// How a call was answered, and what its proof came to.
pub struct Outcome {
    pub status: StatusCode,
    pub body: String,
    /// The check of the proof that failed.
    pub failed: Option<&'static str>,
}

impl Sender {
    pub fn new(receiver: Receiver) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), receiver }
    }

    pub async fn send(&self, title: &str, call: &Request<Bytes>) -> Result<Outcome> {
        println!("\n{title}\n    POST {} bytes", call.body().len());
        let response = self.client.request(call.clone().map(Full::new)).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        let body = String::from_utf8(body.into())?;
        println!("    answer      {status}");
        if !body.is_empty() {
            println!("    {body}");
        }
        // No answer says which check of a proof failed; to the operator, this does.
        let explanation = self.receiver.explain(call).await;
        if explanation.is_proven() {
            println!("    its proof   holds");
        } else {
            println!("    its proof   {explanation}");
        }
        Ok(Outcome { status, body, failed: explanation.failed().map(|check| check.as_str()) })
    }
}
