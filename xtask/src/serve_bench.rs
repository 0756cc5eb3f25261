//! `cargo xtask serve-bench`: zeug's server beside its peers and beside a floor, in rounds that take turns, so that a busy machine is unkind to all alike.
//! What is compared are medians of the rounds' ratios; requests a second are shown and compared nowhere.

pub(crate) mod load;
mod peers;
pub(crate) mod scale;
mod shared;
pub(crate) mod table;
mod verify;
mod wrk;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::process::Usage;
use crate::run::{complain, measured, progress, say};

use self::peers::{PEERS, Peer, Yard};
use self::table::Table;
use self::verify::verify;
use self::wrk::{Ask, Found, Load};

const HELP: &str = "\
cargo xtask serve-bench [--rounds N] [--seconds S] [--only PEER,..] [--case CASE,..] [--pinned] [--out FILE]

  --rounds N     rounds of 64, 512 and pipelined, 7 unless said otherwise; at most 3 of the other cases, and of servers that cost a multiple of the floor
  --seconds S    how long a server is measured in a round, 2 unless said otherwise
  --only PEER    these servers only: floor nginx hyper may_minihttp actix axum astra oxhttp tiny_http rouille zeug
  --case CASE    these cases only: 64 512 pipelined file upload tls idle slow, and of files that are shared
                 shared-1k shared-100k shared-1m shared-304 shared-gzip
  --pinned       the server on the first processor, the client on the second
  --out FILE     also written into this Markdown file, between its lines `<!-- serve-bench -->` and `<!-- /serve-bench -->`;
                 docs/serving.md where all servers and cases are measured, else nowhere

With `--rounds 7 --seconds 1` all of it takes some seven minutes.
";

/// The most rounds of what need not be known to a hundredth.
const FEW: usize = 3;

/// What stands before and behind the tables in the page that they are written into.
const MARKS: [&str; 2] = ["<!-- serve-bench -->\n", "<!-- /serve-bench -->\n"];

struct Options {
    rounds: usize,
    seconds: u32,
    peers: Vec<Peer>,
    cases: Vec<String>,
    pinned: bool,
    out: Option<PathBuf>,
}

/// A case that wrk measures.
struct Case {
    name: &'static str,
    title: &'static str,
    ask: Ask,
    connections: usize,
    tls: bool,
    /// The most rounds.
    rounds: usize,
    who: fn(&Peer) -> bool,
}

const CASES: &[Case] = &[
    Case {
        name: "64",
        title: "64 connections",
        ask: Ask::Hello,
        connections: 64,
        tls: false,
        rounds: usize::MAX,
        who: |_| true,
    },
    Case {
        name: "512",
        title: "512 connections",
        ask: Ask::Hello,
        connections: 512,
        tls: false,
        rounds: usize::MAX,
        who: |_| true,
    },
    Case {
        name: "pipelined",
        title: "64 connections, pipelined by 16",
        ask: Ask::Pipelined,
        connections: 64,
        tls: false,
        rounds: usize::MAX,
        who: |_| true,
    },
    Case {
        name: "file",
        title: "a file of 1 MiB, 16 connections",
        ask: Ask::File,
        connections: 16,
        tls: false,
        rounds: FEW,
        who: |peer| peer.file,
    },
    Case {
        name: "upload",
        title: "POST of 1 MiB, 16 connections",
        ask: Ask::Upload,
        connections: 16,
        tls: false,
        rounds: FEW,
        who: |peer| peer.upload,
    },
    Case {
        name: "tls",
        title: "TLS, 64 connections",
        ask: Ask::Hello,
        connections: 64,
        tls: true,
        rounds: FEW,
        who: |peer| peer.tls,
    },
    shared(
        "shared-1k",
        "a shared file of 1 KiB, 64 connections",
        &shared::SMALL,
    ),
    shared(
        "shared-100k",
        "a shared file of 100 KiB, 64 connections",
        &shared::MEDIUM,
    ),
    shared(
        "shared-1m",
        "a shared file of 1 MiB, 16 connections",
        &shared::LARGE,
    ),
    shared(
        "shared-304",
        "a shared file that the client has (304), 64 connections",
        &shared::FRESH,
    ),
    shared(
        "shared-gzip",
        "a shared file with a compressed one beside it, 64 connections",
        &shared::PACKED,
    ),
];

