//! Owns what the standard library keeps values in, and what is best written as a whole: `Rc`, `RefCell`, `Mutex`, `Cow`, `Duration`, addresses. Collections are in `collections`.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::rc::Rc;
use std::time::Duration;

use super::masked::{HIDDEN, masked};
use super::view::{Field, Form, Reach, View};
use super::{Scene, Sequence, Value};
use crate::dwarf::{Kind, Located, Type};
use crate::hidden::is_secret;
use crate::snapshot::Unread;

type Found = Result<Option<View>, Unread>;

impl Scene<'_> {
    /// The view of a type of the standard library (and of a few libraries that every web program has), where its members alone would tell a reader little.
    pub(super) fn kept_view(self, value: &Value, reach: Reach) -> Found {
        let path = value.ty.path();
        if path.starts_with("core::sync::atomic::Atomic") {
            return self.atomic(value).map(Some);
        }
        match path {
            "alloc::vec::Vec" => sequence(self.vec(value)),
            "alloc::collections::vec_deque::VecDeque" => sequence(self.deque(value)),
            "alloc::string::String" | "std::path::PathBuf" | "std::ffi::os_str::OsString" => {
                self.string(value, reach)
            }
            "std::collections::hash::map::HashMap" | "hashbrown::map::HashMap" => {
                map(self.hashed(value, false, reach))
            }
            "std::collections::hash::set::HashSet" | "hashbrown::set::HashSet" => {
                map(self.hashed(value, true, reach))
            }
            "alloc::collections::btree::map::BTreeMap" => map(self.ordered(value, false, reach)),
            "alloc::collections::btree::set::BTreeSet" => map(self.ordered(value, true, reach)),
            "alloc::rc::Rc" => self.counted_pointer(value, "value"),
            "alloc::sync::Arc" => self.counted_pointer(value, "data"),
            "alloc::rc::Weak" | "alloc::sync::Weak" => Ok(written("(Weak)")),
            "core::cell::Cell" => Ok(self.holder(value, "Cell", &["value", "value"])),
            "core::cell::UnsafeCell" => Ok(self.through(value, &["value"])),
            "core::cell::RefCell" => self.ref_cell(value),
            "core::cell::once::OnceCell" => Ok(self.holder(value, "OnceCell", &["inner", "value"])),
            "std::sync::poison::mutex::Mutex" => self.lock(value, "Mutex"),
            "std::sync::poison::rwlock::RwLock" => self.lock(value, "RwLock"),
            "std::sync::poison::mutex::MutexGuard"
            | "std::sync::poison::rwlock::RwLockWriteGuard" => self.guard(value),
            "core::cell::Ref" | "core::cell::RefMut" => self.guarded(value, "value"),
            "std::sync::poison::rwlock::RwLockReadGuard" => self.guarded(value, "data"),
            "core::mem::manually_drop::ManuallyDrop" => Ok(self.through(value, &["value"])),
            "core::pin::Pin" => Ok(self
                .through(value, &["pointer"])
                .or_else(|| self.through(value, &["__pointer"]))),
            "core::num::nonzero::NonZero" => self.view(&self.innermost(value), reach).map(Some),
            "core::ptr::non_null::NonNull" => self.address(value),
            "alloc::borrow::Cow" => {
                let chosen = self.variant(value)?;
                Ok(chosen.and_then(|chosen| self.through(&chosen.value, &["__0"])))
            }
            "core::time::Duration" => self.duration(value),
            "core::net::ip_addr::Ipv4Addr" | "core::net::ip_addr::Ipv6Addr" => self.ip(value),
            "zeug_datastructures::headers::Headers" => self.headers(value),
            "http::uri::path::PathAndQuery" => Ok(self.within_bytes(value)),
            "bytes::bytes::Bytes" | "bytes::bytes_mut::BytesMut" => self.shared_bytes(value),
            _ => self.pointer_pair(value, reach),
        }
    }

    /// `&[T]`, `&str`, `&dyn Trait`, and boxes of them.
    fn pointer_pair(self, value: &Value, reach: Reach) -> Found {
        if let Some(sequence) = self.wide(value) {
            let sequence = sequence?;
            return Ok(Some(if is_text(&value.ty.name) {
                View::Text(self.text(&sequence, reach)?)
            } else {
                View::Sequence(sequence)
            }));
        }
        let pair = self
            .named(value, "pointer")
            .zip(self.named(value, "vtable"));
        let Some((pointer, vtable)) = pair else {
            return Ok(None);
        };
        let mark = if value.ty.name.starts_with('&') {
            "&"
        } else {
            ""
        };
        let (pointer, vtable) = (self.word(&pointer)?, self.word(&vtable)?);
        Ok(Some(match self.behind_vtable(vtable)? {
            Some((ty, _)) => View::Through(mark, at(pointer, ty)),
            None => View::Form(Form::bare(format!("{mark}dyn {}", trait_name(&value.ty)))),
        }))
    }

    fn string(self, value: &Value, reach: Reach) -> Found {
        let vec = self.within(value, "alloc::vec::Vec", 5);
        let bytes = vec.and_then(|vec| self.vec(&vec)).transpose()?;
        let text = bytes.map(|bytes| self.text(&bytes, reach)).transpose()?;
        Ok(text.map(View::Text))
    }

    fn through(self, value: &Value, path: &[&str]) -> Option<View> {
        Some(View::Through("", self.along(value, path)?))
    }

    /// `Cell { value: 5 }`
    fn holder(self, value: &Value, name: &str, path: &[&str]) -> Option<View> {
        let inner = self.along(value, path)?;
        Some(form(name, vec![("value".into(), Field::Value(inner))]))
    }

    /// What `Rc` and `Arc` lead to: the value stands in `member`, after the counts.
    fn counted_pointer(self, value: &Value, member: &str) -> Found {
        let Some(pointer) = self.named(value, "ptr") else {
            return Ok(None);
        };
        let pointer = self.unwrapped(pointer);
        if let Some(thin) = self.pointed(&pointer)? {
            return Ok(self.through(&thin, &[member]));
        }
        // Of a slice or a text: after two counts, as far on as the element's alignment asks for.
        let Some((data, length)) = self
            .named(&pointer, "data_ptr")
            .zip(self.named(&pointer, "length"))
        else {
            return self.counted_dyn(&pointer);
        };
        let (Some(inner), count) = (self.pointed(&data)?, self.word(&length)?) else {
            return Ok(None);
        };
        let Some(data) = self.named(&inner, member) else {
            return Ok(None);
        };
        let element = match &data.ty.kind {
            Kind::Array { element, .. } => self.type_at(*element),
            _ => Some(Rc::clone(&data.ty)),
        };
        let Some(element) = element else {
            return Ok(None);
        };
        let is_str = is_text(&value.ty.name);
        let sequence = Sequence::whole(element, data.at, count);
        Ok(Some(if is_str {
            let reach = Reach {
                text: 1 << 16,
                entries: 0,
            };
            View::Text(self.text(&sequence, reach)?)
        } else {
            View::Sequence(sequence)
        }))
    }

    /// `Rc<dyn Trait>`: the table of functions tells the type; its alignment tells where it begins after the two counts.
    fn counted_dyn(self, pair: &Value) -> Found {
        let Some((pointer, vtable)) = self.named(pair, "pointer").zip(self.named(pair, "vtable"))
        else {
            return Ok(None);
        };
        let (pointer, vtable) = (self.word(&pointer)?, self.word(&vtable)?);
        let Some((ty, align)) = self.behind_vtable(vtable)? else {
            return Ok(Some(View::Form(Form::bare(format!(
                "dyn {}",
                trait_name(&pair.ty)
            )))));
        };
        let after = align.clamp(16, 4096);
        Ok(Some(View::Through("", at(pointer.wrapping_add(after), ty))))
    }

    /// The type whose functions a trait's table holds, and its alignment: the table begins with what drops it, its size and its alignment; then come the trait's functions.
    fn behind_vtable(self, vtable: u64) -> Result<Option<(Rc<Type>, u64)>, Unread> {
        let mut words = [0; 6];
        for (at, word) in (vtable..).step_by(8).zip(&mut words) {
            let mut bytes = [0; 8];
            match self.process.read(at, &mut bytes) {
                Err(unread) if at == vtable => return Err(unread),
                _ => *word = u64::from_le_bytes(bytes),
            }
        }
        let [drop, size, align, methods @ ..] = words;
        // A method that the trait provides is compiled for the trait's user; that the sizes agree tells most of those apart.
        let found = std::iter::once(drop)
            .chain(methods)
            .filter_map(|function| self.program.self_type(function))
            .find(|ty| ty.size == size);
        Ok(found.map(|ty| (ty, align)))
    }

    /// A pointer out of `NonNull` and `Unique`: thin, or a pair.
    fn unwrapped(self, value: Value) -> Value {
        let mut value = value;
        for _ in 0..4 {
            let inner = match value.ty.path() {
                "core::ptr::non_null::NonNull" | "core::ptr::unique::Unique" => {
                    self.named(&value, "pointer")
                }
                _ => None,
            };
            match inner {
                Some(inner) => value = inner,
                None => break,
            }
        }
        value
    }

    fn ref_cell(self, value: &Value) -> Found {
        let parts = self
            .along(value, &["value", "value"])
            .zip(self.named(value, "borrow"));
        let Some((inner, borrow)) = parts else {
            return Ok(None);
        };
        let mut fields = vec![("value".into(), Field::Value(inner))];
        match self.word(&borrow)?.cast_signed() {
            0 => {}
            count @ 1.. => fields.push(said("borrowed", format!("{count} times"))),
            _ => fields.push(said("borrowed", "mutably".to_owned())),
        }
        Ok(Some(form("RefCell", fields)))
    }

    fn lock(self, value: &Value, name: &str) -> Found {
        let parts = self
            .along(value, &["data", "value"])
            .zip(self.named(value, "poison"));
        let Some((inner, poison)) = parts else {
            return Ok(None);
        };
        let poisoned = self.number(&self.innermost(&poison))? != 0;
        let fields = vec![
            ("data".into(), Field::Value(inner)),
            said("poisoned", poisoned.to_string()),
        ];
        Ok(Some(form(name, fields)))
    }

    /// A guard that holds a reference to its lock.
    fn guard(self, value: &Value) -> Found {
        let lock = self.named(value, "lock");
        let lock = lock.and_then(|lock| self.pointed(&lock).transpose());
        let lock = lock.transpose()?;
        Ok(lock.and_then(|lock| self.through(&lock, &["data", "value"])))
    }

    /// A guard that holds the address of the value.
    fn guarded(self, value: &Value, member: &str) -> Found {
        let Some(pointer) = self.named(value, member) else {
            return Ok(None);
        };
        let inner = self.pointed(&self.unwrapped(pointer))?;
        Ok(inner.map(|inner| View::Through("", inner)))
    }

    fn atomic(self, value: &Value) -> Result<View, Unread> {
        let inner = self.innermost(value);
        let number = self.number(&inner)?;
        let is_bool = value.ty.name.contains("AtomicBool") || value.ty.name.contains("<bool>");
        if is_bool {
            return Ok(View::Bool(number != 0));
        }
        let few = Reach {
            text: 0,
            entries: 0,
        };
        self.view(&inner, few)
    }

    fn address(self, value: &Value) -> Found {
        let pointer = self.unwrapped(value.clone());
        Ok(match pointer.ty.kind {
            Kind::Pointer(_) => Some(View::Address(self.word(&pointer)?, None)),
            _ => None,
        })
    }

    fn duration(self, value: &Value) -> Found {
        let parts = self.named(value, "secs").zip(self.named(value, "nanos"));
        let Some((secs, nanos)) = parts else {
            return Ok(None);
        };
        let (secs, nanos) = (self.word(&secs)?, self.number(&self.innermost(&nanos))?);
        // Memory that is no `Duration` may hold any number.
        let nanos = u32::try_from(nanos)
            .ok()
            .filter(|nanos| *nanos < 1_000_000_000);
        Ok(nanos.and_then(|nanos| written(&format!("{:?}", Duration::new(secs, nanos)))))
    }

    fn ip(self, value: &Value) -> Found {
        let bytes = self.bytes(value, value.ty.size.min(16) as usize)?;
        let text = match (<[u8; 4]>::try_from(&*bytes), <[u8; 16]>::try_from(&*bytes)) {
            (Ok(four), _) => Ipv4Addr::from(four).to_string(),
            (_, Ok(sixteen)) => Ipv6Addr::from(sixteen).to_string(),
            _ => return Ok(None),
        };
        Ok(written(&text))
    }

    /// The fields of a request or an answer: names and values stand in one text, and the secret ones are left out.
    fn headers(self, value: &Value) -> Found {
        let parts = self.named(value, "text").zip(self.named(value, "fields"));
        let Some((text, fields)) = parts else {
            return Ok(None);
        };
        let (Some(text), Some(fields)) =
            (self.vec(&text).transpose()?, self.vec(&fields).transpose()?)
        else {
            return Ok(None);
        };
        let mut lines = String::new();
        for index in 0..fields.count.min(100) {
            let Some(field) = fields.get(index) else {
                break;
            };
            let number = |name| match self.named(&field, name) {
                Some(number) => Ok(self.number(&number)? as u64),
                None => Ok(0),
            };
            let part = |start: u64, length: u64| -> Result<String, Unread> {
                let reach = Reach {
                    text: 1 << 10,
                    entries: 0,
                };
                let part = text.part(start, start.saturating_add(length));
                let part = part.map(|part| self.text(&part, reach)).transpose()?;
                let bytes = part.map(|part| part.start).unwrap_or_default();
                Ok(String::from_utf8_lossy(&bytes).into_owned())
            };
            let name = part(number("name")?, number("name_len")?)?;
            let shown = if is_secret(&name) || number("sensitive")? != 0 {
                HIDDEN.to_owned()
            } else {
                format!(
                    "{:?}",
                    masked(&part(number("value")?, number("value_len")?)?)
                )
            };
            let comma = if lines.is_empty() { "" } else { ", " };
            lines.push_str(&format!("{comma}{name:?}: {shown}"));
        }
        Ok(written(&format!("{{{lines}}}")))
    }

    /// The only `Bytes` within a value, in place of what wraps them.
    fn within_bytes(self, value: &Value) -> Option<View> {
        let bytes = self.within(value, "bytes::bytes::Bytes", 4)?;
        Some(View::Through("", bytes))
    }

    fn shared_bytes(self, value: &Value) -> Found {
        let parts = self.named(value, "ptr").zip(self.named(value, "len"));
        let Some((pointer, length)) = parts else {
            return Ok(None);
        };
        let pointer = self.unwrapped(pointer);
        let element = match pointer.ty.kind {
            Kind::Pointer(Some(element)) => self.type_at(element),
            _ => None,
        };
        let Some(element) = element else {
            return Ok(None);
        };
        let start = Located::Memory(self.word(&pointer)?);
        let sequence = Sequence::whole(element, start, self.word(&length)?);
        Ok(Some(View::Sequence(sequence)))
    }
}

