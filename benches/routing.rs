//! Routing beside its peers: matching sets of 1 to 100,000 routes, misses, methods, hosts, typed arguments, building URLs, building maps.
//! Peers match paths only; zeug is asked with the method as well.

#[path = "routing_sets/maps.rs"]
mod maps;
#[path = "routing_sets/sets.rs"]
mod sets;

use std::hint::black_box;
use std::time::Duration;

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use maps::{Hosts, Methods, Typed};
use sets::{Query, Set};
use zeug_routing::Outcome;

/// A router under test: built of a set, asked for a path.
trait Router: Sized {
    const NAME: &'static str;
    /// Sets larger than this are left out: the router's time or memory grows with the routes.
    const MOST: usize = usize::MAX;
    fn build(set: &Set) -> Self;
    /// Looks a query up and hands the result, arguments and all, to the black box; the number of the route's path.
    fn find(&self, query: &Query) -> Option<usize>;
}

struct Matchit(matchit::Router<usize>);
impl Router for Matchit {
    const NAME: &'static str = "matchit";
    fn build(set: &Set) -> Self {
        Self(maps::matchit(set))
    }
    #[inline]
    fn find(&self, query: &Query) -> Option<usize> {
        let found = black_box(self.0.at(&query.path)).ok()?;
        Some(*found.value)
    }
}

struct Wayfind(wayfind::Router<usize>);
impl Router for Wayfind {
    const NAME: &'static str = "wayfind";
    fn build(set: &Set) -> Self {
        Self(maps::wayfind(set))
    }
    #[inline]
    fn find(&self, query: &Query) -> Option<usize> {
        let found = black_box(self.0.search(&query.path))?;
        Some(*found.data())
    }
}

struct PathTree(path_tree::PathTree<usize>);
impl Router for PathTree {
    const NAME: &'static str = "path-tree";
    const MOST: usize = 10_000;
    fn build(set: &Set) -> Self {
        let mut tree = path_tree::PathTree::new();
        for (i, path) in set.paths.iter().enumerate() {
            let _ = tree.insert(&path.replace('{', ":").replace('}', ""), i);
        }
        Self(tree)
    }
    #[inline]
    fn find(&self, query: &Query) -> Option<usize> {
        let found = black_box(self.0.find(&query.path))?;
        Some(*found.0)
    }
}

struct Actix(actix_router::Router<usize>);
impl Router for Actix {
    const NAME: &'static str = "actix-router";
    const MOST: usize = 203;
    fn build(set: &Set) -> Self {
        let mut router = actix_router::Router::build();
        // It takes the first that fits: routes without variables have to stand first.
        let mut order: Vec<usize> = (0..set.paths.len()).collect();
        order.sort_by_key(|&i| {
            set.paths[i]
                .split('/')
                .map(|segment| segment.contains('{'))
                .collect::<Vec<bool>>()
        });
        for i in order {
            router.path(set.paths[i].as_str(), i);
        }
        Self(router.finish())
    }
    #[inline]
    fn find(&self, query: &Query) -> Option<usize> {
        let mut path = actix_router::Path::new(query.path.as_str());
        let found = self.0.recognize(&mut path).map(|(i, _)| *i);
        black_box(path);
        found
    }
}

struct Recognizer(route_recognizer::Router<usize>);
impl Router for Recognizer {
    const NAME: &'static str = "route-recognizer";
    const MOST: usize = 1_000;
    fn build(set: &Set) -> Self {
        let mut router = route_recognizer::Router::new();
        for (i, path) in set.paths.iter().enumerate() {
            router.add(&path.replace('{', ":").replace('}', ""), i);
        }
        Self(router)
    }
    #[inline]
    fn find(&self, query: &Query) -> Option<usize> {
        let found = black_box(self.0.recognize(&query.path)).ok()?;
        Some(**found.handler())
    }
}

/// Runs a pass over the queries for one implementation, once its answers are as expected.
fn run(
    c: &mut Criterion,
    operation: &str,
    set: &Set,
    queries: &[Query],
    name: &str,
    mut find: impl FnMut(&Query) -> Option<usize>,
) {
    for query in queries {
        let found = find(query);
        if found != query.route {
            eprintln!(
                "{operation}/{}/{name}: left out: {} gives {found:?}, not {:?}",
                set.name, query.path, query.route
            );
            return;
        }
    }
    let mut group = c.benchmark_group(format!("{operation}/{}", set.name));
    group.throughput(Throughput::Elements(queries.len() as u64));
    group.bench_function(BenchmarkId::from_parameter(name), |b| {
        b.iter(|| {
            for query in queries {
                black_box(find(black_box(query)));
            }
        });
    });
    group.finish();
}

fn peer<R: Router>(c: &mut Criterion, set: &Set) {
    if set.paths.len() > R::MOST {
        return;
    }
    let router = R::build(set);
    run(c, "match-hit", set, &set.hits, R::NAME, |query| {
        router.find(query)
    });
    run(c, "match-miss", set, &set.misses, R::NAME, |query| {
        router.find(query)
    });
}

