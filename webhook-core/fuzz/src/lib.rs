//! What the fuzz targets check, as functions: cargo-fuzz feeds them what it makes up, and
//! `tests/corpus.rs` what is packed in `corpus/`.
//!
//! Each takes any bytes, and panics where the crate under test breaks one of its laws.

#[cfg(not(fuzzing))]
compile_error!("parsers that are private otherwise are called: set RUSTFLAGS=\"--cfg fuzzing\"");

mod body;
mod date;
mod digest;
mod event;
mod form;
mod key_record;
mod raw;
mod request;
mod shapes;
mod signature_header;
mod typed;

pub use body::body;
pub use date::date;
pub use digest::digest;
pub use event::event;
pub use key_record::key_record;
pub use raw::raw;
pub use request::request;
pub use shapes::shapes;
pub use signature_header::signature_header;
pub use typed::typed;
