//! Events of every kind: the test kit's fixtures, and how each call has one of its own.

use webhook_core::id::{MessageId, UnsubscribeId};
use webhook_core::testing::{Encoder, InterestStyle, fixtures::Fixture};
use webhook_core::{CreateEvent, DeleteEvent, Event, Raw, UpdateEvent};

/// Returns the event of this fixture.
///
/// # Errors
/// The test kit can't read its own.
pub(crate) fn of_fixture(fixture: &Fixture) -> Result<Event, String> {
    Raw::new(fixture.form).decode().map_err(|error| error.to_string())
}

/// Returns the body of a call: the event, about entity, message or unsubscription `number`.
///
/// # Errors
/// The test kit can't write the event.
pub(crate) fn encode(event: &Event, number: u64) -> Result<String, String> {
    let mut event = event.clone();
    set_number(&mut event, number);
    // As in Copernica's documentation; a list would leave out the interests that are off.
    let encoder = Encoder::new().interests(InterestStyle::Map);
    encoder.encode(&event).map_err(|error| error.to_string())
}

fn set_number(event: &mut Event, number: u64) {
    match event {
        Event::Create(CreateEvent::Profile(event)) => {
            event.profile = number.into();
            // The documented profile is named twice.
            event.id = Some(number);
        }
        Event::Create(CreateEvent::Subprofile(event)) => event.subprofile = number.into(),
        Event::Update(UpdateEvent::Profile(event)) => event.profile = number.into(),
        Event::Update(UpdateEvent::Subprofile(event)) => event.subprofile = number.into(),
        Event::Delete(DeleteEvent::Profile(event)) => event.profile = number.into(),
        Event::Delete(DeleteEvent::Subprofile(event)) => event.subprofile = number.into(),
        Event::Click(event) => event.id = message(number),
        Event::Open(event) => event.id = message(number),
        Event::Delivered(event) => event.id = message(number),
        Event::Bounce(event) => event.id = message(number),
        Event::Failure(event) => event.id = message(number),
        Event::Abuse(event) => event.id = message(number),
        Event::Unsubscribe(event) => {
            event.id = Some(UnsubscribeId::from(number.to_string().as_str()));
        }
        // No fixture is of another kind.
        _ => {}
    }
}

/// Returns a message id as the sender writes one: 16 letters and digits, up to number 99 999 999 999.
fn message(number: u64) -> MessageId {
    format!("b4icb{number:011}").as_str().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use webhook_core::{Fields, testing::fixtures};

    /// `php -r 'echo http_build_query(["fields" => [...]]);'`, PHP 8.2.
    const PHP: &[(&str, &str, &str)] = &[
        ("First name", "J D", "fields%5BFirst+name%5D=J+D"),
        ("a[b]", "1", "fields%5Ba%5Bb%5D%5D=1"),
        ("a.b", "~*-_.", "fields%5Ba.b%5D=%7E%2A-_."),
        ("café", "50%&=+;", "fields%5Bcaf%C3%A9%5D=50%25%26%3D%2B%3B"),
        ("2024", "", "fields%5B2024%5D="),
        ("q\"<>", "line1\r\nline2", "fields%5Bq%22%3C%3E%5D=line1%0D%0Aline2"),
        ("x/y?z#", "\0€😀", "fields%5Bx%2Fy%3Fz%23%5D=%00%E2%82%AC%F0%9F%98%80"),
        ("!$(),:@'`^{|}\\", "[]", "fields%5B%21%24%28%29%2C%3A%40%27%60%5E%7B%7C%7D%5C%5D=%5B%5D"),
    ];

    #[test]
    fn nasty_names_are_written_as_php_writes_them() {
        for &(name, value, expected) in PHP {
            let mut event = of_fixture(&fixtures::CREATE_PROFILE).unwrap();
            let Event::Create(CreateEvent::Profile(profile)) = &mut event else { panic!("{name}") };
            profile.fields = Fields::from_iter([(name, value)]);
            let body = encode(&event, 1).unwrap();
            assert!(pairs(&body).contains(&expected), "{body}");
        }
    }

    #[test]
    fn the_first_create_call_has_the_pairs_of_the_documentation() {
        for fixture in [fixtures::CREATE_PROFILE, fixtures::CREATE_SUBPROFILE] {
            let body = encode(&of_fixture(&fixture).unwrap(), 123).unwrap();
            assert_eq!(pairs(&body), pairs(fixture.form.trim_end()));
        }
    }

    /// Returns the pairs of a body, sorted: the test kit has an order of its own.
    fn pairs(body: &str) -> Vec<&str> {
        let mut pairs: Vec<_> = body.split('&').collect();
        pairs.sort_unstable();
        pairs
    }
}
