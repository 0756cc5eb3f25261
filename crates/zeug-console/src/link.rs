//! Owns the fast way to a line's code: what the compiler made of it as an image for one place in one process, with all that the program has already left where it is. It loads and runs nothing.

mod libraries;
mod names;
mod part;
mod place;
mod program;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

pub(crate) use libraries::{Libraries, Member};
use part::{Part, Relocation, Stands};
use program::Known;
pub(crate) use program::Program;

/// An object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) bytes: &'a [u8],
    /// Whether it was compiled for the line. What others have is as in the program, and taken from there.
    pub(crate) own: bool,
}

/// An image.
#[derive(Debug)]
pub(crate) struct Image {
    /// The file, as [`Form::Image`](crate::Form) tells.
    pub(crate) bytes: Vec<u8>,
    /// The address of the function that runs the line.
    pub(crate) entry: u64,
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unlinked {
    /// Functions that neither the program nor the objects have.
    Missing(Vec<Vec<u8>>),
    /// The objects do not have the frame's function; and what they have.
    NotReproduced(Vec<String>),
    /// Something that this linker does not know.
    Odd(String),
}

impl From<object::Error> for Unlinked {
    fn from(error: object::Error) -> Self {
        Self::Odd(error.to_string())
    }
}

/// What is written somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target<'a> {
    /// An address in a section that the image has.
    Own { live: usize, offset: u64 },
    /// An address in the program.
    There(u64),
    /// An offset in the program's part of a thread's variables.
    ThreadLocal(u64),
    /// The address of what another library has.
    Import(&'a [u8]),
}

/// A section that the image has.
#[derive(Debug, Clone, Copy)]
struct Live {
    part: usize,
    section: usize,
}

/// An address to be written.
#[derive(Debug, Clone, Copy)]
struct Fix<'a> {
    live: usize,
    at: Relocation,
    target: Target<'a>,
}

/// Makes the image for the line of the instance called `symbol`.
pub(crate) fn link(
    inputs: &[Input<'_>],
    program: &Program,
    symbol: &str,
) -> Result<Image, Unlinked> {
    let parts: Vec<Part<'_>> = inputs
        .iter()
        .map(|input| Part::new(input.bytes))
        .collect::<Result<_, _>>()?;
    let mut defined = HashMap::new();
    if parts.len() > 1 {
        for (index, part) in parts.iter().enumerate() {
            for (name, symbol) in part.defined() {
                defined.entry(name).or_insert((index, symbol));
            }
        }
    }
    let mut marked = Marked {
        inputs,
        parts: &parts,
        program,
        defined,
        live: Vec::new(),
        indices: HashMap::new(),
        fixes: Vec::new(),
        missing: HashSet::new(),
    };
    let (part, entry) = marked.entry(symbol)?;
    let entry = marked.target(part, entry)?;
    marked.mark()?;
    if !marked.missing.is_empty() {
        let missing = marked.missing.into_iter().map(<[u8]>::to_vec);
        return Err(Unlinked::Missing(missing.collect()));
    }
    let frames = marked.unwinding()?;
    place::place(&marked, &frames, entry)
}

/// What the image consists of.
struct Marked<'a, 'p> {
    inputs: &'p [Input<'a>],
    parts: &'p [Part<'a>],
    program: &'p Program,
    /// Where names are defined that other objects see.
    defined: HashMap<&'a [u8], (usize, usize)>,
    live: Vec<Live>,
    indices: HashMap<(usize, usize), usize>,
    fixes: Vec<Fix<'a>>,
    missing: HashSet<&'a [u8]>,
}

