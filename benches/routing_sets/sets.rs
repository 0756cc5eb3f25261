//! Sets of routes and queries for the routing benchmarks: GitHub's, matchit's, made ones of any size. Deterministic; no clock, no peers.

#![allow(
    unreachable_pub,
    dead_code,
    reason = "a module of several programs, each of which uses a part"
)]

/// A route in nobody's spelling: `{name}` is a variable of one segment.
#[derive(Debug, Clone)]
pub struct Route {
    /// The method, or `ANY`.
    pub method: String,
    /// The path.
    pub path: String,
}

/// A query: a method, a path, and the route it leads to, if any.
#[derive(Debug, Clone)]
pub struct Query {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The number of the route's path among the different paths.
    pub route: Option<usize>,
}

/// A set of routes with queries that hit and queries that miss.
#[derive(Debug)]
pub struct Set {
    /// Its name in a benchmark's id.
    pub name: String,
    /// The routes.
    pub routes: Vec<Route>,
    /// The different paths of the routes, for routers without methods.
    pub paths: Vec<String>,
    /// Queries with a route, shuffled.
    pub hits: Vec<Query>,
    /// Queries without, shuffled.
    pub misses: Vec<Query>,
}

/// A small generator of numbers (xorshift), so that each run has the same queries.
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap_or(0)
    }
}

const WORDS: [&str; 40] = [
    "account",
    "admin",
    "api",
    "article",
    "billing",
    "blog",
    "cart",
    "catalog",
    "category",
    "checkout",
    "comment",
    "config",
    "contact",
    "customer",
    "dashboard",
    "document",
    "download",
    "event",
    "export",
    "feed",
    "file",
    "forum",
    "gallery",
    "group",
    "help",
    "history",
    "image",
    "import",
    "invoice",
    "item",
    "label",
    "login",
    "media",
    "message",
    "metrics",
    "notification",
    "order",
    "payment",
    "product",
    "profile",
];

/// How long a run of queries is: too long for a branch predictor to learn.
const RUN: usize = 8192;

fn lines(text: &str) -> Vec<Route> {
    let split = |line: &str| {
        line.split_once(' ').map(|(method, path)| Route {
            method: method.into(),
            path: path.into(),
        })
    };
    text.lines().filter_map(split).collect()
}

/// GitHub's interface: 203 routes with methods.
pub fn github() -> Set {
    Set::new("github-203", lines(include_str!("github.txt")))
}

/// The routes of matchit's own benchmark.
pub fn matchit() -> Set {
    Set::new("matchit-130", lines(include_str!("matchit.txt")))
}

/// Routes of three words without variables.
pub fn statics(count: usize) -> Set {
    Set::new(
        &format!("static-{count}"),
        made(count, |random, i| {
            format!("/{}/{}/{}-{i}", word(random), word(random), word(random))
        }),
    )
}

/// Routes of two words and two variables.
pub fn parameters(count: usize) -> Set {
    Set::new(
        &format!("param-{count}"),
        made(count, |random, i| {
            format!("/{}-{i}/{{p1}}/{}/{{p2}}", word(random), word(random))
        }),
    )
}

fn word(random: &mut Random) -> &'static str {
    WORDS[random.below(WORDS.len())]
}

fn made(count: usize, mut path: impl FnMut(&mut Random, usize) -> String) -> Vec<Route> {
    let mut random = Random(0x5eed);
    (0..count)
        .map(|i| Route {
            method: "ANY".into(),
            path: path(&mut random, i),
        })
        .collect()
}

/// A path of a route: each variable filled with a value.
pub fn fill(path: &str, random: &mut Random) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        out.push_str(
            [
                "rust-lang",
                "rust",
                "1.51.0",
                "nikomatsakis",
                "42",
                "8f14e45fceea167a",
            ][random.below(6)],
        );
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    out + rest
}

/// A path that no route has: a word changed at the beginning or the end, or a segment too many.
fn spoil(path: &str, random: &mut Random) -> String {
    match random.below(3) {
        0 => format!("{path}/no/where/at/all"),
        1 => format!("/zzz{}", &path[1..]),
        _ => {
            let cut = path.rfind('/').unwrap_or(0);
            format!("{}/qq{}/no/where", &path[..cut], &path[cut + 1..])
        }
    }
}

impl Set {
    fn new(name: &str, routes: Vec<Route>) -> Self {
        let mut paths: Vec<String> = Vec::new();
        let mut numbers = std::collections::HashMap::new();
        let mut number_of = Vec::new();
        for route in &routes {
            // Names do not matter to a router, and some refuse two of them at one place.
            let path = renamed(&route.path);
            let number = *numbers.entry(path.clone()).or_insert_with(|| {
                paths.push(path);
                paths.len() - 1
            });
            number_of.push(number);
        }
        let mut random = Random(0xdecade);
        let run = RUN.max(if routes.len() > 10_000 { 4 * RUN } else { 0 });
        let mut hits = Vec::new();
        let mut misses = Vec::new();
        for _ in 0..run {
            let i = random.below(routes.len());
            let method = if routes[i].method == "ANY" {
                "GET"
            } else {
                &routes[i].method
            };
            let path = fill(&routes[i].path, &mut random);
            misses.push(Query {
                method: method.into(),
                path: spoil(&path, &mut random),
                route: None,
            });
            hits.push(Query {
                method: method.into(),
                path,
                route: Some(number_of[i]),
            });
        }
        Self {
            name: name.into(),
            routes,
            paths,
            hits,
            misses,
        }
    }
}

/// A path with its variables named by their number.
pub fn renamed(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    let mut number = 0;
    while let Some((before, after)) = rest.split_once('{') {
        number += 1;
        out.push_str(&format!("{before}{{p{number}}}"));
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    out + rest
}
