//! `cargo xtask icount`: how many instructions the hot paths take, counted by callgrind and held against `docs/icount.tsv`; and that hostile shapes cost no more
//! than their size. Counts do not depend on how busy a machine is; they do depend on the compiler and the processor, so another toolchain's are not compared.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::bench::scale::build_counts;
use crate::run::{complain, output, progress, root, say};

const HELP: &str = "\
cargo xtask icount [--check | --shapes | --clock | --write]

Instructions of each hot path of benches/counts beside those of docs/icount.tsv, and what sixteen times as much of a
hostile shape costs.

  --check   fails where a path takes over 3 % more than the table has, or a shape over 20 times
  --shapes  the shapes alone, which are the same on every processor: part of `cargo xtask test`
  --clock   how long 1 MiB of each shape takes, the least of five runs; fails above 50 ms. For a quiet machine
  --write   writes the table anew
";

const TABLE: &str = "docs/icount.tsv";
/// How many per cent more a path may take. Those through the server's sockets have the system's timing in them.
const MORE: f64 = 3.0;
const MORE_BY_SOCKET: f64 = 10.0;
const BY_SOCKET: &str = "request through the server";
/// How many times as much sixteen times the input may take.
const MOST_RATIO: f64 = 20.0;
/// How many seconds a mebibyte of a shape may take, the least of so many runs.
const MOST_SECONDS: f64 = 0.050;
const CLOCK_RUNS: usize = 5;

/// A path or a shape with its number.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    kind: Kind,
    name: String,
    value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Instructions.
    Path,
    /// What sixteen times the input costs.
    Shape,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Shape => "shape",
        }
    }
}

/// Counts, and shows, checks or writes.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (check, shapes_alone, write) = match args[..] {
        [] => (false, false, false),
        ["--check"] => (true, false, false),
        ["--shapes"] => (true, true, false),
        ["--write"] => (false, false, true),
        ["--clock"] => return clock(&build_counts()?),
        ["--help" | "-h"] => {
            say(HELP.trim_end());
            return Ok(());
        }
        _ => return Err(format!("icount: {args:?}\n\n{HELP}")),
    };
    if !crate::setup::found("valgrind") {
        complain("valgrind is not installed (`cargo xtask setup` does it), left out: icount");
        return Ok(());
    }
    let program = build_counts()?;
    let mut rows = shapes(&callgrind(&program, "shapes")?)?;
    if !shapes_alone {
        rows.splice(..0, paths(&callgrind(&program, "paths")?)?);
    }
    let with = toolchain()?;
    let known = fs::read_to_string(root().join(TABLE)).unwrap_or_default();
    if write {
        return fs::write(root().join(TABLE), table(&with, &rows))
            .map(|()| say(&format!("    written: {TABLE}, {} rows", rows.len())))
            .map_err(|error| format!("{TABLE}: {error}"));
    }
    let (known_with, known) = read(&known);
    let comparable = known_with == with && !shapes_alone;
    if known_with != with && !shapes_alone {
        complain(&format!(
            "    counts are not compared: they are of `{known_with}`, and here is `{with}`"
        ));
    }
    let faults = compare(&rows, if comparable { &known } else { &[] }, !check);
    if check && !faults.is_empty() {
        return Err(format!(
            "icount:\n  {}\nwhere it must be so: cargo xtask icount --write",
            faults.join("\n  ")
        ));
    }
    let shapes = rows.iter().filter(|row| row.kind == Kind::Shape).count();
    say(&format!(
        "    icount: {} paths, {shapes} shapes of which sixteen times as much costs at most {MOST_RATIO} times",
        rows.len() - shapes
    ));
    Ok(())
}

/// How long the larger size of each shape takes: says the slowest, and fails where one takes too long.
fn clock(program: &Path) -> Result<(), String> {
    let mut least: Vec<(String, f64)> = Vec::new();
    for run in 0..CLOCK_RUNS {
        progress(&format!("run {} of {CLOCK_RUNS}", run + 1));
        let lines = output(Command::new(program).arg("shapes"))?;
        let large = lines.lines().filter_map(|line| line.strip_suffix("\t16"));
        for (at, line) in large.enumerate() {
            let (name, seconds) = split(line)?;
            match least.get_mut(at) {
                Some((_, before)) => *before = before.min(seconds),
                None => least.push((name.to_owned(), seconds)),
            }
        }
    }
    progress("");
    let shapes = least.len();
    least.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let late = least
        .iter()
        .filter(|(_, seconds)| *seconds > MOST_SECONDS)
        .count();
    for (name, seconds) in least.iter().take(late.max(10)) {
        say(&format!("    {:6.2} ms  {name}", seconds * 1e3));
    }
    if shapes == 0 || late > 0 {
        return Err(format!(
            "icount: of {shapes} shapes {late} take over {:.0} ms",
            MOST_SECONDS * 1e3
        ));
    }
    say(&format!(
        "    icount: 1 MiB of each of {shapes} shapes takes at most {:.0} ms",
        MOST_SECONDS * 1e3
    ));
    Ok(())
}

