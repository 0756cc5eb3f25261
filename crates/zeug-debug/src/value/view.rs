//! Owns what a value is to a reader: a number, a text, a sequence, a map, a struct. `show` writes it and the console walks along it; neither knows how types are laid out.

use std::rc::Rc;

use super::{Scene, Sequence, Value};
use crate::dwarf::{Encoding, Kind, Type};
use crate::snapshot::Unread;

/// A value as a reader sees it.
#[derive(Debug)]
pub(crate) enum View {
    Unit,
    Bool(bool),
    Char(char),
    Signed(i128),
    Unsigned(u128),
    Float(f64),
    Single(f32),
    Text(Text),
    Sequence(Sequence),
    /// A map, or with values of no size a set.
    Map(Entries),
    /// A reference or an owning pointer, with its mark (`&`, or nothing): what is meant is the value that it leads to.
    Through(&'static str, Value),
    Form(Form),
    /// What is best written as a whole: `1.5s`, `127.0.0.1`.
    Written(String),
    /// An address, and the name of what is there.
    Address(u64, Option<String>),
}

/// A text's beginning, and its length in bytes.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) start: Vec<u8>,
    pub(crate) length: u64,
}

/// A map's or set's first entries, and how many there are.
#[derive(Debug)]
pub(crate) struct Entries {
    pub(crate) first: Vec<(Value, Option<Value>)>,
    pub(crate) count: u64,
    pub(crate) is_set: bool,
}

/// A struct, a tuple or an enum's variant.
#[derive(Debug)]
pub(crate) struct Form {
    /// Empty for a tuple.
    pub(crate) name: String,
    pub(crate) fields: Vec<(Rc<str>, Field)>,
}

#[derive(Debug)]
pub(crate) enum Field {
    Value(Value),
    /// Something said of the value that is none itself: `poisoned: true`.
    Said(String),
}

impl Form {
    pub(crate) fn bare(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            fields: Vec::new(),
        }
    }

    /// Whether its fields have numbers and no names.
    pub(crate) fn is_tuple(&self) -> bool {
        !self.fields.is_empty()
            && self
                .fields
                .iter()
                .all(|(name, _)| tuple_index(name).is_some())
    }
}

/// The number of a tuple's field from its name in the debug information, `__0`.
pub(crate) fn tuple_index(name: &str) -> Option<&str> {
    let digits = name.strip_prefix("__")?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// How much is read of a value to look at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    /// Bytes of a text.
    pub(crate) text: usize,
    /// Entries of a map.
    pub(crate) entries: usize,
}

