//! Routers made of a set, and jobs that no peer does alone beside what one would write by hand around matchit: typed arguments, hosts, methods,
//! building a URL. No clock.

#![allow(
    unreachable_pub,
    dead_code,
    reason = "a module of several programs, each of which uses a part"
)]

use std::collections::HashMap;

use zeug_routing::{Bound, HostPolicy, Map, Outcome, Rule};

use crate::sets::{self, Query, Set};

/// A path as zeug and wayfind spell it.
fn spelled(path: &str) -> String {
    path.replace('{', "<").replace('}', ">")
}

/// A set's rules as zeug spells them: text, number of the path, method.
pub fn rules(set: &Set) -> Vec<(String, usize, &str)> {
    let paths = set.paths.iter().enumerate();
    let numbers: HashMap<&str, usize> = paths.map(|(i, path)| (path.as_str(), i)).collect();
    let mut rules = Vec::with_capacity(set.routes.len());
    for route in &set.routes {
        let number = numbers[sets::renamed(&route.path).as_str()];
        rules.push((spelled(&route.path), number, route.method.as_str()));
    }
    rules
}

/// A map of such rules; endpoints are the paths' numbers.
pub fn map(rules: &[(String, usize, &str)]) -> Map<usize> {
    let rules = rules.iter().map(|(text, number, method)| {
        let rule = Rule::new(text.as_str(), *number);
        if *method == "ANY" {
            rule
        } else {
            rule.methods([method])
        }
    });
    let map = Map::builder().rules(rules).build();
    map.expect("the set is a map")
}

/// A set as zeug's map.
pub fn zeug(set: &Set) -> Map<usize> {
    map(&rules(set))
}

/// A set as matchit's router.
pub fn matchit(set: &Set) -> matchit::Router<usize> {
    let mut router = matchit::Router::new();
    for (i, path) in set.paths.iter().enumerate() {
        router.insert(path, i).expect("the path is a route");
    }
    router
}

/// A set as wayfind's router.
pub fn wayfind(set: &Set) -> wayfind::Router<usize> {
    let mut builder = wayfind::RouterBuilder::new();
    for (i, path) in set.paths.iter().enumerate() {
        let added = builder.insert(&spelled(path), i);
        added.expect("the path is a route");
    }
    builder.build()
}

/// Two numbers out of a path.
pub struct Typed {
    map: Map<usize>,
    router: matchit::Router<usize>,
    pub queries: Vec<Query>,
}

impl Typed {
    pub fn new() -> Self {
        let rule = Rule::new("/blog/<int:year>/post/<int:id>", 0);
        let map = Map::builder().rule(rule).build().expect("a map");
        let mut router = matchit::Router::new();
        let added = router.insert("/blog/{year}/post/{id}", 0);
        added.expect("a route");
        let mut random = sets::Random(7);
        let mut query = |_| Query {
            method: "GET".into(),
            path: format!(
                "/blog/{}/post/{}",
                1990 + random.below(40),
                random.below(1_000_000)
            ),
            route: Some(0),
        };
        let typed = Self {
            map,
            router,
            queries: (0..4096).map(&mut query).collect(),
        };
        typed.check();
        typed
    }

    /// Both give the same numbers, and refuse the same texts.
    fn check(&self) {
        let bound = self.bound();
        for query in &self.queries {
            let found = Self::zeug(&bound, &query.path);
            assert!(found.is_some() && found == self.by_hand(&query.path));
        }
        for (year, id) in [
            ("+2026", "7"),
            ("2026", "-7"),
            ("2026", "7a"),
            ("65536", "7"),
            ("2026", "18446744073709551616"),
        ] {
            let path = format!("/blog/{year}/post/{id}");
            assert_eq!(Self::zeug(&bound, &path), None, "{path}");
            assert_eq!(self.by_hand(&path), None, "{path}");
        }
    }

    pub fn bound(&self) -> Bound<'_, usize> {
        self.map.bind("example.org").expect("a host")
    }

    #[inline]
    pub fn zeug(bound: &Bound<'_, usize>, path: &str) -> Option<(u16, u64)> {
        match &bound.match_path(path, "GET") {
            Outcome::Match(found) => found.args().to().ok(),
            _ => None,
        }
    }

    #[inline]
    pub fn by_hand(&self, path: &str) -> Option<(u16, u64)> {
        let found = self.router.at(path).ok()?;
        // What Rust parses may begin with a plus, which no URL that zeug or Werkzeug would build has.
        let number = |name| found.params.get(name).filter(|text| !text.starts_with('+'));
        Some((number("year")?.parse().ok()?, number("id")?.parse().ok()?))
    }
}