/// Files of a folder: zeug's `SharedData`, nginx, and tower-http's `ServeDir` under axum.
const fn shared(name: &'static str, title: &'static str, file: &'static shared::Shared) -> Case {
    Case {
        name,
        title,
        ask: Ask::Shared(file),
        connections: if file.length < 1024 * 1024 { 64 } else { 16 },
        tls: false,
        rounds: FEW,
        who: |peer| peer.shared,
    }
}

/// Measures; the table goes to standard output, progress to standard error.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let Some(options) = read(args).map_err(|error| format!("{error}\n\n{HELP}"))? else {
        say(HELP.trim_end());
        return Ok(());
    };
    if let Some(path) = &options.out {
        // Before minutes of measuring, not after them.
        put(&page(path)?, "")?;
    }
    crate::setup::all()?;
    raise_descriptors();
    let yard = Yard::prepare(&options.peers)?;
    let mut tables = Vec::new();
    let wanted =
        |name: &str| options.cases.is_empty() || options.cases.iter().any(|each| each == name);
    for case in CASES.iter().filter(|case| wanted(case.name)) {
        let table = measure(case, &options, &yard)?;
        say(table.text().trim_end());
        tables.push(table);
    }
    if wanted("idle") {
        let table = idle(&options, &yard);
        say(table.text().trim_end());
        tables.push(table);
    }
    if wanted("slow") {
        let table = slow(&options, &yard)?;
        say(table.text().trim_end());
        tables.push(table);
    }
    if let Some(path) = &options.out {
        let text = put(&page(path)?, &report(args, &tables))?;
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        say(&format!("\nwritten: {}", path.display()));
    }
    Ok(())
}

fn read(args: &[String]) -> Result<Option<Options>, lexopt::Error> {
    use lexopt::prelude::*;
    let mut options = Options {
        rounds: 7,
        seconds: 2,
        peers: PEERS.to_vec(),
        cases: Vec::new(),
        pinned: false,
        out: None,
    };
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("help") | Short('h') => return Ok(None),
            Long("rounds") => options.rounds = parser.value()?.parse::<usize>()?.max(1),
            Long("seconds") => options.seconds = parser.value()?.parse::<u32>()?.max(1),
            Long("pinned") => options.pinned = true,
            Long("out") => options.out = Some(parser.value()?.into()),
            Long("only") => {
                let value = parser.value()?.string()?;
                options.peers = Vec::new();
                for name in value.split(',') {
                    let found = PEERS.iter().find(|peer| peer.name == name);
                    options
                        .peers
                        .push(*found.ok_or_else(|| format!("no server is called {name:?}"))?);
                }
            }
            Long("case") => {
                let value = parser.value()?.string()?;
                for name in value.split(',') {
                    if !["idle", "slow"].contains(&name)
                        && CASES.iter().all(|case| case.name != name)
                    {
                        return Err(format!("no case is called {name:?}").into());
                    }
                    options.cases.push(name.to_owned());
                }
            }
            other => return Err(other.unexpected()),
        }
    }
    let whole = options.cases.is_empty() && options.peers.len() == PEERS.len();
    if whole && options.out.is_none() {
        options.out = Some(crate::run::root().join("docs/serving.md"));
    }
    Ok(Some(options))
}

/// One round of one server.
#[derive(Clone, Copy)]
struct Round {
    found: Found,
    usage: Usage,
}

impl Round {
    fn micros(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.found.requests.max(1.0)
    }

    fn cpu(&self) -> f64 {
        self.micros(self.usage.total())
    }

    fn user(&self) -> f64 {
        self.micros(self.usage.user)
    }
}

/// A server's rounds.
struct Row {
    peer: Peer,
    rounds: Vec<Round>,
}

impl Row {
    fn median(&self, of: impl Fn(&Round) -> f64) -> f64 {
        median(self.rounds.iter().map(of))
    }

