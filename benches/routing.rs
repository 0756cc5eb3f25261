//! Routing beside its peers: matching sets of 1 to 100,000 routes, misses, methods, hosts, typed arguments, building URLs, building maps.
//! Peers match paths only; zeug is asked with the method as well.

#[path = "routing_sets/sets.rs"]
mod sets;

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Duration;

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use sets::{Query, Set};
use zeug_routing::{HostPolicy, Map, Outcome, Rule};

/// A router under test: built of a set, asked for a path.
trait Router: Sized {
    const NAME: &'static str;
    /// Sets larger than this are left out: the router's time or memory grows with the routes.
    const MOST: usize = usize::MAX;
    fn build(set: &Set) -> Self;
    /// Looks a query up and hands the result, arguments and all, to the black box; the number of the route's path.
    fn find(&self, query: &Query) -> Option<usize>;
}

struct Zeug(Map<usize>);

/// A path as zeug spells it.
fn spelled(path: &str) -> String {
    path.replace('{', "<").replace('}', ">")
}

/// A set's rules as zeug spells them: text, number of the path, method.
fn rules(set: &Set) -> Vec<(String, usize, &str)> {
    let numbers: HashMap<&str, usize> = set
        .paths
        .iter()
        .enumerate()
        .map(|(i, path)| (path.as_str(), i))
        .collect();
    set.routes
        .iter()
        .map(|route| {
            let number = numbers[sets::renamed(&route.path).as_str()];
            (spelled(&route.path), number, route.method.as_str())
        })
        .collect()
}

fn map(rules: &[(String, usize, &str)]) -> Map<usize> {
    let rules = rules.iter().map(|(text, number, method)| {
        let rule = Rule::new(text.as_str(), *number);
        if *method == "ANY" {
            rule
        } else {
            rule.methods([method])
        }
    });
    Map::builder()
        .rules(rules)
        .build()
        .expect("the set is a map")
}

fn zeug(set: &Set) -> Map<usize> {
    map(&rules(set))
}

