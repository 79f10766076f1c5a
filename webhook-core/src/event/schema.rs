//! JSON Schema of the events, as they are written: the shape of `Serialize`.
//!
//! By hand, and not derived: a variable that can't be read stands in its place as it was sent, which no
//! type says. The tests compare this with what is written.

use super::kind::EventKind;
use super::{
    Abuse, Bounce, Click, CreateEvent, DeleteEvent, Delivered, Event, Failure, Open, OtherEvent,
    ProfileCreated, ProfileDeleted, ProfileUpdated, SubprofileCreated, SubprofileDeleted,
    SubprofileUpdated, Unsubscribe, UpdateEvent,
};
use crate::id::{
    CollectionId, DatabaseId, InterestId, MailingId, MessageId, ProfileId, SubprofileId,
    UnsubscribeId,
};
use crate::interests::Interests;
use crate::map::{Fields, Map};
use crate::tags::Tags;
use crate::text::{ByteText, Text};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map as Object, Value as Json};
use std::borrow::Cow;

/// Gives a type a name and a schema.
macro_rules! schemas {
    ($($name:ident$(<$fields:ident>)? $generator:ident => $schema:expr;)*) => {$(
        impl$(<$fields: JsonSchema>)? JsonSchema for $name$(<$fields>)? {
            fn schema_name() -> Cow<'static, str> {
                name(stringify!($name), &[$($fields::schema_name())?])
            }

            fn schema_id() -> Cow<'static, str> {
                name(concat!("webhook_core::", stringify!($name)), &[$($fields::schema_id())?])
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )*};
}

fn name(name: &'static str, of: &[Cow<'static, str>]) -> Cow<'static, str> {
    match of {
        [fields] if *fields != Fields::schema_name() && *fields != Fields::schema_id() => {
            format!("{name}_of_{fields}").into()
        }
        _ => name.into(),
    }
}

/// A variable as it was sent: each leaf is a text.
struct AsSent;

