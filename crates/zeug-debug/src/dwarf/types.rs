//! Owns the shape of types: size, members, variants, what a pointer points to. It holds no values.

use std::collections::HashMap;
use std::rc::Rc;

use gimli::{AttributeValue, UnitOffset, constants as dw};

use super::{Die, Entry, Program, Unit};

/// A type's shape.
#[derive(Debug)]
pub(crate) struct Type {
    /// Its full name: `alloc::vec::Vec<shop::Item, alloc::alloc::Global>`.
    pub(crate) name: Rc<str>,
    /// In bytes.
    pub(crate) size: u64,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Base(Encoding),
    /// A pointer or reference to that type; to none that is known for `*const c_void`.
    Pointer(Option<Die>),
    /// A struct, a tuple, a union, a closure; with variants: an enum, or an async function's state.
    Struct {
        members: Vec<Member>,
        variants: Option<Variants>,
        parameters: Vec<(Rc<str>, Die)>,
    },
    /// An enum without fields: its numbers and names.
    Enumeration(Vec<(u64, Rc<str>)>),
    Array {
        element: Die,
        count: u64,
    },
    Function,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Unsigned,
    Signed,
    Float,
    Bool,
    Char,
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: Rc<str>,
    pub(crate) offset: u64,
    pub(crate) ty: Die,
}

#[derive(Debug)]
pub(crate) struct Variants {
    /// Where the number stands that tells the variant; without it there is one variant.
    pub(crate) tag: Option<Member>,
    pub(crate) all: Vec<Variant>,
}

#[derive(Debug)]
pub(crate) struct Variant {
    /// The number of this variant; without one it is the variant of all other numbers.
    pub(crate) number: Option<u64>,
    pub(crate) member: Member,
    /// Of an async function's state: the line of its `.await`.
    pub(crate) line: Option<u64>,
}

impl Type {
    /// A number, `bool` or `char`, which is the same in every program.
    #[cfg(all(feature = "console", target_env = "gnu"))]
    pub(super) fn primitive(name: &str) -> Option<Self> {
        let (size, encoding) = match name {
            "bool" => (1, Encoding::Bool),
            "char" => (4, Encoding::Char),
            "usize" => (8, Encoding::Unsigned),
            "isize" => (8, Encoding::Signed),
            _ => {
                let (kind, bits) = name.split_at_checked(1)?;
                let encoding = match kind {
                    "u" => Encoding::Unsigned,
                    "i" => Encoding::Signed,
                    "f" => Encoding::Float,
                    _ => return None,
                };
                match bits.parse() {
                    Ok(bits @ (8 | 16 | 32 | 64 | 128)) => (bits / 8, encoding),
                    _ => return None,
                }
            }
        };
        Some(Self {
            name: name.into(),
            size,
            kind: Kind::Base(encoding),
        })
    }

    /// The name without path and parameters: `Vec`.
    pub(crate) fn short_name(&self) -> &str {
        let end = self.name.find('<').unwrap_or(self.name.len());
        let path = &self.name[..end];
        path.rsplit("::").next().unwrap_or(path)
    }

    /// The name without parameters: `alloc::vec::Vec`.
    pub(crate) fn path(&self) -> &str {
        match self.name.find('<') {
            // `<` at the start is that of a path such as `<T as Trait>::Name`.
            Some(end) if end > 0 => &self.name[..end],
            _ => &self.name,
        }
    }

    /// The member of that name.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members().iter().find(|member| &*member.name == name)
    }

    pub(crate) fn members(&self) -> &[Member] {
        match &self.kind {
            Kind::Struct { members, .. } => members,
            _ => &[],
        }
    }

    /// The type that stands for the parameter of that name.
    pub(crate) fn parameter(&self, name: &str) -> Option<Die> {
        match &self.kind {
            Kind::Struct { parameters, .. } => {
                let found = parameters
                    .iter()
                    .find(|(parameter, _)| &**parameter == name);
                found.map(|(_, ty)| *ty)
            }
            _ => None,
        }
    }
}