struct Matchit(matchit::Router<usize>);
impl Router for Matchit {
    const NAME: &'static str = "matchit";
    fn build(set: &Set) -> Self {
        let mut router = matchit::Router::new();
        for (i, path) in set.paths.iter().enumerate() {
            router.insert(path, i).expect("the path is a route");
        }
        Self(router)
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
        let mut builder = wayfind::RouterBuilder::new();
        for (i, path) in set.paths.iter().enumerate() {
            builder
                .insert(&spelled(path), i)
                .expect("the path is a route");
        }
        Self(builder.build())
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
    let zeug = Zeug(zeug(set));
    let bound = zeug.0.bind("example.org").expect("a host");
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

/// What peers do not have: zeug alone, and beside what one would write by hand around matchit.
fn more(c: &mut Criterion) {
    let set = sets::github();
    let map = zeug(&set);
    let bound = map.bind("example.org").expect("a host");
    let wrong: Vec<Query> = set
        .hits
        .iter()
        .map(|q| Query {
            method: "TRACE".into(),
            path: q.path.clone(),
            route: None,
        })
        .collect();
    run(
        c,
        "method-mismatch",
        &set,
        &wrong,
        "zeug",
        |query| match black_box(bound.match_path(&query.path, &query.method)) {
            Outcome::MethodNotAllowed(_) => None,
            _ => Some(0),
        },
    );

    // The same by hand: a list of methods behind each path.
    let mut router: matchit::Router<Vec<&str>> = matchit::Router::new();
    for (i, path) in set.paths.iter().enumerate() {
        let routes = set
            .routes
            .iter()
            .filter(|route| &sets::renamed(&route.path) == path);
        let methods = routes.map(|route| route.method.as_str()).collect();
        router
            .insert(path, methods)
            .unwrap_or_else(|_| panic!("route {i}"));
    }
    run(
        c,
        "method-mismatch",
        &set,
        &wrong,
        "matchit-and-a-list",
        |query| {
            let found = black_box(router.at(&query.path)).ok()?;
            found
                .value
                .iter()
                .position(|&method| method == query.method)
        },
    );

    // Typed arguments: two numbers out of a path.
    let typed = Map::builder()
        .rule(Rule::new("/blog/<int:year>/post/<int:id>", 0usize))
        .build()
        .expect("a map");
    let bound = typed.bind("example.org").expect("a host");
    let mut matchit = matchit::Router::new();
    matchit
        .insert("/blog/{year}/post/{id}", 0usize)
        .expect("a route");
    let mut random = sets::Random(7);
    let queries: Vec<Query> = (0..4096)
        .map(|_| Query {
            method: "GET".into(),
            path: format!(
                "/blog/{}/post/{}",
                1990 + random.below(40),
                random.below(1_000_000)
            ),
            route: Some(0),
        })
        .collect();
    let typed_set = Set {
        name: "two-ints".into(),
        ..sets::statics(1)
    };
    run(c, "typed", &typed_set, &queries, "zeug", |query| {
        let outcome = bound.match_path(&query.path, &query.method);
        let Outcome::Match(found) = &outcome else {
            return None;
        };
        black_box(found.args().to::<(u16, u64)>().ok()?);
        Some(*found.endpoint())
    });
    run(c, "typed", &typed_set, &queries, "matchit", |query| {
        let found = matchit.at(&query.path).ok()?;
        let year: u16 = found.params.get("year")?.parse().ok()?;
        let id: u64 = found.params.get("id")?.parse().ok()?;
        black_box((year, id));
        Some(*found.value)
    });

    // Hosts: 50 of them, each with GitHub's routes; the map is bound for each request.
    let hosts: Vec<String> = (0..50).map(|i| format!("shop{i}.example.org")).collect();
    let rules = hosts.iter().enumerate().flat_map(|(h, host)| {
        set.paths
            .iter()
            .enumerate()
            .map(move |(i, path)| Rule::new(spelled(path), h * 1000 + i).host(host.as_str()))
    });
    let map = Map::builder()
        .hosts(HostPolicy::Host)
        .rules(rules)
        .build()
        .expect("a map");
    let routers: HashMap<&str, matchit::Router<usize>> = hosts
        .iter()
        .enumerate()
        .map(|(h, host)| {
            let mut router = matchit::Router::new();
            for (i, path) in set.paths.iter().enumerate() {
                router.insert(path, h * 1000 + i).expect("a route");
            }
            (host.as_str(), router)
        })
        .collect();
    let queries: Vec<Query> = set
        .hits
        .iter()
        .map(|query| {
            let h = random.below(hosts.len());
            Query {
                method: hosts[h].clone(),
                path: query.path.clone(),
                route: query.route.map(|i| h * 1000 + i),
            }
        })
        .collect();
    run(c, "host", &set, &queries, "zeug", |query| {
        let bound = map.bind(query.method.as_str()).ok()?;
        black_box(bound.match_path(&query.path, "GET"))
            .into_match()
            .map(|found| *found.endpoint())
    });
    run(
        c,
        "host",
        &set,
        &queries,
        "matchit-in-a-hash-map",
        |query| {
            Some(
                *black_box(routers.get(query.method.as_str())?.at(&query.path))
                    .ok()?
                    .value,
            )
        },
    );
}

fn building(c: &mut Criterion) {
    let set = sets::github();
    let map = zeug(&set);
    let bound = map.bind("example.org").expect("a host");
    let endpoint = set
        .paths
        .iter()
        .position(|path| path == "/repos/{p1}/{p2}/issues")
        .expect("a route");
    let built = bound
        .url_for(&endpoint)
        .arg("owner", "rust-lang")
        .arg("repo", "rust")
        .build()
        .expect("a URL");
    assert_eq!(built, "/repos/rust-lang/rust/issues");
    let mut group = c.benchmark_group("build/two-strings");
    group.bench_function("zeug", |b| {
        b.iter(|| {
            bound
                .url_for(black_box(&endpoint))
                .arg("owner", black_box("rust-lang"))
                .arg("repo", black_box("rust"))
                .build()
        })
    });
    group.bench_function("format", |b| {
        b.iter(|| {
            format!(
                "/repos/{}/{}/issues",
                black_box("rust-lang"),
                black_box("rust")
            )
        })
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
        let rules = rules(set);
        make(c, set, "zeug", |_| map(black_box(&rules)));
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
