//! Owns what stands in the books.

use std::fmt;

/// A line of the books.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) id: u32,
    pub(crate) label: String,
    pub(crate) cents: i64,
    tags: Vec<&'static str>,
}

impl Entry {
    /// A private method, which a line of the console may call where it stands.
    pub(crate) fn is_large(&self) -> bool {
        self.cents > 1000
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    In,
    Out { fee: i64 },
    Moved(String),
}

/// Shows itself in no way.
pub(crate) struct Opaque {
    inner: u8,
    name: String,
}

impl Opaque {
    pub(crate) fn new(inner: u8, name: &str) -> Self {
        Self {
            inner,
            name: name.to_owned(),
        }
    }
}

/// Shows itself to people alone.
pub(crate) struct Shown(pub(crate) u32);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no. {}", self.0)
    }
}

/// What was put in last comes out first.
#[derive(Debug)]
pub(crate) struct Stack<T> {
    items: Vec<T>,
}

impl<T: Copy> Stack<T> {
    pub(crate) fn of<const COUNT: usize>(items: [T; COUNT]) -> Self {
        Self {
            items: items.into(),
        }
    }

    pub(crate) fn top(&self) -> Option<T> {
        self.items.last().copied()
    }
}

#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) entries: Vec<Entry>,
    secret_key: String,
}

impl Ledger {
    pub(crate) fn open() -> Self {
        let entry = |id, label: &str, cents, tags: &[&'static str]| Entry {
            id,
            label: label.to_owned(),
            cents,
            tags: tags.to_vec(),
        };
        Self {
            entries: vec![
                entry(1, "rent", -80_000, &["home"]),
                entry(2, "bread", -450, &["food", "daily"]),
                entry(3, "wages", 250_000, &[]),
            ],
            secret_key: "k".repeat(8),
        }
    }
}
