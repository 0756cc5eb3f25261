//! A rule's pieces as parts with weights: what a search steps over. Knows neither other rules nor nodes.

use crate::converter::Kind;
use crate::pattern::{Pattern, Piece};
use crate::segment::{Atom, Part, Shape};

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
pub(crate) enum RulePart<'p> {
    Static(&'p str),
    /// A segment that is one variable, with its converter's weight: what most are, not weighed yet.
    Variable(Shape, i32),
    Dynamic(Part, Weight),
}

/// A segment in the making.
#[derive(Default)]
struct Open<'p> {
    /// The first piece, as long as it is the only one.
    only: Option<RulePart<'p>>,
    atoms: Vec<Atom>,
    weight: Weight,
    /// Whether it goes over slashes.
    rest: bool,
}

impl<'p> Open<'p> {
    fn is_empty(&self) -> bool {
        self.only.is_none() && self.atoms.is_empty()
    }

    fn literal(&mut self, text: &'p str) {
        if self.is_empty() {
            self.only = Some(RulePart::Static(text));
            return;
        }
        self.weigh();
        self.weight.literal(text);
        literal(&mut self.atoms, text);
    }

    fn variable(&mut self, shape: Shape, converter: i32, spans: bool) {
        if self.is_empty() && !spans {
            self.only = Some(RulePart::Variable(shape, converter));
            return;
        }
        self.weigh();
        self.rest |= spans;
        self.weight.variable(converter);
        self.atoms.push(Atom::Variable(shape));
    }

    /// Writes the only piece out, as another follows.
    fn weigh(&mut self) {
        match self.only.take() {
            Some(RulePart::Static(text)) => {
                self.weight.literal(text);
                literal(&mut self.atoms, text);
            }
            Some(RulePart::Variable(shape, converter)) => {
                self.weight.variable(converter);
                self.atoms.push(Atom::Variable(shape));
            }
            _ => {}
        }
    }

    fn close(self, slash: bool) -> RulePart<'p> {
        if self.atoms.is_empty() {
            return self.only.unwrap_or(RulePart::Static(""));
        }
        let part = Part {
            atoms: self.atoms.into(),
            slash,
            rest: self.rest,
        };
        RulePart::Dynamic(part, self.weight)
    }
}

impl Weight {
    fn literal(&mut self, text: &str) {
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        self.literals -= 1;
        self.lengths.push((self.lengths.len(), -length));
    }

    fn variable(&mut self, converter: i32) {
        self.variables -= 1;
        self.converters.push(converter);
    }
}

/// A segment that is one variable, written out.
pub(crate) fn weighed(shape: Shape, converter: i32) -> (Part, Weight) {
    let mut weight = Weight::default();
    weight.variable(converter);
    let part = Part {
        atoms: [Atom::Variable(shape)].into(),
        slash: false,
        rest: false,
    };
    (part, weight)
}

/// Takes a pattern's pieces apart into what a search steps over. `shape` gives each variable's shape, weight and whether it goes over slashes.
pub(crate) fn parts(
    pattern: &Pattern,
    mut shape: impl FnMut(usize) -> (Shape, i32, bool),
) -> Vec<RulePart<'_>> {
    let mut parts = Vec::with_capacity(8);
    let mut open = Open::default();
    let mut variables = 0;
    for piece in pattern.pieces() {
        match piece {
            Piece::Literal(text) => open.literal(text),
            Piece::Variable(_) => {
                let (shape, converter, spans) = shape(variables);
                variables += 1;
                open.variable(shape, converter, spans);
            }
            Piece::Slash if open.rest => literal(&mut open.atoms, "/"),
            Piece::Slash => parts.push(std::mem::take(&mut open).close(false)),
        }
    }
    let mut slash = false;
    if open.rest {
        if let Some(Atom::Literal(text)) = open.atoms.last_mut()
            && let Some(shorter) = text.strip_suffix(b"/")
        {
            *text = shorter.into();
            slash = true;
        }
        if matches!(open.atoms.last(), Some(Atom::Literal(text)) if text.is_empty()) {
            open.atoms.pop();
        }
    }
    parts.push(open.close(slash));
    if slash {
        parts.push(RulePart::Static(""));
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
