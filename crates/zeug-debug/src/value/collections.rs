//! Owns how collections lie in memory: slices, `Vec`, `VecDeque`, hash maps and B-trees of the standard library. What else the library has is in `kept`.

use std::rc::Rc;

use super::view::{Entries, Reach, Text};
use super::{Scene, Value};
use crate::dwarf::{Located, Type};
use crate::snapshot::Unread;

/// Elements one after the other; a ring of them for `VecDeque`.
#[derive(Debug, Clone)]
pub(crate) struct Sequence {
    pub(crate) element: Rc<Type>,
    start: Located,
    /// The place of the first, and the number of places after which the ring begins again.
    first: u64,
    places: u64,
    pub(crate) count: u64,
}

impl Sequence {
    pub(super) fn whole(element: Rc<Type>, start: Located, count: u64) -> Self {
        Self {
            element,
            start,
            first: 0,
            places: count,
            count,
        }
    }

    /// The element with that index.
    pub(crate) fn get(&self, index: u64) -> Option<Value> {
        if index >= self.count {
            return None;
        }
        let place = self.first.wrapping_add(index).checked_rem(self.places)?;
        let start = Value {
            ty: Rc::clone(&self.element),
            at: self.start.clone(),
        };
        let offset = place.wrapping_mul(self.element.size);
        Some(start.at_offset(offset, Rc::clone(&self.element)))
    }

    /// The elements from `start` to before `end`.
    pub(crate) fn part(&self, start: u64, end: u64) -> Option<Self> {
        let count = end.checked_sub(start).filter(|_| end <= self.count)?;
        Some(Self {
            first: self.first.wrapping_add(start),
            count,
            ..self.clone()
        })
    }
}

/// The most places of a hash map or nodes of a tree that are looked at.
const MOST: u64 = 1 << 20;

impl Scene<'_> {
    /// The elements of a `Vec`.
    pub(super) fn vec(self, value: &Value) -> Option<Result<Sequence, Unread>> {
        let element = self.type_at(value.ty.parameter("T")?)?;
        let pointer = self.first_pointer(&self.named(value, "buf")?)?;
        let count = self.named(value, "len")?;
        Some(self.counted(&pointer, &count, element))
    }

    fn counted(
        self,
        pointer: &Value,
        count: &Value,
        element: Rc<Type>,
    ) -> Result<Sequence, Unread> {
        let start = Located::Memory(self.word(pointer)?);
        Ok(Sequence::whole(element, start, self.word(count)?))
    }

    pub(super) fn deque(self, value: &Value) -> Option<Result<Sequence, Unread>> {
        let sequence = self.vec(value)?;
        let first = self.named(value, "head")?;
        let places = self.innermost(&self.along(value, &["buf", "inner", "cap"])?);
        Some(sequence.and_then(|sequence| {
            let places = match sequence.element.size {
                0 => u64::MAX,
                _ => self.word(&places)?,
            };
            Ok(Sequence {
                first: self.word(&first)?,
                places,
                ..sequence
            })
        }))
    }

    /// A reference to a slice or a text: a pointer and a length.
    pub(super) fn wide(self, value: &Value) -> Option<Result<Sequence, Unread>> {
        let pointer = self.named(value, "data_ptr")?;
        let length = self.named(value, "length")?;
        let crate::dwarf::Kind::Pointer(Some(element)) = pointer.ty.kind else {
            return None;
        };
        Some(self.counted(&pointer, &length, self.type_at(element)?))
    }

    /// The bytes of a sequence as a text.
    pub(super) fn text(self, bytes: &Sequence, reach: Reach) -> Result<Text, Unread> {
        let length = bytes.count;
        let read = usize::try_from(length).map_or(reach.text, |length| length.min(reach.text));
        let start = match bytes.get(0) {
            Some(first) => self.bytes(&first, read)?,
            None => Vec::new(),
        };
        Ok(Text { start, length })
    }

    /// The first struct of that path within a value.
    pub(super) fn within(self, value: &Value, path: &str, deep: u32) -> Option<Value> {
        if value.ty.path() == path {
            return Some(value.clone());
        }
        let deeper = deep.checked_sub(1)?;
        value
            .ty
            .members()
            .iter()
            .filter_map(|member| self.member(value, member))
            .find_map(|inner| self.within(&inner, path, deeper))
    }

    /// The entries of a `HashMap` or `HashSet`, in the order of their places: those whose control byte has no upper bit.
    pub(super) fn hashed(
        self,
        value: &Value,
        is_set: bool,
        reach: Reach,
    ) -> Option<Result<Entries, Unread>> {
        let table = self.within(value, "hashbrown::raw::RawTable", 4)?;
        let entry = self.type_at(table.ty.parameter("T")?)?;
        let inner = self.named(&table, "table")?;
        let control = self.first_pointer(&self.named(&inner, "ctrl")?)?;
        let mask = self.named(&inner, "bucket_mask")?;
        let count = self.named(&inner, "items")?;
        let read = || {
            let (control, mask, count) =
                (self.word(&control)?, self.word(&mask)?, self.word(&count)?);
            let places = mask.saturating_add(1).min(MOST);
            let mut first = Vec::new();
            let mut controls = [0; 4096];
            for start in (0..places).step_by(controls.len()) {
                let chunk = usize::try_from(places - start).map_or(4096, |left| left.min(4096));
                let controls = &mut controls[..chunk];
                self.process.read(control.wrapping_add(start), controls)?;
                for (place, _) in (start..).zip(controls).filter(|(_, byte)| **byte < 0x80) {
                    if first.len() as u64 >= (reach.entries as u64).min(count) {
                        break;
                    }
                    let back = place.wrapping_add(1).wrapping_mul(entry.size);
                    let at = Located::Memory(control.wrapping_sub(back));
                    let ty = Rc::clone(&entry);
                    first.extend(self.pair(&Value { ty, at }));
                }
            }
            Ok(Entries {
                first,
                count,
                is_set,
            })
        };
        Some(read())
    }

    fn pair(self, entry: &Value) -> Option<(Value, Option<Value>)> {
        Some((self.named(entry, "__0")?, self.named(entry, "__1")))
    }

    /// The entries of a `BTreeMap` or `BTreeSet`, in order.
    pub(super) fn ordered(
        self,
        value: &Value,
        is_set: bool,
        reach: Reach,
    ) -> Option<Result<Entries, Unread>> {
        let map = self.within(value, "alloc::collections::btree::map::BTreeMap", 2)?;
        let count = self.named(&map, "length")?;
        let root = self.named(&map, "root")?;
        let walk = Walk {
            scene: self,
            key: self.type_at(map.ty.parameter("K")?)?,
            value: self.type_at(map.ty.parameter("V")?)?,
            most: reach.entries,
        };
        let read = || {
            let count = self.word(&count)?;
            let mut first = Vec::new();
            if let Some(node) = self
                .variant(&root)?
                .and_then(|some| self.named(&some.value, "__0"))
            {
                walk.root(&node, &mut first)?;
            }
            Ok(Entries {
                first,
                count,
                is_set,
            })
        };
        Some(read())
    }
}

