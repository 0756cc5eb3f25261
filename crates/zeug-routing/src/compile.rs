//! Rules' parts into tables: parts become a tree, the tree becomes flat tables. Refuses rules that cannot be searched for.

use std::collections::HashMap;
use std::sync::Arc;

use crate::converter::{Converter, Len};
use crate::error::{RoutingError, RoutingErrorKind};
use crate::index::{FEW, Index};
use crate::mix::Fast;
use crate::parts::{RulePart, Weight, weighed};
use crate::segment::{Atom, Part, Shape};
use crate::table::{
    Constraint, Dynamic, DynamicHost, Edge, Hosts, Leaf, NONE, Node, NodeRef, Step, Tables,
    edge_hash, label_words,
};
use crate::whole::{self, Wholes};

/// The deepest nesting of places where a search can turn.
const MAX_TURNS: u32 = 512;

/// A node while the tree grows. Its dynamic edges and its rules are chains: most nodes have none, or one.
#[derive(Debug)]
struct Growing {
    slash: u32,
    statics: bool,
    dynamics: u32,
    last_dynamic: u32,
    first_rule: u32,
    last_rule: u32,
    parent: u32,
}

/// A dynamic edge: its part's number, the node it leads to, and the one before it at its node.
#[derive(Debug, Clone, Copy)]
struct Branch {
    part: u32,
    child: u32,
    before: u32,
}

/// What is known of a rule that ends at a node: its mask and policy, and the next one there.
#[derive(Debug, Clone, Copy)]
struct End {
    mask: u64,
    strict: bool,
    next: u32,
}

/// A rule as the tree sees it.
#[derive(Debug)]
pub(crate) struct Input<'p> {
    pub(crate) host: Vec<RulePart<'p>>,
    pub(crate) path: Vec<RulePart<'p>>,
    pub(crate) mask: u64,
    pub(crate) strict: bool,
    pub(crate) constraints: Box<[Constraint]>,
}

/// The tree while it grows.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Growing>,
    /// Static edges in the order of the nodes that they lead to, and those nodes by the edges' keys.
    edges: Vec<Edge>,
    statics: HashMap<(u64, u64, u64), u32, Fast>,
    /// Labels longer than an edge's key, and the numbers that stand for them in `statics`.
    long: HashMap<Box<str>, u64, Fast>,
    texts: Vec<u8>,
    /// Different dynamic parts, the short ones by what they are made of.
    parts: Vec<(Part, Weight)>,
    known_parts: HashMap<(Part, Weight), u32, Fast>,
    known_variables: HashMap<(Shape, i32), u32, Fast>,
    branches: Vec<Branch>,
    dynamics: HashMap<(u32, u32), u32, Fast>,
    hosts: HashMap<Box<str>, u32>,
    dynamic_hosts: Vec<(u32, u32)>,
    ends: Vec<End>,
    constraints: HashMap<u32, Box<[Constraint]>>,
    wholes: Vec<whole::Entry>,
    /// Whether a text is found by more than its bytes.
    odd_texts: bool,
    pub(crate) customs: Vec<Arc<dyn Converter>>,
}

impl Tree {
    /// An empty tree with room for about as much as that many rules need.
    pub(crate) fn for_rules(rules: usize) -> Self {
        let mut tree = Self::default();
        tree.nodes.reserve(rules);
        tree.edges.reserve(rules);
        tree.ends.reserve(rules);
        tree.statics.reserve(rules);
        tree
    }

    /// Adds a rule; the node it ends at, for finding duplicates. A rule whose host goes over slashes can never match.
    pub(crate) fn add(&mut self, rule: u32, input: Input<'_>) -> Option<u32> {
        let root = self.root(input.host)?;
        let mut node = root;
        let only_text = input
            .path
            .iter()
            .all(|part| matches!(part, RulePart::Static(_)));
        let mut text = String::new();
        // The first part is the empty text before the first slash.
        for part in input.path.into_iter().skip(1) {
            node = match part {
                RulePart::Static(label) => {
                    if only_text {
                        text.push('/');
                        text.push_str(label);
                    }
                    self.static_child(node, label)
                }
                RulePart::Variable(shape, converter) => {
                    let part = self.variable(shape, converter);
                    self.dynamic_child(node, part)
                }
                RulePart::Dynamic(part, weight) => {
                    let part = self.part(part, weight);
                    self.dynamic_child(node, part)
                }
            };
        }
        self.ends.resize(
            rule as usize,
            End {
                mask: 0,
                strict: true,
                next: NONE,
            },
        );
        self.ends.push(End {
            mask: input.mask,
            strict: input.strict,
            next: NONE,
        });
        if let Some(growing) = self.nodes.get_mut(node as usize) {
            if growing.first_rule == NONE {
                growing.first_rule = rule;
            } else if let Some(last) = self.ends.get_mut(growing.last_rule as usize) {
                last.next = rule;
            }
            // A text with a percent sign may need decoding first, one with two slashes in a row is found by more than its text.
            if only_text && growing.first_rule == rule {
                self.odd_texts |= text.contains("//") || text.contains('%');
                if !text.contains('%') && !text.starts_with("//") {
                    self.wholes.push((root, text, rule, input.mask));
                }
            }
            growing.last_rule = rule;
        }
        if !input.constraints.is_empty() {
            self.constraints.insert(rule, input.constraints);
        }
        Some(node)
    }

