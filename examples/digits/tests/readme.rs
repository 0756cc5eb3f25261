//! The README's own commands.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(
    dead_code,
    reason = "of the modules that are shared only a part is wanted"
)]

#[path = "../../../crates/zeug/tests/it/process.rs"]
mod process;
#[path = "../../../crates/zeug/tests/it/words.rs"]
mod words;

use std::path::Path;

#[test]
fn the_readme_is_right() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let built = |words: &str| {
        assert_eq!(words, "-p digits");
        env!("CARGO_BIN_EXE_digits").into()
    };
    assert_eq!(words::run(&page, built), 1);
}