/// A walk through a B-tree.
struct Walk<'a> {
    scene: Scene<'a>,
    key: Rc<Type>,
    value: Rc<Type>,
    most: usize,
}

impl Walk<'_> {
    fn root(&self, root: &Value, found: &mut Vec<(Value, Option<Value>)>) -> Result<(), Unread> {
        let scene = self.scene;
        let height = scene.named(root, "height");
        let node = scene
            .named(root, "node")
            .and_then(|node| scene.first_pointer(&node));
        let (Some(height), Some(node)) = (height, node) else {
            return Ok(());
        };
        let height = scene.word(&height)?;
        match scene.pointed(&node)? {
            Some(leaf) => self.node(&leaf, height.min(32), found),
            None => Ok(()),
        }
    }

    fn node(
        &self,
        leaf: &Value,
        height: u64,
        found: &mut Vec<(Value, Option<Value>)>,
    ) -> Result<(), Unread> {
        let scene = self.scene;
        let (Some(count), Some(keys), Some(values)) = (
            scene.named(leaf, "len"),
            scene.named(leaf, "keys"),
            scene.named(leaf, "vals"),
        ) else {
            return Ok(());
        };
        let count = scene.number(&count)?.min(11) as u64;
        for index in 0..=count {
            if found.len() >= self.most {
                return Ok(());
            }
            if height > 0 {
                // An inner node is a leaf and, after it, the addresses of its children.
                let edge = leaf.at_offset(leaf.ty.size + 8 * index, Rc::clone(&leaf.ty));
                let address = scene.word(&edge)?;
                let child = Value {
                    ty: Rc::clone(&leaf.ty),
                    at: Located::Memory(address),
                };
                self.node(&child, height - 1, found)?;
            }
            if index < count {
                let key = keys.at_offset(index * self.key.size, Rc::clone(&self.key));
                let value = values.at_offset(index * self.value.size, Rc::clone(&self.value));
                found.push((key, Some(value)));
            }
        }
        found.truncate(self.most);
        Ok(())
    }
}
