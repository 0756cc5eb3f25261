//! The project's own commands: `cargo xtask <name>`. Each command is a file; what is shared is how a program is run and how that is said.

mod bench;
mod conform;
mod cost;
mod fuzz;
mod icount;
mod links;
mod mutants;
mod named_tests;
mod nopanic;
mod oracle;
mod parity;
mod process;
mod release;
mod run;
mod scorecard;
mod serve_bench;
mod setup;
mod solo;
mod test;
mod tidy;
mod torture;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  test              all that CI runs; installs what it needs and says so
  tidy              the house's rules: edges between crates, file sizes, first lines, READMEs, links between pages, the tests that docs/security.md names
  solo [CRATE..]    each crate by itself: alone, without default features, with each feature
  conform [FILE..]  the conformance vectors through the driver: a table of passed and total an operation
  oracle [AREA..]   random questions asked of zeug and of the real Werkzeug; see --help
  parity            Werkzeug's names, an area a line: done, idiom, left out, no row; and whether each path in docs/parity.tsv exists
  setup             installs what the other commands run: curl, nginx, haproxy, wrk, slowhttptest, strace
  bench [GROUP..]   the parsers, maps and layers beside their peers; writes docs/benchmarks.md; see --help
  serve-bench       the server beside its peers; minutes, see --help
  icount            instructions of the hot paths against docs/icount.tsv, and hostile shapes at two sizes; --check, --write
  nopanic           what could panic in the crates that read others' bytes, counted against docs/nopanic.tsv; --write
  mutants [AREA..]  changes of framing, limits, signing and paths, each of which a test has to notice; hours, see --help
  cost              what each crate costs to compile, beside peers; writes docs/costs.md; minutes, see --help
  release           --dry-run packages each published crate, checks it and builds it from its package; --semver compares
                    with the last tag; nothing is published
  fuzz NAME|all     a fuzz target for a minute or as long as is said; see --help and --list
  torture [NAME..]  the server under what breaks servers; minutes, see --help
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let result = match command.as_str() {
        "test" => test::run(&rest),
        "tidy" => tidy::run(&rest),
        "solo" => solo::run(&rest),
        "conform" => conform::run(&rest),
        "setup" => setup::all(),
        "bench" => bench::run(&rest),
        "serve-bench" => serve_bench::run(&rest),
        "fuzz" => fuzz::run(&rest),
        "torture" => torture::run(&rest),
        "mutants" => mutants::run(&rest),
        "oracle" => oracle::run(&rest),
        "nopanic" => nopanic::run(&rest),
        "icount" => icount::run(&rest),
        "release" => release::run(&rest),
        "cost" => cost::run(&rest),
        "parity" => parity::run(&rest),
        "" | "help" | "--help" | "-h" => {
            run::say(HELP.trim_end());
            Ok(())
        }
        other => Err(format!("no command {other:?}\n\n{HELP}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            run::complain(message.trim_end());
            ExitCode::FAILURE
        }
    }
}
