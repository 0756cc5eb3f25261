//! The crate's integration tests, in one binary.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod advisories;
mod api;
#[expect(unreachable_pub, reason = "shared with the fuzz targets")]
#[path = "../../fuzz/bodies.rs"]
mod bodies;
mod corpora;
mod properties;
mod replay;
#[path = "../../../zeug-datastructures/tests/it/seeds.rs"]
mod seeds;
mod smuggling;
