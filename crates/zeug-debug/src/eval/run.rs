//! Owns what an expression means in a frame: names, fields, indices, ranges and operators. Methods are in `methods`.

use std::ops::Range;

use super::Fault;
use super::nearest::nearest;
use super::number::{Scalar, float, integer};
use super::parse::{Expression, Named, Node};
use crate::dwarf::{Local, readable_type};
use crate::hidden::is_secret;
use crate::snapshot::Unread;
use crate::traceback::Answer;
use crate::value::{
    Entries, Field, Form, Limits, Reach, Scene, Sequence, Value, View, masked, show, show_view,
    tuple_index,
};

/// The variables of a frame and the memory that they lie in.
pub(super) struct Frame<'a> {
    pub(super) scene: Scene<'a>,
    pub(super) locals: Vec<Local>,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub(super) enum Thing {
    /// A value of the program.
    Memory(Value),
    Scalar(Scalar),
    /// A part of a sequence.
    Part(Sequence),
    /// A reference to any of them.
    Reference(Box<Thing>),
    /// What a method found, or did not.
    Option(Option<Box<Thing>>),
}

pub(super) type Outcome = Result<Thing, Fault>;

/// Texts and maps are read this far to compute with them.
const REACH: Reach = Reach {
    text: 1 << 20,
    entries: 100_000,
};

/// A fault at a node.
pub(super) fn fault<T>(at: &Range<usize>, text: impl Into<String>) -> Result<T, Fault> {
    Err(Fault {
        at: at.clone(),
        text: text.into(),
    })
}

fn hidden<T>(at: &Range<usize>, name: &str) -> Result<T, Fault> {
    fault(
        at,
        format!("`{name}` is hidden: its name says that it is a secret"),
    )
}

fn unread(at: &Range<usize>) -> impl Fn(Unread) -> Fault + '_ {
    |unread| Fault {
        at: at.clone(),
        text: unread.to_string(),
    }
}