schemas! {
    AsSent generator => {
        let (bytes, nested) = (generator.subschema_for::<ByteText>(), generator.subschema_for::<Self>());
        json_schema!({
            "description": "As it was sent: a text, a list, or a map.",
            "anyOf": [
                bytes,
                { "type": "array", "items": nested },
                { "type": "object", "additionalProperties": nested },
            ],
        })
    };
    ProfileId _generator => number();
    SubprofileId _generator => number();
    DatabaseId _generator => number();
    CollectionId _generator => number();
    InterestId _generator => number();
    MailingId _generator => number();
    MessageId _generator => json_schema!({ "type": "string", "minLength": 1 });
    UnsubscribeId _generator => json_schema!({ "type": "string", "minLength": 1 });
    Text _generator => json_schema!({ "type": "string" });
    ByteText _generator => json_schema!({
        "description": "A text, or bytes that are not UTF-8 in base64 and how many.",
        "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "properties": { "base64": { "type": "string" }, "bytes": { "type": "integer", "minimum": 0 } },
                "required": ["base64", "bytes"],
                "additionalProperties": false,
            },
        ],
    });
    Tags generator => generator.subschema_for::<AsSent>();
    Map generator => json_schema!({
        "description": "Names and texts, as sent; some may be nested.",
        "type": "object",
        "additionalProperties": generator.subschema_for::<AsSent>(),
    });
    Interests generator => json_schema!({
        "description": "Names to 1, on, and 0, off; as sent where they came with their groups.",
        "anyOf": [
            { "type": "object", "additionalProperties": { "type": "integer", "enum": [0, 1] } },
            generator.subschema_for::<AsSent>(),
        ],
    });

    ProfileCreated<F> generator => event::<F>(generator, "A profile was created.", "create", &["profile", "database", "timestamp", "parameters", "fields", "interests"], PROFILE);
    SubprofileCreated<F> generator => event::<F>(generator, "A subprofile was created.", "create", &["profile", "subprofile", "database", "collection", "timestamp", "parameters", "fields"], SUBPROFILE);
    ProfileUpdated<F> generator => event::<F>(generator, "A profile was changed.", "update", &["profile", "timestamp", "parameters", "fields", "interests"], PROFILE);
    SubprofileUpdated<F> generator => event::<F>(generator, "A subprofile was changed.", "update", &["profile", "subprofile", "timestamp", "parameters", "fields"], SUBPROFILE);
    ProfileDeleted<F> generator => event::<F>(generator, "A profile was deleted.", "delete", &["profile"], &["database", "timestamp", "time", "fields", "interests"]);
    SubprofileDeleted<F> generator => event::<F>(generator, "A subprofile was deleted.", "delete", &["subprofile"], &["profile", "database", "collection", "timestamp", "time", "fields"]);
    Click generator => mail(generator, "A link in a mail was clicked.", "click", &["id"], &["ip", "original", "url", "useragent", "referer"]);
    Open generator => mail(generator, "A mail was opened.", "open", &["id"], &["ip", "url", "useragent", "referer"]);
    Delivered generator => mail(generator, "A mail was delivered.", "delivery", &["id"], &["code", "extended", "description"]);
    Bounce generator => mail(generator, "A mail came back.", "bounce", &["id"], &["envelope", "mailfrom", "rcptto", "mime"]);
    Failure generator => mail(generator, "A mail could not be delivered.", "failure", &["id"], &["action", "state", "code", "extended", "description"]);
    Unsubscribe generator => unsubscribe(generator);
    Abuse generator => mail(generator, "A mail was reported as abuse.", "abuse", &["id"], &["emailfrom", "mime"]);
    OtherEvent generator => json_schema!({
        "description": "A call whose `type` is not known, or that has none, as sent.",
        "type": "object",
        "properties": { "type": { "not": { "enum": EventKind::names().collect::<Vec<_>>() } } },
        "additionalProperties": generator.subschema_for::<AsSent>(),
    });

    CreateEvent<F> generator => any(&[generator.subschema_for::<ProfileCreated<F>>(), generator.subschema_for::<SubprofileCreated<F>>()]);
    UpdateEvent<F> generator => any(&[generator.subschema_for::<ProfileUpdated<F>>(), generator.subschema_for::<SubprofileUpdated<F>>()]);
    DeleteEvent<F> generator => any(&[generator.subschema_for::<ProfileDeleted<F>>(), generator.subschema_for::<SubprofileDeleted<F>>()]);
    Event<F> generator => any(&[
        generator.subschema_for::<CreateEvent<F>>(),
        generator.subschema_for::<UpdateEvent<F>>(),
        generator.subschema_for::<DeleteEvent<F>>(),
        generator.subschema_for::<Click>(),
        generator.subschema_for::<Open>(),
        generator.subschema_for::<Delivered>(),
        generator.subschema_for::<Bounce>(),
        generator.subschema_for::<Failure>(),
        generator.subschema_for::<Unsubscribe>(),
        generator.subschema_for::<Abuse>(),
        generator.subschema_for::<OtherEvent>(),
    ]);
}

/// What events of profiles may have, next to what they must.
const PROFILE: &[&str] = &["database", "id", "time", "created", "modified"];
const SUBPROFILE: &[&str] = &["database", "collection", "id", "time", "created", "modified"];
/// What events of mails may have, but for what only some have.
const MAIL: &[&str] =
    &["profile", "subprofile", "database", "mailing", "timestamp", "time", "recipient", "tags"];

/// Returns the schema of what has one of these.
fn any(schemas: &[Schema]) -> Schema {
    json_schema!({ "anyOf": schemas })
}

fn number() -> Schema {
    json_schema!({ "type": "integer", "minimum": 0, "maximum": u64::MAX })
}

