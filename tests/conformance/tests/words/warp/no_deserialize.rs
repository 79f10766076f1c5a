// A struct of fields without Deserialize.
use warp::{Filter, http::StatusCode};
use webhook_warp::{BuildError, CreateEvent, Receiver, Webhook, recover, webhook};

struct Customer {
    mail: String,
}

async fn on_create(hook: Webhook<CreateEvent<Customer>>) -> StatusCode {
    drop(hook.event);
    StatusCode::NO_CONTENT
}

fn route()
-> Result<impl Filter<Extract = (impl warp::Reply,), Error = warp::Rejection> + Clone, BuildError> {
    let receiver = Receiver::builder().account(1234).build()?;
    Ok(warp::path!("copernica").and(webhook(receiver)).then(on_create).recover(recover))
}

fn main() {
    drop(route());
}
