//! Lambda's side: the Runtime API, by which a function fetches events and sends answers
//! (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>).

use super::Event;
use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::{get, post};
use serde_json::Value;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(60);
const ID: &str = "lambda-runtime-aws-request-id";

/// What a function answered: the JSON that Lambda hands to API Gateway.
pub struct Answer(pub Value);

impl Answer {
    /// Returns the status of the answer.
    pub fn status(&self) -> u64 {
        self.0["statusCode"].as_u64().unwrap_or_else(|| panic!("no status: {}", self.0))
    }
}

/// The built program in a Lambda of its own; it ends with this.
pub struct Function {
    child: Child,
    events: mpsc::Sender<Value>,
    answers: mpsc::Receiver<Value>,
}

impl Function {
    /// Starts the program with these variables, next to an account and the key for development.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        let (events, waiting) = mpsc::channel(1);
        let (answered, answers) = mpsc::channel(1);
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .with_state(Lambda { waiting: Arc::new(Mutex::new(waiting)), answered });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = listener.local_addr().unwrap().to_string();
        tokio::spawn(async { axum::serve(listener, app).await });

        let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/public.pem");
        let mut command = Command::new(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))));
        for name in ["COPERNICA_UNVERIFIED", "COPERNICA_PUBLIC_URL", "COPERNICA_SELECTORS"] {
            command.env_remove(name);
        }
        command.env_remove("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH").env("RUST_LOG", "error");
        command.env("COPERNICA_ACCOUNT", "1234");
        command.env("COPERNICA_KEY", format!("test._domainkey.copernica.com={}", key.display()));
        command.env("AWS_LAMBDA_FUNCTION_NAME", "hooks").env("AWS_LAMBDA_RUNTIME_API", api);
        command.env("AWS_LAMBDA_FUNCTION_VERSION", "1");
        command.env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128");
        command.envs(variables.iter().copied()).stdout(Stdio::piped());
        let child = command.spawn().unwrap();
        Self { child, events, answers }
    }

    /// Hands an event to the function; returns its answer.
    pub async fn call(&mut self, event: &Event) -> Answer {
        self.events.send(event.0.clone()).await.unwrap();
        let answer = timeout(PATIENCE, self.answers.recv()).await.expect("no answer in time");
        Answer(answer.unwrap())
    }

    /// Ends the program; returns what it has printed.
    pub fn stop(mut self) -> String {
        self.child.kill().unwrap();
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        printed
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[derive(Clone)]
struct Lambda {
    waiting: Arc<Mutex<mpsc::Receiver<Value>>>,
    answered: mpsc::Sender<Value>,
}

/// Hands out the next event, when there is one.
async fn next(State(lambda): State<Lambda>) -> Result<(HeaderMap, String), StatusCode> {
    let event = lambda.waiting.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + PATIENCE;
    let headers = [
        (ID, "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:1:function:hooks".into()),
    ];
    let headers = headers.map(|(name, value)| {
        (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap())
    });
    Ok((HeaderMap::from_iter(headers), event.to_string()))
}

/// Takes the answer to an event.
async fn answer(
    State(lambda): State<Lambda>,
    UrlPath(_id): UrlPath<String>,
    body: String,
) -> StatusCode {
    lambda.answered.send(serde_json::from_str(&body).unwrap()).await.unwrap();
    StatusCode::ACCEPTED
}
