//! The crate's tests: its interface in rows, its properties, the fuzz target over its seeds. The vectors are run by zeug-conformance.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../../fuzz/bodies.rs"]
mod bodies;

mod api;
mod properties;
mod replay;
#[path = "../../../zeug-datastructures/tests/it/seeds.rs"]
mod seeds;
