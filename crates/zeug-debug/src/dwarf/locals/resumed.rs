//! Owns where an async function went on: which `.await` it came back from. What it did not keep across that is not read: the compiler's description tells of memory that means something else by then.

use gimli::constants as dw;

use super::{Absent, Here, Local, Located};
use crate::dwarf::{Die, Entry, Kind};

/// The states before this one are no `.await`: not begun, returned, panicked.
const FIRST_AWAIT: u64 = 3;

impl Here<'_> {
    /// Says of variables that they were not kept. One that lies on the stack was set since the function went on, or is of a run before that; which of both, its line tells, and the line where the
    /// function stands now.
    pub(super) fn forget(&self, function: Die, now: Option<u32>, locals: &mut [Local]) {
        let Some(line) = self.resumed(function) else {
            return;
        };
        let stack = self.frame.stack..self.outer.map_or(u64::MAX, |outer| outer.stack);
        for local in locals {
            if let Ok(Located::Memory(address)) = local.located
                && stack.contains(&address)
                && local.line < Some(line)
                && now >= Some(line)
            {
                local.located = Err(Absent::NotKept(line));
            }
        }
    }

    /// The line of the `.await` that it came back from; none where it is no async function, or has not waited yet.
    fn resumed(&self, function: Die) -> Option<u32> {
        let (unit, entry) = self.program.entry(function)?;
        let name = self.program.text(unit, &entry, dw::DW_AT_name)?;
        if !name.starts_with("{async_") {
            return None;
        }
        let mut tree = unit.entries_tree(Some(function.offset)).ok()?;
        let mut children = tree.root().ok()?.children();
        while let Ok(Some(child)) = children.next() {
            // It is called with its state, pinned: a parameter without a name.
            let entry = child.entry();
            if entry.tag() == dw::DW_TAG_formal_parameter {
                return self.awaited(entry);
            }
        }
        None
    }

    /// The line of the `.await` at which the state is that a parameter pins.
    fn awaited(&self, pinned: &Entry) -> Option<u32> {
        let at = match self.locate(pinned).ok()? {
            Located::Memory(address) => self.number(address, 8)?,
            Located::Bytes(bytes) => u64::from_le_bytes(*bytes.first_chunk()?),
        };
        let pin = self
            .program
            .type_at(self.program.type_of(self.index, pinned)?)?;
        let pointer = self.program.type_at(pin.members().first()?.ty)?;
        let Kind::Pointer(Some(state)) = pointer.kind else {
            return None;
        };
        let state = self.program.type_at(state)?;
        let Kind::Struct {
            variants: Some(variants),
            ..
        } = &state.kind
        else {
            return None;
        };
        let tag = variants.tag.as_ref()?;
        let size = self.program.type_at(tag.ty)?.size;
        let number = self.number(at.wrapping_add(tag.offset), size)?;
        let mut awaits = variants
            .all
            .iter()
            .filter(|state| state.number >= Some(FIRST_AWAIT));
        let state = awaits.find(|state| state.number == Some(number))?;
        u32::try_from(state.line?).ok()
    }

    fn number(&self, address: u64, size: u64) -> Option<u64> {
        let mut bytes = [0; 8];
        let wanted = bytes.get_mut(..usize::try_from(size).ok()?)?;
        self.process.read(address, wanted).ok()?;
        Some(u64::from_le_bytes(bytes))
    }
}
