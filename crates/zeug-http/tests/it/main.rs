//! One binary for all of the crate's tests. The conformance vectors run in the driver's tests.

mod advisories;
mod api;
#[path = "../../fuzz/bodies.rs"]
#[allow(unreachable_pub, reason = "the fuzz targets include the file too")]
mod bodies;
mod conditions;
mod media_types;
mod properties;
mod replay;
#[path = "../../../zeug-datastructures/tests/it/seeds.rs"]
mod seeds;
