//! `cargo xtask test`: all that CI runs, cheapest first.

use std::time::Instant;

use crate::run::{cargo, say, step};
use crate::{conform, icount, parity, release, setup, solo, tidy};

/// Runs everything; the first failure ends it.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    if let Some(arg) = args.first() {
        return Err(format!("test takes no argument, got {arg:?}"));
    }
    let begun = Instant::now();
    setup::run()?;
    step("format", &mut cargo(["fmt", "--all", "--check"]))?;
    tidy::run(&[])?;
    step(
        "clippy",
        &mut cargo([
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]),
    )?;
    // Examples first: the tests start them.
    step(
        "examples",
        &mut cargo([
            "build",
            "--workspace",
            "--examples",
            "--all-features",
            "--quiet",
        ]),
    )?;
    // Also runs each benchmark once, unmeasured: it checks the answers of all implementations.
    step(
        "tests",
        &mut cargo([
            "test",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--quiet",
        ]),
    )?;
    icount::run(&["--shapes".to_owned()])?;
    step(
        "doc tests",
        &mut cargo(["test", "--workspace", "--doc", "--all-features", "--quiet"]),
    )?;
    step(
        "docs",
        cargo([
            "doc",
            "--workspace",
            "--no-deps",
            "--all-features",
            "--quiet",
        ])
        .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    release::run(&["--dry-run".to_owned(), "--no-build".to_owned()])?;
    conform::run(&[])?;
    parity::run(&[])?;
    solo::run(&[])?;
    say(&format!(
        "all passed in {:.0} s",
        begun.elapsed().as_secs_f32()
    ));
    Ok(())
}
