//! Owns what the names of a frame mean in a line, as far as source and debug information tell. The compiler is asked by the frame's probe.

use crate::Local;
use crate::scaffold::Reading;
use crate::site::{Name, Site};

/// What a name means in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The name.
    pub name: String,
    /// Its index in [`Place::locals`](crate::Place::locals).
    pub local: usize,
    /// Whether it can be read.
    pub state: State,
    /// The sentence that the page shows; empty for [`State::Bound`].
    pub said: String,
}

/// Whether a name can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It has its value.
    Bound,
    /// It had one, and gave it away before the statement.
    Moved,
    /// It has none yet.
    Uninitialized,
    /// The statement that failed moves it: it is bound, and what it refers to may be gone. A line that uses it carries a warning.
    Stale,
    /// It is not in scope where the line stands.
    Elsewhere,
}

/// The names in scope that the debug information knows, the inner ones of two with one name.
pub(crate) fn bind(site: &Site, locals: &[Local]) -> (Vec<Binding>, Vec<Reading>) {
    let mut bindings = Vec::new();
    let mut readings = Vec::new();
    let mut add = |index: usize, local: &Local, name: Option<&Name>| {
        let captured = name.is_some_and(|name| name.depth < site.depth);
        let kind = local.type_name.as_deref();
        let unsized_one = captured && kind.is_some_and(is_unsized);
        let state = if name.is_some() && !unsized_one {
            State::Bound
        } else {
            State::Elsewhere
        };
        bindings.push(Binding {
            name: local.name.clone(),
            local: index,
            state,
            said: if unsized_one {
                format!("`{}` is captured by a closure, and the debug information does not tell its length or table", local.name)
            } else {
                sentence(&local.name, state)
            },
        });
        readings.push(Reading {
            name: local.name.clone(),
            size: local.size,
            number: kind
                .filter(|kind| !captured && !site.is_generic && is_number(kind))
                .map(str::to_owned),
            captured,
            through: None,
        });
    };
    for (index, local) in locals.iter().enumerate() {
        // A later one of this name hides it.
        let mut later = locals
            .iter()
            .skip(index + 1)
            .filter(|later| later.name == local.name);
        let hidden = later.clone().next().is_some();
        // An async function's parameter, and the variable that it is moved into.
        if later.any(|later| later.line == local.line) {
            continue;
        }
        let root = local.name.split("__").next().unwrap_or_default();
        let name = site.scope.iter().rev().find(|name| name.name == local.name);
        let (name, exact) = match name {
            Some(name) => (Some(name), true),
            None => (
                site.scope.iter().rev().find(|name| name.name == root),
                false,
            ),
        };
        let same = name.filter(|name| local.line == 0 || name.line == local.line);
        let only = || {
            let scope = site.scope.iter().filter(|name| name.name == local.name);
            let same = locals.iter().filter(|other| other.name == local.name);
            scope.count() == 1 && same.count() == 1
        };
        match same.or_else(|| name.filter(|_| !exact || only())) {
            Some(name) => add(index, local, Some(name)),
            None if !hidden => add(index, local, None),
            None => {}
        }
    }
    (bindings, readings)
}

fn is_number(name: &str) -> bool {
    const NUMBERS: [&str; 14] = [
        "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize",
        "f32", "f64",
    ];
    NUMBERS.contains(&name)
}

/// Whether a type has no fixed size, by its name.
fn is_unsized(name: &str) -> bool {
    name == "str" || name.starts_with("dyn ") || name.starts_with('[') && !name.contains(';')
}

/// What is said of a name.
pub(crate) fn sentence(name: &str, state: State) -> String {
    match state {
        State::Bound => String::new(),
        State::Moved => format!("`{name}` was moved, in whole or in part, before this statement"),
        State::Uninitialized => format!("`{name}` has no value yet"),
        State::Stale => format!("this statement moves `{name}`: what it refers to may be gone"),
        State::Elsewhere => format!("`{name}` is not in scope where a line can stand"),
    }
}
