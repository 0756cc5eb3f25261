//! Which rules an endpoint has, in the order in which they are tried for building. Holds numbers of rules, not endpoints.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash, RandomState};

use crate::compiled::Compiled;

/// The rules of each endpoint.
#[derive(Debug)]
pub(crate) struct Endpoints {
    hasher: RandomState,
    /// By hash of the endpoint: groups that have it.
    by_hash: HashMap<u64, Vec<u32>>,
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
        let hasher = RandomState::new();
        let mut by_hash: HashMap<u64, Vec<u32>> = HashMap::new();
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let mut group_of = Vec::with_capacity(compiled.len());
        for (id, rule) in compiled.iter().enumerate() {
            let known = by_hash
                .entry(hasher.hash_one(&rule.rule.endpoint))
                .or_default();
            let same = known.iter().copied().find(|&group| {
                let first = groups
                    .get(group as usize)
                    .and_then(|rules| rules.first())
                    .and_then(|&id| compiled.get(id as usize));
                first.is_some_and(|first| first.rule.endpoint == rule.rule.endpoint)
            });
            let group = same.unwrap_or_else(|| {
                groups.push(Vec::new());
                known.push(number(groups.len() - 1));
                number(groups.len() - 1)
            });
            if let Some(rules) = groups.get_mut(group as usize) {
                rules.push(number(id));
            }
            group_of.push(group);
        }
        let mut defaults_for = HashMap::new();
        for group in &mut groups {
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
        let mut starts = vec![0];
        let mut rules = Vec::with_capacity(compiled.len());
        for group in groups {
            rules.extend(group);
            starts.push(number(rules.len()));
        }
        for &id in defaults_for.keys() {
            if let Some(rule) = compiled.get_mut(id as usize) {
                rule.leads_on = true;
            }
        }
        Self {
            hasher,
            by_hash,
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
        let groups = self.by_hash.get(&self.hasher.hash_one(endpoint))?;
        let mut rules = groups.iter().map(|&group| self.group(group));
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