/// Returns the schema of an event of a profile or a subprofile, with fields of the user's.
fn event<F: JsonSchema>(
    generator: &mut SchemaGenerator,
    description: &str,
    kind: &str,
    required: &[&str],
    optional: &[&str],
) -> Schema {
    let mut schema = object(generator, description, kind, required, optional);
    // Fields that are not a map stand as they were sent, for `Fields`; for a struct they are refused.
    let is_map = F::schema_id() == Fields::schema_id();
    let fields = generator.subschema_for::<F>();
    let fields = if is_map { or_as_sent(generator, &fields) } else { fields };
    set(&mut schema, "fields", fields);
    if required.contains(&"id") || optional.contains(&"id") {
        let id = or_as_sent(generator, &number());
        set(&mut schema, "id", id);
    }
    if !required.contains(&"subprofile") {
        // With one it is an event of a subprofile.
        set(&mut schema, "subprofile", false.into());
    }
    schema
}

/// Returns the schema of an event of a mail.
fn mail(
    generator: &mut SchemaGenerator,
    description: &str,
    kind: &str,
    required: &[&str],
    optional: &[&str],
) -> Schema {
    object(generator, description, kind, required, &[MAIL, optional].concat())
}

/// Returns the schema of an unsubscription, which its id names, or else its profile.
fn unsubscribe(generator: &mut SchemaGenerator) -> Schema {
    let optional =
        ["profile", "subprofile", "database", "collection", "mailing", "id", "timestamp", "time"];
    let mut schema =
        object(generator, "A profile was unsubscribed.", "unsubscribe", &[], &optional);
    let named = serde_json::json!([{ "required": ["id"] }, { "required": ["profile"] }]);
    schema.insert("anyOf".to_owned(), named);
    schema
}

fn object(
    generator: &mut SchemaGenerator,
    description: &str,
    kind: &str,
    required: &[&str],
    optional: &[&str],
) -> Schema {
    let mut properties = Object::new();
    properties.insert("type".to_owned(), serde_json::json!({ "const": kind }));
    for name in optional {
        let typed = typed(generator, name);
        properties.insert((*name).to_owned(), or_as_sent(generator, &typed).to_value());
    }
    // What names an event is what it must be, or the call is refused.
    for name in required {
        let typed = typed(generator, name);
        let is_map = ["parameters", "interests"].contains(name);
        let schema = if is_map { or_as_sent(generator, &typed) } else { typed };
        properties.insert((*name).to_owned(), schema.to_value());
    }
    let required: Vec<_> = std::iter::once(&"type").chain(required).collect();
    json_schema!({
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": generator.subschema_for::<AsSent>(),
    })
}

/// Returns the schema of the variable of this name, where it can be read.
fn typed(generator: &mut SchemaGenerator, name: &str) -> Schema {
    match name {
        "profile" | "subprofile" | "database" | "collection" | "mailing" => number(),
        "id" => generator.subschema_for::<MessageId>(),
        "timestamp" | "created" | "modified" => json_schema!({
            "description": "In the account's own time, which no zone is sent of.",
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$",
        }),
        "time" => json_schema!({ "description": "Unix seconds.", "type": "integer" }),
        "ip" => json_schema!({ "description": "An IP address.", "type": "string" }),
        "code" | "extended" | "action" | "state" => generator.subschema_for::<Text>(),
        "tags" => generator.subschema_for::<Tags>(),
        "parameters" => generator.subschema_for::<Map>(),
        "interests" => generator.subschema_for::<Interests>(),
        _ => generator.subschema_for::<ByteText>(),
    }
}

/// Admits what stands as it was sent because it can't be read.
fn or_as_sent(generator: &mut SchemaGenerator, typed: &Schema) -> Schema {
    let as_sent = generator.subschema_for::<AsSent>();
    json_schema!({ "anyOf": [typed, as_sent] })
}

fn set(schema: &mut Schema, name: &str, property: Schema) {
    let properties = schema.get_mut("properties").and_then(Json::as_object_mut);
    if let Some(properties) = properties {
        properties.insert(name.to_owned(), property.to_value());
    }
}
