//! Routing beside its fastest peers, as a table that stands a busy machine: implementations take turns, and the fastest of many rounds
//! counts. `routing_ratio [ROUNDS [SET...]]`; `more` among the sets stands for typed arguments, hosts, a method that no rule takes, and
//! building a URL, each beside what one would write by hand. With `memory SET ROUTER`, the resident bytes a route and the time to build.
//!
//! Nanoseconds a query on a busy virtual machine (AMD EPYC, two cores, November 2026), and zeug's share of the faster peer's:
//!
//! ```text
//!                 hit: zeug  matchit  wayfind  ratio   miss: zeug  matchit  wayfind  ratio
//! github-203           44.2     73.5     66.1   0.67         44.4     48.5     48.4   0.92
//! matchit-130          40.5     74.4     68.3   0.59         46.4     48.6     47.7   0.97
//! static-1              5.4     10.4     11.6   0.51          3.4     12.5      2.8   1.20
//! param-1              24.9     36.8     40.2   0.68         28.3     28.8     31.1   0.98
//! static-10            10.2     25.5     30.2   0.40          6.4     17.1      7.2   0.89
//! param-10             28.0     53.0     57.7   0.53         32.9     34.1     38.3   0.97
//! static-100           14.6     42.4     38.5   0.38         12.2     31.3     12.7   0.96
//! param-100            34.8     76.3     72.6   0.48         37.8     49.0     48.5   0.78
//! static-1000          18.0     67.7     62.2   0.29         15.9     47.6     32.5   0.49
//! param-1000           44.3    117.3    106.9   0.41         44.9     75.9     72.5   0.62
//! static-10000         89.0    231.2    188.3   0.47         21.4    122.7    117.3   0.18
//! param-10000         239.3    670.4    548.8   0.44        179.9    563.3    468.4   0.38
//! static-100000       125.4    825.3    703.0   0.18         25.9    318.4    211.3   0.12
//! param-100000        511.7   2040.9   2198.0   0.25        348.2   2039.0    879.4   0.40
//!
//! two numbers: 39.6, matchit and parse 39.7 (1.00); fifty hosts, bound for each request: 176, matchit in a hash map 203 (0.80 to 0.90 from run
//! to run); a method that no rule takes: 48.5, matchit and a list 72.4 (0.67); a URL of two strings: 236, format! 33 (7.2).
//!
//! resident bytes a route, and time to build:
//!                  zeug          matchit        wayfind
//! github-203       1957  2.2 ms   564  0.15 ms  1553  3.4 ms
//! static-100000     676  3.4 s    419  2.8 s     343  2.1 s
//! param-100000     1067  3.5 s   3044  1.8 s    2726  3.2 s
//!
//! Werkzeug 3.1.9 on the same machine: GitHub's routes 55 us a hit (1,200 times zeug's time), static-100 19 us (1,300), param-100 19 us (540).
//! ```

#![expect(clippy::print_stdout, reason = "a program whose output is a table")]

#[path = "../routing_sets/maps.rs"]
mod maps;
#[path = "../routing_sets/sets.rs"]
mod sets;

use std::hint::black_box;
use std::time::Instant;

use maps::{Hosts, Methods, Typed};
use sets::{Query, Set};
use zeug_routing::Outcome;

/// Looks up all of some queries.
type Finder<'f> = &'f mut dyn FnMut(&[Query]);

