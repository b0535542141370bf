//! README shows what compiles: the tests in the browser compile the same lines for wasm32, where rustdoc runs no tests.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs)]

#[test]
fn readmes_lines_for_a_web_application_are_those_that_the_tests_compile() {
    let readme = include_str!("../README.md");
    let block = format!("```rust,ignore\n{}```\n", include_str!("web/from_rust.rs"));
    assert!(readme.contains(&block), "README.md has other lines than tests/web/from_rust.rs");
}
