//! The one table of refusals.

use http::StatusCode;
use std::fmt;

/// Declares the kinds and their table in one place: a kind cannot lack a row.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $code:literal, $title:literal;)*) => {
        /// Why a call was refused: one status and one code each.
        ///
        /// | code | status |
        /// |---|---|
        $(#[doc = concat!("| `", $code, "` | ", stringify!($status), " |")])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum RejectionKind {
            $($(#[$doc])* $name,)*
        }

        impl RejectionKind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns the HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// Returns the code: stable, for machines.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Returns the title: the same text for every refusal of the kind.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

kinds! {
    /// The method is not POST.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method_not_allowed",
        "Only POST is accepted here";
    /// A content coding; or, where the signature covers `Content-Type` or nothing is verified,
    /// neither a form nor JSON, or a charset other than UTF-8.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type",
        "The body has a type that is not accepted here";
    /// The body is over the limit, by its `Content-Length` or while it streamed in.
    BodyTooLarge = PAYLOAD_TOO_LARGE, "body_too_large",
        "The body is larger than this receiver takes";
    /// The body of a call whose head was proven was not complete in time.
    BodyTimeout = REQUEST_TIMEOUT, "body_timeout",
        "The body did not come in time";
    /// The stream broke, or something before us consumed the body.
    BodyUnreadable = BAD_REQUEST, "body_unreadable",
        "The body could not be read to its end";
    /// Not UTF-8, too many pairs, too deep, or not JSON.
    MalformedBody = BAD_REQUEST, "malformed_body",
        "The body can't be decoded";
    /// The head has wrong syntax, or a duplicate of a header that may come once.
    MalformedRequest = BAD_REQUEST, "malformed_request",
        "The request's headers are malformed";
    /// The proof of its origin failed. One text for all the reasons: the log and
    /// [`Receiver::explain`](crate::Receiver::explain) report which one it was.
    Unauthenticated = UNAUTHORIZED, "unauthenticated",
        "The call's origin is not proven";
    /// Another trigger or entity than the handler takes, or no `type`.
    UnexpectedEvent = UNPROCESSABLE_ENTITY, "unexpected_event",
        "The event is not one that is taken here";
    /// What would be [`UnexpectedEvent`](Self::UnexpectedEvent), under
    /// [`ignore_unexpected`](crate::ReceiverBuilder::ignore_unexpected).
    Ignored = NO_CONTENT, "ignored",
        "The event is ignored here";
    /// A variable that names the event is missing or is not what it must be. What else can't be read is
    /// no reason to refuse a call: it is absent from the event, and stays as it was sent.
    InvalidVariable = UNPROCESSABLE_ENTITY, "invalid_variable",
        "A variable is missing or invalid";
    /// `fields` do not fit the handler's own struct.
    InvalidFields = UNPROCESSABLE_ENTITY, "invalid_fields",
        "The fields do not fit what the receiver expects";
    /// A copy of a call that was handled: not refused for any fault, and its handler need not run.
    AlreadyHandled = OK, "already_handled",
        "The call was handled before";
    /// The key can't be looked up now: a failure on our side, and no sign of a forgery.
    KeyUnavailable = SERVICE_UNAVAILABLE, "key_unavailable",
        "The key can't be looked up now";
    /// The replay store is full or unreachable.
    ReplayUnavailable = SERVICE_UNAVAILABLE, "replay_unavailable",
        "The call can't be taken now";
    /// A copy of a call that is being handled at this moment.
    InFlight = SERVICE_UNAVAILABLE, "in_flight",
        "A copy of this call is being handled";
    /// The bodies of calls that are not proven yet hold as much memory as they may.
    Overloaded = SERVICE_UNAVAILABLE, "overloaded",
        "Too many calls are being proven at once";
    /// No receiver was put into the application.
    Misconfigured = INTERNAL_SERVER_ERROR, "misconfigured",
        "This server is not set up to receive webhooks";
}

impl fmt::Display for RejectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique() {
        for (at, kind) in RejectionKind::ALL.iter().enumerate() {
            assert!(RejectionKind::ALL[..at].iter().all(|other| other.code() != kind.code()));
        }
    }
}
