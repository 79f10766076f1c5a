//! HTTP/1.1 (RFC 9112) over TCP or TLS, byte for byte.
//!
//! No client library: those put lines in order, fold nothing, and clean paths up, and what a proxy makes of
//! such calls is the question here.

mod answer;
mod connection;
mod endpoint;
mod reader;
mod tls;

pub(crate) use answer::Answer;
pub(crate) use connection::{Connection, Unanswered};
pub(crate) use endpoint::{Endpoint, Unreachable};
pub(crate) use reader::{Framing, Reader};
