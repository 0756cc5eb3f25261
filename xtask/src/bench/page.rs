//! `docs/benchmarks.md` and its pictures, made of the figures alone: the same figures give the same files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use crate::run::root;

use super::figures::{Comparison, Figure, Group, Role};
use super::paint::short;
use super::{bars, curves, folder, plot};

const INTRO: &str = "\
# Benchmarks

Written by `cargo xtask bench` of the figures in [benchmarks/](benchmarks): run one group, and its part of this page is new. `cargo xtask bench --check` says whether
page and pictures are what the figures give and each case still exists; `cargo xtask tidy` checks what can be told without building.

Each case asks every implementation for the same answer, checks it, and times it with criterion: what is shown is the median and, where two are compared, whether their 95 % intervals
overlap (then they are *level*). An implementation that gives another answer is left out by name. A *floor* does the least that the bytes cost: it looks at each once, copies them, or is the
one part that nobody can do without. Times are wall-clock times of one machine; ratios of one run are what can be compared. [The server](serving.md), [instruction counts](icount.tsv) and
[compile times](costs.md) have pages of their own.
";

/// What is paid for where a peer is quicker, by how the case's name begins: what a profile showed, and what was tried.
const REASONS: [(&str, &str); 9] = [
    (
        "headers-iterate/",
        "lengths are added up, and no byte is read: in a list of pairs that is two numbers to be loaded, 4 instructions a field; in one buffer it is 14, since safe Rust looks for each half whether it lies within. \
         The buffer buys two allocations for all fields instead of two for each: see `headers-build`, `headers-clone` and `headers-write-out`, where what is met is read.",
    ),
    (
        "multi-dict-iterate/",
        "the same for keys and values, and both ends of each are looked at, whether a character is whole there: 44 instructions a pair, 20 in a map of lists. Taking them off one behind the other was tried: \
         30 instructions, of which each waits for the one before, so that it is no quicker, and slower by 40 % for a parsed query, whose pieces do not touch. See `multi-dict-build` and `multi-dict-clone`.",
    ),
    (
        "multi-dict-write-out/",
        "what `multi-dict-iterate` pays is left of it where the bytes are read too.",
    ),
    (
        "response-build/",
        "the answer has its `Content-Length` already, which peers leave to the server, and all its parts are in place, in a larger value that is moved: a quarter of the time is waiting for what was moved.",
    ),
    (
        "make/",
        "time a route, once when the program starts. A rule keeps its text and every part with its place in it for messages, its converters with their arguments, what its methods, defaults and host say, and what building its URL takes;          all are ranked by weight, and held against each other for duplicates. Six tenths of the time are the allocator's and the system's pages.",
    ),
    (
        "build/",
        "`format!` puts two texts together and escapes nothing: less than the work, and nobody's URL builder. No router in the list builds.",
    ),
    (
        "adapters/",
        "a request and an answer of `http` and `http-body` are turned into zeug's and back, beside a handler of axum that is given them as they are.",
    ),
    (
        "match-miss/",
        "a map of one rule also asks whether the path would fit with a slash more or less, and which methods it would have: what is 404, 405 and a redirect here is one answer there.",
    ),
    (
        "worst/",
        "a mebibyte of dashes in some 50 us is the memory's pace; the peer's search is not cut at each chunk.",
    ),
];

