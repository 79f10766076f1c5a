//! The cases, a module a subject. To add one, add a line to its table.

mod changes;
mod decode;
mod failures;
mod family;
pub mod genuine;
mod head;
mod json;
mod limit;
mod mail;
mod malformed;
mod raw;
mod setup;
mod signature;
mod tampered;
mod unproven;
mod variable;
mod vectors;

pub use signature::call;

use crate::case::{Case, Expect};
use crate::setup::Setup;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Returns every case for one set-up.
pub fn of(setup: Setup) -> Vec<Case> {
    // Signing takes its time.
    static ALL: LazyLock<Vec<Case>> = LazyLock::new(all);
    ALL.iter().filter(|case| case.setup == setup).cloned().collect()
}

fn all() -> Vec<Case> {
    let all = [
        decode::cases(),
        variable::cases(),
        json::cases(),
        head::cases(),
        limit::cases(),
        setup::cases(),
        signature::cases(),
        unproven::cases(),
        tampered::cases(),
        malformed::cases(),
        vectors::cases(),
        failures::cases(),
        genuine::cases(),
        family::cases(),
        changes::cases(),
        mail::cases(),
        raw::cases(),
    ];
    let all = all.concat();
    let mut names = HashSet::new();
    for case in &all {
        assert!(names.insert(&case.name), "{} is a duplicate", case.name);
    }
    all
}

/// The least that makes a profile event.
pub const PROFILE: &str = "type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23";
/// The least that makes a subprofile event.
pub const SUBPROFILE: &str = "type=create&profile=123&subprofile=12&database=1&collection=2\
                              &timestamp=1979-02-12+12:49:23";

/// Returns the event of [`PROFILE`] with these maps, as JSON.
pub fn profile(parameters: &str, fields: &str, interests: &str, rest: &str) -> Expect {
    Expect::Event(format!(
        r#"{{"type":"create","profile":123,"database":1,"timestamp":"1979-02-12 12:49:23","parameters":{parameters},"fields":{fields},"interests":{interests}{rest}}}"#
    ))
}

/// Returns the event of [`SUBPROFILE`] with these maps, as JSON.
pub fn subprofile(parameters: &str, fields: &str, rest: &str) -> Expect {
    Expect::Event(format!(
        r#"{{"type":"create","profile":123,"subprofile":12,"database":1,"collection":2,"timestamp":"1979-02-12 12:49:23","parameters":{parameters},"fields":{fields}{rest}}}"#
    ))
}

fn refused(status: u16, code: &'static str, detail: &str) -> Expect {
    Expect::Refused(status, code, detail.to_owned())
}
