//! The crate's integration tests, one binary.

mod advisories;
mod api;
mod bodies;
mod properties;
mod replay;
#[path = "../../../zeug-datastructures/tests/it/seeds.rs"]
mod seeds;
mod splits;
mod walk;