    /// The rules that end at a node, in the order they were added.
    pub(crate) fn rules_at(&self, node: u32) -> impl Iterator<Item = u32> {
        let first = self
            .nodes
            .get(node as usize)
            .map(|growing| growing.first_rule);
        std::iter::successors(first, |&rule| Some(self.ends.get(rule as usize)?.next))
            .take_while(|&rule| rule != NONE)
    }

    fn root(&mut self, host: Vec<RulePart<'_>>) -> Option<u32> {
        let part = match host.into_iter().next() {
            Some(RulePart::Dynamic(part, _)) if part.rest => return None,
            Some(RulePart::Dynamic(part, weight)) => self.part(part, weight),
            Some(RulePart::Variable(shape, converter)) => self.variable(shape, converter),
            other => {
                let label = if let Some(RulePart::Static(label)) = other {
                    label
                } else {
                    ""
                };
                if let Some(&root) = self.hosts.get(label) {
                    return Some(root);
                }
                let root = self.node(NONE);
                self.hosts.insert(label.into(), root);
                return Some(root);
            }
        };
        let known = self.dynamic_hosts.iter().find(|(other, _)| *other == part);
        if let Some((_, root)) = known {
            return Some(*root);
        }
        let root = self.node(NONE);
        self.dynamic_hosts.push((part, root));
        Some(root)
    }

    fn node(&mut self, parent: u32) -> u32 {
        self.nodes.push(Growing {
            slash: NONE,
            statics: false,
            dynamics: 0,
            last_dynamic: NONE,
            first_rule: NONE,
            last_rule: NONE,
            parent,
        });
        number(self.nodes.len() - 1)
    }

    /// The number of a part that is one variable.
    fn variable(&mut self, shape: Shape, converter: i32) -> u32 {
        let key = (shape, converter);
        if let Some(&known) = self.known_variables.get(&key) {
            return known;
        }
        let id = number(self.parts.len());
        self.parts.push(weighed(key.0.clone(), converter));
        self.known_variables.insert(key, id);
        id
    }

    /// The number of any other part.
    fn part(&mut self, part: Part, weight: Weight) -> u32 {
        let key = (part, weight);
        if let Some(&known) = self.known_parts.get(&key) {
            return known;
        }
        let id = number(self.parts.len());
        self.parts.push(key.clone());
        self.known_parts.insert(key, id);
        id
    }

    fn static_child(&mut self, node: u32, label: &str) -> u32 {
        if label.is_empty() {
            let known = self.nodes.get(node as usize).map(|growing| growing.slash);
            if let Some(child) = known.filter(|&child| child != NONE) {
                return child;
            }
            let child = self.node(node);
            if let Some(growing) = self.nodes.get_mut(node as usize) {
                growing.statics = true;
                growing.slash = child;
            }
            return child;
        }
        let (first, second) = label_words(label.as_bytes());
        let tag = u64::from(node) | (label.len() as u64) << 32;
        let mut key = (first, second, tag);
        let mut place = NONE;
        if label.len() > 16 {
            let number_of = if let Some(&known) = self.long.get(label) {
                known
            } else {
                let at = self.texts.len() as u64;
                self.texts.extend_from_slice(label.as_bytes());
                self.long.insert(label.into(), at);
                at
            };
            key = (number_of, u64::MAX, tag);
            place = u32::try_from(number_of).unwrap_or(NONE);
        }
        if let Some(&child) = self.statics.get(&key) {
            return child;
        }
        let child = self.node(node);
        self.statics.insert(key, child);
        self.edges.push(Edge {
            first,
            second,
            tag,
            child: NodeRef(child),
            label: place,
        });
        if let Some(growing) = self.nodes.get_mut(node as usize) {
            growing.statics = true;
        }
        child
    }

