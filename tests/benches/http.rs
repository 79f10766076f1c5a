fn main() {}
//! Under construction.
fn main() {}
