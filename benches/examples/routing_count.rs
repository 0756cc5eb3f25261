//! Runs a set of routing queries a number of times, for counting instructions: `routing_count SET HITS-OR-MISSES PASSES [ROUTER]`.
//! The difference between two numbers of passes, divided by passes and queries, is what a query costs.

#[path = "../routing_sets/sets.rs"]
mod sets;

use std::hint::black_box;

use zeug_routing::{Map, Rule};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (name, kind, passes) = (
        args[1].as_str(),
        args[2].as_str(),
        args[3].parse::<usize>().expect("a number"),
    );
    let set = match name.split_once('-') {
        Some(("static", count)) => sets::statics(count.parse().expect("a number")),
        Some(("param", count)) => sets::parameters(count.parse().expect("a number")),
        Some(("matchit", _)) => sets::matchit(),
        _ => sets::github(),
    };
    let queries = if kind == "hits" {
        &set.hits
    } else {
        &set.misses
    };
    let queries = &queries[..8192];
    if args.get(4).is_some_and(|router| router == "matchit") {
        let mut router = matchit::Router::new();
        for (i, path) in set.paths.iter().enumerate() {
            router.insert(path, i).expect("a route");
        }
        for _ in 0..passes {
            for query in queries {
                black_box(router.at(black_box(&query.path))).ok();
            }
        }
        return;
    }
    let rules = set.routes.iter().enumerate().map(|(i, route)| {
        let rule = Rule::new(route.path.replace('{', "<").replace('}', ">"), i);
        if route.method == "ANY" {
            rule
        } else {
            rule.methods([&route.method])
        }
    });
    let map = Map::builder()
        .allow_duplicates()
        .rules(rules)
        .build()
        .expect("a map");
    let bound = map.bind("example.org").expect("a host");
    for _ in 0..passes {
        for query in queries {
            black_box(bound.match_path(black_box(&query.path), &query.method));
        }
    }
}
