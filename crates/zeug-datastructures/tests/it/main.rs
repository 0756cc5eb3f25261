//! All tests of the crate from the outside.

mod api;
mod properties;
