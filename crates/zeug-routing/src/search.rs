//! The search for a path's rule in the tables: depth first, static edges before dynamic ones, as Werkzeug's matcher orders them.
//! Allocates nothing where a rule has few variables; knows no endpoint, no redirect, no encoding.

use std::borrow::Cow;

use crate::segment::{is_digits, is_path, match_part};
use crate::table::{Dynamic, Leaf, NONE, NodeRef, Step, Tables, edge_hash};
use crate::trail::{IN_HOST, Trail};
use crate::window::{Segment, Window, Windows};

/// The rule is there, but with a slash at the end.
pub(crate) const SLASH: u32 = NONE - 1;

/// How a search goes on from a node with dynamic edges.
enum Turn {
    /// With what is left from a byte on.
    Go(NodeRef, usize),
    End(u32),
}

/// A search for one path. Places in the path are bytes where a segment begins; one after the path's end where no segment is left, not
/// even an empty one.
#[derive(Debug)]
pub(crate) struct Search<'t> {
    pub(crate) tables: &'t Tables,
    pub(crate) path: Windows<'t>,
    pub(crate) host: &'t Cow<'t, str>,
    /// The method and protocol as a rule's mask has them.
    pub(crate) request: u64,
}

impl<'t> Search<'t> {
    /// The rule for the path that begins at a byte of the text; one after the end for a path without even a slash.
    #[inline(always)]
    pub(crate) fn find(&self, trail: &mut Trail, root: Option<NodeRef>, start: usize) -> u32 {
        if let Some(root) = root {
            let rule = self.go(trail, root, start);
            if rule != NONE {
                return rule;
            }
        }
        if self.tables.dynamic_hosts.is_empty() {
            NONE
        } else {
            self.dynamic_hosts(trail, start)
        }
    }

    #[cold]
    fn dynamic_hosts(&self, trail: &mut Trail, start: usize) -> u32 {
        let tables = self.tables;
        for dynamic in &tables.dynamic_hosts {
            trail.len = 0;
            if match_part(
                &dynamic.part,
                self.host.as_bytes(),
                &tables.customs,
                |from, to| {
                    trail.push(from, to, IN_HOST);
                },
            )
            .is_some()
            {
                let rule = self.go(trail, dynamic.root, start);
                if rule != NONE {
                    return rule;
                }
            }
        }
        NONE
    }

