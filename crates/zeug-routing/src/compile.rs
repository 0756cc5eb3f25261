//! Rules into tables: a rule's pieces become parts with weights, parts become a tree, the tree becomes flat tables. Refuses rules that
//! cannot be searched for.

use std::collections::HashMap;
use std::sync::Arc;

use crate::converter::{Converter, Kind, Len};
use crate::error::{RoutingError, RoutingErrorKind};
use crate::pattern::{Pattern, Piece};
use crate::segment::{Atom, Part, Shape};
use crate::table::{
    Constraint, Dynamic, DynamicHost, Edge, Leaf, NONE, Node, NodeRef, Step, Tables, Whole,
    edge_hash, label_words, path_hash,
};

/// The deepest nesting of places where a search can turn.
const MAX_TURNS: u32 = 512;

/// Where a part stands among others of its node: more literals first, then longer ones, more variables, lighter converters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Weight {
    literals: i64,
    lengths: Vec<(usize, i64)>,
    variables: i64,
    converters: Vec<i32>,
}

/// One part of a rule: a segment, or all from a variable on that goes over slashes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RulePart {
    Static(Box<str>),
    Dynamic(Part, Weight),
}

/// Takes a pattern's pieces apart into what a search steps over. `shape` gives each variable's shape, weight and whether it goes over slashes.
pub(crate) fn parts(
    pattern: &Pattern,
    mut shape: impl FnMut(usize) -> (Shape, i32, bool),
) -> Vec<RulePart> {
    let mut parts = Vec::new();
    let mut atoms: Vec<Atom> = Vec::new();
    let mut weight = Weight::default();
    let mut rest = false;
    let mut variable = 0;
    for piece in pattern.pieces() {
        match piece {
            Piece::Literal(text) => {
                weight.literals -= 1;
                weight.lengths.push((
                    weight.lengths.len(),
                    -i64::try_from(text.chars().count()).unwrap_or(i64::MAX),
                ));
                literal(&mut atoms, text);
            }
            Piece::Variable(_) => {
                let (shape, converter, spans) = shape(variable);
                variable += 1;
                weight.variables -= 1;
                weight.converters.push(converter);
                rest |= spans;
                atoms.push(Atom::Variable(shape));
            }
            Piece::Slash if rest => literal(&mut atoms, "/"),
            Piece::Slash => parts.push(part(
                std::mem::take(&mut atoms),
                std::mem::take(&mut weight),
                false,
                false,
            )),
        }
    }
    let mut slash = false;
    if rest {
        if let Some(Atom::Literal(text)) = atoms.last_mut()
            && let Some(shorter) = text.strip_suffix(b"/")
        {
            *text = shorter.into();
            slash = true;
        }
        if matches!(atoms.last(), Some(Atom::Literal(text)) if text.is_empty()) {
            atoms.pop();
        }
    }
    parts.push(part(atoms, weight, rest, slash));
    if slash {
        parts.push(RulePart::Static("".into()));
    }
    parts
}

fn literal(atoms: &mut Vec<Atom>, text: &str) {
    if let Some(Atom::Literal(before)) = atoms.last_mut() {
        *before = [&**before, text.as_bytes()].concat().into();
    } else {
        atoms.push(Atom::Literal(text.as_bytes().into()));
    }
}

fn part(atoms: Vec<Atom>, weight: Weight, rest: bool, slash: bool) -> RulePart {
    match &*atoms {
        [] if !rest => RulePart::Static("".into()),
        [Atom::Literal(text)] if !rest => RulePart::Static(String::from_utf8_lossy(text).into()),
        _ => RulePart::Dynamic(
            Part {
                atoms: atoms.into(),
                slash,
                rest,
            },
            weight,
        ),
    }
}

/// A node while the tree grows.
#[derive(Debug, Default)]
struct Growing {
    slash: Option<u32>,
    statics: usize,
    dynamics: Vec<(usize, u32)>,
    rules: Vec<u32>,
    parent: u32,
}

/// A rule as the tree sees it.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) host: Vec<RulePart>,
    pub(crate) path: Vec<RulePart>,
    pub(crate) mask: u64,
    pub(crate) strict: bool,
    pub(crate) constraints: Box<[Constraint]>,
}

