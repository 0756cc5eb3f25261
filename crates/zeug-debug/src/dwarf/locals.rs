//! Owns which variables are in scope at an address, and where their values stand. What the values look like is for `value`.

mod resumed;

use std::rc::Rc;

use gimli::{AttributeValue, EvaluationResult, Expression, Location, constants as dw};

use super::{Die, Entry, Function, Program, Reader, Unit};
use crate::snapshot::{Process, Unread};
use crate::source;
use crate::system::{KEPT, RawFrame, STACK_POINTER};

/// A variable or parameter that is in scope.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) name: Rc<str>,
    pub(crate) ty: Option<Die>,
    pub(crate) line: Option<u32>,
    pub(crate) located: Result<Located, Absent>,
}

/// Where a value stands.
#[derive(Debug, Clone)]
pub(crate) enum Located {
    Memory(u64),
    Bytes(Rc<[u8]>),
}

/// Why there is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Absent {
    /// The compiler kept none at this place.
    Optimised,
    /// It was in a register that later calls have used.
    Overwritten,
    /// An async function went on behind the `.await` of that line without it.
    NotKept(u32),
    /// It is described in a way that is not read here.
    Unsupported(&'static str),
    Unread(Unread),
    Damaged(gimli::Error),
}

impl std::fmt::Display for Absent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Optimised => f.write_str("optimised away"),
            Self::Overwritten => f.write_str("was in a register that later calls have used"),
            Self::NotKept(line) => write!(
                f,
                "not kept across the .await of line {line}, since nothing behind it needs it"
            ),
            Self::Unsupported(what) => write!(f, "described by {what}, which is not read here"),
            Self::Unread(unread) => write!(f, "{unread}"),
            Self::Damaged(error) => write!(f, "damaged debug information: {error}"),
        }
    }
}

impl From<gimli::Error> for Absent {
    fn from(error: gimli::Error) -> Self {
        Self::Damaged(error)
    }
}

impl From<Unread> for Absent {
    fn from(unread: Unread) -> Self {
        Self::Unread(unread)
    }
}

/// A frame that is looked at.
struct Here<'a> {
    program: &'a Program,
    process: &'a Process,
    frame: &'a RawFrame,
    /// The frame further out, whose stack pointer ends this one.
    outer: Option<&'a RawFrame>,
    unit: &'a Unit,
    index: usize,
    address: u64,
    /// The expression of the function's own frame.
    base: Option<AttributeValue<Reader>>,
}

/// Entries inside entries that are looked into.
const DEEPEST: u32 = 200;

impl Program {
    /// The variables in scope where `function` stood, in the order of their declaration; of several of one name the last, which is the one that the name means.
    pub(crate) fn locals(
        &self,
        process: &Process,
        frames: &[RawFrame],
        function: &Function,
    ) -> Vec<Local> {
        let Some((address, die)) = function.entry else {
            return Vec::new();
        };
        let Some((frame, (unit, entry))) = frames.get(function.raw).zip(self.entry(die)) else {
            return Vec::new();
        };
        let here = Here {
            program: self,
            process,
            frame,
            outer: frames.get(function.raw + 1),
            unit,
            index: die.unit,
            address,
            base: self.frame_base(address, die, &entry),
        };
        let mut locals = Vec::new();
        let tree = unit.entries_tree(Some(die.offset));
        if let Ok(mut tree) = tree
            && let Ok(root) = tree.root()
        {
            here.collect(root, 0, &mut locals);
        }
        let line = function.place.as_ref().map(|place| place.line);
        here.forget(die, line, &mut locals);
        locals.retain(|local| {
            (local.line <= line || line.is_none()) && !self.is_of_the_compiler(function, local)
        });
        let mut index = 0;
        while let Some(local) = locals.get(index) {
            let hidden = locals[index + 1..]
                .iter()
                .any(|later| later.name == local.name);
            if hidden {
                locals.remove(index);
            } else {
                index += 1;
            }
        }
        locals
    }

    /// Whether a variable stands in no source: what `.await`, `?`, `for` and patterns of async functions are made of.
    fn is_of_the_compiler(&self, function: &Function, local: &Local) -> bool {
        let is_residual = || {
            let ty = local.ty.and_then(|ty| self.type_at(ty));
            ty.is_some_and(|ty| ty.name.contains("core::convert::Infallible"))
        };
        match &*local.name {
            "_task_context" | "__awaitee" => true,
            "residual" => is_residual(),
            // A parameter of an async function, before its pattern takes it apart.
            name if name
                .strip_prefix("__arg")
                .is_some_and(|rest| rest.parse::<u8>().is_ok()) =>
            {
                true
            }
            // The source decides: nothing else tells it from one that somebody called so.
            "iter" => {
                let place = function.place.as_ref().zip(local.line);
                let line = place.and_then(|(place, line)| source::line(&place.file, line));
                line.is_some_and(|line| is_loop_without(&line, "iter"))
            }
            _ => false,
        }
    }

