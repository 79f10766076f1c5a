//! What the kill test sends: every trigger, calls that can't be decoded, and one poison.

use webhook_axum::testing::fixtures::{self, Fixture};

pub const FORM: &str = "application/x-www-form-urlencoded";

/// What is to become of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// One effect, also when its event comes again in another call: it has a name of its own.
    Named,
    /// One effect, also when the call comes again.
    Nameless,
    /// None: it is genuine, can't be decoded, and is set aside.
    Undecodable,
    /// None: it takes the process down, each time.
    Poison,
}

/// A call that is to be signed.
pub struct Body {
    pub fate: Fate,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// The calls of a run, by their position.
#[derive(Clone, Copy)]
pub struct Mix {
    pub events: u64,
}

impl Mix {
    pub fn fate(self, at: u64) -> Fate {
        match at {
            _ if at == self.events / 2 => Fate::Poison,
            _ if at % 20 == 11 => Fate::Undecodable,
            _ => match fixture(at).kind {
                "create-profile" | "create-subprofile" | "delete-profile" | "delete-subprofile"
                | "unsubscribe" | "delivery" => Fate::Named,
                _ => Fate::Nameless,
            },
        }
    }

    /// Returns whether its first attempt fails, after its effect was written.
    pub fn fails_once(self, at: u64) -> bool {
        at % 20 == 7 && matches!(self.fate(at), Fate::Named | Fate::Nameless)
    }

    /// Returns how many have this fate.
    pub fn count(self, fate: Fate) -> u64 {
        (0..self.events).filter(|at| self.fate(*at) == fate).count() as u64
    }

    pub fn body(self, at: u64) -> Body {
        let fate = self.fate(at);
        let form = |form: String| Body { fate, media_type: FORM, bytes: form.into() };
        match fate {
            Fate::Undecodable => undecodable(at),
            Fate::Poison => form(of_its_own(fixture(at), number(at)) + "&fault=abort"),
            _ if self.fails_once(at) => {
                form(of_its_own(fixture(at), number(at)) + "&fault=fail-once")
            }
            _ => form(of_its_own(fixture(at), number(at))),
        }
    }
}

/// Returns the number in its ids: 0 is the id of nothing.
pub fn number(at: u64) -> u64 {
    at + 1
}

fn fixture(at: u64) -> &'static Fixture {
    let kinds = fixtures::ALL.len() as u64;
    &fixtures::ALL[usize::try_from(at % kinds).unwrap()]
}

/// Returns the fixture with ids of its own: numbers of (sub)profiles and unsubscriptions, texts of messages.
fn of_its_own(fixture: &Fixture, number: u64) -> String {
    let pairs = fixture.form.split('&').map(|pair| match pair.split_once('=').unwrap() {
        ("id", value) if !value.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("id=m{number}")
        }
        (name @ ("id" | "profile" | "subprofile"), _) => format!("{name}={number}"),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Returns a body that can't be decoded; its number makes it unique.
fn undecodable(at: u64) -> Body {
    let number = number(at);
    let (media_type, text) = match at / 20 % 4 {
        0 => (FORM, format!("type=create&database=1&fields%5Bname%5D={number}")),
        1 => {
            let at = "timestamp=1979-02-12+12%3A49%3A23";
            (FORM, format!("type=create&profile={number}&database=1&{at}&fields%5Bname%5D=%FF"))
        }
        2 => ("application/json", format!("[{number}]")),
        _ => ("text/plain", format!("type=create&profile={number}")),
    };
    Body { fate: Fate::Undecodable, media_type, bytes: text.into() }
}