/// A type's own attributes and those of its children that matter.
struct Shape<'a> {
    program: &'a Program,
    unit: &'a Unit,
    index: usize,
}

impl Program {
    /// The type at that entry.
    pub(crate) fn type_at(&self, die: Die) -> Option<Rc<Type>> {
        if let Some(known) = self.types.borrow().get(&die) {
            return Some(Rc::clone(known));
        }
        let (unit, entry) = self.entry(die)?;
        let shape = Shape {
            program: self,
            unit,
            index: die.unit,
        };
        let ty = Rc::new(shape.read(die, &entry)?);
        self.types.borrow_mut().insert(die, Rc::clone(&ty));
        Some(ty)
    }

    /// The type of an entry of `unit` that has one: a variable, a member, a pointer.
    pub(super) fn type_of(&self, unit: usize, entry: &Entry) -> Option<Die> {
        self.referred(unit, entry.attr_value(dw::DW_AT_type)?)
    }

    /// The type that the function at `die` belongs to.
    pub(super) fn self_type_at(&self, die: Die) -> Option<Rc<Type>> {
        let (unit, entry) = self.entry(die)?;
        let drops = self.text(unit, &entry, dw::DW_AT_name).is_some_and(|name| {
            name.starts_with("drop_in_place<") || name.starts_with("drop_glue<")
        });
        let mut tree = unit.entries_tree(Some(die.offset)).ok()?;
        let mut children = tree.root().ok()?.children();
        while let Ok(Some(child)) = children.next() {
            let found = self.type_of(die.unit, child.entry());
            match child.entry().tag() {
                dw::DW_TAG_template_type_parameter if drops => return self.type_at(found?),
                dw::DW_TAG_formal_parameter if !drops => {
                    return match self.type_at(found?)?.kind {
                        Kind::Pointer(Some(to)) => self.type_at(to),
                        _ => None,
                    };
                }
                _ => {}
            }
        }
        None
    }

    /// The full name of a struct or enum: the modules that it stands in come from the entries around it.
    fn path_of(&self, die: Die) -> Option<Rc<str>> {
        self.paths_in(die.unit)?.get(&die.offset).cloned()
    }

    /// The struct or enum of a unit whose full name is the one that is meant.
    #[cfg(all(feature = "console", target_env = "gnu"))]
    pub(super) fn type_in(&self, unit: usize, is_meant: impl Fn(&str) -> bool) -> Option<Die> {
        let mut paths = self.paths_in(unit)?.iter();
        let (offset, _) = paths.find(|(_, path)| is_meant(path))?;
        Some(Die {
            unit,
            offset: *offset,
        })
    }

    fn paths_in(&self, unit: usize) -> Option<&HashMap<UnitOffset, Rc<str>>> {
        let lazy = self.units.get(unit)?;
        Some(lazy.paths.get_or_init(|| {
            let unit = self.unit(unit);
            unit.and_then(|unit| self.paths(unit)).unwrap_or_default()
        }))
    }

