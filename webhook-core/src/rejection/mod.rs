//! Refusals as the layers return them: what was refused, which variable, at which offset, what to
//! change. The public [`Rejection`](crate::Rejection) is made of one, and of the delivery where the
//! call is proven.

mod fault;
mod kind;
mod log;
mod name;
mod refusal;
mod response;

pub use fault::Check;
pub(crate) use fault::{Fault, FaultKind, Shown};
pub use kind::RejectionKind;
pub(crate) use log::{RefusalOutcome, line_of_proven};
pub(crate) use name::looks_like_one;
pub(crate) use refusal::Refusal;
pub use response::PROBLEM_JSON;