/// Writes them.
pub(super) fn write() -> Result<(), String> {
    for (path, text) in files()? {
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// The files and what they hold.
pub(super) fn files() -> Result<Vec<(PathBuf, String)>, String> {
    let groups = Group::all()?;
    let mut files = Vec::new();
    let mut text = INTRO.to_owned();
    behind(&groups, &mut text);
    summary(&groups, &mut text);
    let mut plots = String::new();
    for curves in curves::ALL {
        let Some(found) = curves.found()?.filter(|found| !found.series.is_empty()) else {
            continue;
        };
        let name = format!("scale-{}.svg", curves.name);
        let _ = write!(
            plots,
            "\n### {}\n\n![{}](benchmarks/{name})\n\n{}\n\n{}.\n",
            curves.title, curves.title, curves.about, found.measured
        );
        points(&found, curves, &mut plots);
        let picture = plot::draw(curves.title, curves.x, curves.y, &found.series);
        files.push((folder().join(name), picture));
    }
    if !plots.is_empty() {
        let _ = write!(
            text,
            "\n## How it grows\n\n`cargo xtask bench scale`.\n{plots}"
        );
    }
    for group in &groups {
        let picture = bars::draw(group);
        section(group, picture.is_some(), &mut text);
        if let Some(picture) = picture {
            files.push((folder().join(format!("{}.svg", group.name)), picture));
        }
    }
    files.push((root().join("docs/benchmarks.md"), text));
    Ok(files)
}

/// The cases in which a peer is quicker, the worst first.
fn behind(groups: &[Group], text: &mut String) {
    let mut rows: Vec<(f64, &Group, Comparison<'_>)> = groups
        .iter()
        .flat_map(|group| {
            let found = group.comparisons().into_iter();
            found.filter_map(move |found| Some((found.to_peer()?, group, found)))
        })
        .filter(|(ratio, _, found)| *ratio > 1.0 && !found.is_level())
        .collect();
    rows.sort_by(|one, other| other.0.total_cmp(&one.0));
    text.push_str("\n## Where zeug is behind\n\n");
    if rows.is_empty() {
        text.push_str("In no case that has a peer.\n");
        return;
    }
    text.push_str("| case | group | zeug | quickest peer | its time | zeug to it |\n| --- | --- | ---: | --- | ---: | ---: |\n");
    let reasons = REASONS
        .iter()
        .filter(|(case, _)| {
            rows.iter()
                .any(|(_, _, found)| found.case.starts_with(case))
        })
        .fold(String::new(), |mut list, (case, reason)| {
            let _ = writeln!(list, "- `{}`: {reason}", case.trim_end_matches('/'));
            list
        });
    for (ratio, group, found) in rows {
        let peer = found.peer.map_or(String::new(), |peer| {
            format!("{} | {}", peer.implementation, time(peer))
        });
        let name = &group.name;
        let _ = writeln!(
            text,
            "| {} | [{name}](#{name}) | {} | {peer} | **{ratio:.2}** |",
            found.case,
            time(found.ours)
        );
    }
    if !reasons.is_empty() {
        let _ = write!(text, "\nWhat is paid for there:\n\n{reasons}");
    }
}

/// A line a group.
fn summary(groups: &[Group], text: &mut String) {
    text.push_str("\n## All groups\n\n| group | cases with a peer | ahead | level | behind | zeug to the quickest peer, median | to the floor, median |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for group in groups {
        let found = group.comparisons();
        let ratios: Vec<f64> = found.iter().filter_map(Comparison::to_peer).collect();
        let floors: Vec<f64> = found.iter().filter_map(Comparison::to_floor).collect();
        let level = found.iter().filter(|found| found.is_level()).count();
        let count = |ahead: bool| {
            found
                .iter()
                .filter(|found| !found.is_level())
                .filter_map(Comparison::to_peer)
                .filter(|ratio| (*ratio <= 1.0) == ahead)
                .count()
        };
        let name = &group.name;
        let _ = writeln!(
            text,
            "| [{name}](#{name}) | {} | {} | {level} | {} | {} | {} |",
            ratios.len(),
            count(true),
            count(false),
            median(ratios),
            median(floors)
        );
    }
}

fn median(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    values
        .get(values.len() / 2)
        .map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"))
}

/// A line for each implementation and reason, with the cases that it is left out of.
fn left_out(lines: &[String]) -> String {
    let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for line in lines {
        let (name, rest) = line.split_once(" is left out").unwrap_or((line, ""));
        let (case, why) = rest.split_once(": ").unwrap_or((rest, ""));
        let cases = reasons.entry((name, why)).or_default();
        cases.extend(case.strip_prefix(" of "));
    }
    let mut list = String::new();
    for ((name, why), cases) in reasons {
        let of = if cases.is_empty() { "" } else { " of " };
        let _ = writeln!(list, "- {name}{of}{}: {why}", cases.join(", "));
    }
    list
}

/// A group's tables: one an operation, since its cases have the same implementations.
fn section(group: &Group, pictured: bool, text: &mut String) {
    let name = &group.name;
    let _ = write!(text, "\n## {name}\n\n{}.\n", group.measured);
    if pictured {
        let _ = write!(
            text,
            "\n![{name}: zeug's time to the quickest peer's](benchmarks/{name}.svg)\n"
        );
    }
    if !group.left_out.is_empty() {
        let _ = write!(text, "\nLeft out:\n\n{}", left_out(&group.left_out));
    }
    let comparisons = group.comparisons();
    for operation in group.operations() {
        let names: BTreeSet<(Role, &str)> = group
            .cases(operation)
            .flatten()
            .map(|figure| {
                (
                    group.role(&figure.implementation),
                    figure.implementation.as_str(),
                )
            })
            .collect();
        let _ = write!(text, "\n### {name}: {operation}\n\n| case |");
        for (_, implementation) in &names {
            let _ = write!(text, " {implementation} |");
        }
        text.push_str(" to quickest peer | to floor |\n| --- |");
        text.push_str(&" ---: |".repeat(names.len() + 2));
        text.push('\n');
        for figures in group.cases(operation) {
            row(figures, &names, &comparisons, text);
        }
    }
}

fn row(
    figures: &[Figure],
    names: &BTreeSet<(Role, &str)>,
    comparisons: &[Comparison<'_>],
    text: &mut String,
) {
    let case = figures.first().map_or("", |figure| &figure.case);
    let (_, short_case) = case.split_once('/').unwrap_or(("", case));
    let _ = write!(text, "| {short_case} |");
    for (role, implementation) in names {
        let figure = figures
            .iter()
            .find(|figure| figure.implementation == *implementation);
        let _ = match (figure.map(time), role) {
            (Some(time), Role::Ours) => write!(text, " **{time}** |"),
            (Some(time), _) => write!(text, " {time} |"),
            (None, _) => write!(text, " - |"),
        };
    }
    let found = comparisons.iter().find(|found| found.case == case);
    let ratio =
        |ratio: Option<f64>| ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
    let level = found.is_some_and(Comparison::is_level);
    let _ = writeln!(
        text,
        " {}{} | {} |",
        ratio(found.and_then(Comparison::to_peer)),
        if level { " (level)" } else { "" },
        ratio(found.and_then(Comparison::to_floor))
    );
}

/// What a plot shows, as a table.
fn points(found: &curves::Found, curves: &curves::Curves, text: &mut String) {
    let mut columns: Vec<f64> = found
        .series
        .iter()
        .flat_map(|series| series.points.iter().map(|point| point.0))
        .collect();
    columns.sort_by(f64::total_cmp);
    // Sizes of several parsers differ by some bytes: one column stands for what is nearly the same.
    columns.dedup_by(|next, kept| *next < *kept * 1.5 && *next - *kept < 1e9 && *kept > 500.0);
    columns.dedup();
    let _ = write!(text, "\n| {} |", curves.x.label);
    for column in &columns {
        let _ = write!(text, " {} |", short(*column));
    }
    let _ = write!(text, "\n| --- |{}\n", " ---: |".repeat(columns.len()));
    for series in &found.series {
        let _ = write!(text, "| {} |", series.name);
        for column in &columns {
            let point = series.points.iter().find(|point| {
                point.0 >= *column && (point.0 < *column * 1.5 || point.0 == *column)
            });
            let cell = point.map_or_else(|| "-".to_owned(), |point| short(point.1));
            let _ = write!(text, " {cell} |");
        }
        text.push('\n');
    }
}

/// A time, of one thing where a case has many, with its unit.
fn time(figure: &Figure) -> String {
    let nanoseconds = figure.each();
    let (value, unit) = match nanoseconds {
        time if time >= 1e9 => (time / 1e9, "s"),
        time if time >= 1e6 => (time / 1e6, "ms"),
        time if time >= 1e3 => (time / 1e3, "µs"),
        time => (time, "ns"),
    };
    let digits = match value {
        value if value >= 100.0 => 0,
        value if value >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$} {unit}")
}