    /// The frame's expression of the function at `die`; for one that was put into another: of that other.
    fn frame_base(&self, address: u64, die: Die, entry: &Entry) -> Option<AttributeValue<Reader>> {
        if let Some(base) = entry.attr_value(dw::DW_AT_frame_base) {
            return Some(base);
        }
        let mut frames = self.context.find_frames(address).skip_all_loads().ok()?;
        let mut last = None;
        while let Ok(Some(frame)) = frames.next() {
            last = frame.dw_die_offset;
        }
        let (_, entry) = self.entry(Die {
            unit: die.unit,
            offset: last?,
        })?;
        entry.attr_value(dw::DW_AT_frame_base)
    }
}

/// Whether a line begins a `for` loop and declares no variable of that name.
fn is_loop_without(line: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = line
        .split(|c| !is_part(c))
        .filter(|word| !word.is_empty())
        .collect();
    let Some(begin) = words.iter().position(|word| *word == "for") else {
        return false;
    };
    let end = words.iter().skip(begin).position(|word| *word == "in");
    let end = end.map_or(words.len(), |end| begin + end);
    let in_pattern = words[begin..end].contains(&name);
    let in_let = words
        .windows(2)
        .any(|pair| matches!(pair[0], "let" | "mut") && pair[1] == name);
    !in_pattern && !in_let
}

