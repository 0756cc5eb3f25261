//! Owns one object of the compiler's, taken apart: its sections, what each refers to, what its symbols stand for. It knows no addresses.

use std::cell::OnceCell;
use std::collections::HashMap;

use object::elf;
use object::endian::LittleEndian as LE;
use object::read::elf::{
    FileHeader as _, Rela as _, SectionHeader as _, SectionTable, Sym as _, SymbolTable,
};

type Elf = elf::FileHeader64<LE>;

/// An object.
pub(super) struct Part<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) sections: SectionTable<'a, Elf>,
    symbols: SymbolTable<'a, Elf>,
    /// The symbol of the table's first that others see.
    global: usize,
    /// The section with a section's relocations.
    relocations: OnceCell<HashMap<usize, usize>>,
    /// The symbol that a section begins with, of those that stand for a static or a function.
    first: OnceCell<HashMap<usize, usize>>,
}

/// What a symbol stands for, as far as one object tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands<'a> {
    /// A byte of a section of this object.
    Here {
        section: usize,
        offset: u64,
        /// What it is called, and its size.
        named: Option<(&'a [u8], u64)>,
    },
    Elsewhere(&'a [u8]),
    /// A number.
    Absolute(u64),
}

/// A place in a section that an address is written to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Relocation {
    pub(super) offset: u64,
    pub(super) kind: u32,
    pub(super) symbol: usize,
    pub(super) addend: i64,
}

