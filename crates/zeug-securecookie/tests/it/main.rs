//! One binary for all of the crate's tests. The conformance vectors run in the driver's tests.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod advisories;
#[path = "../../fuzz/bodies.rs"]
#[allow(unreachable_pub, reason = "the fuzz targets include the file too")]
#[cfg(all(feature = "session", feature = "encrypt"))]
mod bodies;
#[cfg(feature = "encrypt")]
mod encrypt;
#[cfg(feature = "session")]
mod live;
#[cfg(feature = "session")]
mod properties;
#[cfg(feature = "session")]
mod python;
mod random;
#[cfg(all(feature = "session", feature = "encrypt"))]
mod replay;
#[cfg(all(feature = "session", feature = "encrypt"))]
#[path = "../../../zeug-datastructures/tests/it/seeds.rs"]
mod seeds;
#[cfg(feature = "session")]
mod sessions;
mod signing;
mod timing;
#[cfg(feature = "json")]
mod tokens;
#[path = "../../../zeug-security/tests/it/welch.rs"]
mod welch;
