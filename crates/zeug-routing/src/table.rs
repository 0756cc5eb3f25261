//! The search tree as flat tables: one hash table of all static edges, arrays of nodes, dynamic edges and leaves. Written once by
//! `compile`, read by `search`; knows no endpoint.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::converter::{Converter, Kind};
use crate::host;
use crate::index::Index;
use crate::mix::Fast;
use crate::scan::{first_word, short_word};
use crate::segment::Part;
use crate::whole::Wholes;

/// No node, no rule.
pub(crate) const NONE: u32 = u32::MAX;

/// A request that is no WebSocket handshake, as a bit of a rule's mask; the lower bits are methods.
pub(crate) const HTTP: u64 = 1 << 62;
/// A WebSocket handshake, as a bit of a rule's mask.
pub(crate) const WEBSOCKET: u64 = 1 << 63;
/// A method that no rule names.
pub(crate) const OTHER_METHOD: u64 = 1 << 58;
/// Every method, the unnamed ones too.
pub(crate) const ALL_METHODS: u64 = (OTHER_METHOD << 1) - 1;

/// A node's number and, in its upper bits, what it has, so that a step seldom reads the node itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeRef(pub(crate) u32);

impl NodeRef {
    pub(crate) const NONE: Self = Self(NONE);
    pub(crate) const STATIC: u32 = 1 << 31;
    pub(crate) const DYNAMIC: u32 = 1 << 30;
    pub(crate) const RULES: u32 = 1 << 29;
    /// The only dynamic edge takes a plain string.
    pub(crate) const STRING: u32 = 1 << 28;
    /// The only dynamic edge takes digits.
    pub(crate) const DIGITS: u32 = 1 << 27;
    /// Nodes and rules are numbered below this.
    pub(crate) const LIMIT: usize = (1 << 27) - 1;

    #[inline(always)]
    pub(crate) fn id(self) -> u32 {
        self.0 & (Self::DIGITS - 1)
    }

    #[inline(always)]
    pub(crate) fn has(self, what: u32) -> bool {
        self.0 & what != 0
    }
}

/// A node of the tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    /// The mask of the first rule that ends here; 0 where there is none or it may refuse values.
    pub(crate) mask: u64,
    pub(crate) rule: u32,
    /// The node after an empty segment.
    pub(crate) slash: NodeRef,
    /// The node after a plain string or digits, if that is the only dynamic edge.
    pub(crate) only: NodeRef,
    pub(crate) dynamics: u32,
    pub(crate) dynamics_len: u32,
    /// Its first leaf; they end where the next node's begin.
    pub(crate) leaves: u32,
}

/// A static edge: the label's key words, its length, the node it leaves and the node it reaches.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
pub(crate) struct Edge {
    pub(crate) first: u64,
    pub(crate) second: u64,
    /// The node it leaves, and the label's length in the upper half.
    pub(crate) tag: u64,
    pub(crate) child: NodeRef,
    /// Where the label stands among the long ones, if it is longer than 16 bytes.
    pub(crate) label: u32,
}

impl Edge {
    pub(crate) const EMPTY: Self = Self {
        first: 0,
        second: 0,
        tag: 0,
        child: NodeRef::NONE,
        label: 0,
    };
}

/// A dynamic edge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dynamic {
    pub(crate) step: Step,
    pub(crate) child: NodeRef,
}

/// What a dynamic edge takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// One segment that is not empty.
    Str,
    /// One segment of digits.
    Int,
    /// One segment, as the part says.
    Segment(u32),
    /// All that is left.
    Path,
    /// All that is left but for a slash at the end, which is one empty segment more.
    PathSlash,
    /// All that is left, as the part says.
    Rest(u32),
}

/// A rule that ends at a node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf {
    pub(crate) mask: u64,
    pub(crate) rule: u32,
    pub(crate) strict: bool,
    pub(crate) constrained: bool,
}

/// A variable that may refuse values of the right shape: its place among the rule's variables and its kind.
pub(crate) type Constraint = (usize, Kind);

/// A pattern of hosts that has variables.
#[derive(Debug)]
pub(crate) struct DynamicHost {
    pub(crate) part: Part,
    pub(crate) root: NodeRef,
}

