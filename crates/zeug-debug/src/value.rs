//! Owns values in a snapshot's memory: what lies where, as the program's types tell it. How they are written is in `show`, which collections there are in `std_types`.

mod collections;
mod kept;
mod masked;
mod show;
mod view;

use std::rc::Rc;

pub(crate) use collections::Sequence;
pub(crate) use masked::masked;
pub(crate) use show::{Limits, show, show_view};
pub(crate) use view::{Entries, Field, Form, Reach, View, tuple_index};

use crate::dwarf::{
    Absent, Die, Function, Kind, Located, Member, Program, Type, Variant, readable_type,
};
use crate::hidden::is_secret;
use crate::snapshot::{Process, Unread};
use crate::system::RawFrame;
use crate::traceback::{Frame, Shown, Variable};

/// A snapshot and what is known of its program.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) program: &'a Program,
    pub(crate) process: &'a Process,
}

/// A value of the program.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) ty: Rc<Type>,
    pub(crate) at: Located,
}

impl Value {
    /// What of it lies `offset` bytes further on, as that type.
    fn at_offset(&self, offset: u64, ty: Rc<Type>) -> Self {
        let at = match &self.at {
            Located::Memory(address) => Located::Memory(address.wrapping_add(offset)),
            Located::Bytes(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                Located::Bytes(bytes.get(start..).unwrap_or_default().into())
            }
        };
        Self { ty, at }
    }
}

impl Scene<'_> {
    pub(crate) fn type_at(self, die: Die) -> Option<Rc<Type>> {
        self.program.type_at(die)
    }

    /// The first bytes of the value, as many as asked for.
    fn bytes(self, value: &Value, length: usize) -> Result<Vec<u8>, Unread> {
        match &value.at {
            Located::Memory(address) => {
                let mut bytes = vec![0; length];
                self.process.read(*address, &mut bytes)?;
                Ok(bytes)
            }
            Located::Bytes(bytes) => {
                let found = bytes.get(..length).ok_or(Unread::Nothing(0))?;
                Ok(found.to_vec())
            }
        }
    }

    /// The value as a number without sign: at most 16 bytes of it.
    pub(crate) fn number(self, value: &Value) -> Result<u128, Unread> {
        let size = usize::try_from(value.ty.size.min(16)).unwrap_or(16);
        let mut wide = [0; 16];
        for (to, from) in wide.iter_mut().zip(self.bytes(value, size)?) {
            *to = from;
        }
        Ok(u128::from_le_bytes(wide))
    }

    /// The value as an address or a length.
    pub(crate) fn word(self, value: &Value) -> Result<u64, Unread> {
        let bytes = self.bytes(value, 8)?;
        Ok(bytes
            .first_chunk()
            .map_or(0, |word| u64::from_le_bytes(*word)))
    }

    pub(crate) fn member(self, value: &Value, member: &Member) -> Option<Value> {
        Some(value.at_offset(member.offset, self.type_at(member.ty)?))
    }

    /// The member of that name.
    pub(crate) fn named(self, value: &Value, name: &str) -> Option<Value> {
        self.member(value, value.ty.member(name)?)
    }

    /// The member at the end of a path of names.
    fn along(self, value: &Value, path: &[&str]) -> Option<Value> {
        path.iter()
            .try_fold(value.clone(), |value, name| self.named(&value, name))
    }

    /// What a pointer points to.
    pub(crate) fn pointed(self, pointer: &Value) -> Result<Option<Value>, Unread> {
        let Kind::Pointer(Some(to)) = pointer.ty.kind else {
            return Ok(None);
        };
        let address = self.word(pointer)?;
        Ok(self.type_at(to).map(|ty| Value {
            ty,
            at: Located::Memory(address),
        }))
    }

    /// The first pointer within a value, through the structs that it is wrapped in.
    fn first_pointer(self, value: &Value) -> Option<Value> {
        let mut value = value.clone();
        for _ in 0..8 {
            if matches!(value.ty.kind, Kind::Pointer(_)) {
                return Some(value);
            }
            // Markers and allocators have no size.
            let next = value.ty.members().iter().find_map(|member| {
                let inner = self.member(&value, member)?;
                (inner.ty.size > 0).then_some(inner)
            })?;
            value = next;
        }
        None
    }

    /// The only member that has a size, through as many structs as there are: what a `Cell`, a `NonZero` or an atomic number holds.
    fn innermost(self, value: &Value) -> Value {
        let mut value = value.clone();
        for _ in 0..8 {
            let mut sized = value
                .ty
                .members()
                .iter()
                .filter_map(|member| self.member(&value, member))
                .filter(|inner| inner.ty.size > 0);
            match (sized.next(), sized.next()) {
                (Some(inner), None) => {
                    drop(sized);
                    value = inner;
                }
                _ => break,
            }
        }
        value
    }

    /// The bytes that the members of a variant take.
    fn form_size(self, ty: &Type) -> u64 {
        let members = ty.members().iter();
        let sizes = members.filter_map(|member| self.type_at(member.ty));
        sizes.map(|ty| ty.size).sum()
    }

    /// The variant that an enum's value is, if it is an enum.
    pub(crate) fn variant(self, value: &Value) -> Result<Option<Chosen>, Unread> {
        let Kind::Struct {
            variants: Some(variants),
            ..
        } = &value.ty.kind
        else {
            return Ok(None);
        };
        let number = match &variants.tag {
            Some(tag) => self.member(value, tag).map(|tag| {
                let width = tag.ty.size;
                Ok::<_, Unread>((low_bits(self.number(&tag)? as u64, width), width))
            }),
            None => None,
        };
        let number = number.transpose()?;
        let is = |variant: &&Variant| match (variant.number, number) {
            (Some(expected), Some((found, width))) => low_bits(expected, width) == found,
            _ => false,
        };
        let all = &variants.all;
        let found = all.iter().find(is);
        // Of variants without numbers all but one are impossible, and have no size.
        let other = all.iter().filter(|variant| variant.number.is_none());
        let other = other.max_by_key(|variant| {
            let ty = self.type_at(variant.member.ty);
            ty.map_or(0, |ty| self.form_size(&ty))
        });
        let variant = found.or(other);
        Ok(variant.and_then(|variant| {
            Some(Chosen {
                name: Rc::clone(&variant.member.name),
                value: self.member(value, &variant.member)?,
            })
        }))
    }
}