/// The fastest of many rounds for each implementation, in nanoseconds a query.
fn turns(queries: &[Query], rounds: usize, finders: &mut [Finder<'_>]) -> Vec<f64> {
    let mut best = vec![f64::MAX; finders.len()];
    for _ in 0..rounds {
        for (i, find) in finders.iter_mut().enumerate() {
            // A part of the queries a turn: short enough to fall between two interruptions.
            for chunk in queries.chunks(4096) {
                let begin = Instant::now();
                find(chunk);
                let time = begin.elapsed().as_secs_f64() * 1e9 / chunk.len() as f64;
                best[i] = best[i].min(time);
            }
        }
    }
    best
}

fn compare(set: &Set, rounds: usize) {
    let map = maps::zeug(set);
    let bound = map.bind("example.org").expect("a host");
    let (matchit, wayfind) = (maps::matchit(set), maps::wayfind(set));
    for (kind, queries) in [("hit", &set.hits), ("miss", &set.misses)] {
        for query in queries {
            let expected = query.route.is_some();
            assert_eq!(
                matches!(
                    bound.match_path(&query.path, &query.method),
                    Outcome::Match(_)
                ),
                expected,
                "zeug {query:?}"
            );
            assert_eq!(
                matchit.at(&query.path).is_ok(),
                expected,
                "matchit {query:?}"
            );
            assert_eq!(
                wayfind.search(&query.path).is_some(),
                expected,
                "wayfind {query:?}"
            );
        }
        let times = turns(
            queries,
            rounds,
            &mut [
                &mut |queries| {
                    queries.iter().for_each(|q| {
                        black_box(bound.match_path(black_box(&q.path), &q.method))
                            .into_match()
                            .map(|m| black_box(*m.endpoint()));
                    })
                },
                &mut |queries| {
                    queries.iter().for_each(|q| {
                        black_box(matchit.at(black_box(&q.path)))
                            .map(|m| black_box(*m.value))
                            .ok();
                    })
                },
                &mut |queries| {
                    queries.iter().for_each(|q| {
                        black_box(wayfind.search(black_box(&q.path))).map(|m| black_box(*m.data()));
                    })
                },
            ],
        );
        let peer = times[1].min(times[2]);
        println!(
            "{:14} {kind:4} zeug {:7.1}  matchit {:7.1}  wayfind {:7.1}  ratio {:.2}",
            set.name,
            times[0],
            times[1],
            times[2],
            times[0] / peer
        );
    }
}

/// One line of the table: zeug beside one way to do the same by hand.
fn beside(
    name: &str,
    other: &str,
    queries: &[Query],
    rounds: usize,
    zeug: Finder<'_>,
    by_hand: Finder<'_>,
) {
    let times = turns(queries, rounds, &mut [zeug, by_hand]);
    println!(
        "{name:19} zeug {:7.1}  {other} {:7.1}  ratio {:.2}",
        times[0],
        times[1],
        times[0] / times[1]
    );
}

fn typed(rounds: usize) {
    let typed = Typed::new();
    let bound = typed.bound();
    beside(
        "typed",
        "matchit",
        &typed.queries,
        rounds,
        &mut |queries| {
            queries.iter().for_each(|query| {
                black_box(Typed::zeug(&bound, black_box(&query.path)));
            })
        },
        &mut |queries| {
            queries.iter().for_each(|query| {
                black_box(typed.by_hand(black_box(&query.path)));
            })
        },
    );
}

fn hosts(set: &Set, rounds: usize) {
    let hosts = Hosts::new(set);
    beside(
        "hosts",
        "matchit",
        &hosts.queries,
        rounds,
        &mut |queries| {
            queries.iter().for_each(|query| {
                assert_eq!(hosts.zeug(black_box(query)), query.route);
            })
        },
        &mut |queries| {
            queries.iter().for_each(|query| {
                assert_eq!(hosts.by_hand(black_box(query)), query.route);
            })
        },
    );
}

fn mismatch(set: &Set, rounds: usize) {
    let methods = Methods::new(set);
    let bound = methods.bound();
    beside(
        "method mismatch",
        "matchit",
        &methods.queries,
        rounds,
        &mut |queries| {
            queries.iter().for_each(|query| {
                assert!(Methods::zeug(&bound, black_box(query)));
            })
        },
        &mut |queries| {
            queries.iter().for_each(|query| {
                assert!(methods.by_hand(black_box(query)));
            })
        },
    );
}

fn build(set: &Set, rounds: usize) {
    let map = maps::zeug(set);
    let bound = map.bind("example.org").expect("a host");
    let endpoint = maps::built_endpoint(set);
    let (owner, repo) = (|| black_box("rust-lang"), || black_box("rust"));
    beside(
        "build",
        "format!",
        &set.hits,
        rounds,
        &mut |queries| {
            queries.iter().for_each(|_| {
                black_box(maps::build(&bound, black_box(endpoint), owner(), repo()));
            })
        },
        &mut |queries| {
            queries.iter().for_each(|_| {
                black_box(format!("/repos/{}/{}/issues", owner(), repo()));
            })
        },
    );
}

/// The resident bytes of this process.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok())
        .unwrap_or(0)
        * 4096
}

fn memory(set: &Set, router: &str) {
    let (before, begin) = (resident(), Instant::now());
    let (time, after) = match router {
        "matchit" => {
            let router = maps::matchit(set);
            (begin.elapsed(), (resident(), black_box(router)).0)
        }
        "wayfind" => {
            let router = maps::wayfind(set);
            (begin.elapsed(), (resident(), black_box(router)).0)
        }
        _ => {
            let router = maps::zeug(set);
            (begin.elapsed(), (resident(), black_box(router)).0)
        }
    };
    println!(
        "{} {router}: {} bytes a route, built in {time:?}",
        set.name,
        (after - before) / set.routes.len()
    );
}

fn made(name: &str) -> Set {
    match name.split_once('-') {
        Some(("static", count)) => sets::statics(count.parse().expect("a number")),
        Some(("param", count)) => sets::parameters(count.parse().expect("a number")),
        Some(("matchit", _)) => sets::matchit(),
        _ => sets::github(),
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [what, set, router] = &args[..]
        && what == "memory"
    {
        return memory(&made(set), router);
    }
    let rounds = args.first().and_then(|n| n.parse().ok()).unwrap_or(30);
    let all = [
        "github",
        "matchit-130",
        "static-1",
        "param-1",
        "static-10",
        "param-10",
        "static-100",
        "param-100",
        "static-1000",
        "param-1000",
        "static-10000",
        "param-10000",
        "static-100000",
        "param-100000",
        "more",
    ];
    let named: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    for name in if named.is_empty() { &all[..] } else { &named } {
        if *name == "more" {
            let set = sets::github();
            typed(rounds);
            hosts(&set, rounds);
            mismatch(&set, rounds);
            build(&set, rounds);
        } else {
            compare(&made(name), rounds);
        }
    }
}
