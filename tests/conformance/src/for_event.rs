//! What a handler takes, by its type: one list for all implementations.

use crate::setup::{Customer, Setup};
use serde::Serialize;
use webhook_core::{
    Abuse, Bounce, Click, CreateEvent, DeleteEvent, Delivered, Event, Failure, FromDelivery, Open,
    OtherEvent, ProfileCreated, ProfileDeleted, ProfileUpdated, Raw, SubprofileCreated,
    SubprofileDeleted, SubprofileUpdated, Unsubscribe, UpdateEvent,
};

/// One event, taken alone; those of `create` have set-ups of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alone {
    /// `Webhook<UpdateEvent>`
    Update,
    /// `Webhook<ProfileUpdated>`
    ProfileUpdated,
    /// `Webhook<SubprofileUpdated>`
    SubprofileUpdated,
    /// `Webhook<DeleteEvent>`
    Delete,
    /// `Webhook<ProfileDeleted>`
    ProfileDeleted,
    /// `Webhook<SubprofileDeleted>`
    SubprofileDeleted,
    /// `Webhook<Click>`
    Click,
    /// `Webhook<Open>`
    Open,
    /// `Webhook<Delivered>`
    Delivered,
    /// `Webhook<Bounce>`
    Bounce,
    /// `Webhook<Failure>`
    Failure,
    /// `Webhook<Unsubscribe>`
    Unsubscribe,
    /// `Webhook<Abuse>`
    Abuse,
    /// `Webhook<OtherEvent>`
    Other,
}

impl Alone {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Update,
        Self::ProfileUpdated,
        Self::SubprofileUpdated,
        Self::Delete,
        Self::ProfileDeleted,
        Self::SubprofileDeleted,
        Self::Click,
        Self::Open,
        Self::Delivered,
        Self::Bounce,
        Self::Failure,
        Self::Unsubscribe,
        Self::Abuse,
        Self::Other,
    ];
}

/// Something to do with the type that a handler takes.
pub(crate) trait ForEvent {
    type Answer;

    fn of<T: FromDelivery + Serialize + Sync>(self) -> Self::Answer;
}

impl Setup {
    /// Does it with the type that the set-up's handler takes.
    pub(crate) fn for_event<A: ForEvent>(self, act: A) -> A::Answer {
        match self {
            Self::Profiles => act.of::<ProfileCreated>(),
            Self::Subprofiles => act.of::<SubprofileCreated>(),
            Self::Typed => act.of::<ProfileCreated<Customer>>(),
            Self::Any | Self::Mail | Self::SignedAny => act.of::<Event>(),
            Self::Raw | Self::SignedRaw => act.of::<Raw>(),
            Self::Alone(Alone::Update) => act.of::<UpdateEvent>(),
            Self::Alone(Alone::ProfileUpdated) => act.of::<ProfileUpdated>(),
            Self::Alone(Alone::SubprofileUpdated) => act.of::<SubprofileUpdated>(),
            Self::Alone(Alone::Delete) => act.of::<DeleteEvent>(),
            Self::Alone(Alone::ProfileDeleted) => act.of::<ProfileDeleted>(),
            Self::Alone(Alone::SubprofileDeleted) => act.of::<SubprofileDeleted>(),
            Self::Alone(Alone::Click) => act.of::<Click>(),
            Self::Alone(Alone::Open) => act.of::<Open>(),
            Self::Alone(Alone::Delivered) => act.of::<Delivered>(),
            Self::Alone(Alone::Bounce) => act.of::<Bounce>(),
            Self::Alone(Alone::Failure) => act.of::<Failure>(),
            Self::Alone(Alone::Unsubscribe) => act.of::<Unsubscribe>(),
            Self::Alone(Alone::Abuse) => act.of::<Abuse>(),
            Self::Alone(Alone::Other) => act.of::<OtherEvent>(),
            _ => act.of::<CreateEvent>(),
        }
    }
}