/// The tree while it grows.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Growing>,
    statics: HashMap<(u32, Box<str>), u32>,
    dynamics: HashMap<(u32, Part, Weight), u32>,
    edges: Vec<(Part, Weight)>,
    hosts: HashMap<Box<str>, u32>,
    dynamic_hosts: Vec<(Part, Weight, u32)>,
    leaves: HashMap<u32, (u64, bool)>,
    constraints: HashMap<u32, Box<[Constraint]>>,
    wholes: Vec<(u32, String, u32)>,
    pub(crate) customs: Vec<Arc<dyn Converter>>,
}

impl Tree {
    /// Adds a rule; the node it ends at, for finding duplicates. A rule whose host goes over slashes can never match.
    pub(crate) fn add(&mut self, rule: u32, input: Input) -> Option<u32> {
        let root = self.root(input.host)?;
        let mut node = root;
        let mut text = Some(String::new());
        // The first part is the empty text before the first slash.
        for (i, part) in input.path.into_iter().skip(1).enumerate() {
            node = match part {
                RulePart::Static(label) => {
                    if let Some(text) = &mut text {
                        text.push_str(if i > 0 { "/" } else { "" });
                        text.push_str(&label);
                    }
                    self.static_child(node, label)
                }
                RulePart::Dynamic(part, weight) => {
                    text = None;
                    self.dynamic_child(node, part, weight)
                }
            };
        }
        if let Some(growing) = self.nodes.get_mut(node as usize) {
            if growing.rules.is_empty() {
                // A text with a percent sign may need decoding first: the search decides.
                self.wholes.extend(
                    text.filter(|text| !text.contains('%'))
                        .map(|text| (root, text, rule)),
                );
            }
            growing.rules.push(rule);
        }
        self.leaves.insert(rule, (input.mask, input.strict));
        if !input.constraints.is_empty() {
            self.constraints.insert(rule, input.constraints);
        }
        Some(node)
    }

    /// The rules that end at a node, in the order they were added.
    pub(crate) fn rules_at(&self, node: u32) -> &[u32] {
        self.nodes
            .get(node as usize)
            .map_or(&[], |growing| &growing.rules)
    }

    fn root(&mut self, host: Vec<RulePart>) -> Option<u32> {
        match host.into_iter().next() {
            Some(RulePart::Dynamic(part, _)) if part.rest => None,
            Some(RulePart::Dynamic(part, weight)) => {
                if let Some((.., root)) = self
                    .dynamic_hosts
                    .iter()
                    .find(|(p, w, _)| (p, w) == (&part, &weight))
                {
                    return Some(*root);
                }
                let root = self.node(NONE);
                self.dynamic_hosts.push((part, weight, root));
                Some(root)
            }
            other => {
                let label = if let Some(RulePart::Static(label)) = other {
                    label
                } else {
                    "".into()
                };
                if let Some(&root) = self.hosts.get(&label) {
                    return Some(root);
                }
                let root = self.node(NONE);
                self.hosts.insert(label, root);
                Some(root)
            }
        }
    }

    fn node(&mut self, parent: u32) -> u32 {
        self.nodes.push(Growing {
            parent,
            ..Growing::default()
        });
        u32::try_from(self.nodes.len() - 1).unwrap_or(NONE)
    }

    fn static_child(&mut self, node: u32, label: Box<str>) -> u32 {
        let empty = label.is_empty();
        let known = if empty {
            self.nodes
                .get(node as usize)
                .and_then(|growing| growing.slash)
        } else {
            self.statics.get(&(node, label.clone())).copied()
        };
        if let Some(child) = known {
            return child;
        }
        let child = self.node(node);
        if let Some(growing) = self.nodes.get_mut(node as usize) {
            growing.statics += 1;
            if empty {
                growing.slash = Some(child);
            }
        }
        if !empty {
            self.statics.insert((node, label), child);
        }
        child
    }

    fn dynamic_child(&mut self, node: u32, part: Part, weight: Weight) -> u32 {
        let key = (node, part, weight);
        if let Some(&child) = self.dynamics.get(&key) {
            return child;
        }
        let child = self.node(node);
        let edge = self.edges.len();
        self.edges.push((key.1.clone(), key.2.clone()));
        if let Some(growing) = self.nodes.get_mut(node as usize) {
            growing.dynamics.push((edge, child));
        }
        self.dynamics.insert(key, child);
        child
    }

    /// The number of a node with what it has.
    fn reference(&self, id: u32) -> NodeRef {
        let Some(growing) = self.nodes.get(id as usize) else {
            return NodeRef::NONE;
        };
        let mut bits = id;
        for (flag, set) in [
            (NodeRef::STATIC, growing.statics > 0),
            (NodeRef::DYNAMIC, !growing.dynamics.is_empty()),
            (NodeRef::RULES, !growing.rules.is_empty()),
        ] {
            if set {
                bits |= flag;
            }
        }
        NodeRef(bits)
    }