    fn dynamic_child(&mut self, node: u32, part: u32) -> u32 {
        if let Some(&child) = self.dynamics.get(&(node, part)) {
            return child;
        }
        let child = self.node(node);
        let place = number(self.branches.len());
        if let Some(growing) = self.nodes.get_mut(node as usize) {
            self.branches.push(Branch {
                part,
                child,
                before: growing.last_dynamic,
            });
            growing.last_dynamic = place;
            growing.dynamics += 1;
        }
        self.dynamics.insert((node, part), child);
        child
    }

    /// The number of a node with what it has.
    fn reference(&self, id: u32) -> NodeRef {
        let Some(growing) = self.nodes.get(id as usize) else {
            return NodeRef::NONE;
        };
        let mut bits = id;
        for (flag, set) in [
            (NodeRef::STATIC, growing.statics),
            (NodeRef::DYNAMIC, growing.dynamics > 0),
            (NodeRef::RULES, growing.first_rule != NONE),
            (NodeRef::STRING, self.takes_only(growing, is_string)),
            (NodeRef::DIGITS, self.takes_only(growing, is_digits)),
        ] {
            if set {
                bits |= flag;
            }
        }
        NodeRef(bits)
    }

    /// Whether a node has one dynamic edge, and its part is such a one.
    fn takes_only(&self, growing: &Growing, such: impl Fn(&Part) -> bool) -> bool {
        growing.dynamics == 1
            && self
                .branches
                .get(growing.last_dynamic as usize)
                .and_then(|branch| self.parts.get(branch.part as usize))
                .is_some_and(|(part, _)| such(part))
    }

    /// How many places to turn lie on the way to the deepest one.
    fn turns(&self) -> u32 {
        let mut turns = vec![0u32; self.nodes.len()];
        for (i, growing) in self.nodes.iter().enumerate() {
            let above = turns.get(growing.parent as usize).copied().unwrap_or(0);
            let here = growing.dynamics > 1 || growing.dynamics > 0 && growing.statics;
            if let Some(place) = turns.get_mut(i) {
                *place = above + u32::from(here);
            }
        }
        turns.into_iter().max().unwrap_or(0)
    }

    /// The finished tables. A rule that may lead on is found by the search alone.
    ///
    /// # Errors
    ///
    /// Too many nodes, or too many places to turn on one way.
    pub(crate) fn finish(mut self, leads_on: impl Fn(u32) -> bool) -> Result<Tables, RoutingError> {
        if self.nodes.len() >= NodeRef::LIMIT || u32::try_from(self.texts.len()).is_err() {
            return Err(RoutingError::new(RoutingErrorKind::TooManyRules, "map"));
        }
        if self.turns() > MAX_TURNS {
            return Err(RoutingError::new(RoutingErrorKind::TooDeep, "map"));
        }
        let mut tables = Tables::default();
        let mut parts = Vec::new();
        let steps: Vec<Step> = self
            .parts
            .iter()
            .map(|(part, _)| step(part, &mut parts))
            .collect();
        let mut dynamics = Vec::with_capacity(self.branches.len());
        let mut leaves = Vec::with_capacity(self.ends.len());
        let mut nodes = Vec::with_capacity(self.nodes.len());
        let mut branches: Vec<Branch> = Vec::new();
        for (id, growing) in self.nodes.iter().enumerate() {
            let (from, leaves_from) = (dynamics.len(), leaves.len());
            self.sorted_branches(growing, &mut branches);
            dynamics.extend(branches.iter().filter_map(|branch| {
                Some(Dynamic {
                    step: *steps.get(branch.part as usize)?,
                    child: self.reference(branch.child),
                })
            }));
            if branches.len() > FEW {
                let parts = branches
                    .iter()
                    .filter_map(|branch| Some(&self.parts.get(branch.part as usize)?.0));
                tables.indexes.insert(number(id), Index::new(parts));
            }
            let mut rule = growing.first_rule;
            while let Some(end) = self.ends.get(rule as usize) {
                leaves.push(Leaf {
                    mask: end.mask,
                    rule,
                    strict: end.strict,
                    constrained: !self.constraints.is_empty()
                        && self.constraints.contains_key(&rule),
                });
                rule = end.next;
            }
            let first = leaves
                .get(leaves_from)
                .filter(|leaf: &&Leaf| !leaf.constrained);
            let only = match dynamics.get(from..) {
                Some(
                    [
                        Dynamic {
                            step: Step::Str | Step::Int,
                            child,
                        },
                    ],
                ) => *child,
                _ => NodeRef::NONE,
            };
            nodes.push(Node {
                mask: first.map_or(0, |leaf| leaf.mask),
                rule: first.map_or(NONE, |leaf| leaf.rule),
                slash: self.reference(growing.slash),
                only,
                dynamics: number(from),
                dynamics_len: number(dynamics.len() - from),
                leaves: number(leaves_from),
            });
        }
        tables.edges = self.edge_table();
        for (_, _, rule, mask) in &mut self.wholes {
            if leads_on(*rule) {
                *mask = 0;
            }
        }
        // Where texts are few, looking for them first costs more than it spares.
        if self.wholes.len() * 2 >= self.ends.len() {
            tables.wholes = Wholes::new(&self.wholes);
        }
        tables.only_texts =
            !self.odd_texts && self.branches.is_empty() && self.dynamic_hosts.is_empty();
        let hosts = self.hosts.iter();
        tables.hosts =
            Hosts::new(hosts.map(|(label, &root)| (label.clone(), self.reference(root))));
        let mut hosts = std::mem::take(&mut self.dynamic_hosts);
        let weight = |part: u32| self.parts.get(part as usize).map(|(_, weight)| weight);
        hosts.sort_by(|a, b| weight(a.0).cmp(&weight(b.0)));
        tables.dynamic_hosts = hosts
            .into_iter()
            .filter_map(|(part, root)| {
                Some(DynamicHost {
                    part: self.parts.get(part as usize)?.0.clone(),
                    root: self.reference(root),
                })
            })
            .collect();
        tables.nodes = nodes.into();
        tables.dynamics = dynamics.into();
        tables.leaves = leaves.into();
        tables.parts = parts.into();
        tables.texts = self.texts.into();
        tables.constraints = self.constraints;
        tables.customs = self.customs.into();
        Ok(tables)
    }