impl Frame<'_> {
    pub(super) fn answer(&self, node: &Node) -> Result<Answer, Fault> {
        let thing = self.eval(node)?;
        Ok(Answer {
            value: self.show(&thing),
            type_name: self.type_name(&thing),
        })
    }

    fn show(&self, thing: &Thing) -> String {
        match thing {
            Thing::Memory(value) => show(self.scene, value, Limits::answer()),
            Thing::Scalar(Scalar::Text(text)) => format!("{:?}", masked(text)),
            Thing::Scalar(scalar) => scalar.show(),
            Thing::Part(part) => {
                show_view(self.scene, &View::Sequence(part.clone()), Limits::answer())
            }
            Thing::Reference(inner) => format!("&{}", self.show(inner)),
            Thing::Option(Some(inner)) => format!("Some({})", self.show(inner)),
            Thing::Option(None) => "None".to_owned(),
        }
    }

    pub(super) fn type_name(&self, thing: &Thing) -> String {
        match thing {
            Thing::Memory(value) => readable_type(&value.ty.name),
            Thing::Scalar(scalar) => scalar.type_name().to_owned(),
            Thing::Part(part) => format!("[{}]", readable_type(&part.element.name)),
            Thing::Reference(inner) => format!("&{}", self.type_name(inner)),
            Thing::Option(Some(inner)) => format!("Option<{}>", self.type_name(inner)),
            Thing::Option(None) => "Option<_>".to_owned(),
        }
    }

    pub(super) fn eval(&self, node: &Node) -> Outcome {
        let scalar = |scalar| Ok(Thing::Scalar(scalar));
        match &node.kind {
            Expression::Name(name) => self.name(name, &node.at),
            Expression::Bool(value) => scalar(Scalar::Bool(*value)),
            Expression::Int(number, None) => scalar(Scalar::Int(*number, None)),
            Expression::Int(number, Some(ty)) => match integer(ty) {
                Some(ty) => scalar(Scalar::Int(*number, Some(ty))),
                None => fault(&node.at, format!("`{ty}` is no type of numbers")),
            },
            Expression::Float(number) => scalar(Scalar::Float(*number, "f64")),
            Expression::Text(text) => scalar(Scalar::Text(text.clone())),
            Expression::Char(c) => scalar(Scalar::Char(*c)),
            Expression::Field(of, name) => self.field(&self.eval(of)?, name),
            Expression::Index(of, index) => self.index(&self.eval(of)?, index, node),
            Expression::Range { .. } => fault(&node.at, "a range stands between `[` and `]`"),
            Expression::Call(of, method, arguments) => {
                let thing = self.eval(of)?;
                // What `lock` gives here is the value itself: of the result there is nothing to unwrap.
                match &of.kind {
                    Expression::Call(_, before, _)
                        if matches!(&*before.text, "lock" | "read" | "write")
                            && matches!(&*method.text, "unwrap" | "expect") =>
                    {
                        Ok(thing)
                    }
                    _ => self.call(&thing, method, arguments, node),
                }
            }
            Expression::Unary("&", inner) => Ok(Thing::Reference(Box::new(self.eval(inner)?))),
            Expression::Unary("*", inner) => self.dereference(self.eval(inner)?, node),
            Expression::Unary(sign, inner) => {
                let result = self.scalar(&self.eval(inner)?, &inner.at)?.unary(sign);
                self.computed(result, node)
            }
            Expression::Binary(sign @ ("&&" | "||"), one, two) => {
                let one = self.truth(one)?;
                if one == (*sign == "||") {
                    return scalar(Scalar::Bool(one));
                }
                scalar(Scalar::Bool(self.truth(two)?))
            }
            Expression::Binary(sign, one, two) => {
                let left = self.scalar(&self.eval(one)?, &one.at)?;
                let right = self.scalar(&self.eval(two)?, &two.at)?;
                self.computed(left.binary(sign, &right), node)
            }
            Expression::Cast(inner, ty) => {
                if integer(ty).is_none() && float(ty).is_none() && ty != "char" && ty != "bool" {
                    return fault(
                        &node.at,
                        format!("`as {ty}`: only types of numbers are known"),
                    );
                }
                let result = self.scalar(&self.eval(inner)?, &inner.at)?.cast(ty);
                self.computed(result, node)
            }
        }
    }

    fn computed(&self, result: Result<Scalar, String>, node: &Node) -> Outcome {
        match result {
            Ok(scalar) => Ok(Thing::Scalar(scalar)),
            Err(text) => fault(&node.at, text),
        }
    }

    fn truth(&self, node: &Node) -> Result<bool, Fault> {
        match self.scalar(&self.eval(node)?, &node.at)? {
            Scalar::Bool(value) => Ok(value),
            other => fault(
                &node.at,
                format!("this is a `{}` and no `bool`", other.type_name()),
            ),
        }
    }

    fn name(&self, name: &str, at: &Range<usize>) -> Outcome {
        let Some(local) = self.locals.iter().find(|local| &*local.name == name) else {
            let names = self.locals.iter().map(|local| &*local.name);
            let hint = match nearest(name, names) {
                Some(other) => format!("; did you mean `{other}`?"),
                None => match self.locals.len() {
                    0 => ", which has none that are known".to_owned(),
                    _ => String::new(),
                },
            };
            return fault(at, format!("no variable `{name}` in this frame{hint}"));
        };
        if is_secret(name) {
            return hidden(at, name);
        }
        match (
            &local.located,
            local.ty.and_then(|ty| self.scene.type_at(ty)),
        ) {
            (Ok(located), Some(ty)) => Ok(Thing::Memory(Value {
                ty,
                at: located.clone(),
            })),
            (Err(absent), _) => fault(at, format!("`{name}`: {absent}")),
            (Ok(_), None) => fault(at, format!("the type of `{name}` is not described")),
        }
    }

    /// The value that is meant, behind references and owning pointers.
    pub(super) fn meant(
        &self,
        thing: &Thing,
        at: &Range<usize>,
    ) -> Result<(Option<Value>, Option<View>), Fault> {
        match thing {
            Thing::Memory(value) => {
                let (value, view) = self.scene.meant(value, REACH).map_err(unread(at))?;
                Ok((Some(value), Some(view)))
            }
            Thing::Part(part) => Ok((None, Some(View::Sequence(part.clone())))),
            Thing::Reference(inner) => self.meant(inner, at),
            Thing::Scalar(_) | Thing::Option(_) => Ok((None, None)),
        }
    }

    /// The thing as a value to compute with.
    pub(super) fn scalar(&self, thing: &Thing, at: &Range<usize>) -> Result<Scalar, Fault> {
        if let Thing::Scalar(scalar) = thing {
            return Ok(scalar.clone());
        }
        if let Thing::Reference(inner) = thing {
            return self.scalar(inner, at);
        }
        let (value, view) = self.meant(thing, at)?;
        let name = value
            .map(|value| value.ty.name.to_string())
            .unwrap_or_default();
        let is_integer = integer(&name);
        match view {
            Some(View::Bool(value)) => Ok(Scalar::Bool(value)),
            Some(View::Char(value)) => Ok(Scalar::Char(value)),
            Some(View::Signed(number)) => Ok(Scalar::Int(number, is_integer)),
            Some(View::Unsigned(number)) => match i128::try_from(number) {
                // A `NonZero` or an atomic number is compared as the number that it holds.
                Ok(number) => Ok(Scalar::Int(number, is_integer)),
                Err(_) => fault(at, "a number above the greatest i128 is only shown"),
            },
            Some(View::Float(number)) => Ok(Scalar::Float(number, "f64")),
            Some(View::Single(number)) => Ok(Scalar::Float(f64::from(number), "f32")),
            Some(View::Text(text)) if text.length == text.start.len() as u64 => Ok(Scalar::Text(
                String::from_utf8_lossy(&text.start).into_owned(),
            )),
            Some(View::Text(_)) => fault(at, "the text is too long to compute with"),
            _ => fault(
                at,
                format!(
                    "a `{}` is neither number, text, `bool` nor `char`: ask for one of its fields",
                    self.type_name(thing)
                ),
            ),
        }
    }

    fn dereference(&self, thing: Thing, node: &Node) -> Outcome {
        let value = match thing {
            Thing::Reference(inner) => return Ok(*inner),
            Thing::Memory(value) => value,
            other => {
                let name = self.type_name(&other);
                return fault(&node.at, format!("a `{name}` leads nowhere"));
            }
        };
        let view = self.scene.view(&value, REACH).map_err(unread(&node.at))?;
        if let View::Through(_, inner) = view {
            return Ok(Thing::Memory(inner));
        }
        let is_reference = value.ty.name.starts_with('&');
        match view {
            // A slice, a text or a value of unknown type.
            view @ (View::Sequence(_) | View::Text(_)) if is_reference => match view {
                View::Sequence(sequence) => Ok(Thing::Part(sequence)),
                _ => Ok(Thing::Memory(value)),
            },
            View::Address(..) => match self.scene.pointed(&value).map_err(unread(&node.at))? {
                Some(inner) => Ok(Thing::Memory(inner)),
                None => fault(&node.at, "what it points to has no known type"),
            },
            _ => fault(
                &node.at,
                format!(
                    "a `{}` cannot be dereferenced",
                    readable_type(&value.ty.name)
                ),
            ),
        }
    }

    fn field(&self, thing: &Thing, named: &Named) -> Outcome {
        let (name, at) = (&*named.text, &named.at);
        if is_secret(name) {
            return hidden(at, name);
        }
        let (_, view) = self.meant(thing, at)?;
        let Some(View::Form(form)) = &view else {
            let type_name = self.type_name(thing);
            return fault(at, format!("a `{type_name}` has no fields to name"));
        };
        let index = form.fields.iter().position(|(field, _)| {
            &**field == name || tuple_index(field).is_some_and(|index| index == name)
        });
        let Some((index, (_, field))) =
            index.and_then(|index| Some((index, form.fields.get(index)?)))
        else {
            let names = form.fields.iter();
            let names = names.map(|(field, _)| tuple_index(field).unwrap_or(field));
            let hint = match nearest(name, names) {
                Some(other) => format!("; did you mean `{other}`?"),
                None => String::new(),
            };
            let of = match &*form.name {
                "" => "this tuple".to_owned(),
                name => format!("`{name}`"),
            };
            return fault(at, format!("no field `{name}` in {of}{hint}"));
        };
        if index == 1 && self.is_secret_pair(form) {
            return hidden(at, name);
        }
        match field {
            Field::Value(value) => Ok(Thing::Memory(value.clone())),
            Field::Said(what) => Ok(Thing::Scalar(match &**what {
                "true" => Scalar::Bool(true),
                "false" => Scalar::Bool(false),
                other => Scalar::Text(other.to_owned()),
            })),
        }
    }

    /// Whether a pair's first is the name of a secret, which its second is.
    fn is_secret_pair(&self, form: &Form) -> bool {
        match form.fields.first() {
            Some((_, Field::Value(key))) if form.fields.len() == 2 && form.name.is_empty() => {
                let name = self.scene.text_of(key);
                name.is_some_and(|name| is_secret(&name))
            }
            _ => false,
        }
    }

    fn index(&self, thing: &Thing, index: &Node, node: &Node) -> Outcome {
        if let Expression::Range {
            start,
            end,
            with_end,
        } = &index.kind
        {
            return self.slice(thing, (start.as_deref(), end.as_deref(), *with_end), node);
        }
        let wanted = self.scalar(&self.eval(index)?, &index.at)?;
        match self.element(thing, &wanted, node)? {
            Ok(found) => Ok(found),
            Err(none) => fault(&index.at, none),
        }
    }

    /// The element at an index or of a key; the inner error says why there is none.
    pub(super) fn element(
        &self,
        thing: &Thing,
        wanted: &Scalar,
        node: &Node,
    ) -> Result<Result<Thing, String>, Fault> {
        let (_, view) = self.meant(thing, &node.at)?;
        match (view, wanted) {
            (Some(View::Sequence(sequence)), Scalar::Int(index, _)) => {
                let found = u64::try_from(*index)
                    .ok()
                    .and_then(|index| sequence.get(index));
                Ok(found.map(Thing::Memory).ok_or_else(|| {
                    format!(
                        "index {index} is out of bounds: the length is {}",
                        sequence.count
                    )
                }))
            }
            (Some(View::Sequence(_)), _) => fault(&node.at, "a sequence's index is a number"),
            (Some(View::Map(entries)), key) => {
                if let Scalar::Text(name) = key
                    && is_secret(name)
                {
                    return hidden(&node.at, name);
                }
                self.entry(&entries, key, node)
            }
            _ => {
                let name = self.type_name(thing);
                fault(&node.at, format!("a `{name}` cannot be indexed"))
            }
        }
    }

    /// The value of a map's key, or a set's element.
    pub(super) fn entry(
        &self,
        entries: &Entries,
        wanted: &Scalar,
        node: &Node,
    ) -> Result<Result<Thing, String>, Fault> {
        for (key, value) in &entries.first {
            let found = self.scalar(&Thing::Memory(key.clone()), &node.at)?;
            let same = wanted.binary("==", &found);
            let same = same.map_err(|text| Fault {
                at: node.at.clone(),
                text: format!("the key: {text}"),
            })?;
            if same == Scalar::Bool(true) {
                let found = value.as_ref().unwrap_or(key);
                return Ok(Ok(Thing::Memory(found.clone())));
            }
        }
        let all = entries.first.len() as u64 == entries.count;
        let among = if all {
            ""
        } else {
            " among the entries that were looked at"
        };
        Ok(Err(format!("there is no key {}{among}", wanted.show())))
    }

    fn slice(
        &self,
        thing: &Thing,
        (start, end, with_end): (Option<&Node>, Option<&Node>, bool),
        node: &Node,
    ) -> Outcome {
        let bound = |bound: Option<&Node>| match bound {
            None => Ok(None),
            Some(node) => match self.scalar(&self.eval(node)?, &node.at)? {
                Scalar::Int(number, _) => match u64::try_from(number) {
                    Ok(number) => Ok(Some(number)),
                    Err(_) => fault(&node.at, "a bound is no negative number"),
                },
                _ => fault(&node.at, "a bound is a number"),
            },
        };
        let (start, end) = (bound(start)?.unwrap_or(0), bound(end)?);
        let end = end.map(|end| end.saturating_add(u64::from(with_end)));
        let outside = |length: u64| {
            let end = end.unwrap_or(length);
            fault(
                &node.at,
                format!("{start}..{end} is out of bounds: the length is {length}"),
            )
        };
        if let (_, Some(View::Sequence(sequence))) = self.meant(thing, &node.at)? {
            return match sequence.part(start, end.unwrap_or(sequence.count)) {
                Some(part) => Ok(Thing::Part(part)),
                None => outside(sequence.count),
            };
        }
        let Scalar::Text(text) = self.scalar(thing, &node.at)? else {
            let name = self.type_name(thing);
            return fault(&node.at, format!("a `{name}` has no parts"));
        };
        let range = usize::try_from(start)
            .ok()
            .zip(usize::try_from(end.unwrap_or(text.len() as u64)).ok());
        match range.and_then(|(start, end)| text.get(start..end)) {
            Some(part) => Ok(Thing::Scalar(Scalar::Text(part.to_owned()))),
            None => outside(text.len() as u64),
        }
    }
}