    /// The full names of all types of a unit.
    fn paths(&self, unit: &Unit) -> Option<HashMap<UnitOffset, Rc<str>>> {
        let mut paths = HashMap::new();
        // For each depth the name of the entry there, with those around it.
        let mut around: Vec<Rc<str>> = Vec::new();
        let mut entries = unit.entries_raw(None).ok()?;
        while !entries.is_empty() {
            let depth = usize::try_from(entries.next_depth()).unwrap_or(0);
            let offset = entries.next_offset();
            let Some(abbreviation) = entries.read_abbreviation().ok()? else {
                continue;
            };
            let is_type = matches!(
                abbreviation.tag(),
                dw::DW_TAG_structure_type | dw::DW_TAG_union_type | dw::DW_TAG_enumeration_type
            );
            let named = is_type
                || matches!(
                    abbreviation.tag(),
                    dw::DW_TAG_namespace | dw::DW_TAG_subprogram
                );
            around.truncate(depth);
            let outer = around.last().cloned().unwrap_or_else(|| Rc::from(""));
            let mut path = Rc::clone(&outer);
            if named {
                let mut name = None;
                for spec in abbreviation.attributes() {
                    let attribute = entries.read_attribute(*spec).ok()?;
                    if attribute.name() == dw::DW_AT_name {
                        name = self.dwarf.attr_string(unit, attribute.value()).ok();
                    }
                }
                let name = name
                    .as_ref()
                    .and_then(|name| std::str::from_utf8(name.slice()).ok());
                if let Some(name) = name {
                    // Tuples, references and slices stand in no module.
                    let before = name.split('<').next().unwrap_or_default();
                    let free = name.starts_with(['(', '&', '*', '[']) || before.contains("::");
                    path = if outer.is_empty() || (is_type && free && !name.starts_with('{')) {
                        Rc::from(name)
                    } else {
                        format!("{outer}::{name}").into()
                    };
                    if is_type {
                        paths.insert(offset, Rc::clone(&path));
                    }
                }
            } else {
                entries.skip_attributes(abbreviation.attributes()).ok()?;
            }
            around.resize(depth, outer);
            around.push(path);
        }
        Some(paths)
    }
}

impl Shape<'_> {
    fn read(&self, die: Die, entry: &Entry) -> Option<Type> {
        let name = self.program.text(self.unit, entry, dw::DW_AT_name);
        let mut name: Rc<str> = name.unwrap_or_default().into();
        let size = number(entry, dw::DW_AT_byte_size);
        let target = self.program.type_of(self.index, entry);
        let (kind, size) = match entry.tag() {
            dw::DW_TAG_base_type => (Kind::Base(encoding(entry)), size.unwrap_or(0)),
            dw::DW_TAG_pointer_type => (Kind::Pointer(target), size.unwrap_or(8)),
            dw::DW_TAG_structure_type | dw::DW_TAG_union_type => {
                name = self.program.path_of(die).unwrap_or(name);
                (self.structure(entry)?, size.unwrap_or(0))
            }
            dw::DW_TAG_enumeration_type => {
                name = self.program.path_of(die).unwrap_or(name);
                (self.enumeration(entry)?, size.unwrap_or(0))
            }
            dw::DW_TAG_array_type => {
                let element = target?;
                let count = self.count(entry).unwrap_or(0);
                let of = self.program.type_at(element)?;
                name = format!("[{}; {count}]", of.name).into();
                (
                    Kind::Array { element, count },
                    of.size.saturating_mul(count),
                )
            }
            dw::DW_TAG_subroutine_type => (Kind::Function, 0),
            dw::DW_TAG_typedef | dw::DW_TAG_const_type | dw::DW_TAG_volatile_type => {
                let same = self.program.type_at(target?)?;
                return Some(Type {
                    name: Rc::clone(&same.name),
                    size: same.size,
                    kind: same.kind.again(),
                });
            }
            _ => (Kind::Unknown, size.unwrap_or(0)),
        };
        Some(Type { name, size, kind })
    }

    /// Calls `each` with the entries right below.
    fn children(&self, entry: &Entry, mut each: impl FnMut(&Entry)) -> Option<()> {
        let mut tree = self.unit.entries_tree(Some(entry.offset())).ok()?;
        let mut children = tree.root().ok()?.children();
        while let Ok(Some(child)) = children.next() {
            each(child.entry());
        }
        Some(())
    }

    fn structure(&self, entry: &Entry) -> Option<Kind> {
        let mut members = Vec::new();
        let mut variants = None;
        let mut parameters = Vec::new();
        self.children(entry, |child| match child.tag() {
            dw::DW_TAG_member => members.extend(self.member(child)),
            dw::DW_TAG_variant_part => variants = self.variants(child),
            dw::DW_TAG_template_type_parameter => {
                let name = self.program.text(self.unit, child, dw::DW_AT_name);
                let ty = self.program.type_of(self.index, child);
                parameters.extend(name.map(Rc::from).zip(ty));
            }
            _ => {}
        })?;
        // In the order of the declaration: the compiler emits tuples' members so, and other structs' as they are written.
        Some(Kind::Struct {
            members,
            variants,
            parameters,
        })
    }

    fn member(&self, entry: &Entry) -> Option<Member> {
        Some(Member {
            name: self
                .program
                .text(self.unit, entry, dw::DW_AT_name)
                .unwrap_or_default()
                .into(),
            offset: number(entry, dw::DW_AT_data_member_location).unwrap_or(0),
            ty: self.program.type_of(self.index, entry)?,
        })
    }

    fn variants(&self, part: &Entry) -> Option<Variants> {
        let tag = part.attr_value(dw::DW_AT_discr).and_then(|tag| {
            let tag = self.program.referred(self.index, tag)?;
            let (_, entry) = self.program.entry(tag)?;
            self.member(&entry)
        });
        let mut all = Vec::new();
        self.children(part, |child| {
            if child.tag() == dw::DW_TAG_variant {
                let number = child.attr_value(dw::DW_AT_discr_value);
                let (mut member, mut line) = (None, None);
                self.children(child, |inner| {
                    if inner.tag() == dw::DW_TAG_member {
                        member = self.member(inner);
                        line = self::number(inner, dw::DW_AT_decl_line);
                    }
                });
                all.extend(member.map(|member| Variant {
                    number: number.as_ref().and_then(constant),
                    member,
                    line,
                }));
            }
        })?;
        Some(Variants { tag, all })
    }

    fn enumeration(&self, entry: &Entry) -> Option<Kind> {
        let mut items = Vec::new();
        self.children(entry, |child| {
            if child.tag() == dw::DW_TAG_enumerator {
                let name = self.program.text(self.unit, child, dw::DW_AT_name);
                let value = child.attr_value(dw::DW_AT_const_value);
                let value = value.as_ref().and_then(constant);
                items.extend(value.zip(name.map(Rc::from)));
            }
        })?;
        Some(Kind::Enumeration(items))
    }

    fn count(&self, entry: &Entry) -> Option<u64> {
        let mut count = None;
        self.children(entry, |child| {
            if child.tag() == dw::DW_TAG_subrange_type {
                count = number(child, dw::DW_AT_count)
                    .or_else(|| number(child, dw::DW_AT_upper_bound)?.checked_add(1));
            }
        })?;
        count
    }
}

