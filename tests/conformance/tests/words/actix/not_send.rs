// A handler that holds what can't leave its thread while it waits: no mistake here.
use actix_web::{App, HttpResponse, web};
use std::rc::Rc;
use webhook_actix::{BuildError, CreateEvent, Receiver, Webhook};

async fn on_create(hook: Webhook<CreateEvent>) -> HttpResponse {
    let event = Rc::new(hook.event);
    std::future::ready(()).await;
    println!("{event:?}");
    HttpResponse::NoContent().finish()
}

fn app() -> Result<(), BuildError> {
    let receiver = Receiver::builder().account(1234).build()?;
    drop(App::new().app_data(receiver).route("/copernica", web::to(on_create)));
    Ok(())
}

fn main() {
    drop(app());
}