/// A variant of an enum, with its fields as a struct.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) name: Rc<str>,
    pub(crate) value: Value,
}

fn low_bits(number: u64, bytes: u64) -> u64 {
    match bytes {
        0 => 0,
        1..=7 => number & ((1 << (8 * bytes)) - 1),
        _ => number,
    }
}

/// The frames, with their variables where there is a snapshot; and why variables are missing as a whole.
pub(crate) fn frames(
    program: &Program,
    process: Option<&Process>,
    raw: &[RawFrame],
) -> (Vec<Frame>, Option<String>) {
    let functions = program.functions(raw);
    let ended = process.and_then(|process| process.answers(raw).err());
    let process = process.filter(|_| ended.is_none());
    let mut known = false;
    let mut optimised = false;
    let frames = functions
        .iter()
        .map(|function| {
            let mut variables = Vec::new();
            if let Some(process) = process {
                let scene = Scene { program, process };
                for local in program.locals(process, raw, function) {
                    if function.own {
                        known = true;
                        // A parameter in a register that was used again is lost in unoptimised programs, too.
                        optimised |= matches!(local.located, Err(Absent::Optimised));
                    }
                    variables.push(scene.variable(local));
                }
            }
            Frame {
                function: function.name.clone(),
                place: function.place.clone(),
                own: function.own,
                inlined: function.inlined,
                variables,
            }
        })
        .collect();
    let lack = ended
        .or_else(|| program.lack())
        .or_else(|| lack(&functions, known, optimised));
    (frames, lack)
}

/// Why variables are missing, judged by what was found of the application's own functions.
fn lack(functions: &[Function], known: bool, optimised: bool) -> Option<String> {
    if functions.iter().any(|function| function.own) && !known {
        return Some(
            "no variables are described: where functions have some, set `debug = 2` in [profile.dev] of Cargo.toml, which may say \"line-tables-only\" or 1"
                .to_owned(),
        );
    }
    optimised.then(|| {
        "some variables were optimised away: set `opt-level = 0` in [profile.dev] of Cargo.toml"
            .to_owned()
    })
}

impl Scene<'_> {
    fn variable(self, local: crate::dwarf::Local) -> Variable {
        let ty = local.ty.and_then(|ty| self.type_at(ty));
        let shown = if is_secret(&local.name) {
            Shown::Hidden
        } else {
            match (local.located, &ty) {
                (Ok(at), Some(ty)) => Shown::Value(show(
                    self,
                    &Value {
                        ty: Rc::clone(ty),
                        at,
                    },
                    Limits::local(),
                )),
                (Ok(_), None) => Shown::Missing("its type is not described".to_owned()),
                (Err(absent), _) => Shown::Missing(absent.to_string()),
            }
        };
        Variable {
            name: local.name.to_string(),
            type_name: ty.map_or_else(|| "?".to_owned(), |ty| readable_type(&ty.name)),
            value: shown,
            line: local.line,
        }
    }
}
