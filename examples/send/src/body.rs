//! Bodies as PHP's `http_build_query` writes them.

use bytes::Bytes;

use crate::args::Kind;
use crate::family;

/// The id of what the first call is about.
const FIRST_ID: u64 = 123;
const MOMENT: &str = "1979-02-12 12:49:23";

/// What the calls carry.
#[derive(Debug)]
pub(crate) enum Body {
    /// The same bytes in every call.
    Raw(Bytes),
    /// A create event of its own in every call.
    Event(Event),
    /// An event of this kind of its own in every call.
    Fixture(Kind),
    /// One of each kind after the other.
    All,
}

impl Body {
    /// Returns the body of call `index`, counted from 0.
    ///
    /// # Errors
    /// The test kit can't make it.
    pub(crate) fn of_call(&self, index: u64) -> Result<Bytes, String> {
        let id = FIRST_ID.saturating_add(index);
        match self {
            Self::Raw(bytes) => Ok(bytes.clone()),
            Self::Event(event) => Ok(event.encode(id).into()),
            Self::Fixture(kind) => family::body(*kind, id),
            Self::All => {
                let kinds = Kind::ALL.len() as u64;
                let kind = usize::try_from(index % kinds).ok().and_then(|at| Kind::ALL.get(at));
                let kind = kind.copied().unwrap_or(Kind::CreateProfile);
                let id = FIRST_ID.saturating_add(index / kinds);
                match Event::documented(kind) {
                    Some(event) => Ok(event.encode(id).into()),
                    None => family::body(kind, id),
                }
            }
        }
    }

    /// Returns how many calls it takes to play each kind so often.
    pub(crate) fn each(times: u64) -> u64 {
        times.saturating_mul(Kind::ALL.len() as u64)
    }
}

type Pairs = Vec<(String, String)>;

/// What was created.
#[derive(Debug, Clone, Copy)]
enum Entity {
    Profile,
    Subprofile,
}

/// A create event; everything but its id is the same in every call.
#[derive(Debug)]
pub(crate) struct Event {
    entity: Entity,
    pub(crate) fields: Pairs,
    pub(crate) parameters: Pairs,
    pub(crate) interests: Pairs,
}

impl Event {
    /// Returns the example of Copernica's documentation; `None` unless something is created.
    pub(crate) fn documented(kind: Kind) -> Option<Self> {
        let entity = match kind {
            Kind::CreateProfile => Entity::Profile,
            Kind::CreateSubprofile => Entity::Subprofile,
            _ => return None,
        };
        let fields = owned(&[("name", "Johny"), ("mail", "johny@example.com")]);
        let interests = match entity {
            Entity::Profile => owned(&[("blue", "1"), ("red", "0")]),
            Entity::Subprofile => Vec::new(),
        };
        // The example's profile was created by a form that had its interests too.
        let parameters = fields.iter().chain(&interests).cloned().collect();
        Some(Self { entity, fields, parameters, interests })
    }

    fn encode(&self, created: u64) -> String {
        let mut query = Query::default();
        let created = created.to_string();
        query.pair("type", "create");
        match self.entity {
            Entity::Profile => query.pair("profile", &created),
            Entity::Subprofile => query.pair("subprofile", &created),
        }
        query.map("parameters", &self.parameters);
        query.pair("timestamp", MOMENT);
        match self.entity {
            Entity::Profile => {
                query.pair("id", &created);
                query.pair("database", "1");
            }
            Entity::Subprofile => {
                query.pair("id", "12");
                query.pair("database", "1");
                query.pair("collection", "2");
                query.pair("profile", "123");
            }
        }
        query.map("fields", &self.fields);
        query.map("interests", &self.interests);
        query.pair("created", MOMENT);
        query.pair("modified", MOMENT);
        query.0
    }
}

fn owned(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|&(name, value)| (name.into(), value.into())).collect()
}

#[derive(Default)]
struct Query(String);

impl Query {
    fn pair(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.text(name);
        self.0.push('=');
        self.text(value);
    }

    /// Appends one pair per key; like PHP, nothing at all for an empty map.
    fn map(&mut self, name: &str, pairs: &[(String, String)]) {
        for (key, value) in pairs {
            self.pair(&format!("{name}[{key}]"), value);
        }
    }

    fn text(&mut self, text: &str) {
        for part in form_urlencoded::byte_serialize(text.as_bytes()) {
            // The one byte on which PHP's urlencode and the URL standard's form encoding differ.
            for (index, piece) in part.split('*').enumerate() {
                if index > 0 {
                    self.0.push_str("%2A");
                }
                self.0.push_str(piece);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let mut query = Query::default();
            query.map("fields", &owned(&[(name, value)]));
            assert_eq!(query.0, expected);
        }
    }

    #[test]
    fn the_documented_events() {
        assert_eq!(
            Event::documented(Kind::CreateProfile).unwrap().encode(123),
            "type=create&profile=123&parameters%5Bname%5D=Johny\
             &parameters%5Bmail%5D=johny%40example.com&parameters%5Bblue%5D=1\
             &parameters%5Bred%5D=0&timestamp=1979-02-12+12%3A49%3A23&id=123&database=1\
             &fields%5Bname%5D=Johny&fields%5Bmail%5D=johny%40example.com\
             &interests%5Bblue%5D=1&interests%5Bred%5D=0\
             &created=1979-02-12+12%3A49%3A23&modified=1979-02-12+12%3A49%3A23"
        );
        assert_eq!(
            Event::documented(Kind::CreateSubprofile).unwrap().encode(123),
            "type=create&subprofile=123&parameters%5Bname%5D=Johny\
             &parameters%5Bmail%5D=johny%40example.com&timestamp=1979-02-12+12%3A49%3A23&id=12\
             &database=1&collection=2&profile=123\
             &fields%5Bname%5D=Johny&fields%5Bmail%5D=johny%40example.com\
             &created=1979-02-12+12%3A49%3A23&modified=1979-02-12+12%3A49%3A23"
        );
    }

    #[test]
    fn empty_maps_are_not_sent() {
        let mut event = Event::documented(Kind::CreateProfile).unwrap();
        event.fields.clear();
        event.parameters.clear();
        event.interests.clear();
        assert!(!event.encode(1).contains("%5B"));
    }
}
