// A struct of fields without Deserialize.
use actix_web::{App, HttpResponse, web};
use webhook_actix::{BuildError, CreateEvent, Receiver, Webhook};

struct Customer {
    mail: String,
}

async fn on_create(hook: Webhook<CreateEvent<Customer>>) -> HttpResponse {
    drop(hook.event);
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
