//! Every command a contributor needs.
fn main() {}
