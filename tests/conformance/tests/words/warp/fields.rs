// A struct of fields in the place of the event.
use serde::Deserialize;
use warp::{Filter, http::StatusCode};
use webhook_warp::{BuildError, Receiver, Webhook, recover, webhook};

#[derive(Deserialize)]
struct Customer {
    mail: String,
}

async fn on_create(hook: Webhook<Customer>) -> StatusCode {
    println!("{}", hook.event.mail);
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
