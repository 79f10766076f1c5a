//! The kinds of events that can be played: the test kit's fixtures.

use webhook_core::testing::fixtures::{self, Fixture};

/// Names that two of them had before.
const OLDER: [(&str, &str); 2] =
    [("profile", "create-profile"), ("subprofile", "create-subprofile")];

/// Returns the fixture of this name.
pub(crate) fn parse(name: &str) -> Result<&'static Fixture, &'static str> {
    let name = OLDER.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| *new);
    let fixture = fixtures::ALL.iter().find(|fixture| fixture.kind == name);
    fixture.ok_or("no kind of event: `example-send send --help` lists them")
}
