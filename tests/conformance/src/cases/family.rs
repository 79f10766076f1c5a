//! Every event of the sender's, by its fixture: as one of all, alone, and decoded later.

use super::refused;
use crate::case::{Case, Expect};
use crate::for_event::Alone;
use crate::setup::Setup;
use crate::sign::sha256;
use webhook_core::testing::fixtures::{self, Fixture};

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = fixtures::ALL.iter().flat_map(of).collect();
    cases.extend(OTHERS.iter().map(|(name, taken, fixture, detail)| {
        let expect = refused(422, "unexpected_event", detail);
        Case::form(name, fixture.form, expect).to(Setup::Alone(*taken))
    }));
    cases
}

fn of(fixture: &Fixture) -> Vec<Case> {
    let (alone, key) = alone_and_key(fixture.kind);
    let case = |setup: Setup| {
        let event = Expect::Event(compact(fixture.json));
        let name = format!("{} for {setup:?}", fixture.kind);
        Case::form(&name, fixture.form, event).keyed(key).to(setup)
    };
    let plain = [Setup::Any, Setup::Later, Setup::Mail].into_iter().chain(alone.iter().copied());
    let mut cases: Vec<_> = plain.map(case).collect();
    cases.push(
        case(Setup::SignedAny)
            .header("Host", "hooks.example.com")
            .header("Date", crate::sign::DATE)
            .header("X-Copernica-ID", "account_1234")
            .header("Digest", sha256(fixture.form.as_bytes()))
            .signed(),
    );
    // In a call's body an object of base64 is a map: bytes can't be sent as JSON.
    if !fixture.json.contains("\"base64\"") {
        let event = Expect::Event(compact(fixture.json));
        let name = format!("JSON, {}", fixture.kind);
        cases.push(Case::json(&name, fixture.json, event).keyed(key).to(Setup::Any));
    }
    cases
}

/// Returns the set-ups that take the fixture's event alone, and what the event is called.
fn alone_and_key(kind: &str) -> (&'static [Setup], &'static str) {
    use Setup::Alone as Taken;
    match kind {
        "create-profile" => (&[Setup::Events, Setup::Profiles], "create:profile:1:123"),
        "create-subprofile" => (&[Setup::Events, Setup::Subprofiles], "create:subprofile:2:123"),
        "update-profile" => (&[Taken(Alone::Update), Taken(Alone::ProfileUpdated)], "call:"),
        "update-subprofile" => (&[Taken(Alone::Update), Taken(Alone::SubprofileUpdated)], "call:"),
        "delete-profile" => (
            &[Taken(Alone::Delete), Taken(Alone::ProfileDeleted)],
            "delete:profile:123:2024-03-08%2010%3A15%3A00",
        ),
        "delete-subprofile" => (
            &[Taken(Alone::Delete), Taken(Alone::SubprofileDeleted)],
            "delete:subprofile:123:2024-03-08%2010%3A15%3A00",
        ),
        "click" => (&[Taken(Alone::Click)], "call:"),
        "open" => (&[Taken(Alone::Open)], "call:"),
        // printf 'b4icbaqjswyrb7tc\0johny@example.com' | sha256sum | head -c 32
        "delivery" => (&[Taken(Alone::Delivered)], "delivered:0dcc68dacc7fcbe56a680ca4c7465b8a"),
        "bounce" => (&[Taken(Alone::Bounce)], "call:"),
        "failure" => (&[Taken(Alone::Failure)], "call:"),
        "unsubscribe" => {
            (&[Taken(Alone::Unsubscribe)], "unsubscribe:9871:123:2024-03-08%2010%3A15%3A00")
        }
        "abuse" => (&[Taken(Alone::Abuse)], "call:"),
        other => panic!("{other} has no case: add it"),
    }
}

/// Returns JSON without the white space between its tokens, in its own order.
fn compact(json: &str) -> String {
    let (mut compact, mut in_text, mut is_escaped) = (String::new(), false, false);
    for char in json.chars() {
        if in_text || !char.is_ascii_whitespace() {
            compact.push(char);
        }
        in_text ^= char == '"' && !is_escaped;
        is_escaped = in_text && char == '\\' && !is_escaped;
    }
    compact
}

/// Name, what is taken, what comes, detail.
const OTHERS: &[(&str, Alone, Fixture, &str)] = &[
    (
        "a create for updates",
        Alone::Update,
        fixtures::CREATE_PROFILE,
        "the type is `create`, not `update`",
    ),
    (
        "a subprofile's update for those of profiles",
        Alone::ProfileUpdated,
        fixtures::UPDATE_SUBPROFILE,
        "this handler takes profiles only",
    ),
    (
        "a profile's update for those of subprofiles",
        Alone::SubprofileUpdated,
        fixtures::UPDATE_PROFILE,
        "this handler takes subprofiles only",
    ),
    (
        "an update for deletions",
        Alone::Delete,
        fixtures::UPDATE_PROFILE,
        "the type is `update`, not `delete`",
    ),
    (
        "a subprofile's deletion for those of profiles",
        Alone::ProfileDeleted,
        fixtures::DELETE_SUBPROFILE,
        "this handler takes profiles only",
    ),
    (
        "a profile's deletion for those of subprofiles",
        Alone::SubprofileDeleted,
        fixtures::DELETE_PROFILE,
        "this handler takes subprofiles only",
    ),
    ("an open for clicks", Alone::Click, fixtures::OPEN, "the type is `open`, not `click`"),
    ("a click for opens", Alone::Open, fixtures::CLICK, "the type is `click`, not `open`"),
    (
        "an open for deliveries",
        Alone::Delivered,
        fixtures::OPEN,
        "the type is `open`, not `delivery`",
    ),
    ("an abuse for bounces", Alone::Bounce, fixtures::ABUSE, "the type is `abuse`, not `bounce`"),
    (
        "a bounce for failures",
        Alone::Failure,
        fixtures::BOUNCE,
        "the type is `bounce`, not `failure`",
    ),
    (
        "a deletion for unsubscriptions",
        Alone::Unsubscribe,
        fixtures::DELETE_PROFILE,
        "the type is `delete`, not `unsubscribe`",
    ),
    ("a bounce for abuses", Alone::Abuse, fixtures::BOUNCE, "the type is `bounce`, not `abuse`"),
    (
        "a click for unknown events",
        Alone::Other,
        fixtures::CLICK,
        "the type is `click`, which is not another event",
    ),
];
