//! Questions of the conformance protocol that nobody wrote down: a vector with a text, some bytes or a number changed, so that it stays near what is parsed. It knows no
//! grammar, only what means something to one.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

/// Vectors, and all texts of each operation, pieces of which are put into others.
pub(super) struct Vectors {
    vectors: Vec<Value>,
    texts: BTreeMap<String, Vec<Vec<char>>>,
    bytes: BTreeMap<String, Vec<Vec<u8>>>,
}

impl Vectors {
    pub(super) fn new(mut vectors: Vec<Value>) -> Self {
        let (mut texts, mut bytes) = (BTreeMap::new(), BTreeMap::new());
        for vector in &mut vectors {
            let op = name(vector).to_owned();
            let (texts, bytes): (&mut Vec<_>, &mut Vec<_>) = (
                texts.entry(op.clone()).or_default(),
                bytes.entry(op).or_default(),
            );
            for leaf in leaves(&mut vector["args"]) {
                match leaf {
                    Leaf::Text(text) => texts.push(text.chars().collect()),
                    Leaf::Bytes(text) => bytes.extend(STANDARD.decode(text)),
                    Leaf::Number(_) => {}
                }
            }
        }
        Self {
            vectors,
            texts,
            bytes,
        }
    }

    /// A vector with one or two of its texts, bytes or numbers changed.
    pub(super) fn question(&self, number: usize, lot: &mut Lot) -> Value {
        let vector = lot.one_of(&self.vectors);
        let op = name(vector);
        let mut args = vector["args"].clone();
        let places = 1 + lot.below(4) / 3;
        for _ in 0..places {
            let mut leaves = leaves(&mut args);
            if leaves.is_empty() {
                break;
            }
            let at = lot.below(leaves.len());
            match leaves.swap_remove(at) {
                Leaf::Number(number) => *number = near(number, lot).into(),
                Leaf::Text(text) => {
                    let mut all = text.chars().collect();
                    for _ in 0..=lot.below(3) {
                        change(
                            &mut all,
                            &TEXTS,
                            &self.texts[op],
                            char::to_ascii_uppercase,
                            lot,
                        );
                    }
                    *text = all.into_iter().collect();
                }
                Leaf::Bytes(text) => {
                    let mut all = STANDARD.decode(text.as_bytes()).unwrap_or_default();
                    for _ in 0..=lot.below(3) {
                        change(
                            &mut all,
                            &BYTES,
                            &self.bytes[op],
                            u8::to_ascii_uppercase,
                            lot,
                        );
                    }
                    *text = STANDARD.encode(all);
                }
            }
        }
        serde_json::json!({"id": number.to_string(), "op": op, "args": args})
    }
}

/// The question as it is put to Werkzeug: with the body of a form in one piece, since its answers change with the way the body is cut, and zeug's must not.
pub(super) fn to_werkzeug(question: &Value) -> Value {
    let mut question = question.clone();
    if let Some(sizes) = question["args"].get_mut("chunk_sizes") {
        *sizes = Value::Array(Vec::new());
    }
    question
}

fn name(vector: &Value) -> &str {
    vector["op"].as_str().unwrap_or_default()
}

/// What can be changed in a question.
enum Leaf<'v> {
    Text(&'v mut String),
    /// In base64.
    Bytes(&'v mut String),
    Number(&'v mut Value),
}

/// Members of arguments that hold a word of the protocol, or the time.
const WORDS: [&str; 13] = [
    "kind",
    "type",
    "op",
    "m",
    "method",
    "mode",
    "scheme",
    "now",
    "code",
    "digest",
    "key_derivation",
    "props",
    "algorithm",
];

/// Lists of pairs whose first is a word of the protocol.
const NAMED: [&str; 3] = ["set", "config", "environ"];

/// All that can be changed in a value.
fn leaves(value: &mut Value) -> Vec<Leaf<'_>> {
    let mut leaves = Vec::new();
    collect("", value, &mut leaves);
    leaves
}

fn collect<'v>(name: &str, value: &'v mut Value, leaves: &mut Vec<Leaf<'v>>) {
    match value {
        _ if WORDS.contains(&name) => {}
        Value::String(text) => leaves.push(if name.ends_with("_b64") {
            Leaf::Bytes(text)
        } else {
            Leaf::Text(text)
        }),
        Value::Number(_) if value.is_i64() => leaves.push(Leaf::Number(value)),
        Value::Array(values) => {
            let is_named = NAMED.contains(&name);
            for value in values {
                let changed = if is_named {
                    value.get_mut(1)
                } else {
                    Some(value)
                };
                changed
                    .into_iter()
                    .for_each(|value| collect(if is_named { "" } else { name }, value, leaves));
            }
        }
        Value::Object(members) => members
            .iter_mut()
            .for_each(|(name, value)| collect(name, value, leaves)),
        _ => {}
    }
}

