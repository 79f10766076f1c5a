//! One warning names the variables that could not be read, and no value. A process of its own: so many
//! a second are logged.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use support::log::Log;
use webhook_core::{Click, Receiver};

#[test]
fn what_can_not_be_read_is_warned_of_by_name_five_times_a_second() {
    let receiver = Receiver::unverified();
    let log = Log::default();
    let _listening = log.listen();
    let body = b"type=click&id=a&time=yesterday&ip=somewhere&recipient=a@example.com&new=1";
    let click: Click = receiver.decode(body).unwrap();
    assert_eq!((click.time, click.ip), (None, None));
    assert_eq!(click.undocumented.get("time"), Some("yesterday"));
    assert_eq!(click.undocumented.get("ip"), Some("somewhere"));
    let lines = log.lines();
    let [line] = &lines[..] else { panic!("one line: {lines:?}") };
    assert!(line.starts_with("WARN "), "{line}");
    for part in ["time", "ip", "Unix seconds", "an IP address"] {
        assert!(line.contains(part), "{part} in {line}");
    }
    for value in ["yesterday", "somewhere", "example.com", "new"] {
        assert!(!line.contains(value), "{value} in {line}");
    }
    for _ in 0..50 {
        let _: Click = receiver.decode(body).unwrap();
    }
    // Those of this second, and of the next if it began meanwhile.
    let lines = log.lines().len();
    assert!((5..=10).contains(&lines), "{lines}");
    let _: Click = receiver.decode(b"type=click&id=a&new=1").unwrap();
    assert_eq!(log.lines().len(), lines, "what is undocumented is no reason to warn");
}