/// The roots of hosts and subdomains without variables.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    /// Of rules for every host, or for the server's own.
    none: Option<NodeRef>,
    named: HashMap<Box<str>, NodeRef, Fast>,
    /// Whether all names are as binding a map makes them: lower case, ASCII, no label too long.
    pub(crate) canonical: bool,
}

impl Hosts {
    pub(crate) fn new(roots: impl Iterator<Item = (Box<str>, NodeRef)>) -> Self {
        let mut named: HashMap<Box<str>, NodeRef, Fast> = roots.collect();
        let is_canonical = |name| matches!(host::ascii(Cow::Borrowed(name)), Ok(Cow::Borrowed(_)));
        Self {
            none: named.remove(""),
            canonical: named.keys().all(|name| is_canonical(name)),
            named,
        }
    }

    /// The root of a host.
    #[inline]
    pub(crate) fn find(&self, host: &str) -> Option<NodeRef> {
        // Apart, as comparing texts of no length takes some processors as long as a search.
        if host.is_empty() {
            return self.none;
        }
        self.named.get(host).copied()
    }
}

/// All tables of a map.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) nodes: Box<[Node]>,
    pub(crate) edges: Box<[Edge]>,
    pub(crate) wholes: Wholes,
    /// Whether no rule has a variable: then a plain path that the whole ones lack has no rule.
    pub(crate) only_texts: bool,
    pub(crate) dynamics: Box<[Dynamic]>,
    /// Of the nodes with many dynamic edges.
    pub(crate) indexes: HashMap<u32, Index, Fast>,
    pub(crate) leaves: Box<[Leaf]>,
    pub(crate) parts: Box<[Part]>,
    pub(crate) texts: Box<[u8]>,
    pub(crate) constraints: HashMap<u32, Box<[Constraint]>>,
    pub(crate) customs: Box<[Arc<dyn Converter>]>,
    pub(crate) hosts: Hosts,
    pub(crate) dynamic_hosts: Box<[DynamicHost]>,
}

impl Tables {
    /// The rules that end at a node.
    pub(crate) fn leaves_of(&self, node: NodeRef) -> &[Leaf] {
        let id = node.id() as usize;
        let Some(info) = self.nodes.get(id) else {
            return &[];
        };
        let end = self
            .nodes
            .get(id + 1)
            .map_or(self.leaves.len(), |next| next.leaves as usize);
        self.leaves
            .get(info.leaves as usize..end)
            .unwrap_or_default()
    }
}

pub(crate) const K0: u64 = 0x9e37_79b9_7f4a_7c15;
pub(crate) const K1: u64 = 0xe703_7ed1_a0b4_28db;
pub(crate) const K2: u64 = 0x8ebc_6af0_9c88_c6e3;

/// Both halves of a product, folded.
#[inline(always)]
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the two halves are what is wanted"
    )]
    let folded = (product as u64) ^ ((product >> 64) as u64);
    folded
}

/// The hash of an edge's key.
#[inline]
pub(crate) fn edge_hash(first: u64, second: u64, tag: u64) -> u64 {
    mix(first ^ tag.wrapping_mul(K1), second ^ K0)
}

/// Eight bytes from `at`, which must be there.
#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    first_word(bytes.get(at..).unwrap_or_default())
}

/// The key words of a label: its first eight bytes and its next eight; of a longer one its first eight bytes and a fold of the rest.
pub(crate) fn label_words(label: &[u8]) -> (u64, u64) {
    match label.len() {
        0..8 => (short_word(label), 0),
        8..=16 => (
            first_word(label),
            short_word(label.get(8..).unwrap_or_default()),
        ),
        n => (first_word(label), word(label, n - 8) ^ middle(label)),
    }
}

/// A fold of what stands between the first and the last eight bytes.
#[inline]
pub(crate) fn middle(label: &[u8]) -> u64 {
    let n = label.len();
    let mut fold = 0u64;
    let mut at = 8;
    while at + 8 < n {
        fold = mix(fold ^ word(label, at.min(n - 16)) ^ K2, K1);
        at += 8;
    }
    if n <= 16 { 0 } else { fold }
}
