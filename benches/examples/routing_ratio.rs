//! Routing beside its fastest peers, as a table that stands a busy machine: implementations take turns, and the fastest of many rounds
//! counts. `routing_ratio [ROUNDS [SET...]]`; with `memory SET ROUTER`, the resident bytes a route and the time to build.

#![expect(clippy::print_stdout, reason = "a program whose output is a table")]

#[path = "../routing_sets/sets.rs"]
mod sets;

use std::hint::black_box;
use std::time::Instant;

use sets::{Query, Set};
use zeug_routing::{Map, Outcome, Rule};

fn spelled(path: &str) -> String {
    path.replace('{', "<").replace('}', ">")
}

fn zeug(set: &Set) -> Map<usize> {
    let rules = set.routes.iter().enumerate().map(|(i, route)| {
        let rule = Rule::new(spelled(&route.path), i);
        if route.method == "ANY" {
            rule
        } else {
            rule.methods([&route.method])
        }
    });
    Map::builder().rules(rules).build().expect("a map")
}

fn matchit(set: &Set) -> matchit::Router<usize> {
    let mut router = matchit::Router::new();
    for (i, path) in set.paths.iter().enumerate() {
        router.insert(path, i).expect("a route");
    }
    router
}

fn wayfind(set: &Set) -> wayfind::Router<usize> {
    let mut builder = wayfind::RouterBuilder::new();
    for (i, path) in set.paths.iter().enumerate() {
        builder.insert(&spelled(path), i).expect("a route");
    }
    builder.build()
}

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
    let map = zeug(set);
    let bound = map.bind("example.org").expect("a host");
    let (matchit, wayfind) = (matchit(set), wayfind(set));
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
            let router = matchit(set);
            (begin.elapsed(), (resident(), black_box(router)).0)
        }
        "wayfind" => {
            let router = wayfind(set);
            (begin.elapsed(), (resident(), black_box(router)).0)
        }
        _ => {
            let router = zeug(set);
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
    ];
    let named: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    for name in if named.is_empty() { &all[..] } else { &named } {
        compare(&made(name), rounds);
    }
}
