//! The calls of Copernica's documentation, as PHP's encoder writes them, and what they say.

/// A body, and the event as JSON.
pub type Call = (&'static str, &'static str);

/// A new profile in a database.
pub const PROFILE: Call = (
    "type=create&profile=123&parameters%5Bname%5D=Johny&parameters%5Bmail%5D=johny%40example.com\
     &parameters%5Bblue%5D=1&parameters%5Bred%5D=0&timestamp=1979-02-12+12%3A49%3A23&id=123\
     &database=1&fields%5Bname%5D=Johny&fields%5Bmail%5D=johny%40example.com\
     &interests%5Bblue%5D=1&interests%5Bred%5D=0\
     &created=1979-02-12+12%3A49%3A23&modified=1979-02-12+12%3A49%3A23",
    r#"{
        "type": "create", "profile": 123, "database": 1, "id": 123,
        "timestamp": "1979-02-12 12:49:23",
        "created": "1979-02-12 12:49:23", "modified": "1979-02-12 12:49:23",
        "parameters": {"name": "Johny", "mail": "johny@example.com", "blue": "1", "red": "0"},
        "fields": {"name": "Johny", "mail": "johny@example.com"},
        "interests": {"blue": 1, "red": 0}
    }"#,
);

/// A new row in a collection under a profile.
pub const SUBPROFILE: Call = (
    "type=create&subprofile=123&parameters%5Bname%5D=Johny&parameters%5Bmail%5D=johny%40example.com\
     &timestamp=1979-02-12+12%3A49%3A23&id=12&database=1&collection=2&profile=123\
     &fields%5Bname%5D=Johny&fields%5Bmail%5D=johny%40example.com\
     &created=1979-02-12+12%3A49%3A23&modified=1979-02-12+12%3A49%3A23",
    r#"{
        "type": "create", "profile": 123, "subprofile": 123, "database": 1, "collection": 2,
        "id": 12, "timestamp": "1979-02-12 12:49:23",
        "created": "1979-02-12 12:49:23", "modified": "1979-02-12 12:49:23",
        "parameters": {"name": "Johny", "mail": "johny@example.com"},
        "fields": {"name": "Johny", "mail": "johny@example.com"}
    }"#,
);

/// Not a number where the profile should be.
pub const BROKEN: &str = "type=create&profile=abc&database=1&timestamp=1979-02-12+12%3A49%3A23";
