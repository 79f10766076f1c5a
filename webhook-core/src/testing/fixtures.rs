//! One body of each event, as a form and as the JSON of the event that it is.
//!
//! For tests of handlers, and for what plays the sender. The forms are written as PHP writes them; ids
//! and addresses are made up.
//!
//! ```
//! use webhook_core::testing::{fixtures, received};
//! use webhook_core::{Click, Received};
//!
//! # futures_executor::block_on(async {
//! let hook: Received<Click> = received(fixtures::CLICK.form).await?;
//! assert_eq!(hook.event.id.as_str(), "b4icbaqjswyrb7tc");
//! # Ok::<(), webhook_core::Rejection>(())
//! # }).unwrap();
//! ```

/// A body of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fixture {
    /// What it is called, such as `create-profile` or `click`.
    pub kind: &'static str,
    /// The body: `application/x-www-form-urlencoded`.
    pub form: &'static str,
    /// The event as JSON, as [`Event`](crate::Event) writes it.
    pub json: &'static str,
}

/// Every fixture: each event once, of both entities.
pub const ALL: &[Fixture] = &[
    CREATE_PROFILE,
    CREATE_SUBPROFILE,
    UPDATE_PROFILE,
    UPDATE_SUBPROFILE,
    DELETE_PROFILE,
    DELETE_SUBPROFILE,
    CLICK,
    OPEN,
    DELIVERY,
    BOUNCE,
    FAILURE,
    UNSUBSCRIBE,
    ABUSE,
];

/// A profile was created: the example of Copernica's documentation.
pub const CREATE_PROFILE: Fixture = Fixture {
    kind: "create-profile",
    form: include_str!("../../fixtures/create-profile.form"),
    json: include_str!("../../fixtures/create-profile.json"),
};
/// A subprofile was created: the example of Copernica's documentation.
pub const CREATE_SUBPROFILE: Fixture = Fixture {
    kind: "create-subprofile",
    form: include_str!("../../fixtures/create-subprofile.form"),
    json: include_str!("../../fixtures/create-subprofile.json"),
};
/// A profile was changed; its interests come with their group.
pub const UPDATE_PROFILE: Fixture = Fixture {
    kind: "update-profile",
    form: include_str!("../../fixtures/update-profile.form"),
    json: include_str!("../../fixtures/update-profile.json"),
};
/// A subprofile was changed.
pub const UPDATE_SUBPROFILE: Fixture = Fixture {
    kind: "update-subprofile",
    form: include_str!("../../fixtures/update-subprofile.form"),
    json: include_str!("../../fixtures/update-subprofile.json"),
};
/// A profile was deleted, with the fields that it had.
pub const DELETE_PROFILE: Fixture = Fixture {
    kind: "delete-profile",
    form: include_str!("../../fixtures/delete-profile.form"),
    json: include_str!("../../fixtures/delete-profile.json"),
};
/// A subprofile was deleted, with nothing of what it had, as in the documentation's example.
pub const DELETE_SUBPROFILE: Fixture = Fixture {
    kind: "delete-subprofile",
    form: include_str!("../../fixtures/delete-subprofile.form"),
    json: include_str!("../../fixtures/delete-subprofile.json"),
};
/// A link was clicked.
pub const CLICK: Fixture = Fixture {
    kind: "click",
    form: include_str!("../../fixtures/click.form"),
    json: include_str!("../../fixtures/click.json"),
};
/// A mail was opened; its tags are one text.
pub const OPEN: Fixture = Fixture {
    kind: "open",
    form: include_str!("../../fixtures/open.form"),
    json: include_str!("../../fixtures/open.json"),
};
/// A mail was delivered.
pub const DELIVERY: Fixture = Fixture {
    kind: "delivery",
    form: include_str!("../../fixtures/delivery.form"),
    json: include_str!("../../fixtures/delivery.json"),
};
/// A mail came back, as text that is not UTF-8.
pub const BOUNCE: Fixture = Fixture {
    kind: "bounce",
    form: include_str!("../../fixtures/bounce.form"),
    json: include_str!("../../fixtures/bounce.json"),
};
/// A mail could not be delivered.
pub const FAILURE: Fixture = Fixture {
    kind: "failure",
    form: include_str!("../../fixtures/failure.form"),
    json: include_str!("../../fixtures/failure.json"),
};
/// A profile was unsubscribed.
pub const UNSUBSCRIBE: Fixture = Fixture {
    kind: "unsubscribe",
    form: include_str!("../../fixtures/unsubscribe.form"),
    json: include_str!("../../fixtures/unsubscribe.json"),
};
/// A mail was reported as abuse.
pub const ABUSE: Fixture = Fixture {
    kind: "abuse",
    form: include_str!("../../fixtures/abuse.form"),
    json: include_str!("../../fixtures/abuse.json"),
};
