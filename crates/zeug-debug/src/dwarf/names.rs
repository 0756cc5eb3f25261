//! Owns how names of functions and types are shown: as one writes them. It looks nothing up.

use super::Function;

/// Where a failure is told to the hooks: all that is further in is left out.
const TOLD: [&str; 3] = [
    "__rustc::rust_begin_unwind",
    "rust_begin_unwind",
    "zeug_messages::error::conversion::tell",
];

/// What leads there, next to it: left out too.
const WAY: [&str; 8] = [
    "core::panicking::",
    "std::panicking::",
    "std::panic::panic_any",
    "zeug_messages::error::convert::",
    "<zeug_messages::error::HttpError as core::convert::From<",
    "<core::result::Result<",
    "<core::option::Option<",
    "<T as core::convert::Into<",
];

/// Where a thread's own work begins: this and what is further out is left out.
const START: &str = "std::sys::backtrace::__rust_begin_short_backtrace";

/// Leaves out what the failure itself and the thread's start put onto the stack.
pub(super) fn cut_machinery(functions: &mut Vec<Function>) {
    let is_one_of = |names: &[&str], function: &Function| {
        names.iter().any(|name| function.name.starts_with(name))
    };
    let told = functions.iter().position(|function| {
        is_one_of(&TOLD, function) || function.name.starts_with("std::panicking::begin_panic")
    });
    if let Some(told) = told {
        let way = functions.iter().skip(told + 1);
        let way = way.take_while(|function| is_one_of(&WAY, function)).count();
        functions.drain(..=told + way);
    }
    if let Some(start) = functions
        .iter()
        .position(|function| function.name.starts_with(START))
    {
        // A failure of a thread's start has nothing else.
        if start > 0 {
            functions.truncate(start);
        }
    }
}

/// Parameters that nobody writes, as they stand after the others.
const UNWRITTEN: [&str; 4] = [
    ", alloc::alloc::Global",
    ", std::hash::random::RandomState",
    ", core::hash::BuildHasherDefault<std::hash::random::DefaultHasher>",
    ", hashbrown::raw::alloc::inner::Global",
];

/// A name as one writes it: the standard library's without their paths, parameters that nobody writes left out, closures as `{closure}`.
pub(crate) fn readable(name: &str) -> String {
    let mut name = name.to_owned();
    for unwritten in UNWRITTEN {
        if name.contains(unwritten) {
            name = name.replace(unwritten, "");
        }
    }
    name
}

/// A type's name as one writes it.
pub(crate) fn readable_type(name: &str) -> String {
    let name = readable(name);
    let mut short = String::with_capacity(name.len());
    let mut rest = name.as_str();
    while !rest.is_empty() {
        let word = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':' | '#' | '{' | '}')))
            .unwrap_or(rest.len());
        let (path, after) = rest.split_at(word);
        let of_std = ["core::", "alloc::", "std::"]
            .iter()
            .any(|root| path.starts_with(root));
        short.push_str(match path.rsplit_once("::") {
            Some((_, last)) if of_std => last,
            _ => path,
        });
        let mut others = after.chars();
        short.extend(others.next());
        rest = others.as_str();
    }
    short
}