fn compare(c: &mut Criterion, set: &Set) {
    let map = maps::zeug(set);
    let bound = map.bind("example.org").expect("a host");
    let find = |query: &Query| match black_box(bound.match_path(&query.path, &query.method)) {
        Outcome::Match(found) => Some(*found.endpoint()),
        _ => None,
    };
    run(c, "match-hit", set, &set.hits, "zeug", find);
    run(c, "match-miss", set, &set.misses, "zeug", find);
    peer::<Matchit>(c, set);
    peer::<Wayfind>(c, set);
    peer::<PathTree>(c, set);
    peer::<Actix>(c, set);
    peer::<Recognizer>(c, set);
    // The least: looking at each byte once.
    run(c, "match-hit", set, &set.hits, "floor", |query| {
        black_box(query.path.bytes().filter(|&b| b == b'/').count());
        query.route
    });
}

fn matching(c: &mut Criterion) {
    compare(c, &sets::github());
    compare(c, &sets::matchit());
    for count in [1, 10, 100, 1_000, 10_000, 100_000] {
        compare(c, &sets::statics(count));
        compare(c, &sets::parameters(count));
    }
}

/// What peers do not have, beside what one would write by hand around matchit.
fn more(c: &mut Criterion) {
    let set = sets::github();
    let methods = Methods::new(&set);
    let bound = methods.bound();
    let unless = |refused: bool| (!refused).then_some(0);
    let queries = &methods.queries;
    run(c, "method-mismatch", &set, queries, "zeug", |query| {
        unless(Methods::zeug(&bound, query))
    });
    let name = "matchit-and-a-list";
    run(c, "method-mismatch", &set, queries, name, |query| {
        unless(methods.by_hand(query))
    });

    let typed = Typed::new();
    let bound = typed.bound();
    let two_ints = Set {
        name: "two-ints".into(),
        ..sets::statics(1)
    };
    run(c, "typed", &two_ints, &typed.queries, "zeug", |query| {
        black_box(Typed::zeug(&bound, &query.path)).map(|_| 0)
    });
    run(c, "typed", &two_ints, &typed.queries, "matchit", |query| {
        black_box(typed.by_hand(&query.path)).map(|_| 0)
    });

    let hosts = Hosts::new(&set);
    run(c, "host", &set, &hosts.queries, "zeug", |query| {
        hosts.zeug(query)
    });
    let name = "matchit-in-a-hash-map";
    run(c, "host", &set, &hosts.queries, name, |query| {
        hosts.by_hand(query)
    });
}

fn building(c: &mut Criterion) {
    let set = sets::github();
    let map = maps::zeug(&set);
    let bound = map.bind("example.org").expect("a host");
    let endpoint = maps::built_endpoint(&set);
    assert_eq!(
        maps::build(&bound, endpoint, "rust-lang", "rust"),
        "/repos/rust-lang/rust/issues"
    );
    let (owner, repo) = (|| black_box("rust-lang"), || black_box("rust"));
    let mut group = c.benchmark_group("build/two-strings");
    group.bench_function("zeug", |b| {
        b.iter(|| maps::build(&bound, black_box(endpoint), owner(), repo()))
    });
    group.bench_function("format", |b| {
        b.iter(|| format!("/repos/{}/{}/issues", owner(), repo()))
    });
    group.finish();
}

/// Making a map of a set: a few samples, as the largest take half a second each.
fn make<T>(c: &mut Criterion, set: &Set, name: &str, mut make: impl FnMut(&Set) -> T) {
    let mut group = c.benchmark_group(format!("make/{}", set.name));
    group.throughput(Throughput::Elements(set.routes.len() as u64));
    group.sampling_mode(SamplingMode::Flat);
    if set.routes.len() > 1_000 {
        group.sample_size(10);
        group.warm_up_time(Duration::from_millis(50));
        group.measurement_time(Duration::from_millis(200));
    }
    group.bench_function(BenchmarkId::from_parameter(name), |b| {
        b.iter_with_large_drop(|| make(black_box(set)));
    });
    group.finish();
}

fn make_peer<R: Router>(c: &mut Criterion, set: &Set) {
    if set.paths.len() <= R::MOST {
        make(c, set, R::NAME, R::build);
    }
}

fn making(c: &mut Criterion) {
    let mut all = vec![sets::github()];
    for count in [1, 10, 100, 1_000, 10_000, 100_000] {
        all.extend([sets::statics(count), sets::parameters(count)]);
    }
    for set in &all {
        let rules = maps::rules(set);
        make(c, set, "zeug", |_| maps::map(black_box(&rules)));
        make_peer::<Matchit>(c, set);
        make_peer::<Wayfind>(c, set);
        make_peer::<PathTree>(c, set);
        make_peer::<Actix>(c, set);
        make_peer::<Recognizer>(c, set);
    }
}

// Every figure in below six minutes: `cargo bench -p zeug-benches --bench routing -- --warm-up-time 0.1 --measurement-time 0.25 --sample-size 12`.
criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(250)).sample_size(12);
    targets = matching, more, building, making
}
criterion_main!(benches);