    /// How many places to turn lie on the way to the deepest one.
    fn turns(&self) -> u32 {
        let mut turns = vec![0u32; self.nodes.len()];
        for (i, growing) in self.nodes.iter().enumerate() {
            let above = turns.get(growing.parent as usize).copied().unwrap_or(0);
            let here =
                growing.dynamics.len() > 1 || !growing.dynamics.is_empty() && growing.statics > 0;
            if let Some(place) = turns.get_mut(i) {
                *place = above + u32::from(here);
            }
        }
        turns.into_iter().max().unwrap_or(0)
    }

    /// The finished tables.
    ///
    /// # Errors
    ///
    /// Too many nodes, or too many places to turn on one way.
    pub(crate) fn finish(mut self) -> Result<Tables, RoutingError> {
        if self.nodes.len() >= NodeRef::LIMIT {
            return Err(RoutingError::new(RoutingErrorKind::TooManyRules, "map"));
        }
        if self.turns() > MAX_TURNS {
            return Err(RoutingError::new(RoutingErrorKind::TooDeep, "map"));
        }
        let mut tables = Tables::default();
        let mut texts = Vec::new();
        let mut parts = Vec::new();
        let (mut dynamics, mut leaves, mut nodes) =
            (Vec::new(), Vec::new(), Vec::with_capacity(self.nodes.len()));
        let mut steps: HashMap<Part, u32> = HashMap::new();
        for id in 0..self.nodes.len() {
            let mut growing_dynamics = self
                .nodes
                .get_mut(id)
                .map(|growing| std::mem::take(&mut growing.dynamics))
                .unwrap_or_default();
            growing_dynamics.sort_by(|a, b| {
                self.edges
                    .get(a.0)
                    .map(|e| &e.1)
                    .cmp(&self.edges.get(b.0).map(|e| &e.1))
            });
            let from = dynamics.len();
            for &(edge, child) in &growing_dynamics {
                let Some((part, _)) = self.edges.get(edge) else {
                    continue;
                };
                // A child's own edges are still there: children come after their parents.
                dynamics.push(Dynamic {
                    step: step(part, &mut parts, &mut steps),
                    child: self.reference(child),
                });
            }
            let Some(growing) = self.nodes.get(id) else {
                continue;
            };
            let leaves_from = leaves.len();
            for &rule in &growing.rules {
                let (mask, strict) = self.leaves.get(&rule).copied().unwrap_or((0, true));
                leaves.push(Leaf {
                    mask,
                    rule,
                    strict,
                    constrained: self.constraints.contains_key(&rule),
                });
            }
            let first = leaves
                .get(leaves_from)
                .filter(|leaf: &&Leaf| !leaf.constrained);
            nodes.push(Node {
                mask: first.map_or(0, |leaf| leaf.mask),
                rule: first.map_or(NONE, |leaf| leaf.rule),
                slash: growing
                    .slash
                    .map_or(NodeRef::NONE, |slash| self.reference(slash)),
                string: match dynamics.get(from..) {
                    Some(
                        [
                            Dynamic {
                                step: Step::Str,
                                child,
                            },
                        ],
                    ) => *child,
                    _ => NodeRef::NONE,
                },
                dynamics: number(from),
                dynamics_len: number(dynamics.len() - from),
                leaves: number(leaves_from),
            });
            if let Some(growing) = self.nodes.get_mut(id) {
                growing.dynamics = growing_dynamics;
            }
        }
        tables.percent = self.statics.keys().any(|(_, label)| label.contains('%'));
        tables.edges = self.edge_table(&mut texts);
        self.whole_table(&mut tables, &mut texts);
        tables.hosts = self
            .hosts
            .iter()
            .map(|(label, &root)| (label.clone(), self.reference(root)))
            .collect();
        self.dynamic_hosts.sort_by(|a, b| a.1.cmp(&b.1));
        let hosts = std::mem::take(&mut self.dynamic_hosts);
        tables.dynamic_hosts = hosts
            .into_iter()
            .map(|(part, _, root)| DynamicHost {
                part,
                root: self.reference(root),
            })
            .collect();
        tables.nodes = nodes.into();
        tables.dynamics = dynamics.into();
        tables.leaves = leaves.into();
        tables.parts = parts.into();
        tables.texts = texts.into();
        tables.constraints = self.constraints;
        tables.customs = self.customs.into();
        Ok(tables)
    }

