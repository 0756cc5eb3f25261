//! Owns what a running program offers to a line: the addresses of all its functions and statics, its thread-locals, a place that is free. It changes nothing in it.

use std::fs::{self, File};
use std::io;
use std::sync::OnceLock;

use object::elf;
use object::endian::LittleEndian as LE;
use object::read::ReadCache;
use object::read::elf::{FileHeader as _, ProgramHeader as _, SectionHeader as _, Sym as _};

use super::names::Names;

/// How large the place for lines is, and how far below the program it may lie: what a call can reach.
const ROOM: u64 = 64 << 20;
const REACH: u64 = 1 << 30;

/// What a name stands for in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// A function, or a static that cannot change: its address.
    Fixed(u64),
    /// A static that may have changed: its address and size.
    Variable(u64, u64),
    /// A thread-local: where it lies in the program's part of a thread's, and its size.
    ThreadLocal(u64, u64),
    /// Another library's: the loader knows where.
    Import,
}

/// The symbols of a process's program.
#[derive(Debug)]
pub(crate) struct Program {
    names: Names<Known>,
    /// Its libraries, and what they have, once that was asked.
    libraries: Vec<String>,
    exported: OnceLock<Vec<Names<()>>>,
    /// From the thread pointer to the program's thread-locals.
    pub(super) thread_locals: i64,
    /// Where lines are put.
    pub(super) room: u64,
    /// What the standard library knows of a panic that is under way: the hook's lock, and the count of the thread. Address or offset, and size.
    pub(super) hook: (u64, u64),
    pub(super) panics: (i64, u64),
}

