//! All tests of the crate from the outside.

mod api;
mod properties;
#[cfg(feature = "iri")]
mod replay;
#[cfg(feature = "iri")]
#[path = "../../../zeug-datastructures/tests/it/seeds.rs"]
mod seeds;
