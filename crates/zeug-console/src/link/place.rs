//! Owns where each part of an image lies, and the addresses that are written into it: the relocations of x86-64. Which parts it has was decided before.

use std::collections::HashMap;

use object::elf;
use object::endian::LittleEndian as LE;
use object::read::elf::SectionHeader as _;

use super::part::Relocation;
use super::{Fix, Frames, Image, Live, Marked, Target, Unlinked};

/// What memory is protected by.
const PAGE: usize = 4096;
/// The words at the image's beginning.
const HEAD: usize = 11;
/// The first of them: `zeugline`.
const MAGIC: u64 = u64::from_le_bytes(*b"zeugline");
/// A jump to what another library has, and the room that it takes.
const JUMP: [u8; 2] = [0xff, 0x25];
const JUMP_SIZE: usize = 16;

/// A word that code reads an address from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Slot<'a> {
    Address(u64),
    Import(&'a [u8]),
    /// From the thread pointer.
    ThreadPointer(i64),
    /// Two words: the program's number among those that have thread-locals, and an offset.
    ThreadLocal(u64),
}

/// An image that is being written.
struct Writer<'a> {
    /// Its address.
    at: u64,
    bytes: Vec<u8>,
    /// Where each live section begins.
    starts: Vec<usize>,
    /// Where the jump to each import is.
    jumps: HashMap<&'a [u8], usize>,
    slots: HashMap<Slot<'a>, usize>,
    /// Words that the loader writes addresses to.
    imports: Vec<(usize, &'a [u8])>,
    thread_pointer: i64,
}

/// Writes the image.
pub(super) fn place<'a>(
    marked: &Marked<'a, '_>,
    frames: &[Frames<'a>],
    entry: Target<'a>,
) -> Result<Image, Unlinked> {
    let mut writer = Writer {
        at: marked.program.room,
        bytes: vec![0; HEAD * 8],
        starts: vec![0; marked.live.len()],
        jumps: HashMap::new(),
        slots: HashMap::new(),
        imports: Vec::new(),
        thread_pointer: marked.program.thread_locals,
    };
    writer.sections(marked, false)?;
    for Fix { at, target, .. } in &marked.fixes {
        if let (elf::R_X86_64_PC32 | elf::R_X86_64_PLT32, Target::Import(name)) =
            (elf::RelocationType(at.kind), target)
            && !writer.jumps.contains_key(name)
        {
            writer.align(JUMP_SIZE);
            writer.jumps.insert(name, writer.bytes.len());
            writer.bytes.extend(JUMP);
        }
    }
    writer.align(8);
    let unwind = writer.bytes.len();
    let mut starts = Vec::new();
    for frame in frames {
        starts.push(writer.bytes.len());
        writer.copy(
            marked,
            Live {
                part: frame.part,
                section: frame.section,
            },
        )?;
        if !writer.bytes.len().is_multiple_of(8) {
            return Err(Unlinked::Odd("an .eh_frame of odd size".to_owned()));
        }
    }
    writer.bytes.extend([0; 8]);
    writer.align(PAGE);
    let code = writer.bytes.len();
    writer.sections(marked, true)?;
    writer.align(8);
    for fix in &marked.fixes {
        let start = writer.starts[fix.live];
        writer.write(start, fix.at, fix.target, start >= code)?;
    }
    for (frame, start) in frames.iter().zip(starts) {
        for (at, target) in &frame.fixes {
            writer.write(start, *at, *target, false)?;
        }
    }
    let jumps: Vec<_> = writer.jumps.iter().map(|(name, at)| (*name, *at)).collect();
    for (name, at) in jumps {
        let slot = writer.slot(Slot::Import(name));
        let distance = slot as u64 - (at + 6) as u64;
        writer.put(at + 2, &(distance as u32).to_le_bytes())?;
    }
    let (imports, count) = writer.names();
    writer.align(PAGE);
    let Target::Own { live, offset } = entry else {
        return Err(Unlinked::Odd("an entry that is the program's".to_owned()));
    };
    let (hook, panics) = (marked.program.hook, marked.program.panics);
    let at = writer.at;
    let head = [
        MAGIC,
        at,
        code as u64,
        writer.bytes.len() as u64,
        if frames.is_empty() {
            0
        } else {
            at + unwind as u64
        },
        at + imports as u64,
        count as u64,
        hook.0,
        hook.1,
        panics.0.cast_unsigned(),
        panics.1,
    ];
    for (index, word) in head.iter().enumerate() {
        writer.put(index * 8, &word.to_le_bytes())?;
    }
    Ok(Image {
        entry: at + writer.starts[live] as u64 + offset,
        bytes: writer.bytes,
    })
}