fn sequence(found: Option<Result<Sequence, Unread>>) -> Found {
    Ok(found.transpose()?.map(View::Sequence))
}

fn map(found: Option<Result<super::view::Entries, Unread>>) -> Found {
    Ok(found.transpose()?.map(View::Map))
}

fn at(address: u64, ty: Rc<Type>) -> Value {
    Value {
        ty,
        at: Located::Memory(address),
    }
}

fn form(name: &str, fields: Vec<(Rc<str>, Field)>) -> View {
    View::Form(Form {
        name: name.to_owned(),
        fields,
    })
}

fn said(name: &str, what: String) -> (Rc<str>, Field) {
    (name.into(), Field::Said(what))
}

fn written(text: &str) -> Option<View> {
    Some(View::Written(text.to_owned()))
}

/// Whether a pointer's or box's name says that it leads to a text.
fn is_text(name: &str) -> bool {
    const TEXTS: [&str; 3] = ["str", "std::path::Path", "std::ffi::os_str::OsStr"];
    let inner = match name.split_once('<') {
        Some((_, inner)) => inner.split(['>', ',']).next().unwrap_or_default(),
        None => name.trim_start_matches('&').trim_start_matches("mut "),
    };
    TEXTS.contains(&inner)
}

/// The trait's name out of `&dyn shop::Shape` or `Box<dyn shop::Shape, Global>`.
fn trait_name(ty: &Type) -> String {
    let name = crate::dwarf::readable_type(&ty.name);
    let (_, after) = name.split_once("dyn ").unwrap_or(("", &name));
    after.trim_end_matches('>').to_owned()
}
