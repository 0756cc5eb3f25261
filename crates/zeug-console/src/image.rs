//! Owns the library that a compilation made: which function of it runs the line in the instance that the frame is of. It runs nothing.

use std::path::Path;

use object::{Object, ObjectSection, ObjectSymbol};

use crate::{Error, ErrorKind};

/// The section of pairs: how far it is to an address inside an instance, and to the function that runs the line there.
pub(crate) const SECTION: &str = ".zeug_console";

/// The address of the function that runs the line for the instance called `symbol`.
///
/// # Errors
///
/// [`ErrorKind::NotReproduced`] where the library has no such instance, [`ErrorKind::System`] where it cannot be read.
pub(crate) fn entry(library: &Path, symbol: &str) -> Result<u64, Error> {
    let bytes = std::fs::read(library)
        .map_err(|error| Error::system("the compiled line cannot be read", &error))?;
    let not = |what: String| Error::new(ErrorKind::NotReproduced { what });
    let file = object::File::parse(bytes.as_slice())
        .map_err(|error| not(format!("the compiled line is no library ({error})")))?;
    let pairs = pairs(&file);
    if pairs.is_empty() {
        return Err(not("the compiler left its function out".to_owned()));
    }
    let mut functions: Vec<_> = file
        .symbols()
        .filter(|each| each.kind() == object::SymbolKind::Text && each.size() > 0)
        .filter_map(|each| Some((each.address(), each.size(), each.name().ok()?)))
        .collect();
    functions.sort_unstable();
    let mut others = Vec::new();
    for (inside, entry) in pairs {
        let after = functions.partition_point(|(address, ..)| *address <= inside);
        let holds = |(address, size, name): &(u64, u64, &str)| {
            (inside - address < *size).then(|| (*name).to_owned())
        };
        let name = after
            .checked_sub(1)
            .and_then(|index| functions.get(index))
            .and_then(holds);
        match name {
            Some(name) if name == symbol => return Ok(entry),
            name => others.extend(name),
        }
    }
    others.sort_unstable();
    others.dedup();
    Err(not_reproduced(symbol, &others))
}

/// The error that a copy has other functions than the frame's.
pub(crate) fn not_reproduced(symbol: &str, others: &[String]) -> Error {
    let what = match others {
        [] => "the compiler left its function out".to_owned(),
        others => format!(
            "its function is {symbol}, the copy has {}",
            others.join(", ")
        ),
    };
    Error::new(ErrorKind::NotReproduced { what })
}

/// The addresses that were registered: inside an instance, and of the function that runs the line there.
fn pairs(file: &object::File<'_>) -> Vec<(u64, u64)> {
    let Some(section) = file.section_by_name(SECTION) else {
        return Vec::new();
    };
    let data = section.data().unwrap_or_default();
    let words: Vec<u64> = data
        .chunks_exact(8)
        .zip((section.address()..).step_by(8))
        .map(|(bytes, at)| {
            // Each counts from where it stands.
            at.wrapping_add(u64::from_le_bytes(bytes.try_into().unwrap_or_default()))
        })
        .collect();
    words
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]))
        .collect()
}
