//! Any `Date`: never a panic, and what is accepted is read back the same from the fixed form.

use webhook_core::signature::fuzzing;

/// Checks a `Date` header.
pub fn date(data: &[u8]) {
    let Some(moment) = fuzzing::date(data) else { return };
    // Leap seconds and years of five digits have no fixed form.
    if moment.timestamp_subsec_nanos() == 0 && (0..253_402_300_800).contains(&moment.timestamp()) {
        let fixed = moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        assert_eq!(fuzzing::date(fixed.as_bytes()), Some(moment), "{fixed}");
    }
}
