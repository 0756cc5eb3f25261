#![doc = include_str!("../README.md")]

mod compiler;
mod diagnostic;
mod error;
mod frame;
mod image;
mod line;
mod mirror;
mod place;
mod records;
mod said;
mod scaffold;
mod site;
mod stop;
mod workshop;

pub use diagnostic::{Diagnostic, Level};
pub use error::{Error, ErrorKind};
pub use frame::{Binding, Compiled, Frame, State};
pub use line::Line;
pub use place::{Local, Place};
pub use records::Records;
pub use stop::Stop;
pub use workshop::Workshop;