    /// The node that a static edge with that label leads to.
    #[inline(always)]
    fn step(&self, node: NodeRef, at: usize, label: Segment) -> NodeRef {
        let edges = &*self.tables.edges;
        let tag = u64::from(node.id()) | (label.len as u64) << 32;
        let mask = edges.len().wrapping_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "only the lower bits count")]
        let mut slot = edge_hash(label.key, tag) as usize & mask;
        while let Some(edge) = edges.get(slot) {
            if edge.key == label.key && edge.tag == tag {
                if label.len <= 16 || self.long_label_fits(edge.label, at, label.len) {
                    return edge.child;
                }
            } else if edge.child == NodeRef::NONE {
                return NodeRef::NONE;
            }
            slot = (slot + 1) & mask;
        }
        NodeRef::NONE
    }

    #[inline(never)]
    fn long_label_fits(&self, label: u32, at: usize, len: usize) -> bool {
        let label = self.tables.texts.get(label as usize..label as usize + len);
        label.is_some() && label == self.path.text().get(at..at + len)
    }

    /// The node that the only edge of a node leads to, a static one, and the place after its label.
    #[inline(always)]
    fn literal(&self, node: NodeRef, at: usize, window: Window) -> Option<(NodeRef, usize)> {
        let info = self.tables.nodes.get(node.id() as usize)?;
        let edge = self.tables.edges.get(info.dynamics as usize)?;
        let len = edge.len();
        window
            .is(edge.key, len)
            .then_some((edge.child, at + len + 1))
    }

    /// The rule below a node for the segments from a place on; recursion only where a search may have to come back.
    fn go(&self, trail: &mut Trail, mut node: NodeRef, mut at: usize) -> u32 {
        while at <= self.path.text().len() {
            let window = self.path.at(at);
            if node.has(NodeRef::LITERAL) {
                if let Some((child, after)) = self.literal(node, at, window) {
                    (node, at) = (child, after);
                    continue;
                }
                if !window.is_empty() {
                    return NONE;
                }
            }
            let label = self.path.segment(at, window);
            let end = at + label.len;
            if node.has(NodeRef::STATIC) && label.len != 0 {
                let child = self.step(node, at, label);
                if !node.has(NodeRef::DYNAMIC) {
                    if child == NodeRef::NONE {
                        return NONE;
                    }
                    (node, at) = (child, end + 1);
                    continue;
                }
                if child != NodeRef::NONE {
                    let kept = trail.len;
                    let rule = self.go(trail, child, end + 1);
                    if rule != NONE {
                        return rule;
                    }
                    trail.len = kept;
                }
            }
            if label.len != 0 && node.has(NodeRef::STRING | NodeRef::DIGITS) {
                if node.has(NodeRef::DIGITS)
                    && !self.path.text().get(at..end).is_some_and(is_digits)
                {
                    return NONE;
                }
                trail.push(at, end, 0);
                (node, at) = (self.only_of(node), end + 1);
                continue;
            }
            let turn = if label.len == 0 {
                self.empty(trail, node, at)
            } else {
                self.turn(trail, node, at, label.len, false)
            };
            match turn {
                Turn::Go(next, after) => (node, at) = (next, after),
                Turn::End(rule) => return rule,
            }
        }
        self.leaf(trail, node)
    }

    /// How a search goes on at an empty segment.
    #[inline(never)]
    fn empty(&self, trail: &mut Trail, node: NodeRef, at: usize) -> Turn {
        let last = at == self.path.text().len();
        trail.odd |= !last;
        // Rules of this node count once more at the end: a slash too much is theirs to judge.
        let own = last && node.has(NodeRef::RULES);
        let next = self.slash_of(node);
        if next != NodeRef::NONE {
            if !own && !node.has(NodeRef::DYNAMIC) {
                return Turn::Go(next, at + 1);
            }
            let kept = trail.len;
            let rule = self.go(trail, next, at + 1);
            if rule != NONE {
                return Turn::End(rule);
            }
            trail.len = kept;
        }
        self.turn(trail, node, at, 0, own)
    }

    /// Tries the dynamic edges of a node, and its own rules if the segment is the empty one at the end. The last edge is not tried but
    /// gone on with, where nothing is left to come back to: a rule may have thousands of variables.
    #[inline(never)]
    fn turn(&self, trail: &mut Trail, node: NodeRef, at: usize, len: usize, own: bool) -> Turn {
        if node.has(NodeRef::DYNAMIC) {
            let tables = self.tables;
            let Some(info) = tables.nodes.get(node.id() as usize) else {
                return Turn::End(NONE);
            };
            let from = info.dynamics as usize;
            let edges = tables
                .dynamics
                .get(from..from + info.dynamics_len as usize)
                .unwrap_or_default();
            let kept = trail.len;
            for (others, edge) in (0..edges.len()).rev().zip(edges) {
                let Some(after) = self.take(trail, edge, at, len) else {
                    continue;
                };
                if others == 0 && !own {
                    return Turn::Go(edge.child, after);
                }
                let rule = self.go(trail, edge.child, after);
                if rule != NONE {
                    return Turn::End(rule);
                }
                trail.len = kept;
            }
        }
        Turn::End(if own { self.lenient(trail, node) } else { NONE })
    }

    #[inline(always)]
    fn slash_of(&self, node: NodeRef) -> NodeRef {
        self.tables
            .nodes
            .get(node.id() as usize)
            .map_or(NodeRef::NONE, |info| info.slash)
    }

    #[inline(always)]
    fn only_of(&self, node: NodeRef) -> NodeRef {
        self.tables
            .nodes
            .get(node.id() as usize)
            .map_or(NodeRef::NONE, |info| info.only)
    }

    /// Takes what a dynamic edge takes and notes its values; the place after it.
    #[inline]
    fn take(&self, trail: &mut Trail, dynamic: &Dynamic, at: usize, len: usize) -> Option<usize> {
        let end = at + len;
        let end = match dynamic.step {
            Step::Str => (len > 0).then_some(end)?,
            Step::Int => is_digits(self.path.text().get(at..end)?).then_some(end)?,
            Step::Path => {
                trail.odd = true;
                is_path(self.path.text().get(at..)?).then_some(self.path.text().len())?
            }
            other => return self.take_part(trail, other, at, len),
        };
        trail.push(at, end, 0);
        Some(end + 1)
    }

    #[inline(never)]
    fn take_part(&self, trail: &mut Trail, step: Step, at: usize, len: usize) -> Option<usize> {
        let tables = self.tables;
        let (id, end) = match step {
            Step::Segment(id) => (id, at + len),
            Step::Rest(id) => {
                trail.odd = true;
                (id, self.path.text().len())
            }
            _ => {
                trail.odd = true;
                let left = self.path.text().get(at..)?;
                let value = left.strip_suffix(b"/").unwrap_or(left);
                if !is_path(value) || value.ends_with(b"/") {
                    return None;
                }
                let end = at + value.len();
                trail.push(at, end, 0);
                return Some(end + 1);
            }
        };
        let kept = trail.len;
        let slash = match_part(
            tables.parts.get(id as usize)?,
            self.path.text().get(at..end)?,
            &tables.customs,
            |from, to| trail.push(at + from, at + to, 0),
        );
        match slash {
            // The slash at the end is an empty segment of its own.
            Some(true) => Some(end),
            Some(false) => Some(end + 1),
            None => {
                trail.len = kept;
                None
            }
        }
    }

    /// The rule that ends at a node, or [`SLASH`] if one ends after one more slash.
    #[inline(always)]
    fn leaf(&self, trail: &mut Trail, node: NodeRef) -> u32 {
        let Some(info) = self.tables.nodes.get(node.id() as usize) else {
            return NONE;
        };
        if info.mask & self.request == self.request {
            return info.rule;
        }
        self.leaves(trail, node)
    }

    #[inline(never)]
    fn leaves(&self, trail: &mut Trail, node: NodeRef) -> u32 {
        let tables = self.tables;
        for leaf in tables.leaves_of(node) {
            if self.fits(trail, leaf) {
                return leaf.rule;
            }
        }
        for leaf in tables.leaves_of(self.slash_of(node)) {
            if leaf.mask & self.request == self.request && !self.refuses(trail, leaf) {
                return if leaf.strict { SLASH } else { leaf.rule };
            }
        }
        NONE
    }

    /// The rule of a node that does not mind a slash too much.
    #[inline(never)]
    fn lenient(&self, trail: &mut Trail, node: NodeRef) -> u32 {
        let tables = self.tables;
        for leaf in tables.leaves_of(node) {
            if !leaf.strict && self.fits(trail, leaf) {
                return leaf.rule;
            }
        }
        NONE
    }

    /// Whether a rule takes the request; notes why not.
    fn fits(&self, trail: &mut Trail, leaf: &Leaf) -> bool {
        let method = self.request & crate::table::ALL_METHODS;
        if leaf.mask & method == 0 {
            trail.seen |= leaf.mask & crate::table::ALL_METHODS;
            false
        } else if leaf.mask & self.request != self.request {
            trail.mismatch = true;
            false
        } else {
            !self.refuses(trail, leaf)
        }
    }

    /// Whether a variable of the rule refuses its value.
    fn refuses(&self, trail: &Trail, leaf: &Leaf) -> bool {
        leaf.constrained
            && self.tables.constraints.get(&leaf.rule).is_some_and(|list| {
                list.iter().any(|(i, kind)| {
                    let span = trail.spans.get(*i).and_then(|(start, end)| {
                        let source = if start & IN_HOST != 0 {
                            self.host.as_bytes()
                        } else {
                            self.path.text()
                        };
                        source.get((start & !IN_HOST) as usize..end as usize)
                    });
                    span.and_then(|bytes| std::str::from_utf8(bytes).ok())
                        .is_some_and(|text| kind.refuses(text))
                })
            })
    }
}