impl Scene<'_> {
    /// What the value is to a reader.
    ///
    /// # Errors
    ///
    /// Its memory is not there.
    pub(crate) fn view(self, value: &Value, reach: Reach) -> Result<View, Unread> {
        match &value.ty.kind {
            Kind::Base(encoding) => self.number_view(value, *encoding),
            Kind::Pointer(_) => self.pointer_view(value),
            Kind::Struct { variants, .. } => {
                if let Some(view) = self.kept_view(value, reach)? {
                    return Ok(view);
                }
                if variants.is_some() {
                    return self.enum_view(value);
                }
                Ok(View::Form(self.form(value, value.ty.short_name())))
            }
            Kind::Enumeration(items) => {
                let number = self.number(value)? as u64;
                let mask = |number: u64| super::low_bits(number, value.ty.size);
                let item = items.iter().find(|item| mask(item.0) == mask(number));
                Ok(match item {
                    Some((_, name)) => View::Form(Form::bare(&**name)),
                    None => View::Written(format!("{}({number})", value.ty.short_name())),
                })
            }
            Kind::Array { element, count } => match self.type_at(*element) {
                Some(element) => Ok(View::Sequence(Sequence::whole(
                    element,
                    value.at.clone(),
                    *count,
                ))),
                None => Ok(View::Written("[..]".to_owned())),
            },
            Kind::Function | Kind::Unknown => Ok(View::Written(format!("<{}>", value.ty.name))),
        }
    }

    /// The value that is meant, behind as many references and owning pointers as there are.
    ///
    /// # Errors
    ///
    /// The memory of one of them is not there.
    pub(crate) fn meant(self, value: &Value, reach: Reach) -> Result<(Value, View), Unread> {
        let mut value = value.clone();
        // A cycle of references ends here.
        for _ in 0..32 {
            match self.view(&value, reach)? {
                View::Through(_, inner) => value = inner,
                view => return Ok((value, view)),
            }
        }
        Ok((value, View::Written("..".to_owned())))
    }

    fn number_view(self, value: &Value, encoding: Encoding) -> Result<View, Unread> {
        let size = value.ty.size;
        if size == 0 {
            return Ok(View::Unit);
        }
        let number = self.number(value)?;
        Ok(match encoding {
            Encoding::Bool => match number {
                0 => View::Bool(false),
                1 => View::Bool(true),
                _ => View::Written(format!("<bool of byte {number}>")),
            },
            Encoding::Char => match u32::try_from(number).ok().and_then(char::from_u32) {
                Some(c) => View::Char(c),
                None => View::Written(format!("<char {number:#x}>")),
            },
            Encoding::Float if size == 4 => View::Single(f32::from_bits(number as u32)),
            Encoding::Float if size == 8 => View::Float(f64::from_bits(number as u64)),
            Encoding::Float => View::Written(format!("<float {number:#x}>")),
            Encoding::Signed => {
                let unused = 128 - 8 * size.min(16) as u32;
                View::Signed((number << unused).cast_signed() >> unused)
            }
            Encoding::Unsigned => View::Unsigned(number),
        })
    }

    fn pointer_view(self, value: &Value) -> Result<View, Unread> {
        let name = &value.ty.name;
        let mark = if name.starts_with('&') {
            "&"
        } else if name.starts_with("alloc::boxed::Box<") {
            ""
        } else {
            let address = self.word(value)?;
            let is_function = name.starts_with("fn(") || name.contains(" fn(");
            let named = is_function.then(|| self.program.symbol(address));
            return Ok(View::Address(address, named));
        };
        Ok(match self.pointed(value)? {
            Some(inner) => View::Through(mark, inner),
            None => View::Address(self.word(value)?, None),
        })
    }

    fn enum_view(self, value: &Value) -> Result<View, Unread> {
        let Some(chosen) = self.variant(value)? else {
            return Ok(View::Written(format!(
                "<{} of an unknown variant>",
                value.ty.short_name()
            )));
        };
        if value.ty.short_name().starts_with('{') {
            // An async function, a closure or a generator: its variants are the places where it can stand.
            let state = chosen.value.ty.short_name().to_owned();
            let kind = generated(&value.ty);
            return Ok(View::Form(
                self.form(&chosen.value, &format!("{kind} {state}")),
            ));
        }
        Ok(View::Form(self.form(&chosen.value, &chosen.name)))
    }

    /// The members as fields.
    fn form(self, value: &Value, name: &str) -> Form {
        if let Some(number) = value.ty.name.strip_prefix("union ") {
            return Form::bare(number);
        }
        let members = value.ty.members().iter();
        let fields = members
            .filter(|member| !member.name.starts_with("__state"))
            .filter_map(|member| {
                let field = Field::Value(self.member(value, member)?);
                Some((captured(&member.name), field))
            })
            .collect();
        let is_tuple = value.ty.name.starts_with('(');
        let name = match name {
            _ if is_tuple => String::new(),
            name if name.starts_with('{') => generated(&value.ty).to_owned(),
            name => name.to_owned(),
        };
        Form { name, fields }
    }
}

/// What a type that the compiler made is to a reader.
fn generated(ty: &Type) -> &'static str {
    let name = ty.name.rsplit("::").next().unwrap_or_default();
    if name.starts_with("{async") {
        "async"
    } else if name.starts_with("{closure") {
        "closure"
    } else {
        "generator"
    }
}

/// The name of what a closure has captured: by reference it is `_ref__name`.
fn captured(name: &Rc<str>) -> Rc<str> {
    match name.strip_prefix("_ref__") {
        Some(name) => name.into(),
        None => Rc::clone(name),
    }
}
