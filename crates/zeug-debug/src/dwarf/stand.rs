//! Owns what a compiled line has to know of a frame: the function's symbol, the place, and where the variables lie. It reads none of them.

use std::rc::Rc;

use super::{Absent, Function, Located, Program, Type, readable};
use crate::snapshot::Process;
use crate::system::RawFrame;
use crate::traceback::Place;

/// Where a frame stands.
#[derive(Debug, Clone)]
pub(crate) struct Stand {
    pub(crate) function: String,
    /// The linkage name of the function that holds the frame's address.
    pub(crate) symbol: Option<String>,
    pub(crate) place: Option<Place>,
    pub(crate) variables: Vec<Standing>,
}

/// Where a variable of it lies.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) name: String,
    /// The line of its declaration.
    pub(crate) line: Option<u32>,
    /// In bytes.
    pub(crate) size: Option<u64>,
    pub(crate) type_name: Option<String>,
    /// Its address, or why it has none.
    pub(crate) at: Result<u64, String>,
}

impl Program {
    /// Where `function` stands, with all variables that are in scope there.
    pub(crate) fn stand(
        &self,
        process: &Process,
        frames: &[RawFrame],
        function: &Function,
    ) -> Stand {
        let symbol = function
            .entry
            .and_then(|(address, _)| self.image.symbol_in_file(address));
        let locals = self.locals(process, frames, function);
        let variables = locals.into_iter().map(|local| {
            let ty = local.ty.and_then(|ty| self.type_at(ty));
            Standing {
                name: local.name.to_string(),
                line: local.line,
                size: ty.as_ref().map(|ty| ty.size),
                type_name: ty.map(|ty| ty.name.to_string()),
                at: match local.located {
                    Ok(Located::Memory(address)) => Ok(address),
                    Ok(Located::Bytes(_)) => Err("it is in no place of its own".to_owned()),
                    Err(absent @ Absent::Optimised) => Err(format!(
                        "{absent}: set `opt-level = 0` in [profile.dev] of Cargo.toml"
                    )),
                    Err(absent) => Err(absent.to_string()),
                },
            }
        });
        Stand {
            function: function.name.clone(),
            symbol: symbol.map(str::to_owned),
            place: function.place.clone(),
            variables: variables.collect(),
        }
    }

    /// The type of that name, as `std::any::type_name` gives it: a primitive, one that the functions' parts of the program describe, or that of one of their variables.
    pub(crate) fn type_named(
        &self,
        name: &str,
        process: &Process,
        frames: &[RawFrame],
    ) -> Option<Rc<Type>> {
        if let Some(ty) = Type::primitive(name) {
            return Some(Rc::new(ty));
        }
        let wanted = readable(name);
        let functions = self.functions(frames);
        let mut units: Vec<usize> = functions
            .iter()
            .filter_map(|function| Some(function.entry?.1.unit))
            .collect();
        units.sort_unstable();
        units.dedup();
        let described = units.into_iter().find_map(|unit| {
            let die = self.type_in(unit, |name| readable(name) == wanted)?;
            self.type_at(die)
        });
        described.or_else(|| {
            let locals = functions
                .iter()
                .flat_map(|function| self.locals(process, frames, function));
            let mut types = locals.filter_map(|local| self.type_at(local.ty?));
            types.find(|ty| readable(&ty.name) == wanted)
        })
    }
}
