//! What each event means, as a line of the log: replace it by what your service does.
//!
//! Only ids and codes are logged: addresses, fields, URLs and mails are personal data.

use crate::mail;
use tracing::{info, warn};
use webhook_axum::{CreateEvent, DeleteEvent, Event, UpdateEvent};

/// Logs what happened to what.
pub fn note(event: &Event) {
    match event {
        Event::Create(CreateEvent::Profile(new)) => {
            info!(profile = %new.profile, database = %new.database, "a profile is new");
        }
        Event::Create(CreateEvent::Subprofile(new)) => {
            info!(subprofile = %new.subprofile, profile = %new.profile, "a subprofile is new");
        }
        // `fields` is the state after the change; what it was before is not sent.
        Event::Update(UpdateEvent::Profile(now)) => {
            info!(profile = %now.profile, fields = now.fields.len(), "a profile has changed");
        }
        Event::Update(UpdateEvent::Subprofile(now)) => {
            info!(subprofile = %now.subprofile, fields = now.fields.len(), "a subprofile has changed");
        }
        Event::Delete(DeleteEvent::Profile(gone)) => {
            info!(profile = %gone.profile, "a profile is deleted: erase what you keep of it");
        }
        Event::Delete(DeleteEvent::Subprofile(gone)) => {
            info!(subprofile = %gone.subprofile, "a subprofile is deleted: erase what you keep of it");
        }
        // Programs that look for malware follow links too: a click is no proof of a reader.
        Event::Click(click) => info!(mail = click.id.as_str(), "a link was clicked"),
        Event::Open(open) => info!(mail = open.id.as_str(), "a mail was opened"),
        Event::Delivered(sent) => info!(mail = sent.id.as_str(), "a mail was delivered"),
        Event::Bounce(bounce) => {
            let found = mail::examine(bounce.mime().unwrap_or_default());
            info!(mail = bounce.id.as_str(), "a mail came back: {found}");
        }
        Event::Failure(failure) => {
            let advice = match failure.is_permanent() {
                Some(true) => "do not send again",
                Some(false) => "it may work later",
                None => "whether it may work later is not sent",
            };
            info!(mail = failure.id.as_str(), "a mail can't be delivered: {advice}");
        }
        Event::Unsubscribe(end) => {
            info!(profile = ?end.profile, mailing = ?end.mailing, "unsubscribed: send nothing more");
        }
        Event::Abuse(abuse) => {
            warn!(mail = abuse.id.as_str(), "reported as abuse: send its recipient nothing more");
        }
        // A trigger that Copernica has added, or its test button: it is on stdout, whole.
        Event::Other(other) => {
            warn!(kind = other.kind(), "not known to this version of the library");
        }
        // The enum may grow: after an update of the library, this is a trigger to write an arm for.
        _ => warn!("not known to this program"),
    }
}
