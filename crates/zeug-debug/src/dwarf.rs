//! Owns the program's debug information: which function and line an address belongs to, and where types and variables stand. It reads no memory of a snapshot.

mod image;
mod locals;
mod names;
#[cfg(all(feature = "console", target_env = "gnu"))]
mod stand;
mod types;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use addr2line::Context;
use gimli::{DebugInfoOffset, EndianSlice, LittleEndian, UnitOffset};

pub(crate) use locals::{Absent, Local, Located};
use names::readable;
pub(crate) use names::readable_type;
#[cfg(all(feature = "console", target_env = "gnu"))]
pub(crate) use stand::Stand;
pub(crate) use types::{Encoding, Kind, Member, Type, Variant};

use crate::system::RawFrame;
use crate::traceback::Place;
use image::Image;

pub(crate) type Reader = EndianSlice<'static, LittleEndian>;
type Dwarf = gimli::Dwarf<Reader>;
type Unit = gimli::Unit<Reader>;
type Entry = gimli::DebuggingInformationEntry<Reader>;

/// An entry of the debug information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Die {
    unit: usize,
    offset: UnitOffset,
}

/// The running program's debug information. It is read when it is asked for, and kept.
pub(crate) struct Program {
    image: Image,
    dwarf: Arc<Dwarf>,
    context: Context<Reader>,
    units: Vec<LazyUnit>,
    types: RefCell<HashMap<Die, Rc<Type>>>,
}

struct LazyUnit {
    start: DebugInfoOffset,
    unit: OnceCell<Option<Box<Unit>>>,
    /// The full names of its types.
    paths: OnceCell<HashMap<UnitOffset, Rc<str>>>,
}

/// A function that was running, as the debug information tells it.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) place: Option<Place>,
    pub(crate) own: bool,
    pub(crate) inlined: bool,
    /// The index of its frame on the stack: several functions share one where they were put into another.
    pub(crate) raw: usize,
    /// The address in the program's file, and the function's entry there.
    pub(crate) entry: Option<(u64, Die)>,
}

impl Program {
    /// Reads what the running program's file holds.
    ///
    /// # Errors
    ///
    /// A sentence that says what could not be read.
    pub(crate) fn load() -> Result<Self, String> {
        let image = Image::load()?;
        let dwarf = Arc::new(image.dwarf());
        let context = Context::from_arc_dwarf(Arc::clone(&dwarf))
            .map_err(|error| format!("the program's debug information is damaged: {error}"))?;
        let mut units = Vec::new();
        let mut headers = dwarf.units();
        while let Ok(Some(header)) = headers.next() {
            units.extend(header.debug_info_offset().map(|start| LazyUnit {
                start,
                unit: OnceCell::new(),
                paths: OnceCell::new(),
            }));
        }
        Ok(Self {
            image,
            dwarf,
            context,
            units,
            types: RefCell::default(),
        })
    }

    /// Why variables are missing as a whole, where that can be seen from the file alone.
    pub(crate) fn lack(&self) -> Option<String> {
        self.image.lack()
    }

    /// How far the program was moved from the addresses in its file.
    pub(crate) fn bias(&self) -> u64 {
        self.image.bias
    }

    /// The functions that were running, the innermost first, without those of the failure's own machinery and of the thread's start.
    pub(crate) fn functions(&self, frames: &[RawFrame]) -> Vec<Function> {
        let mut functions = Vec::new();
        for (raw, frame) in frames.iter().enumerate() {
            self.functions_at(raw, frame.address, &mut functions);
        }
        names::cut_machinery(&mut functions);
        functions
    }

    fn functions_at(&self, raw: usize, address: u64, functions: &mut Vec<Function>) {
        let known = functions.len();
        if let Some(address) = self.image.file_address(address) {
            self.known_functions(raw, address, functions);
        }
        if functions.len() == known {
            functions.push(Function {
                name: self.image.symbol(address),
                place: None,
                own: false,
                inlined: false,
                raw,
                entry: None,
            });
        }
    }

