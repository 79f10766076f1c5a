//! For tests of services that receive events: bodies as a PHP sender writes them, and calls signed
//! as Copernica signs its own.
//!
//! ```
//! use webhook_core::testing::{Encoder, InterestStyle, documented_profile};
//! use webhook_core::decode::Format;
//! use webhook_core::{CreateEvent, Receiver};
//!
//! let event = documented_profile();
//! let body = Encoder::new().interests(InterestStyle::Map).encode(&event)?;
//! assert!(body.contains("fields%5Bname%5D=Johny"));
//!
//! let decoded: CreateEvent = Receiver::unverified().decode(body.as_bytes())?;
//! assert_eq!(decoded, event);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Signer`] makes complete calls, signed with a key of yours.

mod error;
pub mod fixtures;
mod private;
mod query;
mod sign;
mod signer;

pub use error::SignerError;
pub use signer::Signer;

use crate::event::{CreateEvent, FromDelivery, ProfileCreated, SubprofileCreated};
use crate::map::Fields;
use crate::sender::FORM;
use crate::{Interests, Parameters, Received, Receiver, Rejection, datetime};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use query::{Query, QueryError};
use serde::Serialize;
use std::fmt;

/// How lists are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ListStyle {
    /// `a[0]=x&a[1]=y`, as PHP's `http_build_query` does.
    #[default]
    Indexed,
    /// `a[]=x&a[]=y`. Lists of lists and lists of maps are numbered: with `[]` alone each leaf
    /// would be an item of its own.
    Empty,
}

/// How interests are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum InterestStyle {
    /// A list of the active names, in the [`ListStyle`]; those that are off are left out.
    #[default]
    List,
    /// `interests[blue]=1&interests[red]=0`. One map can't be distinguished from a list on the wire: that
    /// of interests called exactly `0`, `1`, … in this order.
    Map,
}

/// How the brackets in names are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Brackets {
    /// `%5B` and `%5D`, as PHP's `http_build_query` does.
    #[default]
    Escaped,
    /// `[` and `]`
    Raw,
}

/// Writes events as form bodies; by default as PHP's `http_build_query` does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Encoder {
    lists: ListStyle,
    interests: InterestStyle,
    brackets: Brackets,
}

/// An event can't be written as a form.
#[derive(Debug)]
pub struct EncodeError(QueryError);

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the event can't be written as a form")
    }
}

impl std::error::Error for EncodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl Encoder {
    /// Returns the style of PHP's `http_build_query`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the style of lists.
    #[must_use]
    pub fn lists(mut self, style: ListStyle) -> Self {
        self.lists = style;
        self
    }

    /// Sets the style of interests.
    #[must_use]
    pub fn interests(mut self, style: InterestStyle) -> Self {
        self.interests = style;
        self
    }

    /// Sets the style of brackets.
    #[must_use]
    pub fn brackets(mut self, style: Brackets) -> Self {
        self.brackets = style;
        self
    }

    /// Writes an event of any trigger as a body of `application/x-www-form-urlencoded`. As PHP's
    /// `http_build_query` does, `true` is written as 1 and `false` as 0, and `None`, the unit,
    /// empty lists and empty maps are left out with their names.
    ///
    /// Interests that came with their groups are written as they came, in either style.
    ///
    /// # Errors
    /// Fields of a type that a form can't hold: a map whose keys are no text, numbers or booleans.
    pub fn encode<E: Serialize>(&self, event: &E) -> Result<String, EncodeError> {
        let as_list = self.interests == InterestStyle::List;
        Query::new(self.lists, self.brackets, as_list).write(event).map_err(EncodeError)
    }
}

/// Returns what a handler is given for a form body: the body goes through a real
/// [`Receiver::unverified`], as a POST to `/`.
///
/// Every adapter's `Webhook` is made of it by `From`, so a handler is tested by calling it.
///
/// ```
/// use webhook_core::testing::{Encoder, documented_profile, received};
/// use webhook_core::{CreateEvent, ProfileCreated, Received};
///
/// # futures_executor::block_on(async {
/// // An event …
/// let body = Encoder::new().encode(&documented_profile())?;
/// let hook: Received<ProfileCreated> = received(body).await?;
/// assert_eq!(hook.event.fields.get("name"), Some("Johny"));
///
/// // … or a body as it stands in a log.
/// let body = "type=create&profile=7&database=1&timestamp=1979-02-12+12:49:23";
/// let hook = received::<CreateEvent>(body).await?;
/// assert_eq!(hook.delivery.body(), body);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// The body is refused: what a handler that takes a `Result` is given.
pub async fn received<T: FromDelivery>(body: impl Into<Bytes>) -> Result<Received<T>, Rejection> {
    let mut call = Request::new(body.into());
    *call.method_mut() = Method::POST;
    let form = HeaderValue::from_static(FORM);
    call.headers_mut().insert(header::CONTENT_TYPE, form);
    Receiver::unverified().receive(call).await
}

/// Returns the profile of Copernica's documentation: Johny, whose interest is blue and not red.
#[must_use]
pub fn documented_profile() -> CreateEvent {
    let johny = [("name", "Johny"), ("mail", "johny@example.com")];
    let parameters = johny.into_iter().chain([("blue", "1"), ("red", "0")]);
    let at = datetime::parse("1979-02-12 12:49:23").unwrap_or_default();
    CreateEvent::Profile(ProfileCreated {
        id: Some(123),
        created: Some(at),
        modified: Some(at),
        parameters: parameters.collect(),
        interests: Interests::from_iter([("blue", true), ("red", false)]),
        ..ProfileCreated::new(1.into(), 123.into(), at, Fields::from_iter(johny))
    })
}

/// Returns the subprofile of Copernica's documentation.
#[must_use]
pub fn documented_subprofile() -> CreateEvent {
    let johny = [("name", "Johny"), ("mail", "johny@example.com")];
    let at = datetime::parse("1979-02-12 12:49:23").unwrap_or_default();
    CreateEvent::Subprofile(SubprofileCreated {
        id: Some(12),
        created: Some(at),
        modified: Some(at),
        parameters: Parameters::from_iter(johny),
        ..SubprofileCreated::new(
            1.into(),
            123.into(),
            2.into(),
            123.into(),
            at,
            Fields::from_iter(johny),
        )
    })
}