impl<'a> Marked<'a, '_> {
    /// The symbol of the function that runs the line for an instance, and the object that has it.
    fn entry(&self, symbol: &str) -> Result<(usize, Relocation), Unlinked> {
        let mut others = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            for section in part.named(crate::image::SECTION) {
                let pairs = part.relocations(section);
                for pair in pairs.chunks_exact(2) {
                    let Stands::Here { section, .. } = part.stands(pair[0].symbol)? else {
                        continue;
                    };
                    match part.function(section) {
                        Some(name) if name == symbol.as_bytes() => return Ok((index, pair[1])),
                        name => others
                            .extend(name.map(|name| String::from_utf8_lossy(name).into_owned())),
                    }
                }
            }
        }
        others.sort_unstable();
        others.dedup();
        Err(Unlinked::NotReproduced(others))
    }

    /// Follows what the live sections refer to.
    fn mark(&mut self) -> Result<(), Unlinked> {
        let mut tables: HashMap<usize, HashMap<usize, Vec<Relocation>>> = HashMap::new();
        let mut next = 0;
        while let Some(&Live { part, section }) = self.live.get(next) {
            let own = &self.parts[part];
            for at in own.relocations(section) {
                let target = self.target(part, at)?;
                self.fixes.push(Fix {
                    live: next,
                    at,
                    target,
                });
            }
            if own.is_code(section) {
                let tables = match tables.entry(part) {
                    Entry::Occupied(found) => found.into_mut(),
                    Entry::Vacant(vacant) => vacant.insert(handlers(own)?),
                };
                // What its calls are to do when something unwinds.
                for at in tables.remove(&section).unwrap_or_default() {
                    self.target(part, at)?;
                }
            }
            next += 1;
        }
        Ok(())
    }

    /// The `.eh_frame` sections of the objects that have live functions, each with the addresses that are written to it. What is left zero is skipped by the unwinder.
    fn unwinding(&mut self) -> Result<Vec<Frames<'a>>, Unlinked> {
        let mut parts: Vec<usize> = self.live.iter().map(|live| live.part).collect();
        parts.sort_unstable();
        parts.dedup();
        let mut frames = Vec::new();
        for part in parts {
            for section in self.parts[part].named(".eh_frame") {
                let records = self.parts[part]
                    .unwinding(section)
                    .ok_or_else(|| Unlinked::Odd("an odd .eh_frame".to_owned()))?;
                let mut fixes = Vec::new();
                for (function, relocations) in records {
                    let is_live = |section| self.indices.contains_key(&(part, section));
                    if function.is_none_or(is_live) {
                        for at in relocations {
                            fixes.push((at, self.target(part, at)?));
                        }
                    }
                }
                frames.push(Frames {
                    part,
                    section,
                    fixes,
                });
            }
        }
        Ok(frames)
    }

    /// What a symbol of an object stands for, as an address: in the image, which it is made part of, or in the program.
    fn target(&mut self, part: usize, at: Relocation) -> Result<Target<'a>, Unlinked> {
        let (part, stands) = match self.parts[part].stands(at.symbol)? {
            Stands::Elsewhere(name) => match self.defined.get(name) {
                // What the line's own objects have is compiled anew, the rest only where the program does not have it.
                Some(&(other, symbol)) if self.inputs[other].own => {
                    (other, self.parts[other].stands(symbol)?)
                }
                found => match (self.program.get(name), found) {
                    (Some(known), _) => return Ok(of_program(name, known)),
                    (None, Some(&(other, symbol))) => (other, self.parts[other].stands(symbol)?),
                    (None, None) => {
                        self.missing.insert(name);
                        return Ok(Target::There(0));
                    }
                },
            },
            stands => (part, stands),
        };
        let (section, offset, named) = match stands {
            Stands::Here {
                section,
                offset,
                named,
            } => (section, offset, named),
            Stands::Absolute(value) => return Ok(Target::There(value)),
            Stands::Elsewhere(name) => return Err(Unlinked::Odd(text(name))),
        };
        let own = &self.parts[part];
        let is_code = own.is_code(section);
        // There is one of each static, and it is the program's. Code is the program's own where it was not compiled for the line: that of the line may be called as other code is in the
        // program, since the line's closures stand before the function's own.
        if let Some((name, size)) = named
            && (own.changes(section) || is_code && !self.inputs[part].own)
            && let Some(known) = self.program.get(name)
        {
            match known {
                Known::Variable(_, there) | Known::ThreadLocal(_, there) if there != size => {}
                Known::Variable(..) | Known::ThreadLocal(..) | Known::Fixed(_) => {
                    return Ok(of_program(name, known));
                }
                Known::Import => {}
            }
        }
        if own.is_thread_local(section) {
            let name = named.map_or(&b"?"[..], |(name, _)| name);
            return Err(Unlinked::Odd(format!("thread-local {}", text(name))));
        }
        let live = *self.indices.entry((part, section)).or_insert_with(|| {
            self.live.push(Live { part, section });
            self.live.len() - 1
        });
        Ok(Target::Own { live, offset })
    }
}

/// An `.eh_frame`, and what is written to it.
struct Frames<'a> {
    part: usize,
    section: usize,
    fixes: Vec<(Relocation, Target<'a>)>,
}

fn of_program<'a>(name: &'a [u8], known: Known) -> Target<'a> {
    match known {
        Known::Fixed(address) | Known::Variable(address, _) => Target::There(address),
        Known::ThreadLocal(offset, _) => Target::ThreadLocal(offset),
        Known::Import => Target::Import(name),
    }
}

/// For each section of code what its records of `.eh_frame` refer to beside it.
fn handlers(part: &Part<'_>) -> Result<HashMap<usize, Vec<Relocation>>, Unlinked> {
    let mut handlers: HashMap<usize, Vec<Relocation>> = HashMap::new();
    for section in part.named(".eh_frame") {
        let records = part
            .unwinding(section)
            .ok_or_else(|| Unlinked::Odd("an odd .eh_frame".to_owned()))?;
        for (function, mut relocations) in records {
            if let Some(function) = function {
                handlers
                    .entry(function)
                    .or_default()
                    .extend(relocations.drain(1..));
            }
        }
    }
    Ok(handlers)
}

fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}
