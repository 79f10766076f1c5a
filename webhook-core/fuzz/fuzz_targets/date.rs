//! Any `Date`: never a panic, and what is accepted is read back the same from the fixed form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use webhook_core::signature::fuzzing::date;

fuzz_target!(|data: &[u8]| {
    let Some(moment) = date(data) else { return };
    // Leap seconds and years of five digits have no fixed form.
    if moment.timestamp_subsec_nanos() == 0 && (0..253_402_300_800).contains(&moment.timestamp()) {
        let fixed = moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        assert_eq!(date(fixed.as_bytes()), Some(moment), "{fixed}");
    }
});
