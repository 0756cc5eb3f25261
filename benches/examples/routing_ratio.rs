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

#[path = "../routing_sets/sets.rs"]
mod sets;

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use sets::{Query, Set};
use zeug_routing::{HostPolicy, Map, Outcome, Rule};

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
    let map = Map::builder()
        .rule(Rule::new("/blog/<int:year>/post/<int:id>", 0usize))
        .build()
        .expect("a map");
    let bound = map.bind("example.org").expect("a host");
    let mut router = matchit::Router::new();
    router
        .insert("/blog/{year}/post/{id}", 0usize)
        .expect("a route");
    let mut random = sets::Random(7);
    let query = |_| Query {
        method: "GET".into(),
        path: format!(
            "/blog/{}/post/{}",
            1990 + random.below(40),
            random.below(1_000_000)
        ),
        route: Some(0),
    };
    let queries: Vec<Query> = (0..4096).map(query).collect();
    let zeug = |query: &Query| match &bound.match_path(black_box(&query.path), "GET") {
        Outcome::Match(found) => found.args().to::<(u16, u64)>().ok(),
        _ => None,
    };
    let by_hand = |query: &Query| {
        let found = router.at(black_box(&query.path)).ok()?;
        let year: u16 = found.params.get("year")?.parse().ok()?;
        Some((year, found.params.get("id")?.parse::<u64>().ok()?))
    };
    assert!(
        queries
            .iter()
            .all(|query| zeug(query).is_some() && zeug(query) == by_hand(query))
    );
    beside(
        "typed",
        "matchit",
        &queries,
        rounds,
        &mut |queries| queries.iter().for_each(|query| _ = black_box(zeug(query))),
        &mut |queries| {
            queries
                .iter()
                .for_each(|query| _ = black_box(by_hand(query)))
        },
    );
}

/// Fifty hosts, each with GitHub's routes; a map is bound for each request.
fn hosts(set: &Set, rounds: usize) {
    let hosts: Vec<String> = (0..50).map(|i| format!("shop{i}.example.org")).collect();
    let rules = hosts.iter().enumerate().flat_map(|(h, host)| {
        let paths = set.paths.iter().enumerate();
        paths.map(move |(i, path)| Rule::new(spelled(path), h * 1000 + i).host(host.as_str()))
    });
    let map = Map::builder()
        .hosts(HostPolicy::Host)
        .rules(rules)
        .build()
        .expect("a map");
    let routers: HashMap<&str, matchit::Router<usize>> = hosts
        .iter()
        .map(|host| (host.as_str(), matchit(set)))
        .collect();
    let mut random = sets::Random(7);
    // The host stands in the method's place.
    let on_a_host = |query: &Query| Query {
        method: hosts[random.below(hosts.len())].clone(),
        ..query.clone()
    };
    let queries: Vec<Query> = set.hits.iter().map(on_a_host).collect();
    beside(
        "hosts",
        "matchit",
        &queries,
        rounds,
        &mut |queries| {
            queries.iter().for_each(|query| {
                let bound = map.bind(black_box(query.method.as_str())).expect("a host");
                black_box(bound.match_path(&query.path, "GET"))
                    .into_match()
                    .expect("a route");
            })
        },
        &mut |queries| {
            queries.iter().for_each(|query| {
                let router = &routers[black_box(query.method.as_str())];
                black_box(router.at(&query.path)).expect("a route");
            })
        },
    );
}

fn mismatch(set: &Set, rounds: usize) {
    let map = zeug(set);
    let bound = map.bind("example.org").expect("a host");
    let mut router: matchit::Router<Vec<&str>> = matchit::Router::new();
    for path in &set.paths {
        let routes = set
            .routes
            .iter()
            .filter(|route| &sets::renamed(&route.path) == path);
        router
            .insert(path, routes.map(|route| route.method.as_str()).collect())
            .expect("a route");
    }
    beside(
        "method mismatch",
        "matchit",
        &set.hits,
        rounds,
        &mut |queries| {
            queries.iter().for_each(|query| {
                let outcome = black_box(bound.match_path(black_box(&query.path), "TRACE"));
                assert!(matches!(outcome, Outcome::MethodNotAllowed(_)));
            })
        },
        &mut |queries| {
            queries.iter().for_each(|query| {
                let found = black_box(router.at(black_box(&query.path))).expect("a route");
                assert!(!found.value.contains(&"TRACE"));
            })
        },
    );
}

fn build(set: &Set, rounds: usize) {
    let map = zeug(set);
    let bound = map.bind("example.org").expect("a host");
    let rule = set
        .routes
        .iter()
        .position(|route| route.path == "/repos/{owner}/{repo}/issues");
    let endpoint = rule.expect("a route");
    beside(
        "build",
        "format!",
        &set.hits,
        rounds,
        &mut |queries| {
            queries.iter().for_each(|_| {
                let url = bound.url_for(black_box(&endpoint));
                let url = url
                    .arg("owner", black_box("rust-lang"))
                    .arg("repo", black_box("rust"));
                black_box(url.build()).expect("a URL");
            })
        },
        &mut |queries| {
            queries.iter().for_each(|_| {
                black_box(format!(
                    "/repos/{}/{}/issues",
                    black_box("rust-lang"),
                    black_box("rust")
                ));
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