impl Program {
    /// That of a process.
    ///
    /// # Errors
    ///
    /// The system's, and [`io::ErrorKind::Unsupported`] for a program of another kind: without symbols, for another processor, at a fixed address, with another standard library.
    pub(crate) fn of(process: u32) -> io::Result<Self> {
        let odd = |what: &str| io::Error::new(io::ErrorKind::Unsupported, what);
        let parse = |error: object::Error| io::Error::other(error);
        let file = ReadCache::new(File::open(format!("/proc/{process}/exe"))?);
        let header = elf::FileHeader64::<LE>::parse(&file).map_err(parse)?;
        if header.e_machine(LE) != elf::EM_X86_64 || header.e_type(LE) != elf::ET_DYN {
            return Err(odd("no position-independent program for x86-64"));
        }
        let base = entry(process)?
            .checked_sub(header.e_entry(LE))
            .ok_or_else(|| odd("no base address"))?;
        let sections = header.sections(LE, &file).map_err(parse)?;
        let changes: Vec<bool> = sections
            .iter()
            .map(|section| {
                let name = sections.section_name(LE, section).unwrap_or_default();
                section.sh_flags(LE).0 & elf::SHF_WRITE.0 != 0 && name != b".data.rel.ro"
            })
            .collect();
        let table = sections
            .iter()
            .find(|section| section.sh_type(LE) == elf::SHT_SYMTAB)
            .ok_or_else(|| odd("a program without symbols"))?;
        let symbols: &[elf::Sym64<LE>] = table.data_as_array(LE, &file).map_err(parse)?;
        let strings = sections
            .section(object::SectionIndex(table.sh_link(LE) as usize))
            .and_then(|section| section.data(LE, &file))
            .map_err(parse)?;
        let entries = symbols.iter().filter_map(|symbol| {
            let section = usize::from(symbol.st_shndx(LE).0);
            let start = symbol.st_name(LE);
            let rest = strings.get(start as usize..)?;
            let length = rest.iter().position(|&byte| byte == 0 || byte == b'@')?;
            let (value, size) = (symbol.st_value(LE), symbol.st_size(LE));
            let known = match symbol.st_type() {
                elf::STT_SECTION | elf::STT_FILE | elf::STT_GNU_IFUNC => return None,
                _ if section == 0 => Known::Import,
                elf::STT_TLS => Known::ThreadLocal(value, size),
                elf::STT_FUNC => Known::Fixed(base.wrapping_add(value)),
                _ if changes.get(section).is_some_and(|changes| *changes) => {
                    Known::Variable(base.wrapping_add(value), size)
                }
                _ if section < changes.len() => Known::Fixed(base.wrapping_add(value)),
                _ => return None,
            };
            (length > 0).then_some((start, length as u32, known))
        });
        let names = Names::new(strings.to_vec(), entries.collect());
        let maps = fs::read_to_string(format!("/proc/{process}/maps"))?;
        let segments = header.program_headers(LE, &file).map_err(parse)?;
        let thread_locals = segments
            .iter()
            .find(|segment| segment.p_type(LE) == elf::PT_TLS)
            .map_or(0, |segment| {
                // As the processor's ABI has it: they end at the thread pointer.
                let end = segment.p_vaddr(LE).wrapping_add(segment.p_memsz(LE));
                let gap = end.wrapping_neg() & segment.p_align(LE).saturating_sub(1);
                (segment.p_memsz(LE) + gap).cast_signed().wrapping_neg()
            });
        let std = |part: &str| {
            let mut known = names.iter().filter(|(name, _)| {
                std::str::from_utf8(name)
                    .is_ok_and(|name| name.contains("9panicking") && name.contains(part))
            });
            known.next().map(|(_, known)| *known)
        };
        let (Some(Known::Variable(hook, size)), Some(Known::ThreadLocal(panics, count))) =
            (std("4HOOK"), std("17LOCAL_PANIC_COUNT"))
        else {
            return Err(odd("another standard library"));
        };
        Ok(Self {
            room: room(&maps, base).ok_or_else(|| odd("no place that is free"))?,
            libraries: libraries(&maps),
            exported: OnceLock::new(),
            hook: (hook, size),
            panics: (thread_locals + panics.cast_signed(), count),
            thread_locals,
            names,
        })
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<Known> {
        self.names
            .get(name)
            .copied()
            .or_else(|| self.exports(name).then_some(Known::Import))
    }

    /// Whether a library of the process has it, which the program itself does not ask for.
    fn exports(&self, name: &[u8]) -> bool {
        // Names of Rust are none of theirs.
        if name.starts_with(b"_R") || name.starts_with(b"_ZN") {
            return false;
        }
        let exported = self.exported.get_or_init(|| {
            let libraries = self.libraries.iter();
            libraries.filter_map(|path| exported(path)).collect()
        });
        exported.iter().any(|names| names.get(name).is_some())
    }
}

/// Where a process began to run: the address of its program's entry.
fn entry(process: u32) -> io::Result<u64> {
    const AT_ENTRY: u64 = 9;
    let bytes = fs::read(format!("/proc/{process}/auxv"))?;
    let (words, _) = bytes.as_chunks::<8>();
    let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
    let (pairs, _) = words.as_chunks::<2>();
    let entry = pairs.iter().find(|pair| pair[0] == AT_ENTRY);
    entry
        .map(|pair| pair[1])
        .ok_or_else(|| io::Error::other("no entry in auxv"))
}

/// The libraries that a process has loaded.
fn libraries(maps: &str) -> Vec<String> {
    let paths = maps.lines().filter_map(|line| line.get(line.find('/')?..));
    let mut libraries: Vec<String> = paths
        .filter(|path| path.contains(".so"))
        .map(str::to_owned)
        .collect();
    libraries.sort_unstable();
    libraries.dedup();
    libraries
}

/// What a library has for others.
fn exported(path: &str) -> Option<Names<()>> {
    let file = ReadCache::new(File::open(path).ok()?);
    let header = elf::FileHeader64::<LE>::parse(&file).ok()?;
    let sections = header.sections(LE, &file).ok()?;
    let symbols = sections.symbols(LE, &file, elf::SHT_DYNSYM).ok()?;
    let (mut text, mut entries) = (Vec::new(), Vec::new());
    for symbol in symbols.iter().filter(|symbol| !symbol.is_undefined(LE)) {
        let name = symbols.symbol_name(LE, symbol).ok()?;
        if symbol.st_type() != elf::STT_TLS && !name.is_empty() {
            entries.push((text.len() as u32, name.len() as u32, ()));
            text.extend_from_slice(name);
        }
    }
    Some(Names::new(text, entries))
}

/// A place below the program where nothing lies. It is for later processes, too, which are copies of this one.
fn room(maps: &str, base: u64) -> Option<u64> {
    let mut taken: Vec<(u64, u64)> = maps
        .lines()
        .filter_map(|line| {
            let (start, end) = line.split_once(' ')?.0.split_once('-')?;
            let number = |text| u64::from_str_radix(text, 16).ok();
            Some((number(start)?, number(end)?))
        })
        .collect();
    taken.sort_unstable();
    let mut at = (base & !(ROOM - 1)).checked_sub(2 * ROOM)?;
    for (start, end) in taken.into_iter().rev() {
        if end > at && start < at + ROOM {
            at = (start & !(ROOM - 1)).checked_sub(2 * ROOM)?;
        }
    }
    (base - at < REACH && at > ROOM).then_some(at)
}
