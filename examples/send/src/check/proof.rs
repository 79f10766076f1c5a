//! Whether a call is proven as it arrives, and its body is what was sent.

use webhook_core::{BuildError, Explanation, Receiver};

use super::{
    findings::Findings,
    listener::Arrival,
    probe::{Prober, Sent},
};
use crate::message::Message;

/// Compares the body, which has every byte in it.
pub(super) fn check_body(sent: &Sent, findings: &mut Findings) {
    let Some(arrival) = sent.arrival() else { return };
    if arrival.body == sent.body {
        return findings.ok("body", "byte for byte as sent, with every byte there is");
    }
    let same = arrival.body.iter().zip(&sent.body).take_while(|(a, b)| a == b).count();
    let (sent, arrived) = (sent.body.len(), arrival.body.len());
    let what = format!("{sent} bytes were sent, {arrived} arrived, the same up to byte {same}");
    findings.wrong("body", what, "switch off what rewrites bodies: a filter, decompression");
}

/// Verifies a call as it arrived, signed with a key of the moment.
pub(super) async fn check(sent: &Sent, prober: &Prober, findings: &mut Findings) {
    let Some(arrival) = sent.arrival() else { return };
    let url = prober.url.to_string();
    match (explain(arrival, prober, None).await, explain(arrival, prober, Some(&url)).await) {
        (Ok(explanation), _) if explanation.is_proven() => {
            findings.ok("proof", "a call that is signed for this URL is proven as it arrives");
        }
        (Ok(explanation), Ok(public)) if public.is_proven() => findings.wrong(
            "proof",
            explanation,
            format!("mend the lines above, or configure ReceiverBuilder::public_url(\"{url}\")"),
        ),
        (Ok(explanation), _) => findings.wrong("proof", explanation, "mend the lines above"),
        (Err(error), _) => findings.wrong("proof", error, "mend the lines above"),
    }
}

async fn explain(
    arrival: &Arrival,
    prober: &Prober,
    public_url: Option<&str>,
) -> Result<Explanation, String> {
    let message = Message {
        bytes: bytes::Bytes::new(),
        method: arrival.method.clone(),
        target: arrival.target.clone(),
        head: arrival.head.clone(),
        body: arrival.body.clone(),
    };
    let call = message.request()?;
    let mut builder = Receiver::builder().account(prober.account).keys(prober.signer.keys());
    if let Some(url) = public_url {
        builder = builder.public_url(url);
    }
    let receiver = builder.build().map_err(|error: BuildError| error.to_string())?;
    Ok(receiver.explain(&call).await)
}
