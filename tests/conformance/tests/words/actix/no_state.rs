// An application without a receiver: each call is answered 500, and the log says what to add.
use actix_web::{App, HttpResponse, web};
use webhook_actix::{CreateEvent, Webhook};

async fn on_create(hook: Webhook<CreateEvent>) -> HttpResponse {
    println!("{:?}", hook.event);
    HttpResponse::NoContent().finish()
}

fn main() {
    drop(App::new().route("/copernica", web::to(on_create)));
}
