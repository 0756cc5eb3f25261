//! Paths, names, passwords and tokens, as tables and as properties.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(feature = "passwords")]
#[path = "../../fuzz/bodies.rs"]
#[allow(unreachable_pub, reason = "the fuzz targets include the file too")]
mod bodies;
mod names;
#[cfg(feature = "passwords")]
mod passwords;
mod paths;
mod properties;
#[cfg(feature = "passwords")]
mod replay;
#[cfg(feature = "passwords")]
#[path = "../../../zeug-datastructures/tests/it/seeds.rs"]
mod seeds;
mod timing;
mod tokens;
mod welch;
