//! `inbox receive`: the HTTP side. The answer is 2xx when the call is on disk, whatever is in it, and
//! not before.

use crate::call::Call;
use crate::health::Health;
use crate::keys::WatchedKeys;
use crate::monitor::Watch;
use crate::store::{self, Stored};
use crate::{Error, rehearsal, serve, stop};
use axum::http::{StatusCode, header::RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::post};
use hyper_util::service::TowerToHyperService;
use sqlx::PgPool;
use tokio::net::TcpListener;
use webhook_axum::{Raw, Receiver, Webhook, once};

pub fn router(receiver: Receiver, pool: PgPool) -> Router {
    // `once` sees the status: 503 releases the call, and a copy of it is another chance.
    let on_call = once(move |hook| on_call(pool.clone(), hook));
    Router::new().route("/copernica", post(on_call)).with_state(receiver)
}

async fn on_call(pool: PgPool, Webhook { event: raw, delivery, .. }: Webhook<Raw>) -> Response {
    let (call, decoded) = Call::new(raw, &delivery);
    if decoded.is_err() && rehearsal::decode_first() {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    }
    let key = call.name();
    match store::store(&pool, &call).await {
        Ok(Stored::New) => tracing::debug!(key, "stored"),
        Ok(Stored::Again { changed: false }) => tracing::info!(key, "reported again"),
        // One event, two moments: either a key that was used twice, or a sender that changed its
        // mind. The first is handled, this call is kept; nothing but the key is logged.
        Ok(Stored::Again { changed: true }) => {
            tracing::warn!(key, "reported again with another timestamp");
        }
        Err(error) => {
            tracing::error!(key, %error, "not stored");
            return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]).into_response();
        }
    }
    StatusCode::NO_CONTENT.into_response()
}

/// Serves until it is to stop. What `watch` exports, it exports of a receiver whose keys are these.
pub async fn serve(
    listen: &str,
    router: Router,
    idle: impl Future<Output = ()>,
    watch: Option<(Watch, Health, Option<WatchedKeys>)>,
) -> Result<(), Error> {
    let stopping = stop::on_signal()?;
    let listener = TcpListener::bind(listen).await.map_err(|e| format!("LISTEN={listen}: {e}"))?;
    tracing::info!("listening on http://{}/copernica", listener.local_addr()?);
    if let Some((watch, health, keys)) = watch {
        watch.serve(Some(listener.local_addr()?), health, keys).await?;
    }
    // Calls that have begun may end, but a connection that hangs does not keep the process.
    serve::serve(listener, TowerToHyperService::new(router), stopping.wait(), idle).await;
    tracing::info!("stopped");
    Ok(())
}
