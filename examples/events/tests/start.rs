//! The program as it is built, without its settings.

use std::process::Command;

#[test]
fn without_an_account_it_refuses_to_start() {
    let mut program = Command::new(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))));
    program.env_remove("COPERNICA_ACCOUNT").env_remove("COPERNICA_UNVERIFIED");
    let output = program.output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("set COPERNICA_ACCOUNT"));
}
