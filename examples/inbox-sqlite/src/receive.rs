//! The handler: a call is on the disk before it is answered, whatever is in it.

use crate::call::Call;
use crate::event::Identity;
use crate::faults;
use crate::queue::Inbox;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header::RETRY_AFTER};
use webhook_axum::{Event, Raw, Webhook};

type Refused = (StatusCode, [(HeaderName, &'static str); 1]);

/// Answers 2xx when the call is on the disk, new or known. After anything else it may not be, and is
/// to be sent again.
pub async fn on_call(
    State(inbox): State<Inbox>,
    Webhook { event: raw, delivery, .. }: Webhook<Raw>,
) -> Result<StatusCode, Refused> {
    let account = delivery.proven().map(|proven| proven.account);
    // For its key alone: what can't be decoded is stored all the same.
    let decoded = raw.decode::<Event>();
    if decoded.is_err() && faults::decode_first() {
        return Ok(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let call = Call {
        delivery: delivery.idempotency_key(&raw),
        event: decoded.ok().and_then(|event| Identity::of(&event, account)),
        account: account.map(|account| account.to_string()),
        target: delivery.target().to_owned(),
        host: delivery.host().map(str::to_owned),
        media_type: raw.media_type().map(str::to_owned),
        body: raw.body().clone(),
    };
    let key = call.name().to_owned();
    match inbox.receive(call).await {
        Ok(stored) => {
            if stored.changed {
                tracing::warn!(
                    key,
                    "known with another timestamp; the first one counts, this call is kept"
                );
            } else {
                tracing::debug!(key, stored.duplicate, "received");
            }
            Ok(StatusCode::NO_CONTENT)
        }
        Err(error) => {
            tracing::error!(key, %error, "not received");
            Err((StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]))
        }
    }
}
