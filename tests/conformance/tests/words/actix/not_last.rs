// The webhook before another argument: no mistake here.
use actix_web::{App, HttpRequest, HttpResponse, web};
use webhook_actix::{BuildError, CreateEvent, Receiver, Webhook};

async fn on_create(hook: Webhook<CreateEvent>, request: HttpRequest) -> HttpResponse {
    println!("{} {:?}", request.path(), hook.event);
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
