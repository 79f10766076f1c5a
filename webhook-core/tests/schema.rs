//! JSON Schema of the events: the files under `schema/` are what the types say, and what is written is
//! what the schemas say. `WRITE_SCHEMAS=1 cargo test --features schema --test schema the_files` writes them.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use jsonschema::Validator;
use schemars::{JsonSchema, Schema, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::LazyLock;
use webhook_core::testing::fixtures::{self, Fixture};
use webhook_core::{
    Abuse, Bounce, Click, CreateEvent, DeleteEvent, Delivered, Event, Failure, Open, OtherEvent,
    ProfileCreated, Receiver, Unsubscribe, UpdateEvent,
};

const GENUINE: &str = include_str!("cases/genuine.tsv");

/// Returns the schema of each event by the name of its file, and that of all.
fn schemas() -> [(&'static str, Schema); 12] {
    [
        ("create", schema_for!(CreateEvent)),
        ("update", schema_for!(UpdateEvent)),
        ("delete", schema_for!(DeleteEvent)),
        ("click", schema_for!(Click)),
        ("open", schema_for!(Open)),
        ("delivery", schema_for!(Delivered)),
        ("bounce", schema_for!(Bounce)),
        ("failure", schema_for!(Failure)),
        ("unsubscribe", schema_for!(Unsubscribe)),
        ("abuse", schema_for!(Abuse)),
        ("other", schema_for!(OtherEvent)),
        ("event", schema_for!(Event)),
    ]
}

fn file(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Returns the validator of a file, made once.
fn validator(name: &str) -> &'static Validator {
    static ALL: LazyLock<HashMap<&str, Validator>> = LazyLock::new(|| {
        let of = |(name, _)| (name, jsonschema::validator_for(&file(name)).unwrap());
        schemas().map(of).into()
    });
    &ALL[name]
}

#[track_caller]
fn assert_fits(schema: &str, event: &Value) {
    let validator = validator(schema);
    let errors: Vec<_> = validator.iter_errors(event).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{schema}: {errors:?} in {event}");
}

fn fits(schema: &str, event: &Value) -> bool {
    validator(schema).is_valid(event)
}

fn fixture(fixture: &Fixture) -> (&'static str, Value) {
    let kind = fixture.kind.split('-').next().unwrap();
    (kind, serde_json::from_str(fixture.json).unwrap())
}

#[test]
fn the_files_are_what_the_types_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    for (name, schema) in schemas() {
        let path = folder.join(format!("{name}.json"));
        if std::env::var_os("WRITE_SCHEMAS").is_some() {
            let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, text).unwrap();
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // Not by their text: in which order names stand depends on features of other crates in the build.
        let found: Value = serde_json::from_str(&text).unwrap_or_default();
        assert_eq!(
            found,
            serde_json::to_value(&schema).unwrap(),
            "schema/{name}.json is old: run this test alone with WRITE_SCHEMAS=1"
        );
    }
}

#[test]
fn every_fixture_fits_its_own_schema_and_no_other() {
    for (kind, event) in fixtures::ALL.iter().map(fixture) {
        assert_fits(kind, &event);
        assert_fits("event", &event);
        for (other, _) in schemas().iter().filter(|(name, _)| ![kind, "event"].contains(name)) {
            assert!(!fits(other, &event), "{kind} is no {other}");
        }
    }
}

#[test]
fn every_genuine_body_fits() {
    let mut count = 0;
    for line in GENUINE.lines().filter(|line| !line.starts_with('#')) {
        let (body, _) = line.split_once('\t').unwrap();
        let event: CreateEvent = Receiver::unverified().decode(body.as_bytes()).unwrap();
        assert_fits("create", &serde_json::to_value(event).unwrap());
        count += 1;
    }
    assert_eq!(count, 16);
}

/// Each variable of each fixture, in forms that it can't be read in, is still an event that fits.
#[test]
fn what_can_not_be_read_stands_as_sent_and_fits() {
    let mut left = 0;
    for (kind, event) in fixtures::ALL.iter().map(fixture) {
        for name in event.as_object().unwrap().keys().filter(|name| *name != "type") {
            for sent in [json!("~"), json!({"a": {"b": "c"}}), json!([["x"]]), json!("")] {
                let mut broken = event.clone();
                broken[name] = sent;
                let body = broken.to_string();
                let Ok(event) = Receiver::unverified().decode::<Event>(body.as_bytes()) else {
                    continue;
                };
                assert_fits(kind, &serde_json::to_value(&event).unwrap());
                left += 1;
            }
        }
    }
    assert!(left > 100, "{left}");
}

#[test]
fn a_broken_fixture_does_not_fit() {
    for (kind, event) in fixtures::ALL.iter().map(fixture) {
        let names: Vec<_> = event.as_object().unwrap().keys().cloned().collect();
        let mut breaks = BTreeSet::new();
        for name in &names {
            // No variable is written like this: a leaf is a text.
            for wrong in [json!(true), json!(null), json!(1.5)] {
                let mut broken = event.clone();
                broken[name] = wrong;
                assert!(!fits(kind, &broken), "{kind}: {name}");
                assert!(!fits("event", &broken), "{kind}: {name}");
            }
            let mut without = event.clone();
            without.as_object_mut().unwrap().remove(name);
            if !fits(kind, &without) {
                breaks.insert(name.as_str());
            }
        }
        let required: &[&str] = match kind {
            "delete" if event.get("subprofile").is_some() => &["subprofile"],
            "delete" => &["profile"],
            // Without its profile it still has an id.
            "unsubscribe" => &[],
            "create" | "update" => &["timestamp", "fields", "parameters"],
            _ => &["id"],
        };
        assert!(breaks.contains("type"), "{kind}: {breaks:?}");
        assert!(required.iter().all(|name| breaks.contains(name)), "{kind}: {breaks:?}");
    }
}

/// Each variable that is written typed has a property: a new one can't be forgotten.
#[test]
fn what_is_not_text_has_a_property() {
    for (kind, event) in fixtures::ALL.iter().map(fixture) {
        let text = file(kind).to_string();
        for name in event.as_object().unwrap().keys() {
            assert!(text.contains(&format!("\"{name}\":")), "{kind}: {name}");
        }
    }
}

#[test]
fn fields_of_ones_own_are_in_the_schema() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Customer {
        mail: String,
        points: u32,
    }
    let schema = serde_json::to_value(schema_for!(CreateEvent<Customer>)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let body = b"type=create&profile=1&database=2&timestamp=2024-03-08+10:15:00\
        &fields[mail]=a@example.com&fields[points]=7";
    let event: ProfileCreated<Customer> = Receiver::unverified().decode(body).unwrap();
    let mut event = serde_json::to_value(event).unwrap();
    assert!(validator.is_valid(&event), "{event}");
    event["fields"]["points"] = json!("7");
    assert!(!validator.is_valid(&event));
    assert!(!fits("create", &json!({"type": "create"})));
}
