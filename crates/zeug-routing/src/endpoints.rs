//! Which rules an endpoint has, in the order in which they are tried for building. Holds numbers of rules, not endpoints.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

use crate::compiled::Compiled;
use crate::mix::Fast;

/// The rules of each endpoint.
#[derive(Debug)]
pub(crate) struct Endpoints {
    /// By hash of the endpoint: the first group that has it.
    by_hash: HashMap<u64, u32, Fast>,
    /// For a group: another one whose endpoint has the same hash.
    same_hash: HashMap<u32, u32, Fast>,
    /// Where each group's rules begin, in the order of the endpoints' first rules.
    starts: Box<[u32]>,
    rules: Box<[u32]>,
    /// The group of each rule.
    group_of: Box<[u32]>,
    /// For a rule: earlier rules of its endpoint with the same arguments and defaults for some.
    defaults_for: HashMap<u32, Box<[u32]>>,
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Endpoints {
    /// Groups the rules; marks those whose defaults another rule has.
    pub(crate) fn new<E: Eq + Hash>(compiled: &mut [Compiled<E>]) -> Self {
        let mut by_hash: HashMap<u64, u32, Fast> =
            HashMap::with_capacity_and_hasher(compiled.len(), Fast::default());
        let mut same_hash: HashMap<u32, u32, Fast> = HashMap::default();
        let mut firsts: Vec<u32> = Vec::with_capacity(compiled.len());
        let mut sizes: Vec<u32> = Vec::with_capacity(compiled.len());
        let mut group_of = Vec::with_capacity(compiled.len());
        for (id, rule) in compiled.iter().enumerate() {
            let hash = Fast::default().hash_one(&rule.rule.endpoint);
            let has_endpoint = |&group: &u32| {
                let first = firsts.get(group as usize);
                first
                    .and_then(|&first| compiled.get(first as usize))
                    .is_some_and(|first| first.rule.endpoint == rule.rule.endpoint)
            };
            let known = by_hash.get(&hash).copied();
            let mut chain = std::iter::successors(known, |group| same_hash.get(group).copied());
            let group = chain.find(has_endpoint).unwrap_or_else(|| {
                let group = number(firsts.len());
                firsts.push(number(id));
                sizes.push(0);
                if let Some(other) = by_hash.insert(hash, group) {
                    same_hash.insert(group, other);
                }
                group
            });
            if let Some(size) = sizes.get_mut(group as usize) {
                *size += 1;
            }
            group_of.push(group);
        }
        let mut starts = Vec::with_capacity(sizes.len() + 1);
        starts.push(0);
        let mut sum = 0;
        for size in sizes {
            sum += size;
            starts.push(sum);
        }
        let mut rules = vec![0; compiled.len()];
        let mut ends = starts.clone();
        for (id, &group) in group_of.iter().enumerate() {
            if let Some(end) = ends.get_mut(group as usize) {
                if let Some(place) = rules.get_mut(*end as usize) {
                    *place = number(id);
                }
                *end += 1;
            }
        }
        let mut defaults_for = HashMap::new();
        for window in starts.windows(2) {
            let &[from, to] = window else { continue };
            let Some(group) = rules.get_mut(from as usize..to as usize) else {
                continue;
            };
            if group.len() < 2 {
                continue;
            }
            group.sort_by_cached_key(|&id| {
                compiled.get(id as usize).map(|c| {
                    let (names, defaults) = (c.names().len(), c.info.defaults.len());
                    (c.rule.alias, usize::MAX - names, usize::MAX - defaults)
                })
            });
            if group.iter().any(|&id| {
                compiled
                    .get(id as usize)
                    .is_some_and(|c| !c.info.defaults.is_empty())
            }) {
                providers(group, compiled, &mut defaults_for);
            }
        }
        for &id in defaults_for.keys() {
            if let Some(rule) = compiled.get_mut(id as usize) {
                rule.leads_on = true;
            }
        }
        Self {
            by_hash,
            same_hash,
            starts: starts.into(),
            rules: rules.into(),
            group_of: group_of.into(),
            defaults_for,
        }
    }

    fn group(&self, group: u32) -> &[u32] {
        match self.starts.get(group as usize..group as usize + 2) {
            Some(&[from, to]) => self
                .rules
                .get(from as usize..to as usize)
                .unwrap_or_default(),
            _ => &[],
        }
    }

    /// The rules of an endpoint.
    pub(crate) fn find<E: Eq + Hash>(
        &self,
        endpoint: &E,
        compiled: &[Compiled<E>],
    ) -> Option<&[u32]> {
        let known = self.by_hash.get(&Fast::default().hash_one(endpoint));
        let groups =
            std::iter::successors(known.copied(), |group| self.same_hash.get(group).copied());
        let mut rules = groups.map(|group| self.group(group));
        rules.find(|rules| {
            rules
                .first()
                .and_then(|&id| compiled.get(id as usize))
                .is_some_and(|c| c.rule.endpoint == *endpoint)
        })
    }

    /// The rules of a rule's endpoint.
    pub(crate) fn siblings(&self, rule: u32) -> &[u32] {
        self.group_of
            .get(rule as usize)
            .map_or(&[], |&group| self.group(group))
    }

    /// Earlier rules of the endpoint that may stand for a rule by their defaults.
    pub(crate) fn defaults_for(&self, rule: u32) -> &[u32] {
        self.defaults_for.get(&rule).map_or(&[], |rules| rules)
    }

    /// All rules, by endpoint.
    pub(crate) fn all(&self) -> impl Iterator<Item = u32> {
        self.rules.iter().copied()
    }

    /// One rule of each endpoint.
    pub(crate) fn firsts(&self) -> impl Iterator<Item = u32> {
        self.starts
            .iter()
            .filter_map(|&start| self.rules.get(start as usize).copied())
    }
}

/// Notes for each rule of a group the earlier ones with the same arguments, another text, and defaults.
fn providers<E>(group: &[u32], compiled: &[Compiled<E>], found: &mut HashMap<u32, Box<[u32]>>) {
    let names: Vec<HashSet<&str>> = group
        .iter()
        .map(|&id| {
            compiled
                .get(id as usize)
                .map(Compiled::names)
                .unwrap_or_default()
        })
        .collect();
    let trace = |c: &Compiled<E>| format!("{:?}|{:?}", c.host_ops, c.path_ops);
    for (i, &id) in group.iter().enumerate() {
        let Some(rule) = compiled.get(id as usize) else {
            continue;
        };
        let earlier = group.iter().take(i).enumerate().filter(|&(j, &other)| {
            compiled.get(other as usize).is_some_and(|c| {
                !c.rule.build_only
                    && !c.info.defaults.is_empty()
                    && names.get(j) == names.get(i)
                    && trace(c) != trace(rule)
            })
        });
        let earlier: Box<[u32]> = earlier.map(|(_, &other)| other).collect();
        if !earlier.is_empty() {
            found.insert(id, earlier);
        }
    }
}