impl Kind {
    /// The same again, for a name that stands for another type.
    fn again(&self) -> Self {
        match self {
            Self::Base(encoding) => Self::Base(*encoding),
            Self::Pointer(to) => Self::Pointer(*to),
            Self::Array { element, count } => Self::Array {
                element: *element,
                count: *count,
            },
            Self::Function => Self::Function,
            // Rust has no other names for structs in its debug information; C has.
            _ => Self::Unknown,
        }
    }
}

fn number(entry: &Entry, name: gimli::DwAt) -> Option<u64> {
    entry.attr_value(name)?.udata_value()
}

/// A variant's or an enumerator's number, as the bytes of its width and zeros.
fn constant(value: &AttributeValue<super::Reader>) -> Option<u64> {
    match value {
        AttributeValue::Sdata(number) => Some(number.cast_unsigned()),
        AttributeValue::Block(bytes) => {
            // A number of 128 bits: the lower half tells the variants apart.
            let low = bytes.slice().first_chunk::<8>()?;
            Some(u64::from_le_bytes(*low))
        }
        other => other.udata_value(),
    }
}

fn encoding(entry: &Entry) -> Encoding {
    match entry.attr_value(dw::DW_AT_encoding) {
        Some(AttributeValue::Encoding(encoding)) => match encoding {
            dw::DW_ATE_boolean => Encoding::Bool,
            dw::DW_ATE_float => Encoding::Float,
            dw::DW_ATE_signed | dw::DW_ATE_signed_char => Encoding::Signed,
            dw::DW_ATE_UTF => Encoding::Char,
            _ => Encoding::Unsigned,
        },
        _ => Encoding::Unsigned,
    }
}