    fn known_functions(&self, raw: usize, address: u64, functions: &mut Vec<Function>) {
        let unit = self.context.find_dwarf_and_unit(address).skip_all_loads();
        let unit = unit
            .and_then(|unit| unit.header.debug_info_offset())
            .and_then(|start| self.unit_index(start));
        let Ok(mut frames) = self.context.find_frames(address).skip_all_loads() else {
            return;
        };
        let known = functions.len();
        while let Ok(Some(frame)) = frames.next() {
            let place = frame.location.and_then(|location| {
                Some(Place {
                    file: PathBuf::from(location.file?),
                    line: location.line?,
                    column: location.column.unwrap_or(0),
                })
            });
            let name = frame.function.and_then(|name| {
                let name = name.demangle().ok()?;
                Some(readable(&name))
            });
            functions.push(Function {
                name: match name {
                    Some(name) => name,
                    None => self.image.symbol(address.wrapping_add(self.bias())),
                },
                own: place.as_ref().is_some_and(|place| own(&place.file)),
                place,
                inlined: true,
                raw,
                entry: unit
                    .zip(frame.dw_die_offset)
                    .map(|(unit, offset)| (address, Die { unit, offset })),
            });
        }
        // The last is the function that the others were put into.
        if let Some(last) = functions.get_mut(known..).and_then(<[_]>::last_mut) {
            last.inlined = false;
        }
    }

    /// The name of the function at an address in memory.
    pub(crate) fn symbol(&self, address: u64) -> String {
        self.image.symbol(address)
    }

    /// The type that the function at an address in memory belongs to: what it drops, or what its first parameter refers to.
    pub(crate) fn self_type(&self, address: u64) -> Option<Rc<Type>> {
        let address = self.image.file_address(address)?;
        let unit = self.context.find_dwarf_and_unit(address).skip_all_loads()?;
        let index = self.unit_index(unit.header.debug_info_offset()?)?;
        let mut frames = self.context.find_frames(address).skip_all_loads().ok()?;
        let mut function = None;
        while let Ok(Some(frame)) = frames.next() {
            function = frame.dw_die_offset;
        }
        self.self_type_at(Die {
            unit: index,
            offset: function?,
        })
    }

    /// The unit that begins at or before `offset`, and ends after it.
    fn unit_index(&self, offset: DebugInfoOffset) -> Option<usize> {
        let after = self.units.partition_point(|unit| unit.start.0 <= offset.0);
        after.checked_sub(1)
    }

    fn unit(&self, index: usize) -> Option<&Unit> {
        let lazy = self.units.get(index)?;
        let unit = lazy.unit.get_or_init(|| {
            let header = self.dwarf.unit_header(lazy.start).ok()?;
            self.dwarf.unit(header).ok().map(Box::new)
        });
        unit.as_deref()
    }

    fn entry(&self, die: Die) -> Option<(&Unit, Entry)> {
        let unit = self.unit(die.unit)?;
        Some((unit, unit.entry(die.offset).ok()?))
    }

    /// The entry that an attribute of an entry in `unit` refers to.
    fn referred(&self, unit: usize, value: gimli::AttributeValue<Reader>) -> Option<Die> {
        match value {
            gimli::AttributeValue::UnitRef(offset) => Some(Die { unit, offset }),
            gimli::AttributeValue::DebugInfoRef(offset) => {
                let unit = self.unit_index(offset)?;
                let start = self.units.get(unit)?.start;
                let offset = UnitOffset(offset.0.checked_sub(start.0)?);
                Some(Die { unit, offset })
            }
            _ => None,
        }
    }

    /// The entry's text attribute.
    fn text(&self, unit: &Unit, entry: &Entry, name: gimli::DwAt) -> Option<&'static str> {
        let value = entry.attr_value(name)?;
        let text = self.dwarf.attr_string(unit, value).ok()?;
        std::str::from_utf8(text.slice()).ok()
    }
}

/// Whether a source file is the application's: neither a library that cargo fetched, nor the standard library, nor zeug itself.
fn own(file: &Path) -> bool {
    let zeug = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    if let Some(inside) = zeug.and_then(|zeug| file.strip_prefix(zeug).ok()) {
        let mut parts = inside.components().map(|part| part.as_os_str());
        // A crate's tests and examples are applications.
        return parts.nth(1).is_none_or(|part| part != "src") || parts.any(|part| part == "tests");
    }
    let text = file.to_string_lossy();
    file.is_absolute()
        && !text.starts_with("/rustc/")
        && !["/registry/src/", "/git/checkouts/", "/rustlib/src/"]
            .iter()
            .any(|library| text.contains(library))
        && !text.starts_with("/usr/src/")
}