impl<'a> Part<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> object::Result<Self> {
        let header = Elf::parse(bytes)?;
        let sections = header.sections(LE, bytes)?;
        let symbols = sections.symbols(LE, bytes, elf::SHT_SYMTAB)?;
        let table = sections
            .iter()
            .find(|section| section.sh_type(LE) == elf::SHT_SYMTAB);
        Ok(Self {
            bytes,
            sections,
            symbols,
            global: table.map_or(0, |table| table.sh_info(LE) as usize),
            relocations: OnceCell::new(),
            first: OnceCell::new(),
        })
    }

    /// The symbol that a section begins with.
    fn first(&self, section: usize) -> Option<usize> {
        let first = self.first.get_or_init(|| {
            let mut first = HashMap::new();
            for (index, symbol) in self.symbols.enumerate() {
                let stands = matches!(
                    symbol.st_type(),
                    elf::STT_OBJECT | elf::STT_TLS | elf::STT_FUNC
                );
                if stands
                    && symbol.st_value(LE) == 0
                    && let Ok(Some(section)) = self.symbols.symbol_section(LE, symbol, index)
                {
                    first.entry(section.0).or_insert(index.0);
                }
            }
            first
        });
        first.get(&section).copied()
    }

    /// The names that this object defines for others, and their symbols.
    pub(super) fn defined(&self) -> impl Iterator<Item = (&'a [u8], usize)> {
        let symbols = self.symbols.symbols().get(self.global..);
        let symbols = symbols.unwrap_or_default().iter().enumerate();
        symbols
            .filter(|(_, symbol)| !symbol.is_undefined(LE))
            .filter_map(|(index, symbol)| {
                let name = self.symbols.symbol_name(LE, symbol).ok()?;
                Some((name, self.global + index))
            })
    }

    pub(super) fn stands(&self, symbol: usize) -> object::Result<Stands<'a>> {
        let index = object::SymbolIndex(symbol);
        let found = self.symbols.symbol(index)?;
        let Some(section) = self.symbols.symbol_section(LE, found, index)? else {
            return Ok(match found.is_undefined(LE) {
                true => Stands::Elsewhere(self.symbols.symbol_name(LE, found)?),
                false => Stands::Absolute(found.st_value(LE)),
            });
        };
        // The compiler refers to what no other object sees by its section.
        let named = match found.st_type() {
            elf::STT_SECTION => self.first(section.0),
            _ => Some(symbol),
        };
        let named = named.and_then(|index| {
            let symbol = self.symbols.symbol(object::SymbolIndex(index)).ok()?;
            let name = self.symbols.symbol_name(LE, symbol).ok()?;
            Some((name, symbol.st_size(LE)))
        });
        Ok(Stands::Here {
            section: section.0,
            offset: found.st_value(LE),
            named,
        })
    }

    /// The name of the function that a section holds.
    pub(super) fn function(&self, section: usize) -> Option<&'a [u8]> {
        let symbol = object::SymbolIndex(self.first(section)?);
        let symbol = self.symbols.symbol(symbol).ok()?;
        self.symbols.symbol_name(LE, symbol).ok()
    }

    pub(super) fn relocations(&self, section: usize) -> Vec<Relocation> {
        let tables = self.relocations.get_or_init(|| {
            let tables = self.sections.enumerate();
            tables
                .filter(|(_, section)| section.sh_type(LE) == elf::SHT_RELA)
                .map(|(index, section)| (section.sh_info(LE) as usize, index.0))
                .collect()
        });
        let table = tables.get(&section);
        let table = table.and_then(|table| self.header(*table)?.rela(LE, self.bytes).ok()?);
        let table = table.map_or(&[][..], |(table, _)| table);
        let relocation = |each: &elf::Rela64<LE>| Relocation {
            offset: each.r_offset(LE),
            kind: each.r_type(LE, false).0,
            symbol: each.r_sym(LE, false) as usize,
            addend: each.r_addend(LE),
        };
        table.iter().map(relocation).collect()
    }

    pub(super) fn header(&self, section: usize) -> Option<&'a elf::SectionHeader64<LE>> {
        self.sections.section(object::SectionIndex(section)).ok()
    }

    /// The indices of the sections of that name.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = usize> {
        self.sections
            .enumerate()
            .filter(move |(_, section)| {
                self.sections.section_name(LE, section).ok() == Some(name.as_bytes())
            })
            .map(|(index, _)| index.0)
    }

    /// Whether what lies in a section may change, which is not so of what the loader alone writes to.
    pub(super) fn changes(&self, section: usize) -> bool {
        self.header(section).is_some_and(|header| {
            let name = self.sections.section_name(LE, header).unwrap_or_default();
            self.is_written(section) && !name.starts_with(b".data.rel.ro")
        })
    }

    /// Whether a section has to be in memory that is written to.
    pub(super) fn is_written(&self, section: usize) -> bool {
        self.flags(section) & elf::SHF_WRITE.0 != 0
    }

    pub(super) fn is_code(&self, section: usize) -> bool {
        self.flags(section) & elf::SHF_EXECINSTR.0 != 0
    }

    pub(super) fn is_thread_local(&self, section: usize) -> bool {
        self.flags(section) & elf::SHF_TLS.0 != 0
    }

    fn flags(&self, section: usize) -> u64 {
        self.header(section)
            .map_or(0, |header| header.sh_flags(LE).0)
    }

    /// What the records of `.eh_frame` are about: for each the section of its function, and its relocations; the records that are about none come with `None`.
    pub(super) fn unwinding(
        &self,
        section: usize,
    ) -> Option<Vec<(Option<usize>, Vec<Relocation>)>> {
        let data = self.header(section)?.data(LE, self.bytes).ok()?;
        let mut relocations = self.relocations(section);
        relocations.sort_unstable_by_key(|each| each.offset);
        let mut relocations = relocations.into_iter().peekable();
        let word = |at: usize| {
            let bytes = data.get(at..at + 4)?.first_chunk()?;
            Some(u32::from_le_bytes(*bytes))
        };
        let mut records = Vec::new();
        let mut at = 0;
        while at < data.len() {
            let (length, id) = (word(at)?, word(at + 4)?);
            // Neither an end in the middle nor a record beyond 4 GiB.
            if length == 0 || length == u32::MAX {
                return None;
            }
            at += 4 + length as usize;
            let mut own = Vec::new();
            while let Some(each) = relocations.next_if(|each| each.offset < at as u64) {
                own.push(each);
            }
            let function = match own.first() {
                Some(first) if id != 0 => match self.stands(first.symbol).ok()? {
                    Stands::Here { section, .. } => Some(section),
                    _ => None,
                },
                _ => None,
            };
            records.push((function, own));
        }
        Some(records)
    }
}
