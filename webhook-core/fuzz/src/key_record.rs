//! Any text as a key: never a panic, and a record means the same however it is folded.

use webhook_core::key::{KeyError, PublicKey};

/// Checks a key, whose first byte chooses how it is written: as a record, as PEM or as DER.
pub fn key_record(data: &[u8]) {
    let Some((choice, data)) = data.split_first() else { return };
    let parsed = match choice % 3 {
        0 => from_record(&String::from_utf8_lossy(data)),
        1 => PublicKey::from_pem(&String::from_utf8_lossy(data)),
        _ => PublicKey::from_der(data),
    };
    match parsed {
        Ok(key) => {
            assert!((1024..=8192).contains(&key.bits()));
            assert!(!key.verify(data, data));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn from_record(text: &str) -> Result<PublicKey, KeyError> {
    let parsed = PublicKey::from_record(text);
    // White space around tags and values says nothing, nor does an unknown tag.
    let spaced = text.replace(';', " \r\n;\t");
    let longer = format!("{text};\u{e9}\u{e9}=");
    for other in [spaced, longer] {
        let again = PublicKey::from_record(&other);
        let is_limit = |result: &Result<_, _>| *result == Err(KeyError::RecordTooLong);
        let new_tag = text.contains("\u{e9}\u{e9}");
        assert!(again == parsed || is_limit(&again) || is_limit(&parsed) || new_tag);
    }
    parsed
}