impl Here<'_> {
    fn collect(
        &self,
        node: gimli::EntriesTreeNode<'_, '_, Reader>,
        depth: u32,
        locals: &mut Vec<Local>,
    ) {
        let mut children = node.children();
        while let Ok(Some(child)) = children.next() {
            match child.entry().tag() {
                dw::DW_TAG_formal_parameter | dw::DW_TAG_variable => {
                    locals.extend(self.local(child.entry()));
                }
                dw::DW_TAG_lexical_block if depth < DEEPEST && self.holds(child.entry()) => {
                    self.collect(child, depth + 1, locals);
                }
                _ => {}
            }
        }
    }

    /// Whether the address lies in a block.
    fn holds(&self, block: &Entry) -> bool {
        let Ok(mut ranges) = self.program.dwarf.die_ranges(self.unit, block) else {
            return false;
        };
        while let Ok(Some(range)) = ranges.next() {
            if (range.begin..range.end).contains(&self.address) {
                return true;
            }
        }
        false
    }

    fn local(&self, entry: &Entry) -> Option<Local> {
        // Of a function that was put into another only the place is told here, the rest at its origin.
        let origin = entry.attr_value(dw::DW_AT_abstract_origin);
        let origin = origin.and_then(|origin| self.program.referred(self.index, origin));
        let origin = origin.and_then(|die| Some((die.unit, self.program.entry(die)?)));
        let (index, unit, told) = match &origin {
            Some((index, (unit, entry))) => (*index, *unit, entry),
            None => (self.index, self.unit, entry),
        };
        let name = self.program.text(unit, told, dw::DW_AT_name)?;
        let line = told.attr_value(dw::DW_AT_decl_line);
        Some(Local {
            name: name.into(),
            ty: self.program.type_of(index, told),
            line: line
                .and_then(|line| line.udata_value())
                .and_then(|line| u32::try_from(line).ok()),
            located: self.locate(entry),
        })
    }

    fn locate(&self, entry: &Entry) -> Result<Located, Absent> {
        if let Some(value) = entry.attr_value(dw::DW_AT_const_value) {
            let number = value.sdata_value().map(i64::cast_unsigned);
            let number = number.or_else(|| value.udata_value());
            let number = number.ok_or(Absent::Unsupported("a constant of many bytes"))?;
            return Ok(Located::Bytes(number.to_le_bytes().as_slice().into()));
        }
        let value = entry
            .attr_value(dw::DW_AT_location)
            .ok_or(Absent::Optimised)?;
        match self.evaluate(self.expression(value, self.address)?) {
            // A large parameter comes as an address in a register, which lies on the stack too; that is told only from where the call returns to.
            Err(Absent::Overwritten) => self
                .expression(value, self.address.wrapping_add(1))
                .and_then(|expression| self.evaluate(expression))
                .map_err(|_| Absent::Overwritten),
            located => located,
        }
    }

    /// The expression that holds at an address.
    fn expression(
        &self,
        value: AttributeValue<Reader>,
        address: u64,
    ) -> Result<Expression<Reader>, Absent> {
        if let Some(expression) = value.exprloc_value() {
            return Ok(expression);
        }
        let lists = self.program.dwarf.attr_locations(self.unit, value)?;
        let mut lists = lists.ok_or(Absent::Unsupported("an unknown form"))?;
        while let Some(list) = lists.next()? {
            if (list.range.begin..list.range.end).contains(&address) {
                return Ok(list.data);
            }
        }
        Err(Absent::Optimised)
    }

    fn evaluate(&self, expression: Expression<Reader>) -> Result<Located, Absent> {
        let mut bytes = Vec::new();
        let pieces = self.run(expression, false)?;
        let single = pieces.len() == 1;
        for piece in pieces {
            let size = piece.size_in_bits.unwrap_or(64).div_ceil(8);
            let size = usize::try_from(size.min(4096)).unwrap_or(8);
            let mut part = vec![0; size];
            match piece.location {
                Location::Address { address } if single => return Ok(Located::Memory(address)),
                Location::Address { address } => self.process.read(address, &mut part)?,
                Location::Register { register } => fill(&mut part, self.register(register)?),
                Location::Value { value } => fill(&mut part, value.to_u64(u64::MAX)?),
                Location::Bytes { value } => part = value.slice().to_vec(),
                // Also of a part: what is left of a value would mislead.
                Location::Empty => return Err(Absent::Optimised),
                _ => return Err(Absent::Unsupported("an implicit pointer")),
            }
            bytes.extend(part);
        }
        if bytes.is_empty() {
            return Err(Absent::Optimised);
        }
        Ok(Located::Bytes(bytes.into()))
    }

    /// The pieces of the value. `in_base`: the expression is that of the frame itself.
    fn run(
        &self,
        expression: Expression<Reader>,
        in_base: bool,
    ) -> Result<Vec<gimli::Piece<Reader>>, Absent> {
        let mut evaluation = expression.evaluation(self.unit.encoding());
        evaluation.set_max_iterations(10_000);
        let mut result = evaluation.evaluate()?;
        loop {
            result = match result {
                EvaluationResult::Complete => return Ok(evaluation.result()),
                EvaluationResult::RequiresMemory { address, size, .. } => {
                    let mut bytes = [0; 8];
                    let wanted = bytes.get_mut(..usize::from(size));
                    let wanted = wanted.ok_or(Absent::Unsupported("a wide load"))?;
                    self.process.read(address, wanted)?;
                    let value = gimli::Value::Generic(u64::from_le_bytes(bytes));
                    evaluation.resume_with_memory(value)?
                }
                EvaluationResult::RequiresRegister { register, .. } => {
                    let value = gimli::Value::Generic(self.register(register)?);
                    evaluation.resume_with_register(value)?
                }
                EvaluationResult::RequiresFrameBase if !in_base => {
                    evaluation.resume_with_frame_base(self.base()?)?
                }
                EvaluationResult::RequiresCallFrameCfa => {
                    let outer = self.outer.ok_or(Absent::Unsupported("the first frame"))?;
                    evaluation.resume_with_call_frame_cfa(outer.stack)?
                }
                EvaluationResult::RequiresRelocatedAddress(address) => {
                    let address = address.wrapping_add(self.program.bias());
                    evaluation.resume_with_relocated_address(address)?
                }
                EvaluationResult::RequiresIndexedAddress { index, relocate } => {
                    let address = self.program.dwarf.address(self.unit, index)?;
                    let moved = if relocate { self.program.bias() } else { 0 };
                    evaluation.resume_with_indexed_address(address.wrapping_add(moved))?
                }
                EvaluationResult::RequiresEntryValue(_) => {
                    return Err(Absent::Unsupported("the value at the function's entry"));
                }
                EvaluationResult::RequiresTls(_) => {
                    return Err(Absent::Unsupported("a thread's own storage"));
                }
                _ => return Err(Absent::Unsupported("an operation of another language")),
            };
        }
    }

    /// The address that the variables of the frame are counted from.
    fn base(&self) -> Result<u64, Absent> {
        let base = self.base.ok_or(Absent::Unsupported("no frame"))?;
        let pieces = self.run(self.expression(base, self.address)?, true)?;
        match pieces.first().map(|piece| &piece.location) {
            Some(Location::Register { register }) => self.register(*register),
            Some(Location::Address { address }) => Ok(*address),
            Some(Location::Value { value }) => Ok(value.to_u64(u64::MAX)?),
            _ => Err(Absent::Unsupported("a frame in pieces")),
        }
    }

    fn register(&self, register: gimli::Register) -> Result<u64, Absent> {
        if register.0 == STACK_POINTER {
            return Ok(self.frame.stack);
        }
        let index = KEPT.iter().position(|kept| *kept == register.0);
        index
            .and_then(|index| self.frame.kept.get(index).copied())
            .ok_or(Absent::Overwritten)
    }
}

fn fill(part: &mut [u8], value: u64) {
    for (to, from) in part.iter_mut().zip(value.to_le_bytes()) {
        *to = from;
    }
}

#[cfg(test)]
mod tests {
    use super::is_loop_without;

    #[test]
    fn what_a_loop_makes_is_told_from_what_somebody_wrote() {
        for (line, made) in [
            ("    for entry in list.iter() {", true),
            ("    for (at, each) in iter.enumerate() {", true),
            ("'outer: for c in text.chars() {", true),
            ("    for iter in lists {", false),
            ("    for (_, iter) in lists {", false),
            ("    let iter = list.iter();", false),
            (
                "    let mut iter = list.iter(); for each in iter.by_ref() {}",
                false,
            ),
            ("fn all(iter: impl Iterator) {", false),
            ("    before.iter()", false),
        ] {
            assert_eq!(is_loop_without(line, "iter"), made, "{line}");
        }
    }
}