/// Fifty hosts, each with a set's routes; a map is bound for each request.
pub struct Hosts {
    map: Map<usize>,
    routers: HashMap<String, matchit::Router<usize>>,
    /// With the host in the method's place.
    pub queries: Vec<Query>,
}

impl Hosts {
    pub fn new(set: &Set) -> Self {
        let hosts: Vec<String> = (0..50).map(|i| format!("shop{i}.example.org")).collect();
        let rules = hosts.iter().enumerate().flat_map(|(h, host)| {
            let paths = set.paths.iter().enumerate();
            paths.map(move |(i, path)| Rule::new(spelled(path), h * 1000 + i).host(host.as_str()))
        });
        let map = Map::builder().hosts(HostPolicy::Host).rules(rules).build();
        let router = |h: usize| {
            let mut router = matchit::Router::new();
            for (i, path) in set.paths.iter().enumerate() {
                router.insert(path, h * 1000 + i).expect("a route");
            }
            router
        };
        let mut random = sets::Random(7);
        let mut on_a_host = |query: &Query| {
            let h = random.below(hosts.len());
            Query {
                method: hosts[h].clone(),
                path: query.path.clone(),
                route: query.route.map(|i| h * 1000 + i),
            }
        };
        Self {
            map: map.expect("a map"),
            queries: set.hits.iter().map(&mut on_a_host).collect(),
            routers: hosts
                .iter()
                .enumerate()
                .map(|(h, host)| (host.clone(), router(h)))
                .collect(),
        }
    }

    #[inline]
    pub fn zeug(&self, query: &Query) -> Option<usize> {
        let bound = self.map.bind(query.method.as_str()).ok()?;
        let found = bound.match_path(&query.path, "GET").into_match()?;
        Some(*found.endpoint())
    }

    #[inline]
    pub fn by_hand(&self, query: &Query) -> Option<usize> {
        let router = self.routers.get(query.method.as_str())?;
        Some(*router.at(&query.path).ok()?.value)
    }
}

/// Methods behind each path of a set.
pub struct Methods<'s> {
    map: Map<usize>,
    router: matchit::Router<Vec<&'s str>>,
    /// For a method that no route takes.
    pub queries: Vec<Query>,
}

impl<'s> Methods<'s> {
    pub fn new(set: &'s Set) -> Self {
        let mut router = matchit::Router::new();
        for path in &set.paths {
            let routes = set.routes.iter();
            let of_path = routes.filter(|route| &sets::renamed(&route.path) == path);
            let methods = of_path.map(|route| route.method.as_str()).collect();
            router.insert(path, methods).expect("a route");
        }
        let wrong = |query: &Query| Query {
            method: "TRACE".into(),
            path: query.path.clone(),
            route: None,
        };
        Self {
            map: zeug(set),
            router,
            queries: set.hits.iter().map(wrong).collect(),
        }
    }

    pub fn bound(&self) -> Bound<'_, usize> {
        self.map.bind("example.org").expect("a host")
    }

    /// Whether the path has routes, and none for the method.
    #[inline]
    pub fn zeug(bound: &Bound<'_, usize>, query: &Query) -> bool {
        let outcome = bound.match_path(&query.path, &query.method);
        matches!(outcome, Outcome::MethodNotAllowed(_))
    }

    #[inline]
    pub fn by_hand(&self, query: &Query) -> bool {
        let found = self.router.at(&query.path);
        found.is_ok_and(|found| !found.value.contains(&query.method.as_str()))
    }
}

/// The endpoint whose URL is built, of GitHub's routes.
pub fn built_endpoint(set: &Set) -> usize {
    let path = "/repos/{p1}/{p2}/issues";
    let place = set.paths.iter().position(|other| other == path);
    place.expect("a route")
}

/// A URL of two texts.
#[inline]
pub fn build(bound: &Bound<'_, usize>, endpoint: usize, owner: &str, repo: &str) -> String {
    let url = bound.url_for(&endpoint).arg("owner", owner);
    url.arg("repo", repo).build().expect("a URL")
}