    /// The dynamic edges of a node by weight, those of one weight in the order they were added.
    fn sorted_branches(&self, growing: &Growing, out: &mut Vec<Branch>) {
        out.clear();
        let mut place = growing.last_dynamic;
        while let Some(branch) = self.branches.get(place as usize) {
            out.push(*branch);
            place = branch.before;
        }
        if out.len() > 1 {
            out.reverse();
            let weight = |branch: &Branch| self.parts.get(branch.part as usize).map(|p| &p.1);
            out.sort_by(|a, b| weight(a).cmp(&weight(b)));
        }
    }

    fn edge_table(&self) -> Box<[Edge]> {
        if self.edges.is_empty() {
            return Box::default();
        }
        let mut table = vec![Edge::EMPTY; (self.edges.len() * 2).next_power_of_two()];
        for edge in &self.edges {
            let hash = edge_hash(edge.first, edge.second, edge.tag);
            let edge = Edge {
                child: self.reference(edge.child.0),
                ..*edge
            };
            insert(&mut table, hash, edge);
        }
        table.into()
    }
}

/// Puts an edge into a table of a power of two, at most half full.
fn insert(table: &mut [Edge], hash: u64, edge: Edge) {
    let mask = table.len().wrapping_sub(1);
    #[expect(clippy::cast_possible_truncation, reason = "only the lower bits count")]
    let mut at = hash as usize & mask;
    while table
        .get(at)
        .is_some_and(|slot| slot.child != NodeRef::NONE)
    {
        at = (at + 1) & mask;
    }
    if let Some(slot) = table.get_mut(at) {
        *slot = edge;
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE)
}

/// Whether a part is a plain string.
fn is_string(part: &Part) -> bool {
    matches!(&*part.atoms, [Atom::Variable(Shape::Str(len))] if *len == Len::ANY) && !part.rest
}

/// Whether a part is a number without a sign.
fn is_digits(part: &Part) -> bool {
    matches!(&*part.atoms, [Atom::Variable(Shape::Int { signed: false })]) && !part.rest
}

/// The step for a part: the common ones by name, others by their number.
fn step(part: &Part, parts: &mut Vec<Part>) -> Step {
    match &*part.atoms {
        _ if is_string(part) => return Step::Str,
        _ if is_digits(part) => return Step::Int,
        [Atom::Variable(Shape::Path)] => {
            return if part.slash {
                Step::PathSlash
            } else {
                Step::Path
            };
        }
        _ => {}
    }
    let id = number(parts.len());
    parts.push(part.clone());
    if part.rest {
        Step::Rest(id)
    } else {
        Step::Segment(id)
    }
}
