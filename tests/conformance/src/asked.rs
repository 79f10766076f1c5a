//! What a handler asks for, by its type: one list for all implementations.

use crate::setup::{Customer, Setup};
use serde::Serialize;
use webhook_core::{
    Abuse, Bounce, Click, CreateEvent, DeleteEvent, Delivered, Event, Failure, FromDelivery, Open,
    OtherEvent, ProfileCreated, ProfileDeleted, ProfileUpdated, Raw, SubprofileCreated,
    SubprofileDeleted, SubprofileUpdated, Unsubscribe, UpdateEvent,
};

/// One event, asked for alone; those of `create` have set-ups of their own.
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

/// Something to do with the type that a handler asks for.
pub(crate) trait Ask {
    type Answer;

    fn of<T: FromDelivery + Serialize + Sync>(self) -> Self::Answer;
}

impl Setup {
    /// Does it with the type that the set-up's handler asks for.
    pub(crate) fn ask<A: Ask>(self, ask: A) -> A::Answer {
        match self {
            Self::Profiles => ask.of::<ProfileCreated>(),
            Self::Subprofiles => ask.of::<SubprofileCreated>(),
            Self::Typed => ask.of::<ProfileCreated<Customer>>(),
            Self::Any | Self::Mail | Self::SignedAny => ask.of::<Event>(),
            Self::Raw | Self::SignedRaw => ask.of::<Raw>(),
            Self::Alone(Alone::Update) => ask.of::<UpdateEvent>(),
            Self::Alone(Alone::ProfileUpdated) => ask.of::<ProfileUpdated>(),
            Self::Alone(Alone::SubprofileUpdated) => ask.of::<SubprofileUpdated>(),
            Self::Alone(Alone::Delete) => ask.of::<DeleteEvent>(),
            Self::Alone(Alone::ProfileDeleted) => ask.of::<ProfileDeleted>(),
            Self::Alone(Alone::SubprofileDeleted) => ask.of::<SubprofileDeleted>(),
            Self::Alone(Alone::Click) => ask.of::<Click>(),
            Self::Alone(Alone::Open) => ask.of::<Open>(),
            Self::Alone(Alone::Delivered) => ask.of::<Delivered>(),
            Self::Alone(Alone::Bounce) => ask.of::<Bounce>(),
            Self::Alone(Alone::Failure) => ask.of::<Failure>(),
            Self::Alone(Alone::Unsubscribe) => ask.of::<Unsubscribe>(),
            Self::Alone(Alone::Abuse) => ask.of::<Abuse>(),
            Self::Alone(Alone::Other) => ask.of::<OtherEvent>(),
            _ => ask.of::<CreateEvent>(),
        }
    }
}
