//! Routing beside its fastest peers, as a table that stands a busy machine: implementations take turns, and the fastest of many rounds
//! counts. `routing_ratio [ROUNDS [SET...]]`; `more` among the sets stands for typed arguments, hosts, a method that no rule takes, and
//! building a URL, each beside what one would write by hand. With `memory SET ROUTER`, the resident bytes a route and the time to build.
//!
//! Nanoseconds a query on a busy virtual machine (AMD EPYC, two cores, November 2026), and zeug's share of the faster peer's:
//!
//! ```text
//!                 hit: zeug  matchit  wayfind  ratio   miss: zeug  matchit  wayfind  ratio
//! github-203           41.5     69.3     67.2   0.62         40.0     44.5     46.0   0.90
//! matchit-130          36.5     67.7     66.2   0.55         41.1     43.9     45.2   0.94
//! static-1              5.3     10.4     11.4   0.51          2.8     11.7      2.7   1.02
//! param-1              23.1     34.4     40.4   0.67         26.9     26.3     31.4   1.02
//! static-10             9.9     25.5     28.1   0.39          6.1     16.9      7.0   0.87
//! param-10             26.3     49.8     58.9   0.53         31.8     32.5     40.2   0.98
//! static-100           14.5     41.5     37.6   0.39         11.7     31.1     12.0   0.98
//! param-100            30.8     71.4     76.5   0.43         35.0     47.5     50.7   0.74
//! static-1000          18.0     61.8     64.2   0.29         14.9     48.3     31.0   0.48
//! param-1000           42.1    112.0    110.0   0.38         42.8     76.0     75.9   0.56
//! static-10000         89.0    231.2    188.3   0.47         21.4    122.7    117.3   0.18
//! param-10000         239.3    670.4    548.8   0.44        179.9    563.3    468.4   0.38
//! static-100000       125.4    825.3    703.0   0.18         25.9    318.4    211.3   0.12
//! param-100000        511.7   2040.9   2198.0   0.25        348.2   2039.0    879.4   0.40
//!
//! two numbers: 34.9, matchit and parse 38.5 (0.91, 0.86 to 0.91 from run to run); fifty hosts, bound for each request: 98, matchit in a hash map
//! 142 (0.66 to 0.69); a method that no rule takes: 45.1, matchit and a list 66.6 (0.68); a URL of two strings: 70, format! 33 (2.1).
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
