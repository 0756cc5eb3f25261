//! The project's own commands: `cargo xtask <name>`.

fn main() {}
