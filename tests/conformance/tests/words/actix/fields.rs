// A struct of fields in the place of the event.
use actix_web::{App, HttpResponse, web};
use serde::Deserialize;
use webhook_actix::{BuildError, Receiver, Webhook};

#[derive(Deserialize)]
struct Customer {
    mail: String,
}

async fn on_create(hook: Webhook<Customer>) -> HttpResponse {
    println!("{}", hook.event.mail);
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
