//! All tests of the crate from the outside.

mod api;
mod linear;
#[path = "../../../zeug-datastructures/tests/it/measure.rs"]
mod measure;
mod properties;
mod replay;
#[path = "../../../zeug-datastructures/tests/it/seeds.rs"]
mod seeds;
