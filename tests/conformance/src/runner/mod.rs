//! The implementations, each in process and over a socket.

mod actix;
mod axum;
mod core;
mod half_closing;
mod server;
mod warp;

pub use server::Server;

use crate::answer::Answer;
use crate::case::Case;
use crate::setup::Setup;
use bytes::Bytes;
use std::pin::Pin;
use webhook_core::Receiver;

/// Something that answers calls.
pub trait Runner {
    /// Answers one call.
    fn call(&self, case: &Case) -> Answer;
}

/// An answer on its way.
pub type Answering = Pin<Box<dyn Future<Output = Answer>>>;

/// A runner without a server: its caller polls the answer.
pub trait Polled: Runner {
    /// Answers one call; it is cancelled when this is dropped before.
    fn answering(&self, case: &Case) -> Answering;
}

/// An implementation. In each, the handler takes every method and every path, and answers an
/// event by its JSON; the [`Setup`] says what it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No framework: [`Receiver::receive`], and hyper in front of it on a socket.
    Core,
    /// axum.
    Axum,
    /// actix-web.
    Actix,
    /// warp.
    Warp,
}

impl Kind {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Core, Self::Axum, Self::Actix, Self::Warp];

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Axum => "axum",
            Self::Actix => "actix",
            Self::Warp => "warp",
        }
    }

    /// Returns it to be called as a function: no server, no socket.
    pub fn in_process(self, setup: Setup, receiver: Receiver) -> Box<dyn Polled> {
        match self {
            Self::Core => Box::new(core::InProcess::new(setup, receiver)),
            Self::Axum => Box::new(axum::InProcess::new(setup, receiver)),
            Self::Actix => Box::new(actix::InProcess::new(setup, receiver)),
            Self::Warp => Box::new(warp::InProcess::new(setup, receiver)),
        }
    }
}

/// Returns the case as a request whose body is there already.
///
/// # Panics
/// The case is not one that a library for HTTP lets through.
pub fn request(case: &Case) -> http::Request<Bytes> {
    let mut request = http::Request::builder().method(case.method.as_str()).uri(&case.target);
    for (name, value) in &case.headers {
        request = request.header(name, value.as_slice());
    }
    if let Some(length) = case.announced() {
        request = request.header("content-length", length);
    }
    request.body(Bytes::copy_from_slice(&case.body)).unwrap()
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Returns what a server would send of it: nothing in answer to HEAD.
fn sent(is_head: bool, mut answer: Answer) -> Answer {
    if is_head {
        answer.body.clear();
    }
    answer
}
