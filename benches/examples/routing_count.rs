//! Runs a set of routing queries a number of times, for counting instructions: `routing_count SET HITS-OR-MISSES PASSES [ROUTER]`.
//! The difference between two numbers of passes, divided by passes and queries (8,192), is what a query costs:
//!
//! ```text
//! cargo build --profile bench -p zeug-benches --example routing_count
//! for passes in 1 3; do valgrind --tool=callgrind --callgrind-out-file=/dev/null \
//!     target/release/examples/routing_count param-100000 hits $passes 2>&1 | grep Collected; done
//! ```
//!
//! What a hit costs does not grow with the routes. Instructions a query, November 2026, x86-64, method and result included:
//!
//! ```text
//!                 100   1,000  10,000  100,000 routes
//! static hit      182     184     182      182   (matchit: 383 to 692)
//! param hit       614     620     617      635   (matchit: 655 to 895)
//! ```

#[path = "../routing_sets/maps.rs"]
mod maps;
#[path = "../routing_sets/sets.rs"]
mod sets;

use std::hint::black_box;

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
        let router = maps::matchit(&set);
        for _ in 0..passes {
            for query in queries {
                black_box(router.at(black_box(&query.path))).ok();
            }
        }
        return;
    }
    let map = maps::zeug(&set);
    let bound = map.bind("example.org").expect("a host");
    for _ in 0..passes {
        for query in queries {
            black_box(bound.match_path(black_box(&query.path), &query.method));
        }
    }
}
