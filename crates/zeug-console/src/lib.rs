#![doc = include_str!("../README.md")]

mod bench;
mod binding;
mod compiler;
mod diagnostic;
mod error;
mod frame;
mod image;
mod line;
mod link;
mod mirror;
mod place;
mod records;
mod said;
mod scaffold;
mod site;
mod stop;
mod workshop;

pub use binding::{Binding, State};
pub use diagnostic::{Diagnostic, Level};
pub use error::{Error, ErrorKind};
pub use frame::{Compiled, Form, Frame};
pub use line::Line;
pub use place::{Local, Place};
pub use records::Records;
pub use stop::Stop;
pub use workshop::Workshop;
