//! The search tree as flat tables: one hash table of all static edges, one of whole static paths, arrays of nodes, dynamic edges and
//! leaves. Written once by `compile`, read by `search`; knows no endpoint.

use std::collections::HashMap;
use std::sync::Arc;

use crate::converter::{Converter, Kind};
use crate::segment::Part;

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
    /// Nodes and rules are numbered below this.
    pub(crate) const LIMIT: usize = (1 << 29) - 1;

    pub(crate) fn id(self) -> u32 {
        self.0 & (Self::RULES - 1)
    }

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
    /// The node after a plain string, if that is the only dynamic edge.
    pub(crate) string: NodeRef,
    pub(crate) dynamics: u32,
    pub(crate) dynamics_len: u32,
    /// Its first leaf; they end where the next node's begin.
    pub(crate) leaves: u32,
}

/// A static edge: the label's first and last eight bytes, its length, the node it leaves and the node it reaches.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
pub(crate) struct Edge {
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// The node it leaves, and the label's length in the upper half.
    pub(crate) tag: u64,
    pub(crate) child: NodeRef,
    /// Where the label stands among the long ones, if it is longer than 16 bytes.
    pub(crate) label: u32,
}

impl Edge {
    pub(crate) const EMPTY: Self = Self {
        first: 0,
        last: 0,
        tag: 0,
        child: NodeRef::NONE,
        label: 0,
    };
}

/// A rule that is one text: its hash, mask and text.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
pub(crate) struct Whole {
    pub(crate) hash: u64,
    pub(crate) mask: u64,
    pub(crate) rule: u32,
    pub(crate) root: u32,
    pub(crate) text: u32,
    pub(crate) len: u32,
}

impl Whole {
    pub(crate) const EMPTY: Self = Self {
        hash: 0,
        mask: 0,
        rule: NONE,
        root: 0,
        text: 0,
        len: 0,
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

/// All tables of a map.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) nodes: Box<[Node]>,
    pub(crate) edges: Box<[Edge]>,
    pub(crate) wholes: Box<[Whole]>,
    /// The lengths that whole static paths have, as bits; bit 255 for all longer ones.
    pub(crate) whole_lengths: [u64; 4],
    /// Whether a static edge has a percent sign: then a search does not notice every one of the path.
    pub(crate) percent: bool,
    pub(crate) dynamics: Box<[Dynamic]>,
    pub(crate) leaves: Box<[Leaf]>,
    pub(crate) parts: Box<[Part]>,
    pub(crate) texts: Box<[u8]>,
    pub(crate) constraints: HashMap<u32, Box<[Constraint]>>,
    pub(crate) customs: Box<[Arc<dyn Converter>]>,
    pub(crate) hosts: HashMap<Box<str>, NodeRef>,
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

const K0: u64 = 0x9e37_79b9_7f4a_7c15;
const K1: u64 = 0xe703_7ed1_a0b4_28db;
const K2: u64 = 0x8ebc_6af0_9c88_c6e3;

/// Both halves of a product, folded.
#[inline]
fn mix(a: u64, b: u64) -> u64 {
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
pub(crate) fn edge_hash(first: u64, last: u64, tag: u64) -> u64 {
    mix(first ^ tag.wrapping_mul(K1), last ^ K0)
}

/// Eight bytes from `at`, which must be there.
#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

/// The first bytes of at most eight.
#[inline]
pub(crate) fn short_word(bytes: &[u8]) -> u64 {
    match *bytes {
        [] => 0,
        [a] => a.into(),
        [a, b] => u16::from_le_bytes([a, b]).into(),
        [a, b, c] => u32::from_le_bytes([a, b, c, 0]).into(),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]).into(),
        _ => {
            let low = bytes
                .first_chunk::<4>()
                .map_or(0, |c| u32::from_le_bytes(*c));
            let high = bytes
                .last_chunk::<4>()
                .map_or(0, |c| u32::from_le_bytes(*c));
            u64::from(low) | u64::from(high) << (8 * (bytes.len().min(8) - 4))
        }
    }
}

/// The hash of a whole path below a root.
#[inline]
pub(crate) fn path_hash(bytes: &[u8], root: u32) -> u64 {
    let n = bytes.len();
    let seed = K0 ^ (u64::from(root) << 32 | n as u64);
    if n <= 8 {
        return mix(short_word(bytes) ^ K1, seed);
    }
    if n <= 16 {
        return mix(word(bytes, 0) ^ K1, word(bytes, n - 8) ^ seed);
    }
    if n <= 32 {
        return mix(word(bytes, 0) ^ K1, word(bytes, 8) ^ seed)
            ^ mix(word(bytes, n - 16) ^ K2, word(bytes, n - 8) ^ K0);
    }
    let mut hash = seed;
    let mut at = 0;
    while at + 32 < n {
        hash = mix(word(bytes, at) ^ K1, word(bytes, at + 8) ^ hash)
            ^ mix(word(bytes, at + 16) ^ K2, word(bytes, at + 24) ^ hash);
        at += 32;
    }
    mix(word(bytes, n - 32) ^ K1, word(bytes, n - 24) ^ hash)
        ^ mix(word(bytes, n - 16) ^ K2, word(bytes, n - 8) ^ hash)
}

/// The key words of a label: its first eight bytes, and its last eight where it has more than eight; the middle is folded in.
pub(crate) fn label_words(label: &[u8]) -> (u64, u64) {
    let n = label.len();
    if n <= 8 {
        (short_word(label), 0)
    } else {
        (word(label, 0), word(label, n - 8) ^ middle(label))
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
