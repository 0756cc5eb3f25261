//! Owns where a frame stands, as the program's debug information tells it. It reads none itself.

use std::path::PathBuf;

/// A place in the running program: where a frame stands, and the variables that can be read there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The source file. A relative one counts from the folder that the unit was compiled in.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 1; 0 is unknown.
    pub column: u32,
    /// The linkage name of the function that holds the frame's address, as `.symtab` has it: `_ZN4shop5total17h31cb336cb21240a9E`. For a frame that the
    /// compiler put into its caller it is the caller's.
    pub symbol: String,
    /// The variables that the debug information has in scope there, the outermost first: of two with one name the later hides the earlier.
    pub locals: Vec<Local>,
}

/// A variable of a [`Place`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Local {
    /// Its name; `self`, too. What a closure captured of a variable is called as the compiler calls it: `order__lines`.
    pub name: String,
    /// The line of its declaration, from 1; 0 is unknown.
    pub line: u32,
    /// Its size in bytes. The library compares it with the size of the type that was inferred, before it reads.
    pub size: Option<u64>,
    /// Its type as the debug information writes it. That of a number decides where the compiler had not yet chosen one: `u64`.
    pub type_name: Option<String>,
}