/// Another number, not below nought where it was not.
fn near(number: &Value, lot: &mut Lot) -> i64 {
    let number = number.as_i64().unwrap_or_default();
    let other = match lot.below(5) {
        0 => number + 1,
        1 => number - 1,
        2 => 0,
        3 => number
            .checked_mul(2)
            .filter(|double| double.abs() < 1 << 52)
            .unwrap_or(1),
        _ => lot.below(64) as i64,
    };
    if number < 0 { other } else { other.max(0) }
}

/// What means something to some grammar.
const TEXTS: [&str; 34] = [
    " ", "\t", ",", ";", "=", "\"", "\\", "'", "*", "/", ":", "-", "--", "+", "&", "%", "%41",
    "%C3", "q=0.5", "0", "9", "é", "a", "A", "\u{1}", "\r\n", "W/", "bytes", "UTF-8''", "<", ".",
    "☃", "[", "@",
];

/// The same in bodies.
const BYTES: [&[u8]; 26] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"--",
    b"\r\n--",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b";",
    b"=",
    b"\"",
    b"\\",
    b"*",
    b"&",
    b"+",
    b"%41",
    b"%C3",
    b"%",
    b"\xc3",
    b"\xff",
    b"\0",
    b"; filename=\"f\"",
    b"Content-Disposition: form-data; name=\"x\"\r\n",
    b"Content-Type: text/plain; charset=latin1\r\n",
    b"a",
];

/// A piece as the items of a text or of bytes.
trait Piece<T> {
    fn items(&self) -> Vec<T>;
}

impl Piece<char> for &str {
    fn items(&self) -> Vec<char> {
        self.chars().collect()
    }
}

impl Piece<u8> for &[u8] {
    fn items(&self) -> Vec<u8> {
        self.to_vec()
    }
}

/// Puts something in, takes something away, doubles it, changes its case, or puts in a piece of another question.
fn change<T: Copy>(
    all: &mut Vec<T>,
    pieces: &[impl Piece<T>],
    others: &[Vec<T>],
    upper: fn(&T) -> T,
    lot: &mut Lot,
) {
    let range = lot.range(all.len());
    let with = match lot.below(8) {
        0 | 1 => {
            let piece = lot.one_of(pieces).items();
            all.splice(range.start..range.start, piece);
            return;
        }
        2 => Vec::new(),
        3 => [&all[range.clone()], &all[range.clone()]].concat(),
        4 | 5 => lot.one_of(pieces).items(),
        6 => {
            let other = lot.one_of(others);
            other[lot.range(other.len())].to_vec()
        }
        _ => all[range.clone()].iter().map(upper).collect(),
    };
    all.splice(range, with);
}

/// A small generator of numbers (xorshift), so that a seed has its questions.
pub(super) struct Lot(pub(super) u64);

impl Lot {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn one_of<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[self.below(list.len())]
    }

    /// A short part of so many items.
    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let (a, b) = (self.below(len + 1), self.below(len + 1));
        let start = a.min(b);
        start..a.max(b).min(start + 12)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lot, Vectors};

    #[test]
    fn a_question_is_a_vector_with_something_changed() {
        let vector = serde_json::json!({"op": "a", "args": {"text": "été", "more": [1, "x"], "b_b64": "AAAA", "kind": "mime"}});
        let vectors = Vectors::new(vec![vector.clone()]);
        let mut lot = Lot(7);
        let questions: Vec<_> = (0..1000).map(|at| vectors.question(at, &mut lot)).collect();
        for member in ["text", "more", "b_b64"] {
            let changed = questions
                .iter()
                .filter(|question| question["args"][member] != vector["args"][member])
                .count();
            assert!(changed > 150, "{member}: {changed}");
        }
        assert!(
            questions
                .iter()
                .all(|question| question["args"]["kind"] == "mime")
        );
    }
}
