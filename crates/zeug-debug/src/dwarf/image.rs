//! Owns the program's file: its sections, its symbols, and where the system put it in memory. It interprets none of the debug information.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fs::{self, File};

use gimli::{EndianSlice, LittleEndian, SectionId};
use object::read::elf::ElfFile64;
use object::{CompressionFormat, Object, ObjectSection, ObjectSegment, ObjectSymbol};

use super::{Dwarf, Reader};
use crate::system;

type Elf = ElfFile64<'static, object::LittleEndian, &'static [u8]>;

/// The program's file and its place in memory.
pub(super) struct Image {
    elf: Elf,
    /// What is added to an address of the file for its address in memory.
    pub(super) bias: u64,
    mappings: Vec<Mapping>,
    program: String,
    /// Names of functions that have no debug information: start, end, name.
    symbols: OnceCell<Vec<(u64, u64, &'static str)>>,
}

/// A line of `/proc/self/maps`.
struct Mapping {
    start: u64,
    end: u64,
    offset: u64,
    path: String,
}

impl Image {
    /// # Errors
    ///
    /// A sentence that says what could not be read.
    pub(super) fn load() -> Result<Self, String> {
        let maps = fs::read_to_string("/proc/self/maps")
            .map_err(|error| format!("no variables: /proc/self/maps cannot be read: {error}"))?;
        let mappings: Vec<Mapping> = maps.lines().filter_map(Mapping::parse).collect();
        let program = fs::read_link("/proc/self/exe")
            .map_err(|error| format!("no variables: /proc/self/exe cannot be read: {error}"))?;
        let program = program.to_string_lossy().into_owned();
        // By this name the file that runs is opened, even where a build has replaced it since.
        let elf = File::open("/proc/self/exe")
            .and_then(|file| system::map_program(&file))
            .map_err(|error| format!("no variables: the program's file cannot be read: {error}"))?;
        let elf = Elf::parse(elf)
            .map_err(|error| format!("no variables: the program is no ELF file: {error}"))?;
        let first = mappings
            .iter()
            .find(|mapping| mapping.path == program && mapping.offset == 0);
        let in_file = elf.segments().map(|segment| segment.address()).min();
        let bias = match (first, in_file) {
            (Some(mapping), Some(in_file)) => mapping.start.wrapping_sub(in_file & !0xfff),
            _ => return Err("no variables: the program is not found in its own memory".to_owned()),
        };
        Ok(Self {
            elf,
            bias,
            mappings,
            program,
            symbols: OnceCell::new(),
        })
    }

    pub(super) fn dwarf(&self) -> Dwarf {
        let section = |id: SectionId| Ok::<_, gimli::Error>(self.section(id.name()));
        // The closure cannot fail.
        gimli::Dwarf::load(section).unwrap_or_default()
    }

    fn section(&self, name: &str) -> Reader {
        let bytes = match self.elf.section_by_name(name) {
            Some(section) if !compressed(&section) => section.data().unwrap_or_default(),
            _ => &[],
        };
        EndianSlice::new(bytes, LittleEndian)
    }

    /// Why there can be no variables, and what to change.
    pub(super) fn lack(&self) -> Option<String> {
        let Some(section) = self.elf.section_by_name(".debug_info") else {
            let what = if self.elf.section_by_name(".symtab").is_none() {
                "the program is stripped: set `strip = false` and `debug = 2`"
            } else {
                "the program was built without debug information: set `debug = 2`"
            };
            return Some(format!(
                "no variables: {what} in [profile.dev] of Cargo.toml"
            ));
        };
        if compressed(&section) {
            return Some(
                "no variables: the debug information is compressed: leave out the linker's --compress-debug-sections"
                    .to_owned(),
            );
        }
        None
    }

    /// An address of the program's file for one in memory.
    pub(super) fn file_address(&self, address: u64) -> Option<u64> {
        let mapping = self.mapping(address)?;
        (mapping.path == self.program).then(|| address.wrapping_sub(self.bias))
    }

    fn mapping(&self, address: u64) -> Option<&Mapping> {
        let after = self
            .mappings
            .partition_point(|mapping| mapping.start <= address);
        let mapping = self.mappings.get(after.checked_sub(1)?)?;
        (address < mapping.end).then_some(mapping)
    }

    /// A name for an address without debug information: the function's symbol, or the library's file.
    pub(super) fn symbol(&self, address: u64) -> String {
        if let Some(address) = self.file_address(address)
            && let Some(name) = self.symbol_in_file(address)
        {
            return super::readable(&format!("{:#}", rustc_demangle::demangle(name)));
        }
        match self.mapping(address) {
            Some(mapping) => {
                let name = mapping.path.rsplit('/').next().unwrap_or_default();
                format!("a function of {name}")
            }
            None => "an unknown function".to_owned(),
        }
    }

    /// The symbol that holds an address of the file: a function's, or a constant's such as a table of a trait's functions.
    pub(super) fn symbol_in_file(&self, address: u64) -> Option<&'static str> {
        let symbols = self.symbols.get_or_init(|| {
            let mut symbols: Vec<_> = self
                .elf
                .symbols()
                .filter(|symbol| symbol.size() > 0)
                .filter_map(|symbol| {
                    let end = symbol.address().checked_add(symbol.size())?;
                    Some((symbol.address(), end, symbol.name().ok()?))
                })
                .collect();
            symbols.sort_unstable();
            symbols
        });
        let after = symbols.partition_point(|symbol| symbol.0 <= address);
        let &(_, end, name) = symbols.get(after.checked_sub(1)?)?;
        (address < end).then_some(name)
    }
}

fn compressed<'a>(section: &impl ObjectSection<'a>) -> bool {
    let range = section.compressed_file_range();
    range.is_ok_and(|range| range.format != CompressionFormat::None)
}

impl Mapping {
    /// `55d0c8a0f000-55d0c8a31000 r--p 00000000 fe:00 1234    /usr/bin/program`
    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.splitn(6, ' ');
        let (start, end) = parts.next()?.split_once('-')?;
        let hex = |text: &str| u64::from_str_radix(text, 16).ok();
        let offset = parts.nth(1)?;
        Some(Self {
            start: hex(start)?,
            end: hex(end)?,
            offset: hex(offset)?,
            path: Cow::from(parts.nth(2).unwrap_or_default().trim_start()).into_owned(),
        })
    }
}