impl<'a> Writer<'a> {
    fn align(&mut self, to: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(to), 0);
    }

    /// Copies the live sections that are written to, or those that are not.
    fn sections(&mut self, marked: &Marked<'_, '_>, written: bool) -> Result<(), Unlinked> {
        for (index, live) in marked.live.iter().enumerate() {
            let part = &marked.parts[live.part];
            if part.is_written(live.section) == written {
                let align = part
                    .header(live.section)
                    .map_or(1, |header| header.sh_addralign(LE));
                let align = usize::try_from(align).unwrap_or(1).max(1);
                if align > PAGE {
                    return Err(Unlinked::Odd("an alignment beyond a page".to_owned()));
                }
                self.align(align);
                self.starts[index] = self.bytes.len();
                self.copy(marked, *live)?;
            }
        }
        Ok(())
    }

    fn copy(&mut self, marked: &Marked<'_, '_>, live: Live) -> Result<(), Unlinked> {
        let part = &marked.parts[live.part];
        if let Some(header) = part.header(live.section) {
            // Of what is all zero there are no bytes.
            match header.sh_type(LE) {
                elf::SHT_NOBITS => {
                    let size = header.sh_size(LE) as usize;
                    self.bytes.resize(self.bytes.len() + size, 0);
                }
                _ => self.bytes.extend(header.data(LE, part.bytes)?),
            }
        }
        Ok(())
    }

    /// The place of a word that code reads.
    fn slot(&mut self, slot: Slot<'a>) -> usize {
        if let Some(&at) = self.slots.get(&slot) {
            return at;
        }
        let at = self.bytes.len();
        self.slots.insert(slot, at);
        let word = match slot {
            Slot::Address(address) => address,
            Slot::ThreadPointer(offset) => offset.cast_unsigned(),
            Slot::Import(name) => {
                self.imports.push((at, name));
                0
            }
            Slot::ThreadLocal(offset) => {
                self.bytes.extend(1_u64.to_le_bytes());
                offset
            }
        };
        self.bytes.extend(word.to_le_bytes());
        at
    }

    fn put(&mut self, at: usize, bytes: &[u8]) -> Result<(), Unlinked> {
        let place = self.bytes.get_mut(at..at + bytes.len());
        let place =
            place.ok_or_else(|| Unlinked::Odd("a relocation beyond its section".to_owned()))?;
        place.copy_from_slice(bytes);
        Ok(())
    }

    /// The address of a target, where it has one that is known.
    fn address(&self, target: Target<'a>) -> Option<u64> {
        match target {
            Target::Own { live, offset } => Some(self.at + *self.starts.get(live)? as u64 + offset),
            Target::There(address) => Some(address),
            Target::ThreadLocal(_) | Target::Import(_) => None,
        }
    }

    /// Writes what a relocation asks for. `start` is where its section begins.
    fn write(
        &mut self,
        start: usize,
        each: Relocation,
        target: Target<'a>,
        written: bool,
    ) -> Result<(), Unlinked> {
        let odd = || Unlinked::Odd(format!("relocation {} to {target:?}", each.kind));
        let at = start + each.offset as usize;
        let here = self.at + at as u64;
        let address = self.address(target);
        let relative = |to: u64| {
            let distance = to.wrapping_add_signed(each.addend).wrapping_sub(here);
            i32::try_from(distance.cast_signed()).map_err(|_| odd())
        };
        let offset = match target {
            Target::ThreadLocal(offset) => Some(offset),
            _ => None,
        };
        let word = match (elf::RelocationType(each.kind), target) {
            (elf::R_X86_64_NONE, _) => return Ok(()),
            (elf::R_X86_64_64, Target::Import(name)) if written && each.addend == 0 => {
                self.imports.push((at, name));
                return Ok(());
            }
            (elf::R_X86_64_64, _) => {
                let value = address.ok_or_else(odd)?.wrapping_add_signed(each.addend);
                return self.put(at, &value.to_le_bytes());
            }
            (elf::R_X86_64_PC64, _) => {
                let value = address.ok_or_else(odd)?.wrapping_add_signed(each.addend);
                return self.put(at, &value.wrapping_sub(here).to_le_bytes());
            }
            (elf::R_X86_64_PC32 | elf::R_X86_64_PLT32, Target::Import(name)) => {
                let jump = *self.jumps.get(name).ok_or_else(odd)?;
                relative(self.at + jump as u64)?
            }
            (elf::R_X86_64_PC32 | elf::R_X86_64_PLT32, _) => relative(address.ok_or_else(odd)?)?,
            (
                elf::R_X86_64_GOTPCREL
                | elf::R_X86_64_GOTPCRELX
                | elf::R_X86_64_REX_GOTPCRELX
                | elf::R_X86_64_CODE_4_GOTPCRELX,
                _,
            ) => {
                let slot = match target {
                    Target::Import(name) => Slot::Import(name),
                    _ => Slot::Address(address.ok_or_else(odd)?),
                };
                let slot = self.slot(slot);
                relative(self.at + slot as u64)?
            }
            (elf::R_X86_64_GOTTPOFF, _) => {
                let offset = self
                    .thread_pointer
                    .wrapping_add_unsigned(offset.ok_or_else(odd)?);
                let slot = self.slot(Slot::ThreadPointer(offset));
                relative(self.at + slot as u64)?
            }
            (elf::R_X86_64_TPOFF32, _) => {
                let offset = self
                    .thread_pointer
                    .wrapping_add_unsigned(offset.ok_or_else(odd)?);
                i32::try_from(offset.wrapping_add(each.addend)).map_err(|_| odd())?
            }
            (elf::R_X86_64_TLSGD, _) => {
                let slot = self.slot(Slot::ThreadLocal(offset.ok_or_else(odd)?));
                relative(self.at + slot as u64)?
            }
            (elf::R_X86_64_TLSLD, _) => {
                let slot = self.slot(Slot::ThreadLocal(0));
                relative(self.at + slot as u64)?
            }
            (elf::R_X86_64_DTPOFF32, _) => {
                let offset = offset.ok_or_else(odd)?.wrapping_add_signed(each.addend);
                i32::try_from(offset).map_err(|_| odd())?
            }
            _ => return Err(odd()),
        };
        self.put(at, &word.to_le_bytes())
    }

    /// Writes which words the loader has to write: pairs of the word's address and that of a name. Says where they are and how many.
    fn names(&mut self) -> (usize, usize) {
        let imports = std::mem::take(&mut self.imports);
        let table = self.bytes.len();
        let mut name = table + imports.len() * 16;
        for (slot, text) in &imports {
            self.bytes.extend((self.at + *slot as u64).to_le_bytes());
            self.bytes.extend((self.at + name as u64).to_le_bytes());
            name += text.len() + 1;
        }
        for (_, text) in &imports {
            self.bytes.extend(*text);
            self.bytes.push(0);
        }
        (table, imports.len())
    }
}