    fn edge_table(&self, texts: &mut Vec<u8>) -> Box<[Edge]> {
        if self.statics.is_empty() {
            return Box::default();
        }
        let mut table = vec![Edge::EMPTY; (self.statics.len() * 2).next_power_of_two()];
        // In the order of the nodes, so that two builds of one map are alike.
        let mut statics: Vec<_> = self.statics.iter().collect();
        statics.sort_unstable_by_key(|(_, child)| **child);
        for ((node, label), &child) in statics {
            let (first, last) = label_words(label.as_bytes());
            let tag = u64::from(*node) | (label.len() as u64) << 32;
            let edge = Edge {
                first,
                last,
                tag,
                child: self.reference(child),
                label: number(texts.len()),
            };
            if label.len() > 16 {
                texts.extend_from_slice(label.as_bytes());
            }
            insert(&mut table, edge_hash(first, last, tag), edge, |slot| {
                slot.child == NodeRef::NONE
            });
        }
        table.into()
    }

    fn whole_table(&self, tables: &mut Tables, texts: &mut Vec<u8>) {
        if self.wholes.is_empty() {
            return;
        }
        let mut table = vec![Whole::EMPTY; (self.wholes.len() * 2).next_power_of_two()];
        for (root, text, rule) in &self.wholes {
            let length = text.len().min(255);
            if let Some(lengths) = tables.whole_lengths.get_mut(length / 64) {
                *lengths |= 1 << (length % 64);
            }
            let hash = path_hash(text.as_bytes(), *root);
            let mask = self.leaves.get(rule).map_or(0, |leaf| leaf.0);
            let slot = Whole {
                hash,
                mask,
                rule: *rule,
                root: *root,
                text: number(texts.len()),
                len: number(text.len()),
            };
            texts.extend_from_slice(text.as_bytes());
            insert(&mut table, hash, slot, |slot| slot.rule == NONE);
        }
        tables.wholes = table.into();
    }
}

/// Puts an entry into a table of a power of two, at most half full.
fn insert<T>(table: &mut [T], hash: u64, entry: T, is_free: impl Fn(&T) -> bool) {
    let mask = table.len().wrapping_sub(1);
    #[expect(clippy::cast_possible_truncation, reason = "only the lower bits count")]
    let mut at = hash as usize & mask;
    while table.get(at).is_some_and(|slot| !is_free(slot)) {
        at = (at + 1) & mask;
    }
    if let Some(slot) = table.get_mut(at) {
        *slot = entry;
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE)
}

/// The step for a part: the common ones by name, others by their number.
fn step(part: &Part, parts: &mut Vec<Part>, known: &mut HashMap<Part, u32>) -> Step {
    match &*part.atoms {
        [Atom::Variable(Shape::Str(len))] if *len == Len::ANY && !part.rest => return Step::Str,
        [Atom::Variable(Shape::Int { signed: false })] if !part.rest => return Step::Int,
        [Atom::Variable(Shape::Path)] => {
            return if part.slash {
                Step::PathSlash
            } else {
                Step::Path
            };
        }
        _ => {}
    }
    let id = *known.entry(part.clone()).or_insert_with(|| {
        parts.push(part.clone());
        number(parts.len() - 1)
    });
    if part.rest {
        Step::Rest(id)
    } else {
        Step::Segment(id)
    }
}

/// The shape of a variable's kind; a custom converter's is its number.
pub(crate) fn shape(kind: &Kind, custom: u32) -> Shape {
    match kind {
        Kind::Str(len) => Shape::Str(*len),
        // Without items, the empty text is what is left to choose.
        Kind::Any(items) if items.is_empty() => Shape::Any([Box::default()].into()),
        Kind::Any(items) => Shape::Any(
            items
                .iter()
                .map(|item| item.bytes().map(mark).collect())
                .collect(),
        ),
        Kind::Path => Shape::Path,
        Kind::Int { signed, .. } => Shape::Int { signed: *signed },
        Kind::Float { signed, .. } => Shape::Float { signed: *signed },
        Kind::Uuid => Shape::Uuid,
        Kind::Custom(_) => Shape::Custom(custom),
    }
}

/// A slash of an item as it stands in a segment.
fn mark(byte: u8) -> u8 {
    if byte == b'/' {
        crate::path::INNER_SLASH
    } else {
        byte
    }
}