/// What counts depend on beside the code.
fn toolchain() -> Result<String, String> {
    let about = output(Command::new("rustc").arg("--version").arg("--verbose"))?;
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap_or("unknown");
    let version = about.lines().next().unwrap_or_default();
    let valgrind = output(Command::new("valgrind").arg("--version"))?;
    // The copying and searching routines that libraries choose as they start.
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags = cpu
        .lines()
        .find(|line| line.starts_with("flags"))
        .unwrap_or_default();
    let has = |flag: &str| flags.split_whitespace().any(|each| each == flag);
    let vectors = ["avx2", "avx", "sse4_2"]
        .into_iter()
        .find(|flag| has(flag))
        .unwrap_or("none of avx2, avx, sse4_2");
    Ok(format!("{version}, {host}, {vectors}, {}", valgrind.trim()))
}

/// Runs the program under callgrind: each line that it prints, with the instructions that were counted next.
fn callgrind(program: &Path, what: &str) -> Result<Vec<(String, f64)>, String> {
    let folder = root().join("target/icount");
    let said = |error: std::io::Error| format!("{}: {error}", folder.display());
    // Of an earlier run there may be more files.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(said)?;
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--quiet", "--log-file=/dev/null"])
        .args([
            "--zero-before=counts::counted",
            "--dump-after=counts::counted",
        ])
        .arg(format!(
            "--callgrind-out-file={}",
            folder.join("out").display()
        ))
        .arg(program)
        .arg(what);
    let lines = output(&mut command)?;
    let mut counts = Vec::new();
    for (at, line) in lines.lines().enumerate() {
        let path = folder.join(format!("out.{}", at + 1));
        let text = fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}: callgrind did not see it", path.display()))?;
        let total = text
            .lines()
            .find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
        let total: f64 = total.ok_or_else(|| format!("{}: no totals", path.display()))?;
        counts.push((line.to_owned(), total));
    }
    let _ = fs::remove_dir_all(&folder);
    if counts.is_empty() {
        return Err(format!("{} {what} printed nothing", program.display()));
    }
    Ok(counts)
}

/// `name, how often` and what that took: instructions of one.
fn paths(counts: &[(String, f64)]) -> Result<Vec<Row>, String> {
    counts
        .iter()
        .map(|(line, total)| {
            let (name, passes) = split(line)?;
            Ok(Row {
                kind: Kind::Path,
                name: name.to_owned(),
                value: (total / passes).round(),
            })
        })
        .collect()
}

/// `name, seconds, 1` and `name, seconds, 16`, one after the other: how the second's count is to the first's.
fn shapes(counts: &[(String, f64)]) -> Result<Vec<Row>, String> {
    counts
        .chunks(2)
        .map(|pair| {
            let [(small, one), (large, sixteen)] = pair else {
                return Err("a shape without its larger size".to_owned());
            };
            let (Some(first), Some(second)) =
                (small.strip_suffix("\t1"), large.strip_suffix("\t16"))
            else {
                return Err(format!("shapes out of order: {small}, {large}"));
            };
            let ((name, _), (other, _)) = (split(first)?, split(second)?);
            if name != other {
                return Err(format!("shapes out of order: {name}, {other}"));
            }
            Ok(Row {
                kind: Kind::Shape,
                name: name.to_owned(),
                value: sixteen / one,
            })
        })
        .collect()
}

fn split(line: &str) -> Result<(&str, f64), String> {
    line.rsplit_once('\t')
        .and_then(|(name, number)| Some((name, number.parse().ok()?)))
        .ok_or_else(|| format!("counts printed {line:?}"))
}

fn table(with: &str, rows: &[Row]) -> String {
    let mut text = format!(
        "# `cargo xtask icount --write`; `--check` holds against it, where compiler and processor are the same: {with}
# path: instructions of one, counted by callgrind in a build as benchmarks have (profile bench), system calls aside. shape: how many times as much 1 MiB costs as 64 KiB.
kind\tname\tvalue\n"
    );
    for Row { kind, name, value } in rows {
        let digits = if *kind == Kind::Path { 0 } else { 2 };
        let _ = writeln!(text, "{}\t{name}\t{value:.digits$}", kind.word());
    }
    text
}