    /// The median of what this row's rounds are to another's.
    fn paired(&self, other: &Self, of: impl Fn(&Round, &Round) -> f64) -> f64 {
        median(
            self.rounds
                .iter()
                .zip(&other.rounds)
                .map(|(ours, theirs)| of(ours, theirs)),
        )
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

fn measure(case: &Case, options: &Options, yard: &Yard) -> Result<Table, String> {
    let server_core = options.pinned.then_some("0");
    let mut running = Vec::new();
    let mut rows = Vec::new();
    for &peer in options.peers.iter().filter(|peer| (case.who)(peer)) {
        match yard
            .start(peer, case.tls, server_core, None)
            .and_then(|server| verify(case, peer, &server.address.to_string()).map(|()| server))
        {
            Ok(server) => {
                running.push(server);
                rows.push(Row {
                    peer,
                    rounds: Vec::new(),
                });
            }
            Err(error) => complain(&format!("    left out: {}: {error}", peer.name)),
        }
    }
    let rounds = options.rounds.min(case.rounds);
    for round in 0..rounds {
        for step in 0..rows.len() {
            // Each begins once: what the machine does at the round's start meets another one each time.
            let at = (round + step) % rows.len();
            if rows[at].peer.far && round >= FEW {
                continue;
            }
            progress(&format!(
                "{}: round {} of {}, {}",
                case.title,
                round + 1,
                rounds,
                rows[at].peer.name
            ));
            let scheme = if case.tls { "https" } else { "http" };
            let url = format!("{scheme}://{}{}", running[at].address, case.ask.path());
            let load = Load {
                url: &url,
                ask: case.ask,
                connections: case.connections,
                seconds: options.seconds,
                cores: options.pinned.then_some("1"),
            };
            let before = running[at].usage();
            let found = wrk::run(load, &yard.folder)?;
            // Connections that wrk has closed are still being cleared away.
            thread::sleep(Duration::from_millis(20));
            let usage = running[at].usage().since(before);
            rows[at].rounds.push(Round { found, usage });
        }
    }
    progress("");
    Ok(compare(case, options, &rows))
}

fn compare(case: &Case, options: &Options, rows: &[Row]) -> Table {
    let pinned = if options.pinned { ", pinned" } else { "" };
    let title = format!(
        "{}{pinned}: medians of {} rounds of {} s",
        case.title,
        options.rounds.min(case.rounds),
        options.seconds
    );
    let columns = [
        "server",
        "requests/s",
        "CPU µs",
        "user µs",
        "to floor",
        "user - floor",
        "to best peer",
        "p99 ms",
        "p99 to best",
        "errors",
    ];
    let mut table = Table::new(title, &columns);
    let floor = rows.iter().find(|row| row.peer.name == "floor");
    let peers = || {
        let file = matches!(case.ask, Ask::File | Ask::Shared(_));
        rows.iter().filter(move |row| {
            !matches!(row.peer.name, "floor" | "zeug") && (file || row.peer.name != "nginx")
        })
    };
    let least = |of: fn(&Round) -> f64| {
        peers().min_by(|one, other| one.median(of).total_cmp(&other.median(of)))
    };
    let p99 = |round: &Round| round.found.p99.as_secs_f64();
    let (best, quickest) = (least(Round::cpu), least(p99));
    let number = |value: f64, digits: usize| {
        if value.is_finite() {
            format!("{value:.digits$}")
        } else {
            "-".to_owned()
        }
    };
    for row in rows {
        let to = |other: Option<&Row>, of: fn(&Round, &Round) -> f64| {
            other.map_or_else(|| "-".to_owned(), |other| number(row.paired(other, of), 2))
        };
        let errors: u64 = row.rounds.iter().map(|round| round.found.errors).sum();
        table.rows.push(vec![
            row.peer.name.to_owned(),
            number(
                row.median(|round| round.found.requests / round.found.time.as_secs_f64()),
                0,
            ),
            number(row.median(Round::cpu), 2),
            number(row.median(Round::user), 2),
            to(floor, |ours, theirs| ours.cpu() / theirs.cpu()),
            to(floor, |ours, theirs| ours.user() - theirs.user()),
            to(best, |ours, theirs| ours.cpu() / theirs.cpu()),
            number(row.median(p99) * 1e3, 2),
            to(quickest, |ours, theirs| {
                ours.found.p99.as_secs_f64() / theirs.found.p99.as_secs_f64()
            }),
            errors.to_string(),
        ]);
    }
    table
}

/// Ten thousand connections that have asked once.
fn idle(options: &Options, yard: &Yard) -> Table {
    const COUNT: usize = 9_500;
    let title = format!("{COUNT} idle connections, each after one request");
    let columns = [
        "server",
        "open",
        "bytes a connection",
        "CPU % while idle",
        "threads",
    ];
    let mut table = Table::new(title, &columns);
    for &peer in &options.peers {
        progress(&format!("idle connections, {}", peer.name));
        let server = match yard.start(peer, false, None, None) {
            Ok(server) => server,
            Err(error) => {
                complain(&format!("    left out: {}: {error}", peer.name));
                continue;
            }
        };
        // What the first requests set up is no connection's.
        drop(load::idle(server.address, 64));
        thread::sleep(Duration::from_millis(100));
        let before = server.memory();
        let (open, failed) = load::idle(server.address, COUNT);
        let memory = server.memory().saturating_sub(before);
        let rest = Duration::from_secs(3);
        let used = server.usage();
        thread::sleep(rest);
        let used = server.usage().since(used).total();
        let shown = if failed > 0 {
            format!("{} ({failed} failed)", open.len())
        } else {
            open.len().to_string()
        };
        table.rows.push(vec![
            peer.name.to_owned(),
            shown,
            (memory / open.len().max(1) as u64).to_string(),
            format!("{:.2}", used.as_secs_f64() / rest.as_secs_f64() * 100.0),
            server.threads().to_string(),
        ]);
    }
    progress("");
    table
}

/// Quick requests beside ones whose handler sleeps.
fn slow(options: &Options, yard: &Yard) -> Result<Table, String> {
    let title = "a handler that sleeps 1 s on half of the requests: the other half's times, ms";
    let columns = [
        "server",
        "clients",
        "threads",
        "quick answers",
        "p50",
        "p99",
        "most",
        "refused",
        "errors",
    ];
    let mut table = Table::new(title, &columns);
    // With 34 threads and more sleepers than that, all spare threads sleep.
    for (clients, threads) in [(64, None), (512, None), (128, Some(34))] {
        for &peer in options.peers.iter().filter(|peer| peer.sleep) {
            progress(&format!(
                "{clients} clients, half of them slow, {}",
                peer.name
            ));
            let cores = options.pinned.then_some("0");
            let server = match yard.start(peer, false, cores, threads) {
                Ok(server) => server,
                Err(error) => {
                    complain(&format!("    left out: {}: {error}", peer.name));
                    continue;
                }
            };
            let found = load::beside(
                server.address,
                clients,
                Duration::from_millis(1500),
                Duration::from_secs(6),
            )
            .map_err(|error| format!("the client: {error}"))?;
            let shown = |time: Option<Duration>| {
                time.map_or_else(
                    || "-".to_owned(),
                    |time| format!("{:.2}", time.as_secs_f64() * 1e3),
                )
            };
            table.rows.push(vec![
                peer.name.to_owned(),
                clients.to_string(),
                threads.map_or_else(
                    || "default".to_owned(),
                    |threads: usize| threads.to_string(),
                ),
                found.times.len().to_string(),
                shown(found.percentile(0.5)),
                shown(found.percentile(0.99)),
                shown(found.percentile(1.0)),
                found.refused.to_string(),
                found.errors.to_string(),
            ]);
        }
    }
    progress("");
    Ok(table)
}

/// The page that the tables go into.
fn page(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The page with this between its marks, in the place of what was there.
fn put(page: &str, tables: &str) -> Result<String, String> {
    let [begin, end] = MARKS;
    let parts = page
        .split_once(begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    let Some((before, behind)) = parts else {
        return Err(format!("the page lacks {begin:?} or {end:?} after it"));
    };
    Ok([before, begin, tables, end, behind].concat())
}

/// The tables, with what was measured when and where.
fn report(args: &[String], tables: &[Table]) -> String {
    let words: Vec<&str> = ["cargo", "xtask", "serve-bench"]
        .into_iter()
        .chain(args.iter().map(String::as_str))
        .collect();
    let mut text = format!("{}.\n", measured(&words.join(" ")));
    for table in tables {
        text.push('\n');
        text.push_str(&table.markdown());
    }
    text
}

/// Allows as many descriptors as the system does; servers that are started inherit it.
pub(crate) fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // Where this fails, connections fail and are counted.
    let _ = setrlimit(Resource::Nofile, raised);
}

#[cfg(test)]
mod tests {
    use super::put;

    #[test]
    fn tables_replace_what_stood_between_the_marks() {
        let page = "# A\n<!-- serve-bench -->\nold\n<!-- /serve-bench -->\n## B\n";
        let new = put(page, "new\n").unwrap_or_default();
        assert_eq!(
            new,
            "# A\n<!-- serve-bench -->\nnew\n<!-- /serve-bench -->\n## B\n"
        );
        assert_eq!(put(&new, "old\n").as_deref(), Ok(page));
        assert!(put("# A\n<!-- serve-bench -->\n", "").is_err());
    }
}