/// The toolchain and the rows of the table.
fn read(text: &str) -> (String, Vec<Row>) {
    let first = text.lines().next().unwrap_or_default();
    let with = first
        .split_once("are the same: ")
        .map_or("no table", |(_, with)| with);
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.split('\t');
        let kind = match cells.next()? {
            "path" => Kind::Path,
            "shape" => Kind::Shape,
            _ => return None,
        };
        Some(Row {
            kind,
            name: cells.next()?.to_owned(),
            value: cells.next()?.parse().ok()?,
        })
    });
    (with.to_owned(), rows.collect())
}

/// Holds what was found against what is known, and says what changed; what is too much is given back.
fn compare(rows: &[Row], known: &[Row], all: bool) -> Vec<String> {
    let mut faults = Vec::new();
    for row in rows {
        let before = known
            .iter()
            .find(|known| known.kind == row.kind && known.name == row.name);
        let (line, bad) = match (row.kind, before) {
            (Kind::Shape, _) => (
                format!("{}: {:.2} times", row.name, row.value),
                row.value > MOST_RATIO,
            ),
            (Kind::Path, Some(before)) => {
                let change = (row.value / before.value - 1.0) * 100.0;
                let allowed = if row.name.starts_with(BY_SOCKET) {
                    MORE_BY_SOCKET
                } else {
                    MORE
                };
                let line = format!(
                    "{}: {} instructions, {change:+.1} % of {}",
                    row.name, row.value, before.value
                );
                if !all && change < -allowed {
                    say(&format!("    {line}: less, so write it down"));
                }
                (line, change > allowed)
            }
            (Kind::Path, None) => {
                let line = format!("{}: {} instructions, not in {TABLE}", row.name, row.value);
                (line, !known.is_empty())
            }
        };
        if bad {
            faults.push(line);
        } else if all {
            say(&format!("    {line}"));
        }
    }
    for row in known {
        if !rows
            .iter()
            .any(|found| found.kind == row.kind && found.name == row.name)
        {
            faults.push(format!("{}: in {TABLE}, and nowhere else", row.name));
        }
    }
    if all {
        for fault in &faults {
            complain(&format!("    {fault}"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::{Kind, Row, compare, paths, read, shapes, table};

    fn row(kind: Kind, name: &str, value: f64) -> Row {
        Row {
            kind,
            name: name.to_owned(),
            value,
        }
    }

    #[test]
    fn counts_become_rows() {
        let counts = [("a head\t200".to_owned(), 20_000.0)];
        assert_eq!(paths(&counts), Ok(vec![row(Kind::Path, "a head", 100.0)]));
        let counts = [
            ("a;\t0.1\t1".to_owned(), 10.0),
            ("a;\t1.6\t16".to_owned(), 165.0),
        ];
        assert_eq!(shapes(&counts), Ok(vec![row(Kind::Shape, "a;", 16.5)]));
        assert!(shapes(&counts[..1]).is_err());
        assert!(paths(&[("a head".to_owned(), 1.0)]).is_err());
    }

    #[test]
    fn the_table_is_read_as_it_was_written() {
        let rows = vec![
            row(Kind::Path, "a head", 100.0),
            row(Kind::Shape, "a;", 16.5),
        ];
        let (with, read) = read(&table("rustc 1, avx2", &rows));
        assert_eq!((with.as_str(), read), ("rustc 1, avx2", rows));
    }

    #[test]
    fn more_than_is_allowed_is_told() {
        let known = [row(Kind::Path, "a", 1000.0), row(Kind::Path, "gone", 1.0)];
        let faults = |a: f64, shape: f64| {
            compare(
                &[row(Kind::Path, "a", a), row(Kind::Shape, "s", shape)],
                &known,
                false,
            )
            .len()
        };
        // One for the path that is gone.
        assert_eq!(faults(1029.0, 20.0), 1);
        assert_eq!(faults(1031.0, 20.0), 2);
        assert_eq!(faults(900.0, 20.1), 2);
        // A shape is held to its bound without a table, too.
        assert_eq!(compare(&[row(Kind::Shape, "s", 21.0)], &[], false).len(), 1);
        assert_eq!(
            compare(&[row(Kind::Path, "new", 21.0)], &[], false).len(),
            0
        );
    }
}
